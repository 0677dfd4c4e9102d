import type { SeededRandom } from "../random";
import { type AssignmentProblem, better, type Picks, Slack, scoreOf } from "./assignment";
import { branchAndBound } from "./exact";
import { type CostBound, lagrangianBound } from "./lagrangian";
import { Search } from "./local-search";
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

function reducedCost(
  problem: AssignmentProblem,
  prices: readonly number[],
  workload: number,
  pick: number,
): number {
  const { cost, uses } = problem.choices[workload]![pick]!;
  let sum = cost;
  for (let use = 0; use < uses.length; use++) {
    sum += prices[uses[use]!.resource]! * uses[use]!.amount;
  }
  return sum;
}

/** What a workload takes at the prices of what is scarce; what it takes at all if nothing is. */
function weight(problem: AssignmentProblem, prices: readonly number[], workload: number): number {
  const [first] = problem.choices[workload]!;
  const priced = first?.uses.reduce((sum, { resource, amount }) => sum + prices[resource]! * amount, 0) ?? 0;
  return priced + (first?.uses[0]?.amount ?? 0);
}

/** How much worse the second best choice is. */
function regret(problem: AssignmentProblem, prices: readonly number[], workload: number): number {
  let [first, second] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  for (let pick = 0; pick < problem.choices[workload]!.length; pick++) {
    const cost = reducedCost(problem, prices, workload, pick);
    if (cost < first) {
      second = first;
      first = cost;
    } else if (cost < second) {
      second = cost;
    }
  }
  return second - first;
}

/** Orders in which workloads are given their place: most to lose, heaviest, most valuable for its weight. */
function orders(problem: AssignmentProblem, prices: readonly number[]): readonly (readonly number[])[] {
  const workloads = [...problem.choices.keys()];
  const regrets = workloads.map((workload) => regret(problem, prices, workload));
  const weights = workloads.map((workload) => weight(problem, prices, workload));
  const density = workloads.map(
    (workload) => (problem.choices[workload]![0]?.value ?? 0) / Math.max(1, weights[workload]!),
  );
  const by = (measure: readonly number[]) =>
    [...workloads].sort((a, b) => measure[b]! - measure[a]! || a - b);
  return [by(weights), by(regrets), by(density)];
}

/** Each workload in turn takes the choice that is cheapest at these prices and still fits. */
function greedy(
  problem: AssignmentProblem,
  prices: readonly number[],
  order: readonly number[],
  options: AssignOptions,
): Picks {
  const picks = Int32Array.from(options.start);
  const slack = new Slack(problem.capacity);
  picks.forEach((pick, workload) => {
    if (options.fixed[workload] && pick >= 0) {
      slack.take(problem.choices[workload]![pick]!);
    }
  });
  for (const workload of order) {
    if (options.fixed[workload]) {
      continue;
    }
    const choices = problem.choices[workload]!;
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    choices.forEach((choice, pick) => {
      const richer = best >= 0 && choice.value > choices[best]!.value;
      const poorer = best >= 0 && choice.value < choices[best]!.value;
      const cost = reducedCost(problem, prices, workload, pick);
      if (!poorer && (richer || cost < least) && slack.fits(choice)) {
        best = pick;
        least = cost;
      }
    });
    picks[workload] = best;
    if (best >= 0) {
      slack.take(choices[best]!);
    }
  }
  return picks;
}

/** Sum of the least costs: where the subgradient starts from. */
function leastCost(problem: AssignmentProblem): number {
  return problem.choices.reduce((sum, choices) => sum + (choices[0]?.cost ?? 0), 0);
}

/** The best of greedy assignments at these prices, at some that are higher and lower, and the one given. */
function bestGreedy(
  problem: AssignmentProblem,
  prices: readonly number[],
  factors: readonly number[],
  options: AssignOptions,
  known: Picks | undefined,
): Picks {
  let best = known;
  for (const factor of factors) {
    const at = prices.map((price) => price * factor);
    for (const order of orders(problem, at)) {
      const picks = greedy(problem, at, order, options);
      if (best === undefined || better(scoreOf(problem, picks), scoreOf(problem, best))) {
        best = picks;
      }
    }
  }
  return best!;
}

/** The best assignment that is found within the budgets. */
export function assign(problem: AssignmentProblem, options: AssignOptions): Assigned {
  const { fixed, random } = options;
  const rough = lagrangianBound(problem, {
    iterations: Math.ceil(options.boundIterations * 0.15),
    upper: leastCost(problem) * 1.05,
  });
  const first = new Search(problem, bestGreedy(problem, rough.prices, [0, 1], options, undefined), fixed);
  first.descend(1);
  const { prices } = boundFor(problem, first.picks, Math.ceil(options.boundIterations * 0.5), rough.prices);
  const second = bestGreedy(problem, prices, [1, 1.1], options, first.picks);
  const search = [1, 1.03]
    .map((factor) => prices.map((price) => price * factor))
    .map((at) => new Search(problem, repaired(problem, at, first.picks, fixed), fixed))
    .concat(new Search(problem, second, fixed))
    .map((start) => {
      start.settle(2);
      return start;
    })
    .reduce((best, next) => (better(next.score(), best.score()) ? next : best));
  search.descend(3);
  if (search.shake(SHAKES, random)) {
    search.descend(2);
  }
  const size = problem.choices.reduce((sum, choices) => sum + choices.length, 0);
  if (size > SMALL || options.exactNodes === 0) {
    return { picks: search.picks, exact: false, prices };
  }
  const tight = boundFor(problem, search.picks, options.boundIterations, prices);
  const { picks, complete } = branchAndBound(problem, search.picks, tight.prices, fixed, options.exactNodes);
  return { picks, exact: complete && !fixed.includes(1), prices };
}

/**
 * Bound of the cost of accepting what an assignment accepts: of each accepted workload only choices of the same value
 * count.
 *
 * @param start prices to start from
 */
export function boundFor(
  problem: AssignmentProblem,
  picks: Picks,
  iterations: number,
  start: readonly number[] | undefined,
  accepts: (workload: number, pick: number) => boolean = (workload, pick) =>
    problem.choices[workload]![pick]!.value === problem.choices[workload]![picks[workload]!]!.value,
): CostBound {
  const choices = problem.choices.map((all, workload) =>
    picks[workload]! < 0 ? [] : all.filter((_, pick) => accepts(workload, pick)),
  );
  const upper = scoreOf(problem, picks).cost;
  return lagrangianBound({ ...problem, choices }, { iterations, upper, start });
}
