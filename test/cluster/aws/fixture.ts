import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { DefaultTokenResolver, StringConcat, TerraformStack, Tokenization } from "cdktf";
import { AwsCluster } from "../../../lib/cluster/aws/cluster";
import type { AwsClusterProps } from "../../../lib/cluster/aws/props";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Site } from "../../../lib/fabric/site";
import { Slice } from "../../../lib/fabric/slice";
import { AwsNetwork } from "../../../lib/network/aws-network";
import { captureValidationError, Template, testApp } from "../../../lib/testing";

export const ACCOUNT = "111122223333";
export const OHIO = Site.aws("ohio", { region: "us-east-2", account: ACCOUNT });
export const ZONES = ["us-east-2a", "us-east-2b", "us-east-2c"] as const;
export const BLOCK = "cr-0123456789abcdef0";

export const SYSTEM: AcceleratorPoolProps = {
  name: "system",
  slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }),
};

/** 8 H200 per node. */
export function h200(props: Partial<AcceleratorPoolProps> = {}): AcceleratorPoolProps {
  return { name: "train", slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }), ...props };
}

export function newStack(context: Record<string, unknown> = {}, region = OHIO.region): TerraformStack {
  const stack = new TerraformStack(testApp(context), "foundation");
  new AwsProvider(stack, "aws", { region });
  return stack;
}

export function newNetwork(
  stack: TerraformStack,
  props: Partial<ConstructorParameters<typeof AwsNetwork>[2]> = {},
) {
  return new AwsNetwork(stack, "network", {
    site: OHIO,
    namePrefix: "acme",
    cidrBlock: "10.20.0.0/16",
    availabilityZones: ZONES,
    internetEgress: "single-nat",
    interfaceEndpoints: [],
    flowLogs: false,
    ...props,
  });
}

/** A cluster with the system pool and the given pools. */
export function cluster(
  pools: readonly AcceleratorPoolProps[] = [],
  props: Partial<AwsClusterProps> = {},
  stack = newStack(),
) {
  const made = new AwsCluster(stack, "train", {
    site: OHIO,
    namePrefix: "acme",
    network: props.network ?? newNetwork(stack),
    pools: [SYSTEM, ...pools],
    ...props,
  });
  return { made, stack, template: () => Template.of(stack) };
}

export const refused = (
  pools: readonly AcceleratorPoolProps[] = [],
  props: Partial<AwsClusterProps> = {},
  context: Record<string, unknown> = {},
) => captureValidationError(() => cluster(pools, props, newStack(context)));

/** The launch template and the node group of a pool. */
export function managed(pool: AcceleratorPoolProps, props: Partial<AwsClusterProps> = {}) {
  const { made, template } = cluster([pool], props);
  const json = template();
  const group = made.nodeGroups[pool.name];
  return {
    launchTemplate: json.resource("aws_launch_template", `pool-${pool.name}`),
    nodeGroup: json.resource("aws_eks_node_group", `pool-${pool.name}`),
    made: group,
  };
}

/** As Terraform gets it. */
export function resolved<T>(stack: TerraformStack, value: T): T {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return Tokenization.resolve(value, { scope: stack, resolver, preparing: false });
}
