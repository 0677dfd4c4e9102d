import { type AssignmentProblem, type FlatProblem, flatten, type Picks } from "./assignment";

/** A lower bound of the cost of every assignment that takes one choice of each workload, and its certificate. */
export interface CostBound {
  readonly bound: number;
  /** Price of one unit of each resource, whole and not negative. */
  readonly prices: readonly number[];
}

/** Sum over workloads of the cheapest choice at these prices, less the price of all capacity. Also what that takes. */
function relax(flat: FlatProblem, prices: Float64Array, used: Float64Array, picks?: Picks): number {
  used.fill(0);
  let sum = 0;
  for (let workload = 0; workload < flat.workloads; workload++) {
    let best = Number.POSITIVE_INFINITY;
    let chosen = -1;
    for (let choice = flat.first[workload]!; choice < flat.first[workload + 1]!; choice++) {
      let reduced = flat.cost[choice]!;
      for (let use = flat.firstUse[choice]!; use < flat.firstUse[choice + 1]!; use++) {
        reduced += prices[flat.useResource[use]!]! * flat.useAmount[use]!;
      }
      if (reduced < best) {
        best = reduced;
        chosen = choice;
      }
    }
    if (chosen >= 0) {
      sum += best;
      for (let use = flat.firstUse[chosen]!; use < flat.firstUse[chosen + 1]!; use++) {
        used[flat.useResource[use]!]! += flat.useAmount[use]!;
      }
    }
    if (picks !== undefined) {
      picks[workload] = chosen < 0 ? -1 : chosen - flat.first[workload]!;
    }
  }
  for (let resource = 0; resource < prices.length; resource++) {
    sum -= prices[resource]! * flat.capacity[resource]!;
  }
  return sum;
}

/** Squared length of the subgradient: what is used beyond capacity, or below it where a price can still fall. */
function squaredNorm(
  flat: FlatProblem,
  prices: Float64Array,
  used: Float64Array,
  priced: readonly boolean[],
) {
  let norm = 0;
  for (let resource = 0; resource < prices.length; resource++) {
    const excess = used[resource]! - flat.capacity[resource]!;
    if (priced[resource] && (excess > 0 || prices[resource]! > 0)) {
      norm += excess * excess;
    }
  }
  return norm;
}

export interface SubgradientOptions {
  readonly iterations: number;
  /** Cost of a known assignment. */
  readonly upper: number;
  /** Prices to start from. @default - all zero */
  readonly start?: readonly number[];
  /** Called with the choices that are cheapest at the prices of each iteration. */
  readonly onPicks?: (picks: Picks, iteration: number) => void;
}

/**
 * The best bound that a fixed number of subgradient steps finds (Held, Wolfe and Crowder's step length). Prices are
 * rounded to whole numbers before the bound is computed, so that it can be computed again exactly. Workloads without
 * choices are left out.
 */
export function lagrangianBound(problem: AssignmentProblem, options: SubgradientOptions): CostBound {
  const flat = flatten(problem);
  const resources = problem.capacity.length;
  const prices = Float64Array.from(options.start ?? new Array<number>(resources).fill(0));
  const used = new Float64Array(resources);
  const picks = new Int32Array(flat.workloads);
  let best = relax(flat, prices, used);
  let bestPrices = Float64Array.from(prices);
  let step = 1.5;
  let stale = 0;
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const bound = relax(flat, prices, used, picks);
    options.onPicks?.(picks, iteration);
    if (bound > best) {
      best = bound;
      bestPrices = Float64Array.from(prices);
      stale = 0;
    } else if (++stale >= 12) {
      step /= 2;
      stale = 0;
    }
    const norm = squaredNorm(flat, prices, used, problem.priced);
    if (norm === 0 || step < 1e-6) {
      break;
    }
    const length = (step * Math.max(options.upper - bound, Math.abs(options.upper) * 1e-6)) / norm;
    for (let resource = 0; resource < resources; resource++) {
      if (problem.priced[resource]) {
        prices[resource] = Math.max(
          0,
          prices[resource]! + length * (used[resource]! - flat.capacity[resource]!),
        );
      }
    }
  }
  const whole = bestPrices.map((price) => Math.round(price));
  const rounded = relax(flat, whole, used);
  const free = relax(flat, new Float64Array(resources), used);
  return rounded >= free
    ? { bound: rounded, prices: [...whole] }
    : { bound: free, prices: new Array<number>(resources).fill(0) };
}
