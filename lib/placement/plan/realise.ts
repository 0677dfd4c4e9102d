import type { AcceptedWorkload, PlacedPart } from "../placement";
import { better, type Picks, type Score } from "./assign/assignment";
import type { CandidateSet } from "./candidates/candidates";
import type { PartShape } from "./costing";
import type { Candidate, PartPlan } from "./model";
import { type Placed, PlanState } from "./plan-state";
import type { SeededRandom } from "./random";
import { signatureOf } from "./tree-signature";

/** What a plan is made of while it is searched. */
export interface Realising {
  readonly set: CandidateSet;
  readonly locked: ReadonlyMap<string, AcceptedWorkload>;
  readonly random: SeededRandom;
  /** Workloads that stay where the lock had them. */
  readonly fixed: Uint8Array;
}

/** Candidates looked at for one workload, those of the most value and the least cost first. */
const LOOKED_AT = 24;

/** Gives a workload the best place that is free now. */
export function insertBest(
  state: PlanState,
  set: CandidateSet,
  workload: number,
  variation: number,
): boolean {
  let best: Placed | undefined;
  let looked = 0;
  for (const candidate of set.candidates[workload]!) {
    const hopeless =
      best !== undefined &&
      (candidate.value < best.candidate.value ||
        (candidate.value === best.candidate.value && candidate.cost >= best.cost));
    if (hopeless) {
      break;
    }
    if (looked >= LOOKED_AT && best !== undefined) {
      break;
    }
    if (state.place(workload, candidate, variation)) {
      looked++;
      const placed = state.remove(workload)!;
      if (best === undefined || better(of(placed), of(best))) {
        best = placed;
      }
    }
  }
  if (best !== undefined) {
    state.restore(workload, best);
  }
  return best !== undefined;
}

function of(placed: Placed): Score {
  return { value: placed.candidate.value, cost: placed.cost };
}

function sizeOf(candidate: Candidate | undefined): number {
  return candidate?.parts.reduce((sum, part) => sum + part.accelerators, 0) ?? 0;
}

/** The part of a lock that a part of a candidate would go on from, if it is as large. */
function sameAs(part: PartPlan, parts: readonly PlacedPart[]): PlacedPart | undefined {
  return parts.find(
    (old) =>
      old.site === part.pool.site.name &&
      old.pool === part.pool.pool.name &&
      old.accelerators === part.accelerators &&
      old.purchase === part.offer.model &&
      (old.serving?.phase ?? "both") === (part.serving?.phase ?? "both"),
  );
}

function shapeOf(set: CandidateSet, part: PartPlan, old: PlacedPart): PartShape | undefined | false {
  const { domains } = old;
  switch (domains.kind) {
    case "intent":
      return part.pool.opaque ? undefined : false;
    case "leaves": {
      const sound = domains.leaves.every(({ hosts }) => hosts % part.unit === 0);
      return part.pool.known.kind === "tree" && sound
        ? { kind: "tree", signature: signatureOf(set.context.tree(part.pool), domains.leaves) }
        : false;
    }
    default: {
      const dims = domains.kind === "box" ? domains.box.dims : domains.shape.dims;
      const twisted = domains.kind === "cubes" && domains.shape.twisted;
      const known = part.shapes?.find(
        ({ shape }) => shape.dims.join() === dims.join() && shape.twisted === twisted,
      );
      return known === undefined ? false : { kind: "slice", shape: known.shape };
    }
  }
}

/** Puts a workload where the lock had it, if it still may be there. */
function stay(state: PlanState, realising: Realising, workload: number): boolean {
  const { set, locked } = realising;
  const before = locked.get(set.context.model.workloads[workload]!.name);
  if (before === undefined) {
    return false;
  }
  for (const candidate of set.candidates[workload]!) {
    const flowLinks = candidate.flows.map(({ link }) => set.context.model.links[link]!.name);
    if (
      candidate.layout !== before.layout ||
      candidate.parts.length !== before.parts.length ||
      (candidate.parts.length === 0 && flowLinks.join() !== before.flows.map(({ link }) => link).join())
    ) {
      continue;
    }
    const olds = candidate.parts.map((part) => sameAs(part, before.parts));
    const shapes = candidate.parts.map((part, index) => {
      const old = olds[index];
      return old === undefined ? false : shapeOf(set, part, old);
    });
    if (shapes.every((shape) => shape !== false)) {
      const domains = olds.map((old) => old!.domains);
      if (state.placeAt(workload, candidate, domains, shapes as readonly (PartShape | undefined)[])) {
        return true;
      }
    }
  }
  return false;
}

/** A plan in which all that ran and may stay is where it was, and nothing else. */
export function lockedState(realising: Realising): PlanState {
  const state = new PlanState(realising.set, realising.locked);
  realising.set.candidates.forEach((_, workload) => {
    stay(state, realising, workload);
  });
  return state;
}

/** Places everything in one order: where the lock had it, else by its pick, else wherever it fits best. */
function placeAll(realising: Realising, picks: Picks, order: readonly number[]): PlanState {
  const { set } = realising;
  const state = new PlanState(set, realising.locked);
  const late: number[] = [];
  for (const workload of order) {
    if (realising.fixed[workload]) {
      stay(state, realising, workload);
    }
  }
  for (const workload of order) {
    if (realising.fixed[workload]) {
      continue;
    }
    const pick = set.candidates[workload]![picks[workload]!];
    if (
      pick === undefined ||
      !(stayIfSame(state, realising, workload, pick) || state.place(workload, pick))
    ) {
      late.push(workload);
    }
  }
  for (const workload of late) {
    insertBest(state, set, workload, 0);
  }
  return state;
}

/** Stays in place if the pick is the pool where the lock had the workload. */
function stayIfSame(state: PlanState, realising: Realising, workload: number, pick: Candidate): boolean {
  const before = realising.locked.get(realising.set.context.model.workloads[workload]!.name);
  const same = before !== undefined && pick.parts.every((part) => sameAs(part, before.parts) !== undefined);
  return same && stay(state, realising, workload);
}

/** Puts the picks into the pools, in several orders, and returns the best plan. */
export function realise(realising: Realising, picks: Picks): PlanState {
  const { candidates } = realising.set;
  const workloads = [...candidates.keys()];
  const size = workloads.map((workload) => sizeOf(candidates[workload]![Math.max(0, picks[workload]!)]));
  const value = workloads.map((workload) => candidates[workload]![0]?.value ?? 0);
  const orders = [
    [...workloads].sort((a, b) => size[b]! - size[a]! || a - b),
    workloads,
    [...workloads].sort((a, b) => size[a]! - size[b]! || a - b),
    [...workloads].sort((a, b) => value[b]! / (size[b]! || 1) - value[a]! / (size[a]! || 1) || a - b),
  ];
  return orders
    .map((order) => placeAll(realising, picks, order))
    .reduce((best, state) => (better(state.score(), best.score()) ? state : best));
}
