import type { FlatProblem } from "./flat";

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

/**
 * Which workload goes where, as a generalised assignment problem: each workload takes one of its choices or none, no
 * resource is used beyond its capacity, the value accepted is as large and then the cost as small as possible.
 */
export interface AssignmentProblem {
  /** By workload. */
  readonly choices: readonly (readonly Choice[])[];
  /** By resource, in whole units. */
  readonly capacity: readonly number[];
  /** By resource: false for rules that are no capacity and get no price. */
  readonly priced: readonly boolean[];
  /** The same for inner loops. */
  readonly flat: FlatProblem;
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

export function scoreOf(problem: AssignmentProblem, picks: Picks): Score {
  let value = 0;
  let cost = 0;
  problem.choices.forEach((choices, workload) => {
    const choice = choices[picks[workload]!];
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
