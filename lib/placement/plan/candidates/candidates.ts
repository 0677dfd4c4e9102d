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
  /** By workload; the same list for those that are alike. Jobs that bring data to a workload have none: they are part of its candidates. */
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

function bestFirst(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...candidates].sort((a, b) => b.value - a.value || a.cost - b.cost);
}

/** Candidates of a workload without the jobs that bring data to it. */
interface Ways {
  readonly unsorted: readonly Candidate[];
  readonly sorted: readonly Candidate[];
  readonly refusals: Found["refusals"];
}

/** The same object for workloads that differ by name only, unless they ran before: then it matters where. */
function waysOf(context: CandidateContext, workload: number, alike: Map<string, Ways>): Ways {
  const { name, ...rest } = context.model.workloads[workload]!;
  const key = JSON.stringify(context.locked.has(name) ? { name } : rest);
  const known = alike.get(key);
  if (known !== undefined) {
    return known;
  }
  const { candidates, refusals } = find(context, workload);
  const unsorted = undominated(candidates);
  const ways = { unsorted, sorted: bestFirst(unsorted), refusals };
  alike.set(key, ways);
  return ways;
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
  const alike = new Map<string, Ways>();
  const found = model.workloads.map((_, workload) => waysOf(context, workload, alike));
  const candidates = found.map(({ unsorted, sorted }, workload) => {
    const jobs = attached[workload]!;
    return jobs.length === 0
      ? sorted
      : bestFirst(unsorted.flatMap((candidate) => withJobs(context, candidate, jobs)));
  });
  return { context, candidates, refusals: found.map(({ refusals }) => refusals), attached };
}

/** The candidates as numbers. */
export function assignmentProblem({ candidates, context }: CandidateSet): AssignmentProblem {
  const { capacity, priced } = context;
  return { choices: candidates, capacity, priced, flat: flatten(candidates, capacity, priced) };
}
