import { AwsCluster } from "../../lib/cluster/aws/cluster";
import type { AwsClusterProps } from "../../lib/cluster/aws/props";
import type { AcceleratorClusterProps, IAcceleratorCluster } from "../../lib/cluster/cluster";
import { ownershipTags } from "../../lib/core/tags";
import type { AwsSite } from "../../lib/fabric/site";
import { AwsNetwork, type AwsNetworkProps } from "../../lib/network/aws-network";
import { CLUSTER_ENDPOINTS, type IAwsNetwork } from "../../lib/network/network";
import type { PlatformContext } from "../platform-context";

/** A network that the platform makes for one cluster; see `AwsNetworkProps`. */
export type AwsClusterNetwork = Omit<AwsNetworkProps, "site" | "namePrefix">;

/** What is particular to AWS; see `AwsClusterProps`. */
export interface AwsClusterOptions extends Omit<AwsClusterProps, keyof AcceleratorClusterProps | "network"> {
  /**
   * The network: one that exists, or the props of one to make. One to make has by default the endpoints that a private
   * cluster needs (`CLUSTER_ENDPOINTS`) and one NAT gateway, because operators' images are not in ECR.
   */
  readonly network: IAwsNetwork | AwsClusterNetwork;
}

function networkOf(
  platform: PlatformContext,
  id: string,
  { site, namePrefix }: AcceleratorClusterProps<AwsSite>,
  network: AwsClusterOptions["network"],
): IAwsNetwork {
  if ("vpcId" in network) {
    return network;
  }
  return new AwsNetwork(platform.stack(site.name, "foundation"), `${id}-network`, {
    interfaceEndpoints: CLUSTER_ENDPOINTS,
    internetEgress: "single-nat",
    ...network,
    site,
    namePrefix,
  });
}

/**
 * Network, control plane and node groups, all in the foundation stack. Machines are launched by groups and by Karpenter,
 * where tags of the stack do not reach: ownership goes to them as tags of nodes.
 */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: AcceleratorClusterProps<AwsSite>,
  options: AwsClusterOptions,
): IAcceleratorCluster {
  const network = networkOf(platform, id, shared, options.network);
  const stack = platform.stack(shared.site.name, "foundation");
  const nodeTags = { ...ownershipTags(stack.node.path, platform.ownership), ...options.nodeTags };
  return new AwsCluster(stack, id, { ...options, network, nodeTags, ...shared });
}
