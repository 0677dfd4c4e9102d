import type { App } from "cdktf";
import { type AcceleratorPoolProps, type Ownership, Slice, StateBackend } from "../../lib";
import { AwsCluster } from "../../lib/aws";
import { ClusterOperators } from "../../lib/kubernetes";
import { CapacityPool, type GangProps, SiteModel, Systems } from "../../lib/placement";
import {
  CloudStack,
  ClusterStack,
  type ClusterStackProps,
  HybridPlatform,
  type PlatformClusterProps,
} from "../../stacks";
import { EEMSHAVEN, FRANKFURT, IRELAND, network } from "./subjects";
import { noDeadPropsIn, programOutcome } from "./support";

const OWNER: Ownership = { owner: "data", environment: "prod", costCentre: "cc-1" };
const STATE = StateBackend.s3({ bucket: "acme-state", region: "eu-west-1" });
const SYSTEM: AcceleratorPoolProps = {
  name: "system",
  slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 1 }),
};
const POOLS: readonly AcceleratorPoolProps[] = [
  SYSTEM,
  { name: "l4", slice: Slice.accelerators("l4", { perNode: 1, nodes: 2 }), tier: "serving" },
];
const TEAM = { name: "research", quotas: [{ pool: "l4", accelerators: 2 }] };
const SELECTED = {
  provider: "generic",
  nodes: { system: { nodeSelector: { a: "b" } }, l4: { nodeSelector: { c: "d" } } },
} as const;
const AWS = { network: { cidrBlock: "10.0.0.0/16", availabilityZones: ["eu-west-1a", "eu-west-1b"] } };
const GOOGLE = {
  network: { nodesCidr: "10.30.0.0/20", podsCidr: "10.32.0.0/14", servicesCidr: "10.31.0.0/20" },
  zones: ["europe-west4-a"],
};

const GPUS = CapacityPool.of("h100", {
  accelerator: { name: "h100", peakTflops: 989, memoryGib: 80, memoryBandwidthGBps: 3_350 },
  fabric: Systems.hgxRails("rails", { units: 1 }),
  offers: [{ model: "reserved", usdPerAcceleratorHour: 1 }],
  domainLabels: [{ of: "leaf", label: "acme.example/rack", values: ["r1"] }],
});
const HALL = SiteModel.of(FRANKFURT, { pools: [GPUS], pue: 1.2, gramsCo2PerKwh: 300 });

function cluster(app: App, props: PlatformClusterProps): void {
  const sites = [IRELAND, FRANKFURT, EEMSHAVEN];
  const placement = { models: [HALL] };
  const platform = new HybridPlatform(app, "acme", { ...OWNER, backend: STATE, sites, placement });
  const layout = { tp: 1, cp: 1, pp: 1, dp: 16, ep: 1, microbatches: 1, microbatchSize: 1, interleave: 1 };
  const gang: GangProps = {
    model: { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 },
    layouts: [{ ...layout, sharding: "zero3-kept", gradientBytes: 4 }],
    accelerators: ["h100"],
  };
  const job = { team: "speech", container: { name: "train", image: "train:1" } };
  platform.addTraining("job", gang, props.plannedPools === undefined ? undefined : job);
  platform.addCluster("train", props);
}

const AT_HALL = {
  at: "frankfurt",
  aws: undefined,
  kubernetes: { ...SELECTED, nodes: { ...SELECTED.nodes, h100: { nodeSelector: { e: "f" } } } },
};

noDeadPropsIn<PlatformClusterProps>(
  "PlatformClusterProps",
  (props) => programOutcome(cluster, props),
  { at: "ireland", pools: POOLS, teams: [TEAM], aws: AWS },
  {
    at: { refused: [["mars", "UnknownSite"]] },
    pools: { to: [[...POOLS, { ...POOLS[1]!, name: "more" }]] },
    plannedPools: {
      to: [{ h100: { machineType: "hgx-h100" } }],
      refused: [[undefined, "UnknownPool"]],
      given: { ...AT_HALL, plannedPools: {} },
    },
    hyperNodes: {
      to: [true],
      default: false,
      given: { ...AT_HALL, plannedPools: {} },
    },
    kubernetesVersion: { to: ["1.35"], default: "1.34" },
    teams: { to: [[{ ...TEAM, name: "serving" }], undefined] },
    cohort: { to: ["all"] },
    priorities: { to: [[{ name: "high", value: 1000 }]] },
    dispatch: {
      to: [
        {
          workers: [{ name: "other", kubeconfigSecret: "other" }],
          quotas: [{ team: "research", resources: { "nvidia.com/gpu": 4 } }],
        },
      ],
    },
    workerOf: { to: ["manager"] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    operators: { to: [{ operators: { leaderworkerset: { state: "off" } } }], default: {} },
    aws: {
      to: [{ ...AWS, serviceCidr: "172.21.0.0/16" }],
      refused: [[undefined, "MissingValue"]],
    },
    google: {
      to: [GOOGLE],
      refused: [[undefined, "MissingValue"]],
      given: { at: "eemshaven", aws: undefined, google: { ...GOOGLE, zones: ["europe-west4-b"] } },
    },
    kubernetes: {
      to: [SELECTED],
      refused: [[undefined, "MissingValue"]],
      given: {
        at: "frankfurt",
        aws: undefined,
        kubernetes: { ...SELECTED, nodes: { ...SELECTED.nodes, l4: { nodeSelector: { e: "f" } } } },
      },
    },
  },
);

type InCluster = Omit<ClusterStackProps, "cluster">;

function clusterStack(app: App, props: InCluster): void {
  const foundation = new CloudStack(app, "foundation", { ...OWNER, backend: STATE, site: IRELAND });
  const made = new AwsCluster(foundation, "train", {
    site: IRELAND,
    namePrefix: "acme",
    pools: [SYSTEM],
    network: network("vpc-1"),
  });
  const stack = new ClusterStack(app, "inside", { ...props, cluster: made });
  if (props.phase === "platform") {
    new ClusterOperators(stack, "operators", { cluster: stack.cluster });
  }
}

noDeadPropsIn<InCluster>(
  "ClusterStackProps",
  (props) => programOutcome(clusterStack, props),
  { ...OWNER, backend: STATE, phase: "platform" },
  {
    owner: { to: ["platform"] },
    environment: { to: ["dev"] },
    costCentre: { to: ["cc-2"] },
    dataClass: { to: ["confidential"], default: "internal" },
    extra: { to: [{ team: "bids" }], default: {} },
    backend: { to: [StateBackend.gcs({ bucket: "acme-state" })] },
    providerVersions: { to: [{ helm: "~> 3.2" }] },
    phase: { to: ["workloads"] },
  },
);
