import { Capacity } from "../../lib/fabric/capacity";
import { Machine } from "../../lib/fabric/machines";
import type { AcceleratorPoolProps, DisruptionRules } from "../../lib/fabric/pool";
import { Sharing } from "../../lib/fabric/sharing";
import { Site } from "../../lib/fabric/site";
import { Slice } from "../../lib/fabric/slice";
import {
  type AuthorizedNetwork,
  GoogleCluster,
  type GoogleClusterProps,
  type GoogleFlowLogOptions,
  type GoogleNatOptions,
  GoogleNetwork,
  type GoogleNetworkProps,
  type MaintenanceExclusion,
  type MaintenanceWindow,
  type PodIdentityProps,
} from "../../lib/google";
import { googleNetwork } from "./recipes-of-google-cluster";
import { EEMSHAVEN } from "./subjects";
import { flag, type Make, noDeadProps } from "./support";

const KEY = "projects/acme-ai/locations/europe-west4/keyRings/ring/cryptoKeys";
const SYSTEM: AcceleratorPoolProps = {
  name: "system",
  slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }),
};
const GANG: AcceleratorPoolProps = {
  name: "train",
  slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }),
};
const GPUS: AcceleratorPoolProps = {
  name: "gpu",
  slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 4 } }),
  tier: "serving",
};

const make: Make<Partial<GoogleClusterProps>> = (stack, props) =>
  void new GoogleCluster(stack, "cluster", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    network: googleNetwork(),
    zones: ["europe-west4-a", "europe-west4-b"],
    pools: [SYSTEM],
    ...props,
  });

const EXCLUSION: MaintenanceExclusion = {
  name: "run",
  startTime: "2026-12-01T00:00:00Z",
  endTime: "2026-12-20T00:00:00Z",
};
const WINDOW: MaintenanceWindow = {
  startTime: "2026-01-03T00:00:00Z",
  endTime: "2026-01-03T08:00:00Z",
  recurrence: "FREQ=WEEKLY;BYDAY=SA,SU",
};

