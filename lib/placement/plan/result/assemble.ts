import { linkFreeGbps } from "../../../fabric/link";
import { mapToTorus, RANK_ORDER } from "../../cost/torus-mapping";
import { type Gang, ranksOf } from "../../gang";
import type {
  AcceptedWorkload,
  Bound,
  Flow,
  LinkUse,
  Objective,
  PlacedDomains,
  PlacedPart,
  Placement,
  RankMapping,
  WorkloadPlacement,
} from "../../placement";
import type { CandidateSet } from "../candidates/candidates";
import type { JobPlan, PartPlan } from "../model";
import type { Placed, PlanState } from "../plan-state";
import { largestPlaceable } from "./largest";
import { consumption, reasonsFor } from "./reasons";
import { uplinkLoads } from "./uplinks";

function torusAxes(gang: Gang, layout: number, parts: number, domains: PlacedDomains) {
  const dims =
    domains.kind === "box"
      ? domains.box.dims
      : domains.kind === "cubes"
        ? domains.shape.dims
        : domains.kind === "intent"
          ? domains.shape?.dims
          : undefined;
  if (dims === undefined) {
    return undefined;
  }
  const degrees = gang.layouts[layout]!;
  const mapping = mapToTorus({ ...degrees, dp: degrees.dp / parts }, dims);
  return mapping === undefined
    ? undefined
    : Object.fromEntries(
        RANK_ORDER.filter((axis) => mapping[axis].length > 0).map((axis) => [
          axis,
          mapping[axis].map(({ axis: along, extent }) => ({ axis: along, extent })),
        ]),
      );
}

/** Which rank runs where: the innermost axes side by side. */
function ranks(gang: Gang, placed: Placed, index: number): RankMapping {
  const { layout, parts } = placed.candidate;
  const each = ranksOf(gang.layouts[layout!]!) / parts.length;
  const axes = torusAxes(gang, layout!, parts.length, placed.domains[index]!);
  const mapping = { firstRank: index * each, order: RANK_ORDER };
  return axes === undefined ? mapping : { ...mapping, torusAxes: axes };
}

function part(
  set: CandidateSet,
  workload: number,
  placed: Placed,
  plan: PartPlan,
  index: number,
): PlacedPart {
  const given = set.context.model.workloads[workload]!;
  return {
    site: plan.pool.site.name,
    pool: plan.pool.pool.name,
    purchase: plan.offer.model,
    accelerators: plan.accelerators,
    domains: placed.domains[index]!,
    ...(given.kind === "gang" ? { ranks: ranks(given, placed, index) } : {}),
    ...(plan.serving === undefined ? {} : { serving: plan.serving }),
  };
}

function accepted(set: CandidateSet, workload: number, placed: Placed): AcceptedWorkload {
  const { candidate, place } = placed;
  return {
    status: "accepted",
    workload: set.context.model.workloads[workload]!.name,
    ...(candidate.layout === undefined ? {} : { layout: candidate.layout }),
    parts: candidate.parts.map((plan, index) => part(set, workload, placed, plan, index)),
    flows: candidate.flows.map((flow) => set.context.costing.flow(flow)),
    ...(place.step === undefined ? {} : { step: place.step }),
    cost: place.cost,
  };
}

function acceptedJob(set: CandidateSet, { job, flows, cost }: JobPlan): AcceptedWorkload {
  return {
    status: "accepted",
    workload: set.context.model.workloads[job]!.name,
    parts: [],
    flows: flows.map((flow) => set.context.costing.flow(flow)),
    cost,
  };
}

function workloads(state: PlanState, set: CandidateSet): readonly WorkloadPlacement[] {
  const jobs = new Map<number, JobPlan>();
  for (const placed of state.placed) {
    placed?.candidate.jobs.forEach((job) => {
      jobs.set(job.job, job);
    });
  }
  const consumed = consumption(state, set);
  return set.context.model.workloads.map((workload, index) => {
    const placed = state.placed[index];
    const job = jobs.get(index);
    if (placed !== undefined) {
      return accepted(set, index, placed);
    }
    return job !== undefined
      ? acceptedJob(set, job)
      : { status: "left-out", workload: workload.name, reasons: reasonsFor(set, state, consumed, index) };
  });
}

/** Wavelengths by first fit, in the order of the workloads; those in use by others are taken to be the lowest. */
function linkUse(set: CandidateSet, all: readonly WorkloadPlacement[]): readonly LinkUse[] {
  const flows = new Map<string, { workload: string; flow: Flow }[]>();
  for (const workload of all) {
    for (const flow of workload.status === "accepted" ? workload.flows : []) {
      flows.set(flow.link, [...(flows.get(flow.link) ?? []), { workload: workload.workload, flow }]);
    }
  }
  return set.context.model.links.map((link) => {
    const over = flows.get(link.name) ?? [];
    const gbpsUsed = over.reduce((sum, { flow }) => sum + flow.gbps, 0);
    const wavesUsed = over.reduce((sum, { flow }) => sum + flow.waves, 0);
    let next = link.kind === "optical" ? link.wavesInUse : 0;
    const assignments =
      link.kind === "optical"
        ? over.map(({ workload, flow }) => {
            const first = next;
            next += flow.waves;
            return { workload, wavelengths: Array.from({ length: flow.waves }, (_, wave) => first + wave) };
          })
        : [];
    const free =
      link.kind === "optical"
        ? (link.waves - link.wavesInUse - wavesUsed) * link.gbpsPerWave
        : linkFreeGbps(link) - gbpsUsed;
    return { link: link.name, wavesUsed, assignments, gbpsUsed, gbpsFree: Math.max(0, free) };
  });
}

function objective(state: PlanState, set: CandidateSet): Objective {
  const { value, cost } = state.score();
  const microUsdChurn = state.placed.reduce((sum, placed) => sum + (placed?.churn ?? 0), 0);
  const byPool = new Map<number, PlacedDomains[]>();
  for (const placed of state.placed) {
    placed?.candidate.parts.forEach(({ pool }, index) => {
      const list = byPool.get(pool.index) ?? [];
      list.push(placed.domains[index]!);
      byPool.set(pool.index, list);
    });
  }
  const largest = set.context.model.pools.reduce(
    (sum, pool) => sum + largestPlaceable(pool, byPool.get(pool.index) ?? []),
    0,
  );
  return {
    microValue: value,
    microUsdEffective: cost - microUsdChurn,
    microUsdChurn,
    largestPlaceable: largest,
  };
}

/** The plan as it is handed out. */
export function assemble(state: PlanState, set: CandidateSet, bound: Bound): Placement {
  const all = workloads(state, set);
  return {
    version: 1,
    inputDigest: set.context.model.digest,
    workloads: all,
    links: linkUse(set, all),
    uplinks: uplinkLoads(state, set),
    objective: objective(state, set),
    bound,
  };
}
