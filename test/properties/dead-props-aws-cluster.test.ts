import {
  type AddonOptions,
  AwsCluster,
  type AwsClusterProps,
  AwsNetwork,
  type AwsNetworkAttributes,
  type HybridNodesOptions,
  type KarpenterOptions,
  type PodRoleProps,
} from "../../lib/aws";
import { Capacity } from "../../lib/fabric/capacity";
import { Machine } from "../../lib/fabric/machines";
import type { AcceleratorPoolProps, DisruptionRules } from "../../lib/fabric/pool";
import { Sharing } from "../../lib/fabric/sharing";
import { Site } from "../../lib/fabric/site";
import { Slice } from "../../lib/fabric/slice";
import { zonedNetwork } from "./recipes-of-aws-cluster";
import { IRELAND } from "./subjects";
import { flag, type Make, noDeadProps } from "./support";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1";
const BLOCK = Capacity.capacityBlock({ aws: { reservationId: "cr-0123456789abcdef0" } });
const SYSTEM: AcceleratorPoolProps = {
  name: "system",
  slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }),
};
const GANG: AcceleratorPoolProps = {
  name: "train",
  slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }),
};
const ELASTIC: AcceleratorPoolProps = {
  name: "serve",
  slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 4 } }),
  tier: "serving",
};

/** Objects are not of the stack: they are kept beside it, as text that the outcome sees. */
const make: Make<Partial<AwsClusterProps>> = (stack, props) => {
  const { objects, operatorFacts } = new AwsCluster(stack, "cluster", {
    site: IRELAND,
    namePrefix: "acme",
    network: zonedNetwork(),
    pools: [SYSTEM],
    ...props,
  });
  stack.addOverride("locals.objects", objects);
  stack.addOverride("locals.facts", operatorFacts);
};

noDeadProps<Partial<AwsClusterProps>>(
  "AwsClusterProps",
  make,
  {},
  {
    site: { to: [Site.aws("ireland", { region: "eu-west-1" })] },
    namePrefix: { to: ["beta"], refused: [["Acme", "InvalidName"]] },
    pools: { to: [[SYSTEM, GANG]], refused: [[[], "MissingValue"]] },
    kubernetesVersion: { to: ["1.35"], default: "1.34", refused: [["1.34.1", "InvalidName"]] },
    network: { to: [zonedNetwork({ privateSubnetIds: ["subnet-c", "subnet-d"] })] },
    publicAccessCidrs: { to: [["203.0.113.0/24"]], default: [], refused: [[["all"], "InvalidCidr"]] },
    privateAccessCidrs: { to: [["10.30.0.0/16"]], default: [], refused: [[["all"], "InvalidCidr"]] },
    controlPlaneTier: { to: ["tier-xl", "tier-8xl"], default: "standard" },
    controlPlaneLogs: {
      to: [[], ["audit"]],
      default: ["scheduler", "api", "audit", "authenticator", "controllerManager"],
    },
    logRetentionDays: { to: [30], default: 365, refused: [[31, "NotOneOf"]] },
    encryptionKeyArn: { to: [KEY], refused: [["key", "InvalidArn"]] },
    serviceCidr: { to: ["10.100.0.0/16"], default: "172.20.0.0/16" },
    supportType: { to: ["STANDARD"], default: "EXTENDED" },
    creatorIsAdmin: flag(false),
    addons: { to: [{ coredns: false }, { coredns: { version: "v1.12.4-eksbuild.1" } }], default: {} },
    prefixDelegation: flag(false),
    hybridNodes: { to: [{ nodeCidrs: ["192.168.0.0/24"] }] },
    nodeTags: { to: [{ team: "vision" }], default: {}, refused: [[{ Name: "mine" }, "ReservedTag"]] },
    karpenter: { to: [{ imageVersion: "v20261015" }], given: { pools: [SYSTEM, ELASTIC] }, default: {} },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
  },
);

noDeadProps<AddonOptions>(
  "AddonOptions",
  (stack, coredns) => make(stack, { addons: { coredns } }),
  {},
  { version: { to: ["v1.12.4-eksbuild.1"] }, configuration: { to: [{ replicaCount: 3 }], default: {} } },
);

noDeadProps<KarpenterOptions>(
  "KarpenterOptions",
  (stack, karpenter) => make(stack, { karpenter, pools: [SYSTEM, ELASTIC] }),
  {},
  { imageVersion: { to: ["v20261015"], default: "latest" } },
);

