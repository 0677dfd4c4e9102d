import { Capacity } from "../../lib/fabric/capacity";
import { Slice } from "../../lib/fabric/slice";
import {
  ClusterOperators,
  ClusterQueues,
  type CoreWeaveSettings,
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
import { flag, type Make, noDeadProps } from "./support";

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

noDeadProps<Partial<KubernetesClusterProps>>("pools of CoreWeave", makeCoreWeave, {}, {
  pools: {
    to: [
      [SYSTEM, { ...RACK, labels: { a: "b" } }],
      [SYSTEM, { ...RACK, taints: [{ key: "a", effect: "NoSchedule" }] }],
      [SYSTEM, { ...RACK, tier: "serving" }],
      [SYSTEM, { ...RACK, capacity: Capacity.spot() }],
      [SYSTEM, { ...RACK, disruption: { repair: false } }],
    ],
  },
} as never);

/** Everything that one's own hall may have. */
