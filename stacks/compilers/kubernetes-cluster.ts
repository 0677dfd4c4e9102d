import type { AcceleratorClusterProps } from "../../lib/cluster/cluster";
import { KubernetesCluster } from "../../lib/cluster/kubernetes/cluster";
import type { KubernetesClusterProps } from "../../lib/cluster/kubernetes/props";
import type { KubernetesSite } from "../../lib/fabric/site";
import type { PlatformContext } from "../platform-context";

/** What is particular to clusters that exist; see `KubernetesClusterProps`. */
export type KubernetesClusterOptions = Omit<KubernetesClusterProps, keyof AcceleratorClusterProps>;

/** Pools and labels of nodes, in the platform stack: operators need nodes to run on. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: AcceleratorClusterProps<KubernetesSite>,
  options: KubernetesClusterOptions,
): KubernetesCluster {
  return new KubernetesCluster(platform.stack(shared.site.name, "platform"), id, { ...options, ...shared });
}
