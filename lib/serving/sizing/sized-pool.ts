import { Problems } from "../../core/problems";
import { SizedPool, type SizedReplica } from "../../placement/sized-pool";
import type { EndpointAccess, TrafficClass } from "../serving";
import { computedTokens, mixOf, sum } from "./load";
import { checkPoolRules, type InferencePoolRules, residencyOf, usersOf } from "./pool";
import type { EndpointPlan, PlannedReplicas } from "./types";

/** A pool of a site that may have replicas of an endpoint, and the plan by `planEndpoint` for its accelerators. */
export interface SizedPlace {
  readonly site: string;
  /** Name of the capacity pool at this site. */
  readonly pool: string;
  /** Of all traffic, with `rttMs` left out: round trips are the users'. */
  readonly plan: EndpointPlan;
}

/** What a plan says of one replica, whatever the number of them. */
export type ReplicaPlan = Omit<
  EndpointPlan,
  | "accelerators"
  | "nodes"
  | "queueP95Ms"
  | "classes"
  | "utilisation"
  | "usdPerMillionOutputTokens"
  | "steps"
  | "spareReplicas"
>;

/** Share of first tokens that `planEndpoint` keeps in time. */
const IN_TIME = 0.95;

/** Seconds for which a mean prompt keeps a replica busy, and those of a step of decoding with a full batch. */
function busyOf(plan: EndpointPlan, classes: readonly TrafficClass[]) {
  const { requestsPerSecond } = mixOf(classes);
  const computed = sum(classes, (of) => of.requestsPerSecond * computedTokens(of)) / requestsPerSecond;
  return {
    prefillSeconds: computed / plan.prefillTokensPerSecond,
    decodeStepSeconds: plan.maxBatch / plan.decodeTokensPerSecond,
  };
}

/** Shortest target of the classes. */
function firstTokenMs(classes: readonly TrafficClass[]): number {
  return Math.min(...classes.map((of) => of.firstTokenP95Ms));
}

/** What the class that has the least time to wait leaves of the shortest target, in seconds. */
function workSeconds(plan: EndpointPlan, classes: readonly TrafficClass[]): number {
  const spare = classes.map((of) => {
    const { firstTokenP95Ms } = plan.classes.find(({ name }) => name === of.name)!;
    return of.firstTokenP95Ms - (firstTokenP95Ms - plan.queueP95Ms);
  });
  return (firstTokenMs(classes) - Math.min(...spare)) / 1e3;
}

function replicaOf({ site, pool, plan }: SizedPlace, classes: readonly TrafficClass[]): SizedReplica {
  return {
    site,
    pool,
    accelerator: plan.accelerator.name,
    tp: plan.acceleratorsPerReplica,
    batch: plan.maxBatch,
    memoryGib: plan.memory.usableGib,
    workSeconds: workSeconds(plan, classes),
    ...busyOf(plan, classes),
  };
}

/**
 * An endpoint as a workload of the placement room, sized for each pool that may have it: `plan` picks the pool, and with it
 * site and accelerator. It counts replicas as `planEndpoint` does, for the users that a site answers and their round trips.
 *
 * All plans must be of the same model and classes, and agree in `prefillDecode` and `spareReplicas`.
 *
 * @param name unique among the workloads
 * @throws PoolResidencyWider, ResidenciesDisjoint, NotOneOf, MissingValue, NotAQuantity and what `SizedPool.of` throws
 */
export function toSizedPool(
  name: string,
  classes: readonly TrafficClass[],
  places: readonly SizedPlace[],
  rules: InferencePoolRules,
): SizedPool {
  const problems = new Problems("toSizedPool");
  checkPoolRules(problems, rules);
  problems.required("places", places[0], "one pool or more");
  problems.throwIfAny();
  const { plan: first } = places[0]!;
  for (const { site, pool, plan } of places) {
    const at = `${site}/${pool}`;
    problems.oneOf(`${at} model`, plan.model, [first.model]);
    problems.oneOf(`${at} prefillDecode`, plan.prefillDecode, [first.prefillDecode]);
    problems.literalInteger(`${at} spareReplicas`, plan.spareReplicas, {
      min: first.spareReplicas,
      max: first.spareReplicas,
    });
    const planned = plan.classes.map((of) => of.name);
    for (const of of classes) {
      problems.oneOf(`${at} classes`, of.name, planned);
    }
  }
  const residency = residencyOf(problems, classes, rules.residency);
  problems.throwIfAny();
  const { requestsPerSecond, outputTokensPerSecond } = mixOf(classes);
  const { users: _users, ...rest } = rules;
  return SizedPool.of(name, {
    ...rest,
    residency,
    users: usersOf(classes, rules),
    sized: places.map((place) => replicaOf(place, classes)),
    prefillDecode: first.prefillDecode,
    spareReplicas: first.spareReplicas,
    outputTokens: outputTokensPerSecond / requestsPerSecond,
    firstTokenMs: firstTokenMs(classes),
    inTime: IN_TIME,
  });
}

/** Requests per second that so many replicas can serve at most, without spares. */
function mostRequests(
  plan: EndpointPlan,
  classes: readonly TrafficClass[],
  replicas: PlannedReplicas,
): number {
  const { requestsPerSecond, outputTokensPerSecond } = mixOf(classes);
  const { prefillSeconds, decodeStepSeconds } = busyOf(plan, classes);
  const decodeSeconds = ((outputTokensPerSecond / requestsPerSecond) * decodeStepSeconds) / plan.maxBatch;
  const working = (count: number) => count - plan.spareReplicas;
  return replicas.kind === "together"
    ? working(replicas.count) / (prefillSeconds + decodeSeconds)
    : Math.min(working(replicas.prefill) / prefillSeconds, working(replicas.decode) / decodeSeconds);
}

/**
 * The plan with as many replicas as a placement gives it.
 *
 * @param usdPerHour what the placement charges for them. @default - not priced
 */
export function planWithReplicas(
  plan: EndpointPlan,
  classes: readonly TrafficClass[],
  replicas: PlannedReplicas,
  usdPerHour?: number,
): ReplicaPlan {
  const { accelerators: _a, nodes: _n, queueP95Ms: _q, classes: _c, utilisation: _u, ...rest } = plan;
  const { usdPerMillionOutputTokens: _usd, steps: _s, spareReplicas: _spare, ...replica } = rest;
  const most = mostRequests(plan, classes, replicas);
  const mix = mixOf(classes);
  const planned: EndpointAccess["planned"] = {
    requestsPerSecond: most,
    outputTokensPerSecond: (most * mix.outputTokensPerSecond) / mix.requestsPerSecond,
    ...(usdPerHour === undefined ? {} : { usdPerHour }),
  };
  return { ...replica, replicas, planned };
}
