import type { TerraformStack } from "cdktf";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { KubernetesCluster, type KubernetesClusterProps, type PoolMachines } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { FRANKFURT, machines, SYSTEM, TRAIN } from "../in-cluster/clusters";
import { resourcesOf, stackOf } from "../in-cluster/synthesized";

export const CPUS: PoolMachines = { machines: [{ name: "cpu-0" }, { name: "cpu-1" }] };

export function make(props: Partial<KubernetesClusterProps> = {}, stack: TerraformStack = stackOf()) {
  const cluster = new KubernetesCluster(stack, "cluster", {
    site: FRANKFURT,
    provider: "generic",
    namePrefix: "acme",
    pools: [SYSTEM, TRAIN],
    nodes: { system: CPUS, train: { machines: machines("gpu", 4) } },
    ...props,
  });
  return { cluster, stack };
}

export const train = (
  nodes: PoolMachines,
  pool: Partial<AcceleratorPoolProps> = {},
  props: Partial<KubernetesClusterProps> = {},
) => make({ pools: [SYSTEM, { ...TRAIN, ...pool }], nodes: { system: CPUS, train: nodes }, ...props });
export const codesOf = (...args: Parameters<typeof train>) =>
  captureValidationError(() => train(...args)).codes;
export const listed = (count: number): PoolMachines => ({ machines: machines("gpu", count) });
export const SELECTED: PoolMachines = { nodeSelector: { "acme.example/gpu": "h200" } };

/** Labels and taints of a machine. */
export function nodeOf(stack: TerraformStack, name: string) {
  const of = (type: string) =>
    Object.values(resourcesOf(stack, type)).find(
      ({ metadata }) => (metadata as { readonly name: string }).name === name,
    );
  return { labels: of("kubernetes_labels")?.labels, taint: of("kubernetes_node_taint")?.taint };
}
