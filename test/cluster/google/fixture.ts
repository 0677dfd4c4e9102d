import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import { GoogleCluster } from "../../../lib/cluster/google/cluster";
import type { GoogleClusterProps } from "../../../lib/cluster/google/props";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Site } from "../../../lib/fabric/site";
import { Slice } from "../../../lib/fabric/slice";
import { GoogleNetwork, type GoogleNetworkProps } from "../../../lib/network/google-network";
import { captureValidationError, Template, testApp } from "../../../lib/testing";

export const SITE = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456",
});

export const SYSTEM: AcceleratorPoolProps = {
  name: "system",
  slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }),
};

export function newStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "ai");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  return stack;
}

/** A cluster with a system pool and these pools. */
export function cluster(
  pools: readonly AcceleratorPoolProps[] = [],
  props: Partial<GoogleClusterProps> = {},
  stack = newStack(),
  ranges: Partial<GoogleNetworkProps> = {},
) {
  const network = new GoogleNetwork(stack, "net", {
    site: SITE,
    namePrefix: "acme",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.64.0.0/11",
    servicesCidr: "10.1.0.0/20",
    ...ranges,
  });
  const made = new GoogleCluster(stack, "ai", {
    site: SITE,
    namePrefix: "acme",
    network,
    zones: ["europe-west4-a", "europe-west4-b"],
    pools: [SYSTEM, ...pools],
    ...props,
  });
  return { made, stack, template: () => Template.of(stack) };
}

/** The findings with which such a cluster is refused. */
export function refused(pools: readonly AcceleratorPoolProps[], props: Partial<GoogleClusterProps> = {}) {
  return captureValidationError(() => cluster(pools, props));
}
