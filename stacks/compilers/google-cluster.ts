import type { AcceleratorClusterProps, IAcceleratorCluster } from "../../lib/cluster/cluster";
import { GoogleCluster } from "../../lib/cluster/google/cluster";
import type { GoogleClusterProps } from "../../lib/cluster/google/props";
import type { GoogleSite } from "../../lib/fabric/site";
import { GoogleNetwork, type GoogleNetworkProps } from "../../lib/network/google-network";
import type { IGoogleNetwork } from "../../lib/network/network";
import type { PlatformContext } from "../platform-context";

/** A network that the platform makes for one cluster; see `GoogleNetworkProps`. */
export type GoogleClusterNetwork = Omit<GoogleNetworkProps, "site" | "namePrefix">;

/** What is particular to Google Cloud; see `GoogleClusterProps`. */
export interface GoogleClusterOptions
  extends Omit<GoogleClusterProps, keyof AcceleratorClusterProps | "network"> {
  /**
   * The network: one that exists, or the props of one to make. One to make has Cloud NAT by default, because operators'
   * images are not in Artifact Registry.
   */
  readonly network: IGoogleNetwork | GoogleClusterNetwork;
}

function networkOf(
  platform: PlatformContext,
  id: string,
  { site, namePrefix }: AcceleratorClusterProps<GoogleSite>,
  network: GoogleClusterOptions["network"],
): IGoogleNetwork {
  if ("networkName" in network) {
    return network;
  }
  const stack = platform.stack(site.name, "foundation");
  return new GoogleNetwork(stack, `${id}-network`, { nat: {}, ...network, site, namePrefix });
}

/** Network, control plane and node pools, all in the foundation stack. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: AcceleratorClusterProps<GoogleSite>,
  options: GoogleClusterOptions,
): IAcceleratorCluster {
  const network = networkOf(platform, id, shared, options.network);
  const stack = platform.stack(shared.site.name, "foundation");
  return new GoogleCluster(stack, id, { ...options, network, ...shared });
}
