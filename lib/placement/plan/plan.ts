import { frozen } from "../../fabric/frozen";
import type { Placement } from "../placement";
import type { PlanInput } from "../workloads";
import { assign } from "./assign/assign";
import { better, scoreOf } from "./assign/assignment";
import { assignmentProblem, type CandidateSet, findCandidates } from "./candidates/candidates";
import { canonicalInput, inputDigest } from "./canonical";
import { Costing } from "./costing";
import { searchPlaces } from "./exact-places";
import { lockedWorkloads } from "./lock";
import { buildModel } from "./model";
import { admit, improve } from "./neighbourhood";
import { type PlanOptions, type ResolvedOptions, resolveOptions } from "./options";
import type { PlanState } from "./plan-state";
import { SeededRandom } from "./random";
import { lockedState, type Realising, realise } from "./realise";
import { assemble } from "./result/assemble";
import { boundOf } from "./result/bound";
import { verifyInput, verifyOptions } from "./verify-input";

/** Which workloads the search must not move. */
interface Fixed {
  /** Where they are now. */
  readonly start: Int32Array;
  /** Not moved to save money. */
  readonly fixed: Uint8Array;
  /** Not moved at all. */
  readonly keep: Uint8Array;
}

/** What ran and still may stay is not moved for money, unless moving has a price that can be saved. */
function fixedBy(set: CandidateSet, ran: PlanState): Fixed {
  const { workloads, input } = set.context.model;
  const start = Int32Array.from(ran.placed, (placed, workload) =>
    placed === undefined ? -1 : set.candidates[workload]!.indexOf(placed.candidate),
  );
  const keep = Uint8Array.from(workloads, (workload, index) => (workload.keep && start[index]! >= 0 ? 1 : 0));
  const free = input.rules.churnUsdPerAcceleratorHour > 0;
  const fixed = Uint8Array.from(start, (pick, index) => (keep[index] || (!free && pick >= 0) ? 1 : 0));
  return { start, fixed, keep };
}

function search(set: CandidateSet, realising: Omit<Realising, "fixed">, options: ResolvedOptions) {
  const problem = assignmentProblem(set);
  const ran = lockedState({ ...realising, fixed: new Uint8Array(set.candidates.length) });
  const { start, fixed, keep } = fixedBy(set, ran);
  const { boundIterations, exactNodes, searchIterations } = options;
  const assigned = assign(problem, { boundIterations, exactNodes, random: realising.random, start, fixed });
  const all = { ...realising, fixed };
  let state = realise(all, assigned.picks);
  if (better(ran.score(), state.score())) {
    state = ran;
  }
  admit(state, all, keep);
  improve(state, all, searchIterations);
  const optimum = assigned.exact ? scoreOf(problem.choices, assigned.picks) : undefined;
  const reached = optimum !== undefined && !better(optimum, state.score());
  const complete = !reached && searchPlaces(state, all, exactNodes);
  return { state, problem, prices: assigned.prices, optimum: complete ? state.score() : optimum };
}

/**
 * Finds a place for every workload that can have one. Hard rules are never traded; then the value accepted is as large as
 * can be found; then the effective cost and the churn are as low.
 *
 * The same input gives the same bytes, in whatever order it is given.
 *
 * @throws UnsoundInput, DuplicateValue, UnknownPlace, ContradictoryRules, LockOfAnotherModel, NumberOutOfRange
 */
export function plan(input: PlanInput, options: PlanOptions = {}): Placement {
  verifyInput(input);
  verifyOptions(options);
  const resolved = resolveOptions(options);
  const canonical = canonicalInput(input);
  const model = buildModel(canonical, inputDigest(canonical));
  const locked = lockedWorkloads(resolved.lock, canonical);
  const set = findCandidates(model, new Costing(model), locked);
  const random = new SeededRandom(resolved.seed);
  const { state, problem, prices, optimum } = search(set, { set, locked, random }, resolved);
  const bound = boundOf(state, set, problem, Math.ceil(resolved.boundIterations * 0.5), prices, optimum);
  return frozen(assemble(state, set, bound));
}