noDeadProps<Partial<GoogleClusterProps>>(
  "GoogleClusterProps",
  make,
  {},
  {
    site: { to: [Site.google("eemshaven", { region: "europe-west4", project: "other-ai" })] },
    namePrefix: { to: ["beta"], refused: [["a".repeat(33), "InvalidName"]] },
    pools: { to: [[SYSTEM, GPUS]], refused: [[[], "MissingValue"]] },
    kubernetesVersion: { to: ["1.33"], refused: [["1.34.1", "InvalidName"]], default: "1.34" },
    network: { to: [googleNetwork({ networkName: "other" }), googleNetwork({ podsRangeName: "other" })] },
    zones: { to: [["europe-west4-a"], ["europe-west4-b", "europe-west4-c"]] },
    releaseChannel: { to: ["RAPID", "STABLE", "EXTENDED"], default: "REGULAR" },
    authorizedNetworks: {
      to: [[{ cidrBlock: "10.9.0.0/16" }]],
      refused: [[[{ cidrBlock: "10" }], "InvalidCidr"]],
      default: [],
    },
    dnsEndpoint: flag(false),
    kmsKey: { to: [`${KEY}/a`, `${KEY}/b`] },
    keyRotationDays: { to: [30], default: 90, refused: [[0, "NumberOutOfRange"]] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    enableServices: flag(true),
    maintenanceWindow: { to: [{ ...WINDOW, recurrence: "FREQ=DAILY" }], default: WINDOW },
    maintenanceExclusions: { to: [[EXCLUSION]], default: [] },
    logging: { to: [[], ["SYSTEM_COMPONENTS"]], default: ["SYSTEM_COMPONENTS", "WORKLOADS"] },
    monitoring: { to: [["SYSTEM_COMPONENTS"]], default: ["SYSTEM_COMPONENTS", "JOBSET"] },
    managedPrometheus: {
      given: { monitoring: ["SYSTEM_COMPONENTS"] },
      to: [false],
      default: true,
    },
    costAllocation: flag(true),
    securityPosture: { to: ["DISABLED"], default: "BASIC" },
    autoscalingProfile: { to: ["OPTIMIZE_UTILIZATION"], default: "BALANCED" },
    gpuDriver: {
      given: { pools: [SYSTEM, GPUS] },
      to: ["LATEST", "INSTALLATION_DISABLED"],
      default: "DEFAULT",
    },
    imageStreaming: flag(true),
    csiDrivers: { to: [[], ["filestore"], ["parallelstore"], ["lustre"]], default: ["gcsFuse"] },
    multiNetworking: flag(true),
    gpuNetworksCidr: { given: { pools: [SYSTEM, GANG] }, to: ["172.16.0.0/16"], default: "192.168.0.0/16" },
    acceleratorNetworkProfile: {
      given: { pools: [SYSTEM, GANG] },
      to: [{ googleProviderVersion: "7.31.0" }],
      refused: [[{ googleProviderVersion: "7.30.0" }, "NewerProviderNeeded"]],
    },
  },
);

const pool: Make<Partial<AcceleratorPoolProps>> = (stack, props) =>
  make(stack, { pools: [SYSTEM, { ...GPUS, ...props }] });

noDeadProps<Partial<AcceleratorPoolProps>>(
  "AcceleratorPoolProps at Google",
  pool,
  {},
  {
    name: { to: ["other"] },
    slice: {
      to: [
        Slice.accelerators("l4", { perNode: 1, nodes: { min: 1, max: 4 } }),
        Slice.accelerators("l4", { perNode: 2, nodes: { min: 0, max: 4 } }),
        Slice.tpu("tpu-v6e", { topology: "2x2" }),
      ],
    },
    capacity: {
      to: [
        Capacity.spot(),
        Capacity.flexStart({ maxRunDays: 1 }),
        Capacity.flexStart({ maxRunDays: 2 }),
        Capacity.queued({ maxRunDays: 1 }),
        Capacity.reservation({ google: { name: "r" } }),
        [Capacity.spot(), Capacity.onDemand()],
      ],
      default: Capacity.onDemand(),
    },
    tier: { to: ["batch"] },
    labels: { to: [{ team: "one" }], default: {} },
    taints: {
      to: [[{ key: "team", effect: "NoSchedule" }], [{ key: "team", effect: "NoExecute" }]],
      default: [],
    },
    machineType: {
      to: [
        "g2-standard-4",
        Machine.google({
          name: "g9-standard-4",
          accelerator: "l4",
          acceleratorCount: 1,
          gkeAccelerator: "nvidia-l4",
        }),
      ],
    },
    zones: { to: [["europe-west4-a"], ["europe-west4-c"]] },
    sharing: {
      to: [Sharing.timeSlicing(2), Sharing.mps(2)],
      refused: [[Sharing.mig("1g.5gb"), "SharingNotSupported"]],
    },
    interfaceLayout: { refused: [["ip-optimized", "OptionWithoutEffect"]] },
    closeTogether: { to: [true], default: false },
    maxPodsPerNode: { to: [32], default: 64 },
    bootDiskGib: { to: [300], default: 200 },
    disruption: { to: [{ maxUnavailable: 2 }], default: {} },
  },
);

noDeadProps<DisruptionRules>(
  "DisruptionRules at Google",
  (stack, disruption) => pool(stack, { disruption }),
  {},
  {
    maxUnavailable: { to: [2, "75%"], default: 1, refused: [[21, "OptionWithoutEffect"]] },
    repair: flag(true),
    drainMinutes: { refused: [[30, "OptionWithoutEffect"]], default: 60 },
    emptyAfterMinutes: { refused: [[30, "OptionWithoutEffect"]], default: 10 },
  },
);

noDeadProps<AuthorizedNetwork>(
  "AuthorizedNetwork",
  (stack, network) => make(stack, { authorizedNetworks: [network] }),
  { cidrBlock: "10.9.0.0/16" },
  { cidrBlock: { to: ["10.8.0.0/16"] }, displayName: { to: ["bastion"] } },
);

noDeadProps<MaintenanceWindow>(
  "MaintenanceWindow",
  (stack, maintenanceWindow) => make(stack, { maintenanceWindow }),
  WINDOW,
  {
    startTime: { to: ["2026-01-04T00:00:00Z"], refused: [["2026-01-04", "InvalidName"]] },
    endTime: { to: ["2026-01-03T09:00:00Z"], refused: [["2026-01-04", "InvalidName"]] },
    recurrence: { to: ["FREQ=DAILY"], refused: [["weekly", "InvalidName"]] },
  },
);

noDeadProps<MaintenanceExclusion>(
  "MaintenanceExclusion",
  (stack, exclusion) => make(stack, { maintenanceExclusions: [exclusion] }),
  EXCLUSION,
  {
    name: { to: ["other"], refused: [["A", "InvalidName"]] },
    startTime: { to: ["2026-12-02T00:00:00Z"], refused: [["x", "InvalidName"]] },
    endTime: { to: ["2026-12-21T00:00:00Z"], refused: [["x", "InvalidName"]] },
    scope: { to: ["NO_UPGRADES", "NO_MINOR_UPGRADES"], default: "NO_MINOR_OR_NODE_UPGRADES" },
  },
);

noDeadProps<PodIdentityProps>(
  "PodIdentityProps",
  (stack, props) => {
    const cluster = new GoogleCluster(stack, "cluster", {
      site: EEMSHAVEN,
      namePrefix: "acme",
      network: googleNetwork(),
      zones: ["europe-west4-a"],
      pools: [SYSTEM],
    });
    // A pod that acts as itself has no resource: its principal is what comes of it.
    cluster.node.addMetadata("@cdktf/warn", cluster.grantPodIdentity("pod", props).identity.member);
  },
  { namespace: "ml", serviceAccount: "trainer" },
  {
    namespace: { to: ["other"], refused: [["ML", "InvalidName"]] },
    serviceAccount: { to: ["other"], refused: [["A", "InvalidName"]] },
    googleServiceAccount: { to: ["a@acme-ai.iam.gserviceaccount.com"], refused: [["a", "InvalidPrincipal"]] },
  },
);

const makeNetwork: Make<Partial<GoogleNetworkProps>> = (stack, props) =>
  void new GoogleNetwork(stack, "network", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.64.0.0/14",
    servicesCidr: "10.1.0.0/20",
    ...props,
  });

