import type { TerraformStack } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import type { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import { ClusterOperators, type ClusterOperatorsProps } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { releasesOf, resourcesOf, stackOf, valuesOf } from "./synthesized";

export type Props = Partial<ClusterOperatorsProps>;

export function install(cluster: IAcceleratorCluster, props: Props = {}, stack: TerraformStack = stackOf()) {
  const operators = new ClusterOperators(stack, "operators", { cluster, ...props });
  return { operators, stack };
}

export const releases = (cluster: IAcceleratorCluster, props: Props = {}) =>
  releasesOf(install(cluster, props).stack);
export const values = (cluster: IAcceleratorCluster, release: string, props: Props = {}) =>
  valuesOf(install(cluster, props).stack, release) as Record<string, unknown>;
export const codesOf = (cluster: IAcceleratorCluster, props: Props) =>
  captureValidationError(() => install(cluster, props)).codes;

const gpuPool = (sharing?: Sharing) => clusters.cloudPool({ ...clusters.TRAIN, sharing }, clusters.AWS_TRAIN);
export const eks = (sharing?: Sharing) =>
  clusters.awsCluster([clusters.cloudPool(clusters.SYSTEM), gpuPool(sharing)]);
export const gke = () =>
  clusters.googleCluster([
    clusters.cloudPool(clusters.SYSTEM),
    clusters.cloudPool(clusters.TRAIN, clusters.GOOGLE_TRAIN),
  ]);
/** What a release waits for, as Terraform addresses. */
export const waitsFor = (stack: TerraformStack, release: string) =>
  (Object.values(resourcesOf(stack, "helm_release")).find(({ name }) => name === release)?.depends_on ??
    []) as readonly string[];
export const RAIL = {
  mode: "sriov",
  link: "infiniband",
  rails: [{ name: "rail-0", interface: "ibs1f0" }],
} as const;
export const RACK = { name: "rack", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };
export const QUEUEING = ["jobset", "kueue", "lws"];
