import { Problems } from "../core/problems";
import { frozen } from "../fabric/frozen";
import { checkCount, checkPositive } from "../fabric/quantities";
import { requireParts } from "../fabric/required-parts";
import { isObject } from "../fabric/untyped";
import {
  checkUsers,
  type InferencePool,
  type InferencePoolProps,
  type PrefillDecode,
} from "./inference-pool";
import { checkPlacementRules, type PlacementRulesProps, placementRules } from "./rules";

/** A replica as a capacity model knows it in one pool of a site: nothing of it is computed by the planner. */
export interface SizedReplica {
  readonly site: string;
  /** Name of the capacity pool at this site. */
  readonly pool: string;
  /** Name of the accelerator that it was sized for: that of the pool. */
  readonly accelerator: string;
  /** Accelerators of one replica; they must lie in one scale-up domain or slice. */
  readonly tp: number;
  /** Requests that one replica decodes together. */
  readonly batch: number;
  /** Memory that it takes of each accelerator, in GiB. */
  readonly memoryGib: number;
  /** From when a replica takes a request up to its first token, in seconds. */
  readonly workSeconds: number;
  /** For which one prompt keeps a replica busy, in seconds. */
  readonly prefillSeconds: number;
  /** One step of decoding with a full batch, in seconds. */
  readonly decodeStepSeconds: number;
}

/**
 * Replicas of a model that answer requests, sized by a capacity model for each pool that may have them. The planner picks
 * the pool, and with it the accelerator. A plain, frozen value.
 */
export interface SizedPool
  extends Omit<
    InferencePool,
    "model" | "tp" | "bytesPerWeight" | "promptTokens" | "batch" | "kernelEfficiency"
  > {
  /** Sorted by site and pool. No other pool can take it. */
  readonly sized: readonly SizedReplica[];
  /** Share of requests whose first token is in time, 0 to 1. */
  readonly inTime: number;
  /** Replicas of each phase at each site beyond those needed. */
  readonly spareReplicas: number;
}

/** Whatever answers requests. */
export type ServingPool = InferencePool | SizedPool;

export interface SizedPoolProps
  extends PlacementRulesProps,
    Pick<InferencePoolProps, "prefillDecode" | "outputTokens" | "users" | "maxSites"> {
  /** One for each pool that may have replicas. */
  readonly sized: readonly SizedReplica[];
  /** Longest time to the first token, network and queue included, that `inTime` of all requests keep; milliseconds. */
  readonly firstTokenMs: number;
  /** @default 0.95 */
  readonly inTime?: number;
  /** @default 0 */
  readonly spareReplicas?: number;
}

function checkReplica(problems: Problems, at: string, replica: SizedReplica): void {
  if (!isObject(replica)) {
    problems.required(at, undefined, "what a replica is in a pool");
    return;
  }
  for (const name of ["site", "pool", "accelerator"] as const) {
    problems.name(`${at}.${name}`, replica[name]);
  }
  checkCount(problems, `${at}.tp`, replica.tp);
  checkCount(problems, `${at}.batch`, replica.batch);
  for (const measure of ["memoryGib", "workSeconds", "prefillSeconds", "decodeStepSeconds"] as const) {
    checkPositive(problems, `${at}.${measure}`, replica[measure]);
  }
}

/** No queue keeps every request in time. */
const MOST_IN_TIME = 0.9999;

const placeOf = ({ site, pool }: SizedReplica) => `${site}/${pool}`;

export const SizedPool = {
  /**
   * Replicas of a model, sized for each pool that may have them.
   *
   * How many it takes follows from M/M/c: the time in the queue that `inTime` of all requests do not exceed, and what a
   * replica needs, must together keep `firstTokenMs`. With split phases both queues share what may be late, and decoding is
   * a queue of as many servers as replicas have places.
   *
   * @param name unique among the workloads
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, NotOneOf, MissingValue, DuplicateValue, TokenNotAllowed,
   *   LatencyTargetImpossible, NothingAllowed
   */
  of(name: string, props: SizedPoolProps): SizedPool {
    const problems = new Problems(`SizedPool.of("${name}")`);
    requireParts(problems, props, { sized: "list", users: "list" });
    const { sized, users, outputTokens, firstTokenMs } = props;
    const { prefillDecode = "together", inTime = 0.95, spareReplicas = 0, maxSites = 1 } = props;
    problems.name("name", name);
    if (sized.length === 0) {
      problems.required("sized", undefined, "one pool or more");
    }
    sized.forEach((replica, index) => {
      checkReplica(problems, `sized[${index}]`, replica);
    });
    problems.oneOf<PrefillDecode>("prefillDecode", prefillDecode, ["together", "split"]);
    checkPositive(problems, "outputTokens", outputTokens);
    if (checkPositive(problems, "firstTokenMs", firstTokenMs)) {
      checkUsers(problems, users, firstTokenMs);
    }
    checkPositive(problems, "inTime", inTime, MOST_IN_TIME);
    problems.literalInteger("spareReplicas", spareReplicas, { min: 0, max: 1_000 });
    checkCount(problems, "maxSites", maxSites);
    checkPlacementRules(problems, props);
    problems.throwIfAny();
    problems.unique("sized", sized.map(placeOf));
    problems.throwIfAny();
    return frozen({
      kind: "inference",
      name,
      sized: [...sized].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
      accelerators: [...new Set(sized.map(({ accelerator }) => accelerator))].sort(),
      prefillDecode,
      outputTokens,
      users,
      firstTokenMs,
      inTime,
      spareReplicas,
      maxSites,
      ...placementRules(props),
    });
  },
} as const;