noDeadProps<Partial<GoogleNetworkProps>>(
  "GoogleNetworkProps",
  makeNetwork,
  {},
  {
    site: { to: [Site.google("eemshaven", { region: "europe-west1", project: "acme-ai" })] },
    namePrefix: { to: ["beta"], refused: [["a", "InvalidName"]] },
    nodesCidr: { to: ["10.0.0.0/21"] },
    podsCidr: { to: ["10.64.0.0/15"] },
    servicesCidr: { to: ["10.1.0.0/21"] },
    mtu: { to: [1460], default: 8896 },
    nat: { to: [{}], default: false },
    flowLogs: { to: [false, { sampling: 1 }], default: {} },
    enableServices: flag(true),
  },
);

noDeadProps<GoogleNatOptions>(
  "GoogleNatOptions",
  (stack, nat) => makeNetwork(stack, { nat }),
  {},
  { minPortsPerVm: { to: [128], default: 64, refused: [[65, "NotOneOf"]] } },
);

noDeadProps<GoogleFlowLogOptions>(
  "GoogleFlowLogOptions",
  (stack, flowLogs) => makeNetwork(stack, { flowLogs }),
  {},
  {
    sampling: { to: [1], default: 0.5, refused: [[0, "NumberOutOfRange"]] },
    interval: { to: ["1_MIN"], default: "5_MIN" },
  },
);
