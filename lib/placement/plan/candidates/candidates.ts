import type { AcceptedWorkload } from "../../placement";
import { flatten } from "../assign/flat";
import type { AssignmentProblem } from "../assign/problem";
import type { Costing } from "../costing";
import type { Candidate, Model } from "../model";
import { CandidateContext, type Found } from "./context";
import { dataCandidates, withJobs } from "./data-candidates";
import { gangCandidates } from "./gang-candidates";
import { servingCandidates } from "./serving-candidates";
import { spanCandidates } from "./span-candidates";

/** All ways to run all workloads, those of the most value first, then the cheapest; and why there are no others. */
export interface CandidateSet {
  readonly context: CandidateContext;
  /** By workload. Jobs that bring data to a workload have none: they are part of its candidates. */
  readonly candidates: readonly (readonly Candidate[])[];
  readonly refusals: readonly Found["refusals"][];
  /** By workload: jobs that bring data to it. */
  readonly attached: readonly (readonly number[])[];
}

function find(context: CandidateContext, workload: number): Found {
  switch (context.model.workloads[workload]!.kind) {
    case "gang": {
      const one = gangCandidates(context, workload);
      const two = spanCandidates(context, workload);
      return {
        candidates: [...one.candidates, ...two.candidates],
        refusals: [...one.refusals, ...two.refusals],
      };
    }
    case "inference":
      return servingCandidates(context, workload);
    case "data":
      return dataCandidates(context, workload);
  }
}

/** Drops candidates that take at least as much of everything as another one and cost no less. */
function undominated(candidates: readonly Candidate[]): Candidate[] {
  const key = ({ parts, flows, jobs }: Candidate) =>
    parts.length === 1 && flows.length === 0 && jobs.length === 0 ? parts[0]!.pool.index : -1;
  const best = new Map<number, Candidate[]>();
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const place = key(candidate);
    if (place < 0) {
      kept.push(candidate);
      continue;
    }
    const others = best.get(place);
    if (others === undefined) {
      best.set(place, [candidate]);
      continue;
    }
    const size = candidate.parts[0]!.accelerators;
    if (!others.some((other) => other.cost <= candidate.cost && other.parts[0]!.accelerators <= size)) {
      best.set(place, [
        ...others.filter((other) => other.cost < candidate.cost || other.parts[0]!.accelerators < size),
        candidate,
      ]);
    }
  }
  return [...[...best.values()].flat(), ...kept];
}

export function findCandidates(
  model: Model,
  costing: Costing,
  locked: ReadonlyMap<string, AcceptedWorkload>,
): CandidateSet {
  const context = new CandidateContext(model, costing, locked);
  const attached: number[][] = model.workloads.map(() => []);
  model.workloads.forEach((workload, index) => {
    if (workload.kind === "data" && "workload" in workload.to) {
      attached[model.workloadByName.get(workload.to.workload)!]!.push(index);
    }
  });
  const found = model.workloads.map((_, workload) => find(context, workload));
  const candidates = found.map((ways, workload) => {
    const jobs = attached[workload]!;
    const alone = undominated(ways.candidates);
    const all = jobs.length === 0 ? alone : alone.flatMap((candidate) => withJobs(context, candidate, jobs));
    return all.sort((a, b) => b.value - a.value || a.cost - b.cost);
  });
  return { context, candidates, refusals: found.map(({ refusals }) => refusals), attached };
}

/** The candidates as numbers. */
export function assignmentProblem({ candidates, context }: CandidateSet): AssignmentProblem {
  const { capacity, priced } = context;
  return { choices: candidates, capacity, priced, flat: flatten(candidates, capacity, priced) };
}
