import { Capacity } from "../../lib/fabric/capacity";
import { Machine } from "../../lib/fabric/machines";
import type { AcceleratorPoolProps, DisruptionRules } from "../../lib/fabric/pool";
import { Sharing } from "../../lib/fabric/sharing";
import { Slice } from "../../lib/fabric/slice";
import {
  ClusterOperators,
  ClusterQueues,
  type CoreWeaveSettings,
  GangJobSet,
  KubernetesCluster,
  type KubernetesClusterProps,
  type NodeTopology,
  type PoolMachine,
  type PoolMachines,
  type Rail,
  type RdmaNetwork,
  type SharedRdma,
  type SriovRdma,
} from "../../lib/kubernetes";
import { CKS, FRANKFURT, machines, SHOP, SYSTEM, TRAIN } from "../cluster/in-cluster/clusters";
import { type Cases, flag, type Make, noDeadProps } from "./support";

const SYSTEM_NODES: PoolMachines = { nodeSelector: { role: "system" } };
const RACK = { name: "rack", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };
const L4 = { name: "train", tier: "serving", slice: Slice.accelerators("l4", { perNode: 1, nodes: 1 }) };
const SHARED: RdmaNetwork = { mode: "shared", interfaces: ["ib0"] };
const RAILS: SriovRdma = { mode: "sriov", link: "infiniband", rails: [{ name: "rail-0", interface: "ib0" }] };

/** The pools and facts of a cluster show in what is made of it. */
const makeCluster: Make<Partial<KubernetesClusterProps>> = (stack, props) => {
  const cluster = new KubernetesCluster(stack, "cluster", {
    site: FRANKFURT,
    provider: "generic",
    namePrefix: "acme",
    pools: [SYSTEM, TRAIN],
    nodes: { system: SYSTEM_NODES, train: { machines: machines("gpu", 4) } },
    ...props,
  });
  const teams = [{ name: "one", quotas: [...cluster.pools.keys()].map((pool) => ({ pool, nodes: 1 })) }];
  new ClusterOperators(stack, "operators", { cluster });
  new ClusterQueues(stack, "queues", { cluster, teams });
};

const makeCoreWeave: Make<Partial<KubernetesClusterProps>> = (stack, props) => {
  new KubernetesCluster(stack, "cluster", {
    site: CKS,
    provider: "coreweave",
    namePrefix: "acme",
    pools: [SYSTEM, RACK],
    ...props,
  });
};

noDeadProps<Partial<KubernetesClusterProps>>(
  "KubernetesClusterProps",
  makeCluster,
  {},
  {
    site: { refused: [[SHOP, "OptionWithoutEffect"]], given: { topology: { levels: ["a", "b"] } } },
    namePrefix: { to: ["beta"] },
    pools: { to: [[{ ...SYSTEM, tier: "quiet" }, TRAIN]] },
    kubernetesVersion: { refused: [["1.34", "OptionWithoutEffect"]] },
    provider: {
      refused: [
        ["coreweave", "ProviderNotOfOperator"],
        ["other" as never, "NotOneOf"],
      ],
    },
    nodes: { to: [{ system: SYSTEM_NODES, train: { machines: machines("other", 4) } }] },
    managed: { to: [["gpu-device-plugin"], ["kueue"]], default: [] },
    topology: { to: [{ levels: ["a", "b"] }] },
    rdma: { to: [SHARED, RAILS] },
    runtimeClass: {
      to: ["nvidia-cdi"],
      default: "nvidia",
      given: { site: SHOP, pools: [L4], nodes: { train: { machines: [{ name: "till" }] } } },
    },
    coreweave: { refused: [[{}, "OptionWithoutEffect"]] },
  },
);

noDeadProps<PoolMachines>(
  "PoolMachines",
  (stack, train) => makeCluster(stack, { nodes: { system: SYSTEM_NODES, train } }),
  { machines: machines("gpu", 4) },
  {
    machines: { to: [machines("other", 4)] },
    nodeSelector: { given: { machines: undefined, nodeSelector: { gpu: "h200" } }, to: [{ gpu: "yes" }] },
    autoscaled: { refused: [[true, "NoEffect"]], default: false },
  },
);

noDeadProps<Partial<KubernetesClusterProps>>(
  "a pool that something scales",
  (stack, { nodes }) =>
    makeCluster(stack, {
      pools: [
        SYSTEM,
        { ...TRAIN, slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 4 } }) },
      ],
      nodes: nodes!,
    }),
  { nodes: { system: SYSTEM_NODES, train: { nodeSelector: { gpu: "h200" }, autoscaled: true } } },
  {
    nodes: {
      refused: [
        [{ system: SYSTEM_NODES, train: { nodeSelector: { gpu: "h200" } } }, "ElasticWithoutAutoscaler"],
      ],
    },
  } as never,
);

