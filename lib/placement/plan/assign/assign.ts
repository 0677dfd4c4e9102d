import type { SeededRandom } from "../random";
import { better, type Picks } from "./assignment";
import { branchAndBound } from "./exact";
import { chosenOf, type FlatProblem, FlatSlack, flatScore, reducedCosts, restricted } from "./flat";
import { type CostBound, lagrangianBound } from "./lagrangian";
import { Search } from "./local-search";
import type { AssignmentProblem } from "./problem";
import { repaired } from "./repair";

export interface AssignOptions {
  readonly boundIterations: number;
  readonly exactNodes: number;
  readonly random: SeededRandom;
  /** Where workloads are now; -1 is nowhere. */
  readonly start: Picks;
  /** Workloads that stay where they are. */
  readonly fixed: Uint8Array;
}

export interface Assigned {
  readonly picks: Picks;
  /** True if no assignment is better. */
  readonly exact: boolean;
  readonly prices: readonly number[];
}

/** Choices below which a complete search is tried. */
const SMALL = 2_000;

/** Rounds of taking out and putting back. */
const SHAKES = 1_500;

/** What a workload takes at the prices of what is scarce; what it takes at all if nothing is. */
function weight(flat: FlatProblem, prices: readonly number[], workload: number): number {
  const { first, firstUse, useResource, useAmount } = flat;
  const choice = first[workload]!;
  if (choice === first[workload + 1] || firstUse[choice] === firstUse[choice + 1]) {
    return 0;
  }
  let priced = 0;
  for (let use = firstUse[choice]!; use < firstUse[choice + 1]!; use++) {
    priced += prices[useResource[use]!]! * useAmount[use]!;
  }
  return priced + useAmount[firstUse[choice]!]!;
}

/** How much worse the second best choice is. */
function regret({ first }: FlatProblem, reduced: Float64Array, workload: number): number {
  let [best, second] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  for (let choice = first[workload]!; choice < first[workload + 1]!; choice++) {
    const cost = reduced[choice]!;
    if (cost < best) {
      second = best;
      best = cost;
    } else if (cost < second) {
      second = cost;
    }
  }
  return second - best;
}

/** Orders in which workloads are given their place: heaviest, most to lose, most valuable for its weight. */
function orders(
  flat: FlatProblem,
  prices: readonly number[],
  reduced: Float64Array,
): readonly (readonly number[])[] {
  const workloads = Array.from({ length: flat.workloads }, (_, workload) => workload);
  const regrets = workloads.map((workload) => regret(flat, reduced, workload));
  const weights = workloads.map((workload) => weight(flat, prices, workload));
  const density = workloads.map((workload) => {
    const choice = flat.first[workload]!;
    const value = choice < flat.first[workload + 1]! ? flat.value[choice]! : 0;
    return value / Math.max(1, weights[workload]!);
  });
  const by = (measure: readonly number[]) =>
    [...workloads].sort((a, b) => measure[b]! - measure[a]! || a - b);
  return [by(weights), by(regrets), by(density)];
}

/** Each workload in turn takes the choice that is cheapest at the prices and still fits. */
function greedy(
  flat: FlatProblem,
  reduced: Float64Array,
  order: readonly number[],
  { start, fixed }: AssignOptions,
): Picks {
  const { first, value } = flat;
  const picks = Int32Array.from(start);
  const slack = new FlatSlack(flat);
  picks.forEach((pick, workload) => {
    if (fixed[workload] && pick >= 0) {
      slack.take(chosenOf(flat, picks, workload));
    }
  });
  for (const workload of order) {
    if (fixed[workload]) {
      continue;
    }
    let best = -1;
    for (let choice = first[workload]!; choice < first[workload + 1]!; choice++) {
      const cheaper =
        best < 0 ||
        value[choice]! > value[best]! ||
        (value[choice] === value[best] && reduced[choice]! < reduced[best]!);
      if (cheaper && slack.fits(choice)) {
        best = choice;
      }
    }
    picks[workload] = best < 0 ? -1 : best - first[workload]!;
    if (best >= 0) {
      slack.take(best);
    }
  }
  return picks;
}

/** Sum of the least costs: where the subgradient starts from. */
function leastCost({ workloads, first, cost }: FlatProblem): number {
  let sum = 0;
  for (let workload = 0; workload < workloads; workload++) {
    sum += first[workload]! < first[workload + 1]! ? cost[first[workload]!]! : 0;
  }
  return sum;
}

/** The best of greedy assignments at these prices, at some that are higher and lower, and the one given. */
function bestGreedy(
  flat: FlatProblem,
  prices: readonly number[],
  factors: readonly number[],
  options: AssignOptions,
  known: Picks | undefined,
): Picks {
  let best = known;
  for (const factor of factors) {
    const at = prices.map((price) => price * factor);
    const reduced = reducedCosts(flat, at);
    for (const order of orders(flat, at, reduced)) {
      const picks = greedy(flat, reduced, order, options);
      if (best === undefined || better(flatScore(flat, picks), flatScore(flat, best))) {
        best = picks;
      }
    }
  }
  return best!;
}

/** The best assignment that is found within the budgets. */
export function assign(problem: AssignmentProblem, options: AssignOptions): Assigned {
  const { fixed, random } = options;
  const { flat } = problem;
  const rough = lagrangianBound(flat, {
    iterations: Math.ceil(options.boundIterations * 0.15),
    upper: leastCost(flat) * 1.05,
  });
  const first = new Search(flat, bestGreedy(flat, rough.prices, [0, 1], options, undefined), fixed);
  first.descend(1);
  const known = first.picks;
  const { prices } = boundFor(flat, known, Math.ceil(options.boundIterations * 0.5), rough.prices);
  const second = bestGreedy(flat, prices, [1, 1.1], options, known);
  const search = [1, 1.03]
    .map((factor) => prices.map((price) => price * factor))
    .map((at) => new Search(flat, repaired(flat, at, known, fixed), fixed))
    .concat(new Search(flat, second, fixed))
    .map((start) => {
      start.settle(2);
      return start;
    })
    .reduce((best, next) => (better(next.score(), best.score()) ? next : best));
  search.descend(3);
  if (search.shake(SHAKES, random)) {
    search.descend(2);
  }
  const { picks: found } = search;
  if (flat.cost.length > SMALL || options.exactNodes === 0) {
    return { picks: found, exact: false, prices };
  }
  const tight = boundFor(flat, found, options.boundIterations, prices);
  const { picks, complete } = branchAndBound(problem, found, tight.prices, fixed, options.exactNodes);
  return { picks, exact: complete && !fixed.includes(1), prices };
}

/**
 * Bound of the cost of accepting what an assignment accepts: of each accepted workload only choices of the same value
 * count.
 *
 * @param start prices to start from
 * @param accepts says which choices of an accepted workload count, if not those of the same value
 */
export function boundFor(
  flat: FlatProblem,
  picks: Picks,
  iterations: number,
  start: readonly number[] | undefined,
  accepts: (workload: number, pick: number) => boolean = (workload, pick) =>
    flat.value[flat.first[workload]! + pick] === flat.value[chosenOf(flat, picks, workload)],
): CostBound {
  const accepted = restricted(
    flat,
    (workload, choice) => picks[workload]! >= 0 && accepts(workload, choice - flat.first[workload]!),
  );
  return lagrangianBound(accepted, { iterations, upper: flatScore(flat, picks).cost, start });
}
