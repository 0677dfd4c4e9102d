import { better, type Picks, type Score, Slack, scoreOf } from "./assignment";
import type { AssignmentProblem } from "./problem";

/** What a complete search found, or the best before its budget of nodes was used up. */
export interface ExactResult {
  readonly picks: Picks;
  readonly complete: boolean;
}

/** Best that the workloads from each position on could add if nothing but prices stopped them. */
interface Suffix {
  readonly value: Float64Array;
  /** Least reduced cost of those choices that give the most value; with the price of capacity taken off at the root. */
  readonly cost: Float64Array;
}

function reduced(prices: readonly number[], choice: AssignmentProblem["choices"][number][number]): number {
  return choice.uses.reduce((sum, { resource, amount }) => sum + prices[resource]! * amount, choice.cost);
}

function suffixes(problem: AssignmentProblem, order: readonly number[], prices: readonly number[]): Suffix {
  const value = new Float64Array(order.length + 1);
  const cost = new Float64Array(order.length + 1);
  for (let position = order.length - 1; position >= 0; position--) {
    const choices = problem.choices[order[position]!]!;
    const most = choices.reduce((best, choice) => Math.max(best, choice.value), 0);
    const least = choices
      .filter((choice) => choice.value === most)
      .reduce((best, choice) => Math.min(best, reduced(prices, choice)), Number.POSITIVE_INFINITY);
    value[position] = value[position + 1]! + most;
    cost[position] = cost[position + 1]! + (choices.length === 0 ? 0 : least);
  }
  return { value, cost };
}

/**
 * Depth-first branch and bound. A node is cut if the value still reachable is less than what is known, or equal and the
 * Lagrangian bound of the rest is no less than the known cost. Workloads with few choices come first.
 */
export function branchAndBound(
  problem: AssignmentProblem,
  start: Picks,
  prices: readonly number[],
  fixed: Uint8Array,
  nodes: number,
): ExactResult {
  const order = [...problem.choices.keys()].sort((a, b) => {
    const size = (workload: number) => problem.choices[workload]!.length;
    return fixed[b]! - fixed[a]! || size(a) - size(b) || a - b;
  });
  const suffix = suffixes(problem, order, prices);
  const slack = new Slack(problem.capacity);
  const picks = new Int32Array(order.length).fill(-1);
  let best: Picks = Int32Array.from(start);
  let known: Score = scoreOf(problem.choices, start);
  let left = nodes;

  const visit = (position: number, value: number, cost: number): void => {
    if (left-- <= 0) {
      return;
    }
    if (position === order.length) {
      if (better({ value, cost }, known)) {
        known = { value, cost };
        best = Int32Array.from(picks);
      }
      return;
    }
    const reachable = value + suffix.value[position]!;
    if (reachable < known.value) {
      return;
    }
    if (reachable === known.value && lowest(position, cost) >= known.cost) {
      return;
    }
    const workload = order[position]!;
    const choices = problem.choices[workload]!;
    const only = fixed[workload] ? start[workload]! : undefined;
    for (const pick of byValue(choices, only)) {
      const choice = choices[pick]!;
      if (slack.fits(choice)) {
        slack.take(choice);
        picks[workload] = pick;
        visit(position + 1, value + choice.value, cost + choice.cost);
        picks[workload] = -1;
        slack.give(choice);
      }
    }
    if (only === undefined || only < 0) {
      visit(position + 1, value, cost);
    }
  };

  /** Bound of the whole cost if all that is left takes choices of the most value. */
  const lowest = (position: number, cost: number): number => {
    let bound = cost + suffix.cost[position]!;
    for (let resource = 0; resource < prices.length; resource++) {
      const price = prices[resource]!;
      if (price > 0) {
        bound -= price * slack.left[resource]!;
      }
    }
    return bound;
  };

  visit(0, 0, 0);
  return { picks: best, complete: left > 0 };
}

function byValue(
  choices: readonly { readonly value: number }[],
  only: number | undefined,
): readonly number[] {
  if (only !== undefined) {
    return only < 0 ? [] : [only];
  }
  return [...choices.keys()].sort((a, b) => choices[b]!.value - choices[a]!.value || a - b);
}