noDeadProps<HybridNodesOptions>(
  "HybridNodesOptions",
  (stack, hybridNodes) => make(stack, { hybridNodes }),
  { nodeCidrs: ["192.168.0.0/24"] },
  {
    nodeCidrs: { to: [["192.168.1.0/24"]] },
    podCidrs: { to: [["192.168.128.0/20"]] },
    credentials: { refused: [["iam-roles-anywhere", "MissingValue"]], default: "ssm" },
    trustAnchorArn: {
      to: ["arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/2"],
      given: {
        credentials: "iam-roles-anywhere",
        trustAnchorArn: "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1",
      },
    },
  },
);

noDeadProps<PodRoleProps>(
  "PodRoleProps",
  (stack, props) => {
    const cluster = new AwsCluster(stack, "cluster", {
      site: IRELAND,
      namePrefix: "acme",
      network: zonedNetwork(),
      pools: [SYSTEM],
    });
    cluster.podRole(props);
  },
  {
    namespace: "vision",
    serviceAccount: "trainer",
    statements: [{ Sid: "Read", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a/*"] }],
  },
  {
    namespace: { to: ["audio"], refused: [["Vision", "InvalidName"]] },
    serviceAccount: { to: ["tester"] },
    statements: {
      to: [[{ Sid: "Read", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::b/*"] }]],
    },
  },
);

noDeadProps<AcceleratorPoolProps>(
  "AcceleratorPoolProps on AWS",
  (stack, pool) => make(stack, { pools: [SYSTEM, pool] }),
  GANG,
  {
    name: { to: ["fit"] },
    slice: { to: [Slice.accelerators("h200", { perNode: 8, nodes: 3 })] },
    capacity: {
      to: [Capacity.spot(), BLOCK, [Capacity.spot(), Capacity.onDemand()]],
      given: { zones: ["eu-west-1a"] },
      default: Capacity.onDemand(),
    },
    tier: { to: ["batch"], default: "training" },
    labels: { to: [{ team: "vision" }], default: {} },
    taints: { to: [[{ key: "team", effect: "NoExecute" }]], default: [] },
    machineType: {
      to: [Machine.aws({ name: "p9.48xlarge", accelerator: "h200", acceleratorCount: 8 })],
      default: "p5en.48xlarge",
    },
    zones: { to: [["eu-west-1b"]], default: ["eu-west-1a"], refused: [[["eu-west-1c"], "ZoneNotInCluster"]] },
    sharing: { to: [Sharing.mps(2), Sharing.mig("1g.18gb")] },
    interfaceLayout: { to: ["bandwidth-optimized"], default: "ip-optimized" },
    closeTogether: flag(true),
    maxPodsPerNode: { to: [20], default: 110 },
    bootDiskGib: { to: [500], default: 200 },
    disruption: { to: [{ repair: false }], default: {} },
  },
);

noDeadProps<DisruptionRules>(
  "DisruptionRules of an elastic pool on AWS",
  (stack, disruption) => make(stack, { pools: [SYSTEM, { ...ELASTIC, disruption }] }),
  {},
  {
    maxUnavailable: { to: [2, "10%"], default: 1 },
    repair: flag(true),
    drainMinutes: { to: [5], default: 60 },
    emptyAfterMinutes: { to: [5], default: 10 },
  },
);

noDeadProps<AwsNetworkAttributes>(
  "AwsNetworkAttributes",
  (stack, attributes) => {
    const network = AwsNetwork.fromAttributes(stack, "network", attributes);
    make(stack, { network, pools: [SYSTEM, GANG] });
  },
  {
    vpcId: "vpc-1",
    cidrBlock: "10.0.0.0/16",
    subnetsByZone: { "eu-west-1a": { subnetId: "subnet-a" }, "eu-west-1b": { subnetId: "subnet-b" } },
  },
  {
    vpcId: { to: ["vpc-2"] },
    cidrBlock: { refused: [["172.16.0.0/12", "RangeOverlap"]] },
    subnetsByZone: {
      to: [{ "eu-west-1a": { subnetId: "subnet-c" }, "eu-west-1b": { subnetId: "subnet-b" } }],
      refused: [[{}, "MissingValue"]],
    },
    internetEgress: { refused: [[false, "EndpointsMissing"]], given: { endpointServices: [] } },
    endpointServices: { refused: [[["ec2"], "EndpointsMissing"]], given: { internetEgress: false } },
  },
);
