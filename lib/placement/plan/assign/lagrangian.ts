import type { FlatProblem } from "./flat";

/** A lower bound of the cost of every assignment that takes one choice of each workload, and its certificate. */
export interface CostBound {
  readonly bound: number;
  /** Price of one unit of each resource, whole and not negative. */
  readonly prices: readonly number[];
}

/** The relaxation at prices: of each workload the cheapest choice. */
class Relaxation {
  /** What the cheapest choices of the last prices take of each resource. */
  readonly used: Float64Array;
  private readonly chosen: Int32Array;
  private readonly least: Float64Array;

  constructor(private readonly flat: FlatProblem) {
    this.used = new Float64Array(flat.capacity.length);
    this.chosen = new Int32Array(flat.workloads);
    this.least = new Float64Array(flat.workloads);
  }

  private choose(workload: number, prices: Float64Array): void {
    const { first, cost, firstUse, useResource, useAmount } = this.flat;
    let least = Number.POSITIVE_INFINITY;
    let chosen = -1;
    for (let choice = first[workload]!, end = first[workload + 1]!; choice < end; choice++) {
      let reduced = cost[choice]!;
      // Prices are not negative: a choice that is dearer without them is not cheaper with them.
      if (reduced >= least) {
        continue;
      }
      for (let use = firstUse[choice]!, last = firstUse[choice + 1]!; use < last; use++) {
        reduced += prices[useResource[use]!]! * useAmount[use]!;
      }
      if (reduced < least) {
        least = reduced;
        chosen = choice;
      }
    }
    this.least[workload] = least;
    this.chosen[workload] = chosen;
  }

  /** Sum over workloads of the cheapest choice at these prices, less the price of all capacity. */
  at(prices: Float64Array): number {
    const { workloads, alike, firstUse, useResource, useAmount, capacity } = this.flat;
    const { used, chosen, least } = this;
    used.fill(0);
    let sum = 0;
    for (let workload = 0; workload < workloads; workload++) {
      const same = alike[workload]!;
      if (same === workload) {
        this.choose(workload, prices);
      }
      const choice = chosen[same]!;
      if (choice >= 0) {
        sum += least[same]!;
        for (let use = firstUse[choice]!, last = firstUse[choice + 1]!; use < last; use++) {
          used[useResource[use]!]! += useAmount[use]!;
        }
      }
    }
    for (let resource = 0; resource < prices.length; resource++) {
      sum -= prices[resource]! * capacity[resource]!;
    }
    return sum;
  }
}

/** Squared length of the subgradient: what is used beyond capacity, or below it where a price can still fall. */
function squaredNorm({ capacity, priced }: FlatProblem, prices: Float64Array, used: Float64Array) {
  let norm = 0;
  for (let resource = 0; resource < prices.length; resource++) {
    const excess = used[resource]! - capacity[resource]!;
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
}

/**
 * The best bound that a fixed number of subgradient steps finds (Held, Wolfe and Crowder's step length). Prices are
 * rounded to whole numbers before the bound is computed, so that it can be computed again exactly. Workloads without
 * choices are left out.
 */
export function lagrangianBound(flat: FlatProblem, options: SubgradientOptions): CostBound {
  const resources = flat.capacity.length;
  const prices = Float64Array.from(options.start ?? new Array<number>(resources).fill(0));
  const relaxation = new Relaxation(flat);
  const { used } = relaxation;
  let best = relaxation.at(prices);
  const bestPrices = Float64Array.from(prices);
  let step = 1.5;
  let stale = 0;
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const bound = relaxation.at(prices);
    if (bound > best) {
      best = bound;
      bestPrices.set(prices);
      stale = 0;
    } else if (++stale >= 12) {
      step /= 2;
      stale = 0;
    }
    const norm = squaredNorm(flat, prices, used);
    if (norm === 0 || step < 1e-6) {
      break;
    }
    const length = (step * Math.max(options.upper - bound, Math.abs(options.upper) * 1e-6)) / norm;
    for (let resource = 0; resource < resources; resource++) {
      if (flat.priced[resource]) {
        prices[resource] = Math.max(
          0,
          prices[resource]! + length * (used[resource]! - flat.capacity[resource]!),
        );
      }
    }
  }
  const whole = bestPrices.map((price) => Math.round(price));
  const rounded = relaxation.at(whole);
  const free = relaxation.at(new Float64Array(resources));
  return rounded >= free
    ? { bound: rounded, prices: [...whole] }
    : { bound: free, prices: new Array<number>(resources).fill(0) };
}