noDeadProps<PoolMachine>(
  "PoolMachine",
  (stack, machine) =>
    makeCluster(stack, {
      pools: [SYSTEM, { ...TRAIN, slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }) }],
      nodes: {
        system: SYSTEM_NODES,
        train: { machines: [machine, { name: "b", rack: "r", ...(machine.block ? { block: "x" } : {}) }] },
      },
    }),
  { name: "a", rack: "r" },
  {
    name: { to: ["c"] },
    rack: { to: ["s"], refused: [[undefined as never, "LevelUnknown"]] },
    block: { to: ["x", "y"] },
    labels: { to: [{ serial: "7" }], default: {} },
  },
);

noDeadProps<NodeTopology>(
  "NodeTopology",
  (stack, topology) =>
    makeCluster(stack, {
      pools: [SYSTEM, { ...RACK, slice: Slice.accelerators("gb200", { perNode: 4, nodes: 2 }) }],
      nodes: { system: SYSTEM_NODES, rack: { machines: machines("tray", 2) } },
      topology,
    }),
  { levels: ["a", "b"] },
  {
    levels: { to: [["c", "d"]] },
    nvlinkDomain: { to: ["acme.example/nvlink"], refused: [["not a key", "InvalidName"]] },
  },
);

noDeadProps<Partial<SharedRdma & { pools: readonly string[]; driver: "operator" | "host" }>>(
  "SharedRdma",
  (stack, props) =>
    makeCluster(stack, { rdma: { mode: "shared", interfaces: ["ib0"], ...props } as RdmaNetwork }),
  {},
  {
    mode: { refused: [["other" as never, "NotOneOf"]] },
    interfaces: { to: [["ib1"]] },
    podsPerNode: { to: [8], default: 63 },
    pools: { to: [["system"], ["system", "train"]], default: ["train"] },
    driver: { to: ["operator"], default: "host" },
  },
);

noDeadProps<Partial<SriovRdma>>(
  "SriovRdma",
  (stack, props) => makeCluster(stack, { rdma: { ...RAILS, ...props } }),
  {},
  {
    mode: { refused: [["other" as never, "NotOneOf"]] },
    link: { to: ["ethernet"] },
    rails: { to: [[{ name: "rail-1", interface: "ib0" }]] },
    functions: { to: [4], default: 8 },
    mtu: { to: [4092] },
    namespace: { to: ["net"], default: "default" },
    addresses: { to: [true], default: false },
  },
);

noDeadProps<Rail>(
  "Rail",
  (stack, rail) => makeCluster(stack, { rdma: { ...RAILS, rails: [rail] } }),
  { name: "rail-0", interface: "ib0" },
  { name: { to: ["rail-1"] }, interface: { to: ["ib1"] } },
);

noDeadProps<CoreWeaveSettings>(
  "CoreWeaveSettings",
  (stack, coreweave) => makeCoreWeave(stack, { coreweave }),
  {},
  {
    scaleDownStrategy: { to: ["PreferIdle"], default: "IdleOnly" },
    countBy: { to: ["racks"], default: "nodes" },
    waitForNodes: flag(false),
    waitMinutes: { given: { waitForNodes: true }, to: [30], default: 60 },
  },
);

/** Options of a pool that sites with machines of their own never have. */
const NOT_OURS = {
  zones: { refused: [[["a"], "OptionWithoutEffect"]] },
  interfaceLayout: { refused: [["ip-optimized", "OptionWithoutEffect"]] },
  maxPodsPerNode: { refused: [[32, "OptionWithoutEffect"]] },
  bootDiskGib: { refused: [[500, "OptionWithoutEffect"]] },
} satisfies Partial<Cases<AcceleratorPoolProps>>;

/** What pods see of the pools shows in queues and in what a job asks for. */
const withQueues = (stack: Parameters<Make<object>>[0], cluster: KubernetesCluster, pool: string) => {
  const queues = new ClusterQueues(stack, "queues", {
    cluster,
    teams: [{ name: "one", quotas: [{ pool, nodes: 1 }] }],
  });
  const container = { name: "main", image: "registry.example.com/a:1" };
  const sharing = cluster.pools.get(pool)?.pool.sharing;
  if (sharing === undefined || sharing.kind === "mig") {
    new GangJobSet(stack, "job", { cluster, pool, queue: queues.queue("one"), name: "job", container });
  }
};

