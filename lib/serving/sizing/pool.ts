import { Problems } from "../../core/problems";
import { checkPositive } from "../../fabric/quantities";
import { Residency } from "../../fabric/residency";
import { checkList, requireObject } from "../../fabric/untyped";
import { InferencePool, type InferencePoolProps, type UserGroup } from "../../placement/inference-pool";
import { ServingErrors } from "../errors";
import { bytesOf, peakOf } from "../precision";
import type { ServedModel, TrafficClass } from "../serving";
import { mixOf, sum } from "./load";
import { cacheCopies } from "./parts";
import { machinesOf } from "./shapes";
import type { EndpointPlan } from "./types";

/** Bytes of a number of the cache in the placement room. */
const PLACEMENT_CACHE_BYTES = 2;
/** The 95th percentile of an exponential wait is ln 20 times its mean. */
const TAIL_OF_MEAN = Math.log(20);

/** Rules and users that a plan of one endpoint does not know. */
export interface InferencePoolRules
  extends Omit<
    InferencePoolProps,
    | "model"
    | "tp"
    | "bytesPerWeight"
    | "prefillDecode"
    | "promptTokens"
    | "outputTokens"
    | "batch"
    | "users"
    | "firstTokenMs"
    | "nextTokenMs"
    | "accelerators"
    | "kernelEfficiency"
  > {
  /** Where requests come from. Shares are relative to each other. */
  readonly users: readonly (Omit<UserGroup, "requestsPerSecond"> & { readonly share: number })[];
}

/** Mean time to the first token that keeps the 95th percentile, as far as the wait is exponential. */
function meanFirstTokenMs(classes: readonly TrafficClass[], plan: EndpointPlan): number {
  const own = (name: string) => plan.classes.find((of) => of.name === name)!;
  const budgets = classes.map((of) => {
    const work = Math.min(own(of.name).firstTokenP95Ms - plan.queueP95Ms, of.firstTokenP95Ms);
    return work + (of.firstTokenP95Ms - work) / TAIL_OF_MEAN;
  });
  return Math.min(...budgets);
}

/** The countries that all classes allow, or what was given within them. Adds ResidenciesDisjoint, PoolResidencyWider. */
export function residencyOf(
  problems: Problems,
  classes: readonly TrafficClass[],
  given: Residency | undefined,
): Residency {
  const limits = classes.flatMap((of) => of.residency.codes ?? []);
  const common = [...new Set(limits)].filter((code) => classes.every((of) => of.residency.allows(code)));
  if (limits.length > 0 && common.length === 0) {
    problems.add(ServingErrors.ResidenciesDisjoint, {
      subject: "classes",
      given: classes.map((of) => `${of.name}: ${of.residency.describe()}`),
      allowed: "at least one country that all of them allow",
    });
    return Residency.ANYWHERE;
  }
  const widest = limits.length === 0 ? Residency.ANYWHERE : Residency.countries(...common);
  if (given !== undefined && !widest.contains(given)) {
    problems.add(ServingErrors.PoolResidencyWider, {
      subject: "residency",
      given: given.describe(),
      allowed: `within ${widest.describe()}, which all classes allow`,
    });
  }
  return given ?? widest;
}

/** Adds MissingValue, NotOneOf, NotAQuantity. */
export function checkPoolRules(problems: Problems, rules: InferencePoolRules): void {
  requireObject(problems, "rules", rules, "{ users }");
  const { users = [] } = rules;
  if (checkList(problems, "users", users, "a list of groups")) {
    for (const [index, group] of users.entries()) {
      checkPositive(problems, `users[${index}].share`, group?.share);
    }
  }
}

/** Groups of users with their part of all requests. */
export function usersOf(
  classes: readonly TrafficClass[],
  { users = [] }: InferencePoolRules,
): readonly UserGroup[] {
  const { requestsPerSecond } = mixOf(classes);
  const shares = sum(users, (group) => group.share);
  return users.map(({ share, ...group }) => ({
    ...group,
    requestsPerSecond: (requestsPerSecond * share) / shares,
  }));
}

/** Model and classes must be those of the plan. */
function checkPlan(
  problems: Problems,
  model: ServedModel,
  classes: readonly TrafficClass[],
  plan: EndpointPlan,
): void {
  problems.oneOf("model", model.name, [plan.model]);
  const names = plan.classes.map((of) => of.name);
  for (const { name } of classes) {
    problems.oneOf("classes", name, names);
  }
  const { accelerator, acceleratorsPerReplica, acceleratorsPerNode } = plan;
  const { scaleUpDomain } = machinesOf(accelerator, acceleratorsPerNode);
  if (acceleratorsPerReplica > scaleUpDomain) {
    problems.add(ServingErrors.ReplicaBeyondScaleUp, {
      subject: `plan of "${plan.model}"`,
      given: `${acceleratorsPerReplica} accelerators`,
      allowed: `at most ${scaleUpDomain} of ${accelerator.name}`,
    });
  }
}

/**
 * The endpoint as a workload of the placement room, so that `plan` can choose its site.
 *
 * The planner counts more coarsely: means instead of the tail, keys and values of two bytes, one peak rate. Bytes of the
 * cache, copies of it and the rate of the weights' precision are told to it in those terms; what it finds is where to
 * place the replicas, and `planEndpoint` for that site's accelerators is how many.
 *
 * @param name unique among the workloads
 * @throws ReplicaBeyondScaleUp, PoolResidencyWider, ResidenciesDisjoint, NotOneOf, MissingValue, NotAQuantity and what `InferencePool.of` throws
 */
export function toInferencePool(
  name: string,
  model: ServedModel,
  classes: readonly TrafficClass[],
  plan: EndpointPlan,
  rules: InferencePoolRules,
): InferencePool {
  const problems = new Problems("toInferencePool");
  checkPoolRules(problems, rules);
  const { users: _users, ...rest } = rules;
  checkPlan(problems, model, classes, plan);
  const residency = residencyOf(problems, classes, rules.residency);
  problems.throwIfAny();
  const { accelerator, parallelism } = plan;
  const mix = mixOf(classes);
  const { vocabulary: _, attentionHeads: _heads, kvHeads: _kvHeads, ...shape } = model.shape;
  const copies = (cacheCopies(model, parallelism) * bytesOf(model.cachePrecision)) / PLACEMENT_CACHE_BYTES;
  // The planner knows the dense rate of bf16 alone.
  const rate =
    peakOf(accelerator, model.precision)! / (peakOf(accelerator, "bf16") ?? peakOf(accelerator, "fp16")!);
  const prompt = sum(classes, (of) => of.requestsPerSecond * of.promptTokens) / mix.requestsPerSecond;
  return InferencePool.of(name, {
    ...rest,
    residency,
    model: { ...shape, kvHidden: Math.ceil(shape.kvHidden * copies) },
    tp: plan.acceleratorsPerReplica,
    bytesPerWeight: bytesOf(model.precision),
    prefillDecode: plan.prefillDecode,
    promptTokens: prompt,
    outputTokens: mix.outputTokensPerSecond / mix.requestsPerSecond,
    batch: plan.maxBatch,
    users: usersOf(classes, rules),
    firstTokenMs: meanFirstTokenMs(classes, plan),
    nextTokenMs: mix.nextTokenMs,
    accelerators: [accelerator.name],
    kernelEfficiency: Math.min(1, plan.efficiency.compute * rate),
  });
}
