import { tokensPerStep } from "../gang";
import type { AcceptedWorkload, Placement, PlacementLock, Reason, ShadowPrice } from "../placement";
import { type CandidateSet, findCandidates } from "../plan/candidates/candidates";
import { canonicalInput, inputDigest } from "../plan/canonical";
import { Costing } from "../plan/costing";
import { lockedWorkloads } from "../plan/lock";
import { buildModel, type Candidate } from "../plan/model";
import { largestPlaceable } from "../plan/result/largest";
import type { PlanInput } from "../workloads";
import { type Change, changesSince } from "./changes";

/** The next best place that a workload could have, if nothing else stood there. */
export interface RunnerUp {
  readonly places: readonly { readonly site: string; readonly pool: string }[];
  /** Effective cost there at best, over that of the place chosen, in micro-USD per hour. */
  readonly microUsdMore: number;
}

/** Why a workload is where it is. */
export interface WorkloadExplanation {
  readonly workload: string;
  readonly status: "accepted" | "left-out";
  readonly placed?: AcceptedWorkload;
  /** Tokens trained per second and money for a million of them. Only for gangs. */
  readonly tokensPerSecond?: number;
  readonly usdPerMillionTokens?: number;
  readonly runnerUp?: RunnerUp;
  /** Why each other place was refused; of what was left out, why every place was. */
  readonly refused: readonly Reason[];
  /** Places that another workload holds; what to free, or how much to add, to let it in. */
  readonly wouldLetIn?: readonly Reason[];
}

/** Room left in a pool. */
export interface PoolRoom {
  readonly site: string;
  readonly pool: string;
  /** Accelerators of the largest slice that could still be placed; 0 where the interior is unknown. */
  readonly largestPlaceable: number;
  readonly used: number;
  /** Absent: no known limit. */
  readonly capacity?: number;
}

/** A plan, explained, as data. */
export interface Explanation {
  readonly objective: Placement["objective"];
  readonly bound: Omit<Placement["bound"], "prices">;
  readonly workloads: readonly WorkloadExplanation[];
  /** What one more unit of scarce capacity would save, the dearest first. */
  readonly scarce: readonly ShadowPrice[];
  readonly rooms: readonly PoolRoom[];
  readonly links: Placement["links"];
  readonly uplinks: Placement["uplinks"];
  /** What moved against the lock. */
  readonly changes: readonly Change[];
}

/** Reasons that more capacity, or somebody else's leaving, would take away. */
const MENDABLE: ReadonlySet<Reason["code"]> = new Set([
  "no-capacity",
  "fragmented",
  "link-capacity",
  "wavelengths",
  "budget",
  "outvalued",
]);

function placesOf({ parts }: Candidate): RunnerUp["places"] {
  return parts.map(({ pool }) => ({ site: pool.site.name, pool: pool.pool.name }));
}

function samePlaces(candidate: Candidate, placed: AcceptedWorkload): boolean {
  const key = (places: readonly { readonly site: string; readonly pool: string }[]) =>
    places.map(({ site, pool }) => `${site}/${pool}`).join();
  return key(placesOf(candidate)) === key(placed.parts);
}

function runnerUp(set: CandidateSet, workload: number, placed: AcceptedWorkload): RunnerUp | undefined {
  const others = set.candidates[workload]!.filter(
    (candidate) =>
      candidate.parts.length > 0 && candidate.jobs.length === 0 && !samePlaces(candidate, placed),
  );
  if (others.length === 0) {
    return undefined;
  }
  const best = others.reduce((least, candidate) => (candidate.cost < least.cost ? candidate : least));
  return { places: placesOf(best), microUsdMore: best.cost - placed.cost.microUsdEffective };
}

function explainWorkload(set: CandidateSet, placement: Placement, workload: number): WorkloadExplanation {
  const given = set.context.model.workloads[workload]!;
  const result = placement.workloads[workload]!;
  if (result.status === "left-out") {
    const wouldLetIn = result.reasons.filter(({ code }) => MENDABLE.has(code));
    return { workload: given.name, status: "left-out", refused: result.reasons, wouldLetIn };
  }
  const next = runnerUp(set, workload, result);
  const explained = {
    workload: given.name,
    status: "accepted" as const,
    placed: result,
    ...(next === undefined ? {} : { runnerUp: next }),
    refused: set.refusals[workload]!,
  };
  if (given.kind !== "gang" || result.step === undefined) {
    return explained;
  }
  const tokens = tokensPerStep(given.model, given.layouts[result.layout!]!);
  const tokensPerSecond = tokens / (result.step.totalNs / 1e9);
  const usd = (result.cost.microUsdAccelerators + result.cost.microUsdNetwork) / 1e6;
  return { ...explained, tokensPerSecond, usdPerMillionTokens: usd / ((tokensPerSecond * 3_600) / 1e6) };
}

/**
 * Why everything is where it is: the plan with runners-up, refusals, scarce capacity, room that is left, and what changed.
 *
 * @param lock what the plan was made with
 */
export function explain(input: PlanInput, placement: Placement, lock?: PlacementLock): Explanation {
  const canonical = canonicalInput(input);
  const model = buildModel(canonical, inputDigest(canonical));
  const set = findCandidates(model, new Costing(model), lockedWorkloads(lock, canonical));
  const parts = placement.workloads.flatMap((workload) =>
    workload.status === "accepted" ? workload.parts : [],
  );
  const rooms = model.pools.map((pool) => {
    const here = parts.filter((part) => part.site === pool.site.name && part.pool === pool.pool.name);
    return {
      site: pool.site.name,
      pool: pool.pool.name,
      largestPlaceable: largestPlaceable(
        pool,
        here.map(({ domains }) => domains),
      ),
      used: here.reduce((sum, { accelerators }) => sum + accelerators, 0),
      ...(pool.capacity === undefined ? {} : { capacity: pool.capacity }),
    };
  });
  const { prices, ...bound } = placement.bound;
  return {
    objective: placement.objective,
    bound,
    workloads: model.workloads.map((_, workload) => explainWorkload(set, placement, workload)),
    scarce: [...prices].sort((a, b) => b.microUsdPerHour - a.microUsdPerHour),
    rooms,
    links: placement.links,
    uplinks: placement.uplinks,
    changes: changesSince(lock, placement),
  };
}
