import { Problems } from "../core/problems";
import { frozen } from "../fabric/frozen";
import { checkCount, checkPositive, checkQuantity } from "../fabric/quantities";
import { requireParts } from "../fabric/required-parts";
import { checkAcceleratorNames, checkModel, type ModelShape } from "./model-shape";
import { WorkloadErrors } from "./placement-errors";
import { checkPlacementRules, type PlacementRules, type PlacementRulesProps, placementRules } from "./rules";

/** Users who ask from about the same place. */
export interface UserGroup {
  /** Unique in the pool. */
  readonly name: string;
  /** Requests per second at the busiest time that is planned for. */
  readonly requestsPerSecond: number;
  /** Round-trip time to each site that can serve them, in milliseconds, by site; a site that is missing cannot. */
  readonly rttMs: Readonly<Record<string, number>>;
}

/**
 * Whether prompts and answers are worked on by the same accelerators. `split` gives each phase its own replicas and moves
 * the key/value cache of every request from one to the other.
 */
export type PrefillDecode = "together" | "split";

/** Replicas of a model that answer requests. A plain, frozen value. */
export interface InferencePool extends PlacementRules {
  readonly kind: "inference";
  readonly name: string;
  readonly model: ModelShape;
  /** Accelerators of one replica; they must lie in one scale-up domain or slice. */
  readonly tp: number;
  /** Bytes of one weight as served: 2 for bf16, 1 for fp8. */
  readonly bytesPerWeight: number;
  readonly prefillDecode: PrefillDecode;
  /** Mean tokens of a prompt. */
  readonly promptTokens: number;
  /** Mean tokens of an answer. */
  readonly outputTokens: number;
  /** Requests that one replica decodes together. */
  readonly batch: number;
  readonly users: readonly UserGroup[];
  /** Longest mean time from a request to the first token, network and queue included, in milliseconds. */
  readonly firstTokenMs: number;
  /** Longest mean time between two tokens, in milliseconds. @default - no target */
  readonly nextTokenMs?: number;
  /** Names of accelerators that it can run on. */
  readonly accelerators: readonly string[];
  /** Share of the peak rate that prefill reaches, 0 to 1. */
  readonly kernelEfficiency: number;
  /** Most sites that its users may be divided among. */
  readonly maxSites: number;
}

export interface InferencePoolProps extends PlacementRulesProps {
  readonly model: ModelShape;
  readonly tp: number;
  /** @default 2 */
  readonly bytesPerWeight?: number;
  /** @default "together" */
  readonly prefillDecode?: PrefillDecode;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** @default 16 */
  readonly batch?: number;
  readonly users: readonly UserGroup[];
  readonly firstTokenMs: number;
  readonly nextTokenMs?: number;
  readonly accelerators: readonly string[];
  /** @default 0.5 */
  readonly kernelEfficiency?: number;
  /** @default 1 */
  readonly maxSites?: number;
}

/** Adds what is wrong with groups of users, and LatencyTargetImpossible. */
export function checkUsers(problems: Problems, users: readonly UserGroup[], firstTokenMs: number): void {
  if (users.length === 0) {
    problems.required("users", undefined, "at least one group of users");
  }
  problems.unique(
    "users",
    users.map((group) => group.name),
  );
  users.forEach((group, index) => {
    problems.name(`users[${index}].name`, group.name);
    checkPositive(problems, `users[${index}].requestsPerSecond`, group.requestsPerSecond);
    const trips = Object.entries(group.rttMs);
    for (const [site, rttMs] of trips) {
      checkQuantity(problems, `users[${index}].rttMs.${site}`, rttMs);
    }
    if (!trips.some(([, rttMs]) => rttMs < firstTokenMs)) {
      problems.add(WorkloadErrors.LatencyTargetImpossible, {
        subject: `users[${index}]`,
        given: group.rttMs,
        allowed: `a site within ${firstTokenMs} ms, the time to the first token`,
      });
    }
  });
}

export const InferencePool = {
  /**
   * Replicas of a model that answer requests.
   *
   * @param name unique among the workloads
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, NotOneOf, MissingValue, DuplicateValue, TokenNotAllowed,
   *   LatencyTargetImpossible, NothingAllowed
   */
  of(name: string, props: InferencePoolProps): InferencePool {
    const problems = new Problems(`InferencePool.of("${name}")`);
    requireParts(problems, props, { model: "object", users: "list", accelerators: "list" });
    const {
      bytesPerWeight = 2,
      prefillDecode = "together",
      batch = 16,
      kernelEfficiency = 0.5,
      maxSites = 1,
    } = props;
    problems.name("name", name);
    checkModel(problems, props.model);
    checkCount(problems, "tp", props.tp);
    checkPositive(problems, "bytesPerWeight", bytesPerWeight, 8);
    problems.oneOf("prefillDecode", prefillDecode, ["together", "split"]);
    checkPositive(problems, "promptTokens", props.promptTokens);
    checkPositive(problems, "outputTokens", props.outputTokens);
    checkCount(problems, "batch", batch);
    checkCount(problems, "maxSites", maxSites);
    if (checkPositive(problems, "firstTokenMs", props.firstTokenMs)) {
      checkUsers(problems, props.users, props.firstTokenMs);
    }
    if (props.nextTokenMs !== undefined) {
      checkPositive(problems, "nextTokenMs", props.nextTokenMs);
    }
    checkAcceleratorNames(problems, props.accelerators);
    checkPositive(problems, "kernelEfficiency", kernelEfficiency, 1);
    checkPlacementRules(problems, props);
    problems.throwIfAny();
    const { model, tp, promptTokens, outputTokens, users, firstTokenMs, nextTokenMs, accelerators } = props;
    return frozen({
      kind: "inference",
      name,
      model,
      tp,
      bytesPerWeight,
      prefillDecode,
      promptTokens,
      outputTokens,
      batch,
      users,
      firstTokenMs,
      nextTokenMs,
      accelerators,
      kernelEfficiency,
      maxSites,
      ...placementRules(props),
    });
  },
} as const;
