import type { Choice, Picks, Score } from "./assignment";

/**
 * Choices as flat arrays, which is what the inner loops read: objects would cost several times as much. A choice is known
 * by its number; those of one workload follow each other, and so do the uses of one choice.
 */
export interface FlatProblem extends ChoiceLists {
  /** For each workload the first one that has the same choices: in the same place both can do the same. */
  readonly alike: Int32Array;
  readonly capacity: Float64Array;
  readonly priced: readonly boolean[];
}

interface ChoiceLists {
  readonly workloads: number;
  /** First choice of each workload, and the end. */
  readonly first: Int32Array;
  readonly value: Float64Array;
  readonly cost: Float64Array;
  /** First use of each choice, and the end. */
  readonly firstUse: Int32Array;
  readonly useResource: Int32Array;
  readonly useAmount: Float64Array;
}

/** True if two workloads have the same choices in the same order. */
function sameChoices(lists: ChoiceLists, a: number, b: number): boolean {
  const { first, value, cost, firstUse, useResource, useAmount } = lists;
  const [choiceA, choiceB] = [first[a]!, first[b]!];
  const count = first[a + 1]! - choiceA;
  const [useA, useB] = [firstUse[choiceA]!, firstUse[choiceB]!];
  const uses = firstUse[choiceA + count]! - useA;
  if (count !== first[b + 1]! - choiceB || uses !== firstUse[choiceB + count]! - useB) {
    return false;
  }
  for (let index = 0; index < count; index++) {
    const [ofA, ofB] = [choiceA + index, choiceB + index];
    const same = value[ofA] === value[ofB] && cost[ofA] === cost[ofB];
    if (!same || firstUse[ofA + 1]! - useA !== firstUse[ofB + 1]! - useB) {
      return false;
    }
  }
  for (let index = 0; index < uses; index++) {
    const resource = useResource[useA + index] === useResource[useB + index];
    if (!resource || useAmount[useA + index] !== useAmount[useB + index]) {
      return false;
    }
  }
  return true;
}

function alikeOf(lists: ChoiceLists): Int32Array {
  const { workloads, first, cost } = lists;
  const firsts = new Map<number, number[]>();
  const alike = new Int32Array(workloads);
  for (let workload = 0; workload < workloads; workload++) {
    const least = first[workload]! < first[workload + 1]! ? cost[first[workload]!]! : -1;
    const others = firsts.get(least) ?? [];
    const known = others.find((other) => sameChoices(lists, other, workload));
    alike[workload] = known ?? workload;
    if (known === undefined) {
      firsts.set(least, [...others, workload]);
    }
  }
  return alike;
}

function allocate(workloads: number, choices: number, uses: number): ChoiceLists {
  return {
    workloads,
    first: new Int32Array(workloads + 1),
    value: new Float64Array(choices),
    cost: new Float64Array(choices),
    firstUse: new Int32Array(choices + 1),
    useResource: new Int32Array(uses),
    useAmount: new Float64Array(uses),
  };
}

export function flatten(
  lists: readonly (readonly Choice[])[],
  capacity: readonly number[],
  priced: readonly boolean[],
): FlatProblem {
  let [choices, uses] = [0, 0];
  for (const list of lists) {
    choices += list.length;
    for (const choice of list) {
      uses += choice.uses.length;
    }
  }
  const flat = allocate(lists.length, choices, uses);
  let [choice, use] = [0, 0];
  for (let workload = 0; workload < lists.length; workload++) {
    for (const { cost, value, uses: taken } of lists[workload]!) {
      flat.value[choice] = value;
      flat.cost[choice++] = cost;
      for (const { resource, amount } of taken) {
        flat.useResource[use] = resource;
        flat.useAmount[use++] = amount;
      }
      flat.firstUse[choice] = use;
    }
    flat.first[workload + 1] = choice;
  }
  return { ...flat, alike: alikeOf(flat), capacity: Float64Array.from(capacity), priced };
}

/** The same workloads with some of their choices. */
export function restricted(
  flat: FlatProblem,
  keeps: (workload: number, choice: number) => boolean,
): FlatProblem {
  const kept = allocate(flat.workloads, flat.cost.length, flat.useAmount.length);
  let [count, uses] = [0, 0];
  for (let workload = 0; workload < flat.workloads; workload++) {
    for (let choice = flat.first[workload]!; choice < flat.first[workload + 1]!; choice++) {
      if (keeps(workload, choice)) {
        kept.value[count] = flat.value[choice]!;
        kept.cost[count++] = flat.cost[choice]!;
        for (let use = flat.firstUse[choice]!; use < flat.firstUse[choice + 1]!; use++) {
          kept.useResource[uses] = flat.useResource[use]!;
          kept.useAmount[uses++] = flat.useAmount[use]!;
        }
        kept.firstUse[count] = uses;
      }
    }
    kept.first[workload + 1] = count;
  }
  return { ...kept, alike: alikeOf(kept), capacity: flat.capacity, priced: flat.priced };
}

/** Number of the choice that is picked; -1 is none. */
export function chosenOf(flat: FlatProblem, picks: Picks, workload: number): number {
  return picks[workload]! < 0 ? -1 : flat.first[workload]! + picks[workload]!;
}

export function flatScore(flat: FlatProblem, picks: Picks): Score {
  let [value, cost] = [0, 0];
  for (let workload = 0; workload < flat.workloads; workload++) {
    const choice = chosenOf(flat, picks, workload);
    if (choice >= 0) {
      value += flat.value[choice]!;
      cost += flat.cost[choice]!;
    }
  }
  return { value, cost };
}

/** Cost of each choice with the price of what it takes. */
export function reducedCosts(flat: FlatProblem, prices: readonly number[]): Float64Array {
  const reduced = flat.cost.slice();
  for (let choice = 0; choice < reduced.length; choice++) {
    let sum = reduced[choice]!;
    for (let use = flat.firstUse[choice]!; use < flat.firstUse[choice + 1]!; use++) {
      sum += prices[flat.useResource[use]!]! * flat.useAmount[use]!;
    }
    reduced[choice] = sum;
  }
  return reduced;
}

/** What is left of each resource while choices are taken and given back. */
export class FlatSlack {
  readonly left: Float64Array;

  constructor(private readonly flat: FlatProblem) {
    this.left = Float64Array.from(flat.capacity);
  }

  fits(choice: number): boolean {
    const { firstUse, useResource, useAmount } = this.flat;
    for (let use = firstUse[choice]!, end = firstUse[choice + 1]!; use < end; use++) {
      if (this.left[useResource[use]!]! < useAmount[use]!) {
        return false;
      }
    }
    return true;
  }

  take(choice: number): void {
    const { firstUse, useResource, useAmount } = this.flat;
    for (let use = firstUse[choice]!, end = firstUse[choice + 1]!; use < end; use++) {
      this.left[useResource[use]!]! -= useAmount[use]!;
    }
  }

  give(choice: number): void {
    const { firstUse, useResource, useAmount } = this.flat;
    for (let use = firstUse[choice]!, end = firstUse[choice + 1]!; use < end; use++) {
      this.left[useResource[use]!]! += useAmount[use]!;
    }
  }
}
