import type { Bound, ShadowPrice } from "../../placement";
import { boundFor } from "../assign/assign";
import type { Picks, Score } from "../assign/assignment";
import type { AssignmentProblem } from "../assign/problem";
import type { CandidateSet } from "../candidates/candidates";
import type { Candidate } from "../model";
import type { PlanState } from "../plan-state";

/** Gap of a plan to a bound, in millionths of the bound, rounded up. */
function gapPpm(cost: number, bound: number): number {
  return bound <= 0
    ? cost > 0
      ? Number.MAX_SAFE_INTEGER
      : 0
    : Math.max(0, Math.ceil(((cost - bound) / bound) * 1e6));
}

function sameJobs({ jobs: a }: Candidate, { jobs: b }: Candidate): boolean {
  return a.length === b.length && a.every(({ job }, index) => job === b[index]!.job);
}

/** Prices of scarce capacity by name; those of links per Gbit/s or wavelength. */
function shadowPrices(set: CandidateSet, prices: readonly number[]): readonly ShadowPrice[] {
  const { pools, links } = set.context.model;
  return prices.flatMap((price, resource): ShadowPrice[] => {
    const pool = pools[resource];
    const link = links[resource - pools.length];
    if (price <= 0) {
      return [];
    }
    if (pool !== undefined) {
      return [{ of: "pool", site: pool.site.name, pool: pool.pool.name, microUsdPerHour: price }];
    }
    const unit = link?.kind === "leased" ? 1_000 : 1;
    return link === undefined ? [] : [{ of: "link", link: link.name, microUsdPerHour: price * unit }];
  });
}

/**
 * What no plan that accepts the same workloads can cost less than.
 *
 * @param start prices that the search went by
 * @param optimum what a complete search over all candidates found, places inside the pools at their best; a plan that
 *   reaches it is optimal
 */
export function boundOf(
  state: PlanState,
  set: CandidateSet,
  problem: AssignmentProblem,
  iterations: number,
  start: readonly number[],
  optimum: Score | undefined,
): Bound {
  const picks: Picks = Int32Array.from(state.placed, (placed, workload) =>
    placed === undefined ? -1 : set.candidates[workload]!.indexOf(placed.candidate),
  );
  const accepts = (workload: number, pick: number) =>
    sameJobs(set.candidates[workload]![pick]!, state.placed[workload]!.candidate);
  const { bound, prices } = boundFor(problem.flat, picks, iterations, start, accepts);
  const { value, cost } = state.score();
  if (optimum !== undefined && optimum.value === value && optimum.cost === cost) {
    return { microUsd: cost, gapPpm: 0, method: "exact", prices: shadowPrices(set, prices) };
  }
  return {
    microUsd: bound,
    gapPpm: gapPpm(cost, bound),
    method: "lagrangian",
    prices: shadowPrices(set, prices),
  };
}
