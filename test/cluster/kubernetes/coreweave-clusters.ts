import type { TerraformStack } from "cdktf";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Slice } from "../../../lib/fabric/slice";
import { KubernetesCluster, type KubernetesClusterProps } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { CKS, SYSTEM, TRAIN } from "../in-cluster/clusters";
import { objectsOf, stackOf } from "../in-cluster/synthesized";

export const NVL72: AcceleratorPoolProps = {
  name: "rack",
  slice: Slice.accelerators("gb200", { perNode: 4, nodes: 36 }),
};

export function make(props: Partial<KubernetesClusterProps> = {}, stack: TerraformStack = stackOf()) {
  const cluster = new KubernetesCluster(stack, "cluster", {
    site: CKS,
    provider: "coreweave",
    namePrefix: "acme",
    pools: [SYSTEM, TRAIN],
    ...props,
  });
  return { cluster, stack };
}

export const withPool = (pool: AcceleratorPoolProps, props: Partial<KubernetesClusterProps> = {}) =>
  make({ pools: [SYSTEM, pool], ...props });
export const errorOf = (pool: AcceleratorPoolProps, props: Partial<KubernetesClusterProps> = {}) =>
  captureValidationError(() => withPool(pool, props));
export const specOf = (pool: AcceleratorPoolProps, props: Partial<KubernetesClusterProps> = {}) => {
  const { cluster, stack } = withPool(pool, props);
  const [name] = [...cluster.nodePools.keys()].filter((key) => key !== "system");
  return objectsOf(stack).find(({ spec }) => JSON.stringify(spec.nodeLabels).includes(pool.name) && name)!
    .spec;
};