const ofCoreWeave: Make<AcceleratorPoolProps> = (stack, pool) => {
  const cluster = new KubernetesCluster(stack, "cluster", {
    site: CKS,
    provider: "coreweave",
    namePrefix: "acme",
    pools: [SYSTEM, pool],
  });
  withQueues(stack, cluster, pool.name);
};

noDeadProps<AcceleratorPoolProps>("AcceleratorPoolProps at CoreWeave", ofCoreWeave, TRAIN, {
  ...NOT_OURS,
  name: { to: ["fit"] },
  slice: { to: [Slice.accelerators("h200", { perNode: 8, nodes: 3 })] },
  capacity: {
    to: [Capacity.spot(), [Capacity.spot(), Capacity.onDemand()]],
    default: Capacity.onDemand(),
    refused: [[Capacity.queued({ maxRunDays: 1 }), "CapacityNotAtSite"]],
  },
  tier: { to: ["serving"], default: "training" },
  labels: { to: [{ team: "vision" }], default: {} },
  taints: { to: [[{ key: "team", effect: "NoExecute" }]], default: [] },
  machineType: {
    to: [Machine.coreWeave({ name: "gd-9xh200", accelerator: "h200", acceleratorCount: 8 })],
    default: "gd-8xh200ib-i128",
    refused: [["p5en.48xlarge", "InvalidMachineType"]],
  },
  sharing: { refused: [[Sharing.mps(2), "OptionWithoutEffect"]] },
  closeTogether: flag(true),
  disruption: { to: [{ repair: false }], default: {} },
});

noDeadProps<DisruptionRules>(
  "DisruptionRules at CoreWeave",
  (stack, disruption) => ofCoreWeave(stack, { ...TRAIN, disruption }),
  {},
  {
    maxUnavailable: { refused: [[2, "OptionWithoutEffect"]] },
    repair: flag(true),
    drainMinutes: { refused: [[5, "OptionWithoutEffect"]] },
    emptyAfterMinutes: { refused: [[5, "OptionWithoutEffect"]] },
  },
);

const EXISTING = {
  ...NOT_OURS,
  name: { to: ["fit"] },
  capacity: {
    refused: [[Capacity.spot(), "CapacityNotAtSite"]],
    default: Capacity.onDemand(),
  },
  tier: { to: ["serving"], default: "training" },
  taints: { to: [[{ key: "team", effect: "NoExecute" }]], default: [] },
  machineType: {
    to: ["hgx-h200", Machine.onPrem({ name: "own", accelerator: "h200", acceleratorCount: 8, vcpu: 8 })],
    refused: [["p5en.48xlarge", "InvalidMachineType"]],
  },
  closeTogether: flag(true),
  disruption: { refused: [[{ repair: false }, "OptionWithoutEffect"]] },
} satisfies Partial<Cases<AcceleratorPoolProps>>;

const ofMachines =
  (nodes: PoolMachines): Make<AcceleratorPoolProps> =>
  (stack, pool) => {
    const cluster = new KubernetesCluster(stack, "cluster", {
      site: FRANKFURT,
      provider: "generic",
      namePrefix: "acme",
      pools: [SYSTEM, pool],
      nodes: { system: SYSTEM_NODES, [pool.name]: nodes },
      topology: { levels: ["block", "rack"] },
    });
    withQueues(stack, cluster, pool.name);
  };

noDeadProps<AcceleratorPoolProps>(
  "AcceleratorPoolProps of machines that are listed",
  ofMachines({ machines: machines("gpu", 4) }),
  TRAIN,
  {
    ...EXISTING,
    slice: { refused: [[Slice.accelerators("h200", { perNode: 8, nodes: 3 }), "MachineCountMismatch"]] },
    labels: { to: [{ team: "vision" }], default: {} },
    sharing: { to: [Sharing.mps(2), Sharing.timeSlicing(2), Sharing.mig("1g.18gb")] },
  },
);

noDeadProps<AcceleratorPoolProps>(
  "AcceleratorPoolProps of machines that a selector finds",
  ofMachines({ nodeSelector: { gpu: "h200" } }),
  TRAIN,
  {
    ...EXISTING,
    slice: { to: [Slice.accelerators("h200", { perNode: 8, nodes: 3 })] },
    labels: { refused: [[{ team: "vision" }, "MissingValue"]], default: {} },
    sharing: { refused: [[Sharing.mps(2), "MissingValue"]] },
  },
);
