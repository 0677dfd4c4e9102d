import type { Reason } from "../../placement";
import type { CandidateSet } from "../candidates/candidates";
import { jobPlans } from "../candidates/data-candidates";
import type { Candidate } from "../model";
import type { PlanState } from "../plan-state";

/** Names that are listed as having taken what was needed. */
const NAMED = 5;

/** What each resource has left, and who took it. */
export interface Consumption {
  readonly left: readonly number[];
  readonly takers: readonly (readonly { readonly name: string; readonly amount: number }[])[];
}

export function consumption(state: PlanState, set: CandidateSet): Consumption {
  const left = [...set.context.capacity];
  const takers: { name: string; amount: number }[][] = left.map(() => []);
  state.placed.forEach((placed, workload) => {
    for (const { resource, amount } of placed?.candidate.uses ?? []) {
      left[resource]! -= amount;
      takers[resource]!.push({ name: set.context.model.workloads[workload]!.name, amount });
    }
  });
  return { left, takers };
}

function because(consumed: Consumption, resource: number): readonly string[] {
  return [...consumed.takers[resource]!]
    .sort((a, b) => b.amount - a.amount || (a.name < b.name ? -1 : 1))
    .slice(0, NAMED)
    .map(({ name }) => name);
}

/** Why a candidate that its own rules allow was not taken. */
function stopped(set: CandidateSet, consumed: Consumption, candidate: Candidate): Reason {
  const { pools, links } = set.context.model;
  const part = candidate.parts[0];
  const at = part === undefined ? {} : { site: part.pool.site.name, pool: part.pool.pool.name };
  for (const { resource, amount } of candidate.uses) {
    const have = Math.max(0, consumed.left[resource]!);
    if (have >= amount) {
      continue;
    }
    const who = because(consumed, resource);
    const link = links[resource - pools.length];
    const pool = pools[resource];
    if (pool !== undefined) {
      const [site, name] = [pool.site.name, pool.pool.name];
      return pool.known.kind === "tree"
        ? {
            code: "no-capacity",
            site,
            pool: name,
            need: Math.ceil(amount / pool.perHost),
            have: Math.floor(have / pool.perHost),
            unit: "hosts",
            because: who,
          }
        : { code: "no-capacity", site, pool: name, need: amount, have, unit: "chips", because: who };
    }
    if (link !== undefined) {
      return link.kind === "optical"
        ? { code: "wavelengths", ...at, link: link.name, need: amount, have, unit: "waves", because: who }
        : {
            code: "link-capacity",
            ...at,
            link: link.name,
            need: amount / 1e3,
            have: have / 1e3,
            unit: "Gbps",
            because: who,
          };
    }
    return resource === set.context.budget
      ? { code: "budget", ...at, need: amount / 1e6, have: have / 1e6, unit: "USD/h" }
      : { code: "spread", ...at, because: who };
  }
  const need = part?.accelerators ?? 0;
  const free = part === undefined ? 0 : consumed.left[part.pool.index]!;
  return { code: "fragmented", ...at, need, have: free, unit: "accelerators" };
}

function keyOf(reason: Reason): string {
  return JSON.stringify([reason.code, reason.site, reason.pool, reason.link, reason.users, reason.need]);
}

/** All reasons why a workload has no place, each once: first where it could have been, then where it could not. */
export function reasonsFor(
  set: CandidateSet,
  state: PlanState,
  consumed: Consumption,
  workload: number,
): readonly Reason[] {
  const stops = set.candidates[workload]!.map((candidate) => stopped(set, consumed, candidate));
  const all = [...stops, ...set.refusals[workload]!, ...jobReasons(set, state, consumed, workload)];
  const unique = new Map(all.map((reason) => [keyOf(reason), reason]));
  return unique.size > 0 ? [...unique.values()] : [{ code: "no-capacity" }];
}

/** Why the data of a job does not reach the workload that it is for. */
function jobReasons(
  set: CandidateSet,
  state: PlanState,
  consumed: Consumption,
  workload: number,
): readonly Reason[] {
  const job = set.context.model.workloads[workload]!;
  if (job.kind !== "data" || !("workload" in job.to)) {
    return [];
  }
  const target = set.context.model.workloadByName.get(job.to.workload)!;
  const placed = state.placed[target];
  if (placed === undefined) {
    return [{ code: "unreachable", because: [job.to.workload] }];
  }
  const sites = [...new Set(placed.candidate.parts.map(({ pool }) => pool.site.name))];
  const plans = jobPlans(set.context, workload, sites);
  if ("code" in plans) {
    return [plans];
  }
  return plans.map(({ flows, cost }) =>
    stopped(set, consumed, {
      ...placed.candidate,
      parts: [],
      uses: set.context.uses(job, [], flows, cost.microUsdNetwork),
    }),
  );
}
