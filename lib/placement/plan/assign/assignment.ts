/** What a choice takes of one resource, in whole units of it. */
export interface Use {
  readonly resource: number;
  readonly amount: number;
}

/** One way to run a workload. Costs and values are whole numbers. */
export interface Choice {
  readonly cost: number;
  /** What is accepted with it. */
  readonly value: number;
  readonly uses: readonly Use[];
}

/** Index into the choices of each workload; -1 is left out. */
export type Picks = Int32Array;

/** What an assignment reached: more value is better, then less cost. */
export interface Score {
  readonly value: number;
  readonly cost: number;
}

export function better(a: Score, b: Score): boolean {
  return a.value > b.value || (a.value === b.value && a.cost < b.cost);
}

export function scoreOf(choices: readonly (readonly Choice[])[], picks: Picks): Score {
  let value = 0;
  let cost = 0;
  choices.forEach((ways, workload) => {
    const choice = ways[picks[workload]!];
    if (choice !== undefined) {
      value += choice.value;
      cost += choice.cost;
    }
  });
  return { value, cost };
}

/** What is left of each resource while an assignment changes. */
export class Slack {
  readonly left: Float64Array;

  constructor(capacity: readonly number[]) {
    this.left = Float64Array.from(capacity);
  }

  fits(choice: Choice): boolean {
    for (const { resource, amount } of choice.uses) {
      if (this.left[resource]! < amount) {
        return false;
      }
    }
    return true;
  }

  take(choice: Choice): void {
    for (const { resource, amount } of choice.uses) {
      this.left[resource]! -= amount;
    }
  }

  give(choice: Choice): void {
    for (const { resource, amount } of choice.uses) {
      this.left[resource]! += amount;
    }
  }
}
