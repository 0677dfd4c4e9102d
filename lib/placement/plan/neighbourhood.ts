import { better } from "./assign/assignment";
import type { CandidateSet } from "./candidates/candidates";
import type { Placed, PlanState } from "./plan-state";
import { insertBest, type Realising } from "./realise";

/** Workloads taken out at once, at most. */
const RUIN = 6;

/** Rounds without a gain after which the search ends. */
const PATIENCE = 300;

/** By pool, the workloads that lie in it. */
function members(state: PlanState, pools: number): number[][] {
  const lists: number[][] = Array.from({ length: pools }, () => []);
  state.placed.forEach((placed, workload) => {
    for (const pool of new Set(placed?.candidate.parts.map((part) => part.pool.index))) {
      lists[pool]!.push(workload);
    }
  });
  return lists;
}

/** Workloads that cost more than they could, or have no place. */
function unhappy(state: PlanState, set: CandidateSet, fixed: Uint8Array): readonly number[] {
  return [...set.candidates.keys()].filter((workload) => {
    const [best] = set.candidates[workload]!;
    const placed = state.placed[workload];
    if (best === undefined || fixed[workload]) {
      return false;
    }
    return placed === undefined || placed.candidate.value < best.value || placed.cost > best.cost;
  });
}

/** Takes workloads out, puts them back in the order given, and keeps the result if the plan is not worse. */
function attempt(
  state: PlanState,
  set: CandidateSet,
  out: readonly number[],
  back: readonly number[],
  variation: number,
): boolean {
  const before = state.score();
  const were = out.map((workload) => ({ workload, placed: state.remove(workload) }));
  for (const workload of back) {
    insertBest(state, set, workload, variation);
  }
  if (!better(before, state.score())) {
    return better(state.score(), before);
  }
  putBack(state, were);
  return false;
}

function putBack(
  state: PlanState,
  were: readonly { readonly workload: number; readonly placed: Placed | undefined }[],
): void {
  for (const { workload } of were) {
    state.remove(workload);
  }
  for (const { workload, placed } of were) {
    if (placed !== undefined) {
      state.restore(workload, placed);
    }
  }
}

/** Large-neighbourhood search: what is not happy is taken out together with some of its neighbours. */
export function improve(state: PlanState, realising: Realising, iterations: number): void {
  const { set, random, fixed } = realising;
  const pools = set.context.model.pools.length;
  let lists = members(state, pools);
  let targets = unhappy(state, set, fixed);
  let stale = 0;
  for (let iteration = 0; iteration < iterations && stale < PATIENCE && targets.length > 0; iteration++) {
    if (iteration % 64 === 63) {
      lists = members(state, pools);
      targets = unhappy(state, set, fixed);
      if (targets.length === 0) {
        return;
      }
    }
    const target = targets[random.below(targets.length)]!;
    const candidates = set.candidates[target]!;
    const wanted =
      state.placed[target]?.candidate ?? candidates[random.below(Math.min(4, candidates.length))]!;
    const near = random.below(3) > 0 ? wanted : candidates[random.below(Math.min(4, candidates.length))]!;
    const pool = near.parts[0]?.pool.index;
    const neighbours = pool === undefined ? [] : lists[pool]!;
    const out = new Set([target]);
    const size = 2 + random.below(RUIN - 1);
    for (let tries = 0; out.size < size && tries < 2 * RUIN && neighbours.length > 0; tries++) {
      const other = neighbours[random.below(neighbours.length)]!;
      if (!fixed[other]) {
        out.add(other);
      }
    }
    const order = [...out];
    const back = random.below(2) === 0 ? bySize(set, order) : order;
    stale = attempt(state, set, order, back, random.below(3)) ? 0 : stale + 1;
  }
}

function bySize(set: CandidateSet, workloads: readonly number[]): readonly number[] {
  const size = (workload: number) => set.candidates[workload]![0]?.parts[0]?.accelerators ?? 0;
  return [...workloads].sort((a, b) => size(b) - size(a) || a - b);
}

/** Others that are moved to let one in, at most. */
const MOVED = 40;

/**
 * Lets in what has no place by moving others: first one, in the end all of a pool. Nothing moves unless value is gained.
 *
 * @param keep workloads that must not move whatever is gained
 */
export function admit(state: PlanState, realising: Realising, keep: Uint8Array): void {
  const { set } = realising;
  const value = (workload: number) => set.candidates[workload]![0]?.value ?? 0;
  const out = [...set.candidates.keys()]
    .filter((workload) => state.placed[workload] === undefined && set.candidates[workload]!.length > 0)
    .sort((a, b) => value(b) - value(a) || a - b);
  for (const workload of out) {
    admitOne(state, realising, workload, keep);
  }
}

function admitOne(state: PlanState, realising: Realising, workload: number, keep: Uint8Array): boolean {
  const { set } = realising;
  if (state.placed[workload] !== undefined || insertBest(state, set, workload, 0)) {
    return true;
  }
  const lists = members(state, set.context.model.pools.length);
  const pools = new Set(
    set.candidates[workload]!.slice(0, 6).flatMap(({ parts }) => parts.map(({ pool }) => pool.index)),
  );
  for (const pool of pools) {
    const movable = bySize(
      set,
      lists[pool]!.filter((other) => !keep[other]),
    ).slice(0, MOVED);
    for (const other of [...movable].reverse()) {
      if (attempt(state, set, [workload, other], [workload, other], 0)) {
        return true;
      }
    }
    const all = bySize(set, [workload, ...movable]);
    if (movable.length > 1 && attempt(state, set, all, all, 0)) {
      return true;
    }
  }
  return false;
}
