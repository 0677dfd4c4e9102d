import { better, type Score } from "./assign/assignment";
import type { CandidateSet } from "./candidates/candidates";
import type { Candidate } from "./model";
import { type Placed, PlanState } from "./plan-state";
import type { Realising } from "./realise";
import { type LeafShare, signatureOf } from "./tree-signature";

/** Workloads, and places of each, up to which all combinations are searched. */
const MOST_WORKLOADS = 10;
const MOST_PLACES = 600;

/** All ways to take so many hosts, in whole units, from what leaves have free. Gives up beyond the limit. */
function allShares(
  free: readonly number[],
  hosts: number,
  unit: number,
): readonly (readonly LeafShare[])[] | undefined {
  const found: (readonly LeafShare[])[] = [];
  const usable = free.map((count) => Math.floor(count / unit) * unit);
  const rest = usable.map((_, leaf) => usable.slice(leaf).reduce((sum, count) => sum + count, 0));
  const visit = (leaf: number, left: number, shares: readonly LeafShare[]): boolean => {
    if (left === 0) {
      found.push(shares);
      return found.length <= MOST_PLACES;
    }
    if (leaf === usable.length || rest[leaf]! < left) {
      return true;
    }
    for (let share = 0; share <= Math.min(usable[leaf]!, left); share += unit) {
      if (!visit(leaf + 1, left - share, share === 0 ? shares : [...shares, { leaf, hosts: share }])) {
        return false;
      }
    }
    return true;
  };
  return visit(0, hosts, []) ? found : undefined;
}

/** Every place of a candidate; undefined if they cannot be listed. */
function placesOf(
  set: CandidateSet,
  scratch: PlanState,
  workload: number,
  candidate: Candidate,
): readonly Placed[] | undefined {
  const [part] = candidate.parts;
  if (part === undefined || candidate.parts.length > 1) {
    return undefined;
  }
  const { pool } = part;
  const settled = () => {
    const placed = scratch.remove(workload);
    return placed === undefined ? [] : [placed];
  };
  if (pool.opaque) {
    scratch.place(workload, candidate);
    return settled();
  }
  if (pool.known.kind !== "tree" || pool.pool.free.kind !== "leaves") {
    return undefined;
  }
  const shape = set.context.tree(pool);
  return allShares(pool.pool.free.freeHosts, part.hosts, part.unit)?.flatMap((leaves) => {
    const signature = signatureOf(shape, leaves);
    scratch.placeAt(workload, candidate, [{ kind: "leaves", leaves }], [{ kind: "tree", signature }]);
    return settled();
  });
}

/** Every place of every workload, those of the most value and the least cost first. */
function allPlaces(set: CandidateSet, scratch: PlanState): readonly (readonly Placed[])[] | undefined {
  const active = set.candidates.filter((candidates) => candidates.length > 0);
  if (active.length > MOST_WORKLOADS) {
    return undefined;
  }
  const lists: (readonly Placed[])[] = [];
  for (let workload = 0; workload < set.candidates.length; workload++) {
    const places = set.candidates[workload]!.map((candidate) => placesOf(set, scratch, workload, candidate));
    if (places.some((list) => list === undefined)) {
      return undefined;
    }
    const list = (places as readonly (readonly Placed[])[]).flat();
    if (list.length > MOST_PLACES) {
      return undefined;
    }
    lists.push([...list].sort((a, b) => b.candidate.value - a.candidate.value || a.cost - b.cost));
  }
  return lists;
}

/** From each position on, the most value that can come and the least cost of that. */
function suffixes(lists: readonly (readonly Placed[])[], order: readonly number[]): readonly Score[] {
  const sums: Score[] = [{ value: 0, cost: 0 }];
  for (const workload of [...order].reverse()) {
    const [best] = lists[workload]!;
    const last = sums.at(-1)!;
    sums.push({ value: last.value + (best?.candidate.value ?? 0), cost: last.cost + (best?.cost ?? 0) });
  }
  return sums.reverse();
}

/**
 * Searches all places of all workloads where these are few enough to list, and leaves the plan at the best.
 *
 * @returns true if the search was complete: no plan is better
 */
export function searchPlaces(state: PlanState, realising: Realising, nodes: number): boolean {
  const { set, locked, fixed } = realising;
  const scratch = new PlanState(set, locked);
  const lists = fixed.includes(1) || nodes === 0 ? undefined : allPlaces(set, scratch);
  if (lists === undefined) {
    return false;
  }
  const order = [...lists.keys()].filter((workload) => lists[workload]!.length > 0);
  const size = (workload: number) => lists[workload]![0]!.candidate.parts[0]!.accelerators;
  order.sort((a, b) => size(b) - size(a) || a - b);
  const suffix = suffixes(lists, order);
  let best = [...state.placed];
  let known = state.score();
  let left = nodes;

  const visit = (position: number): void => {
    const so = scratch.score();
    const reach = { value: so.value + suffix[position]!.value, cost: so.cost + suffix[position]!.cost };
    if (left-- <= 0 || !better(reach, known)) {
      return;
    }
    if (position === order.length) {
      known = so;
      best = [...scratch.placed];
      return;
    }
    const workload = order[position]!;
    for (const placed of lists[workload]!) {
      if (scratch.tryRestore(workload, placed)) {
        visit(position + 1);
        scratch.remove(workload);
      }
    }
    visit(position + 1);
  };
  visit(0);
  if (better(known, state.score())) {
    state.placed.forEach((_, workload) => {
      state.remove(workload);
    });
    best.forEach((placed, workload) => {
      if (placed !== undefined) {
        state.restore(workload, placed);
      }
    });
  }
  return left > 0;
}
