import { type NodePoolContext, nodePoolConfig } from "../../../lib/cluster/google/node-pool-config";
import { type PlanContext, type PoolPlan, planPool } from "../../../lib/cluster/google/plan";
import { Problems } from "../../../lib/core/problems";
import { type AcceleratorPoolProps, checkPool } from "../../../lib/fabric/pool";

const CONTEXT: PlanContext = {
  project: "acme-ai",
  region: "europe-west4",
  zones: ["europe-west4-a", "europe-west4-b"],
  kubernetesVersion: "1.34",
};

const NODE_POOL_CONTEXT: NodePoolContext = {
  project: "acme-ai",
  region: "europe-west4",
  cluster: "acme",
  serviceAccount: "nodes@acme-ai.iam.gserviceaccount.com",
  bootDiskKmsKey: "key",
  gpuDriver: "DEFAULT",
  imageStreaming: true,
};

/** The plan of one pool, without constructs. Throws what is refused. */
export function planOf(props: AcceleratorPoolProps, context: Partial<PlanContext> = {}): PoolPlan {
  const problems = new Problems("test");
  const plan = planPool(problems, checkPool("test", props), props, { ...CONTEXT, ...context });
  problems.throwIfAny();
  return plan!;
}

/** Arguments of the node pools of one pool, without constructs. */
export function nodePoolsOf(props: AcceleratorPoolProps, context: Partial<PlanContext> = {}) {
  const plan = planOf(props, context);
  const policyName = plan.placement.kind === "policy" ? `acme-${plan.placement.topology}` : undefined;
  return plan.nodePools.map((group) => nodePoolConfig(plan, group, NODE_POOL_CONTEXT, { policyName }));
}
