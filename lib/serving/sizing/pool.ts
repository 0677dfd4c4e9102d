import { Problems } from "../../core/problems";
import { checkPositive } from "../../fabric/quantities";
import { requireObject } from "../../fabric/untyped";
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
  /** Where requests come from, with the share of them; shares are relative. */
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

/** One residency that all classes allow. Countries are sorted; undefined if any will do. */
function checkResidency(
  problems: Problems,
  classes: readonly TrafficClass[],
  given: InferencePoolRules,
): void {
  const allowed = given.residency;
  const wider = classes.filter((of) =>
    allowed === undefined ? of.residency.codes !== undefined : !of.residency.contains(allowed),
  );
  for (const of of wider) {
    problems.add(ServingErrors.PoolResidencyWider, {
      subject: "residency",
      given: allowed?.name,
      allowed: `within ${of.residency.describe()}, because of class "${of.name}"`,
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
 * @throws ReplicaBeyondScaleUp, PoolResidencyWider, MissingValue, NotAQuantity and what `InferencePool.of` throws
 */
export function toInferencePool(
  name: string,
  model: ServedModel,
  classes: readonly TrafficClass[],
  plan: EndpointPlan,
  rules: InferencePoolRules,
): InferencePool {
  const problems = new Problems("toInferencePool");
  requireObject(problems, "rules", rules, "{ users }");
  const { users = [], ...rest } = rules;
  users.forEach((group, index) => checkPositive(problems, `users[${index}].share`, group.share));
  const { accelerator, acceleratorsPerReplica, acceleratorsPerNode, parallelism } = plan;
  const { scaleUpDomain } = machinesOf(accelerator, acceleratorsPerNode);
  if (acceleratorsPerReplica > scaleUpDomain) {
    problems.add(ServingErrors.ReplicaBeyondScaleUp, {
      subject: `plan of "${plan.model}"`,
      given: `${acceleratorsPerReplica} accelerators`,
      allowed: `at most ${scaleUpDomain} of ${accelerator.name}`,
    });
  }
  checkResidency(problems, classes, rules);
  problems.throwIfAny();
  const mix = mixOf(classes);
  const { vocabulary: _, attentionHeads: _heads, kvHeads: _kvHeads, ...shape } = model.shape;
  const copies = (cacheCopies(model, parallelism) * bytesOf(model.cachePrecision)) / PLACEMENT_CACHE_BYTES;
  const shares = sum(users, (group) => group.share);
  // The planner knows the dense rate of bf16 alone.
  const rate = peakOf(accelerator, model.precision)! / peakOf(accelerator, "bf16")!;
  const prompt = sum(classes, (of) => of.requestsPerSecond * of.promptTokens) / mix.requestsPerSecond;
  return InferencePool.of(name, {
    ...rest,
    model: { ...shape, kvHidden: Math.ceil(shape.kvHidden * copies) },
    tp: acceleratorsPerReplica,
    bytesPerWeight: bytesOf(model.precision),
    prefillDecode: plan.prefillDecode,
    promptTokens: prompt,
    outputTokens: mix.outputTokensPerSecond / mix.requestsPerSecond,
    batch: plan.maxBatch,
    users: users.map(({ share, ...group }) => ({
      ...group,
      requestsPerSecond: (mix.requestsPerSecond * share) / shares,
    })),
    firstTokenMs: meanFirstTokenMs(classes, plan),
    nextTokenMs: mix.nextTokenMs,
    accelerators: [accelerator.name],
    kernelEfficiency: Math.min(1, plan.efficiency.compute * rate),
  });
}
