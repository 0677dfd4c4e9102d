import { Slice } from "../../lib/fabric/slice";
import {
  ClusterOperators,
  type ClusterOperatorsProps,
  ClusterQueues,
  type ClusterQueuesProps,
  DynamicSlice,
  type DynamicSliceProps,
  GangJobSet,
  type GangJobSetProps,
  GangService,
  type GangServiceProps,
  KubernetesCluster,
  type KubernetesClusterProps,
  RailAddresses,
  type RailAddressesProps,
} from "../../lib/kubernetes";
import {
  AWS_TRAIN,
  awsCluster,
  CKS,
  cloudPool,
  cubeCluster,
  FRANKFURT,
  onPremCluster,
  SHOP,
  TRAIN,
} from "../cluster/in-cluster/clusters";
import { type Recipe, recipe } from "./recipe";
import type { Make } from "./support";

type Plain = Omit<KubernetesClusterProps, "site" | "pools">;

const SYSTEM = { name: "system", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 1 }) };
const GPUS = { name: "train", slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }) };

/** With what the pods of the cluster are given, which tells its facts. */
function withQueues(stack: Parameters<Make<Plain>>[0], cluster: KubernetesCluster): void {
  new ClusterQueues(stack, "queues", {
    cluster,
    cohort: "all",
    teams: [{ name: "one", quotas: [{ pool: "train", nodes: 1 }] }],
  });
}

const onPrem = recipe<Plain>(
  "KubernetesCluster of machines that exist",
  (stack, props) =>
    withQueues(
      stack,
      new KubernetesCluster(stack, "cluster", { ...props, site: FRANKFURT, pools: [SYSTEM, GPUS] }),
    ),
  {
    provider: "generic",
    namePrefix: "acme",
    nodes: {
      system: { nodeSelector: { role: "system" } },
      train: {
        machines: [
          { name: "gpu-0", rack: "r0", block: "b0", labels: { serial: "7" } },
          { name: "gpu-1", rack: "r1", block: "b0" },
        ],
      },
    },
    topology: { levels: ["acme.example/row", "acme.example/rack"] },
    rdma: {
      mode: "sriov",
      link: "ethernet",
      rails: [{ name: "rail-0", interface: "ens1np0" }],
      functions: 4,
      mtu: 9000,
      namespace: "default",
      pools: ["train"],
      driver: "operator",
    },
    managed: ["gpu-driver"],
  },
);

const sharedRdma = recipe<Plain>(
  "KubernetesCluster with a shared network",
  (stack, props) =>
    withQueues(
      stack,
      new KubernetesCluster(stack, "cluster", { ...props, site: FRANKFURT, pools: [SYSTEM, GPUS] }),
    ),
  {
    provider: "generic",
    namePrefix: "acme",
    nodes: { system: { nodeSelector: { role: "system" } }, train: { nodeSelector: { gpu: "h200" } } },
    topology: { levels: ["rack"], nvlinkDomain: "acme.example/nvlink" },
    rdma: { mode: "shared", interfaces: ["ib0", "ib1"], podsPerNode: 8 },
  },
);

const coreWeave = recipe<Plain>(
  "KubernetesCluster at CoreWeave",
  (stack, props) =>
    withQueues(
      stack,
      new KubernetesCluster(stack, "cluster", {
        ...props,
        site: CKS,
        pools: [
          { ...SYSTEM, machineType: "cd-gp-i64-erapids" },
          { ...GPUS, labels: { team: "a" } },
        ],
      }),
    ),
  {
    provider: "coreweave",
    namePrefix: "acme",
    coreweave: { scaleDownStrategy: "PreferIdle", waitForNodes: true, waitMinutes: 30 },
  },
);

const edge = recipe<Plain>(
  "KubernetesCluster at the edge",
  (stack, props) => {
    const cluster = new KubernetesCluster(stack, "cluster", {
      ...props,
      site: SHOP,
      pools: [{ name: "train", tier: "serving", slice: Slice.accelerators("l4", { perNode: 1, nodes: 1 }) }],
    });
    new ClusterOperators(stack, "operators", { cluster, createRuntimeClass: true });
  },
  {
    provider: "generic",
    namePrefix: "acme",
    nodes: { train: { machines: [{ name: "till" }] } },
    runtimeClass: "nvidia",
  },
);

const operators = recipe<Omit<ClusterOperatorsProps, "cluster">>(
  "ClusterOperators",
  (stack, props) => void new ClusterOperators(stack, "operators", { ...props, cluster: onPremCluster() }),
  {
    operators: {
      jobset: { version: "0.12.0", timeoutSeconds: 60, values: { image: { tag: "v1" }, replicas: 1 } },
      leaderworkerset: { state: "installed" },
    },
    gpuDriver: "host",
    containerToolkit: "operator",
    kueue: {
      featureGates: { TASBalancedPlacement: true },
      podsReadyMinutes: 10,
      podsReadyRetries: 1,
      excludedNamespaces: ["monitoring"],
      replicas: 1,
    },
    prometheusOperator: true,
  },
  ["operators.jobset.values.image.tag", "operators.jobset.values.replicas"],
);

const queues = recipe<Omit<ClusterQueuesProps, "cluster">>(
  "ClusterQueues",
  (stack, props) => void new ClusterQueues(stack, "queues", { ...props, cluster: onPremCluster() }),
  {
    teams: [
      {
        name: "vision",
        namespace: "images",
        podSecurity: "privileged",
        reclaim: "LowerPriority",
        preempts: "Never",
        quotas: [{ pool: "train", accelerators: 16, borrowingLimit: 8, lendingLimit: 4 }],
      },
      { name: "speech", createNamespace: false, namespace: "audio", quotas: [{ pool: "system", nodes: 1 }] },
    ],
    cohort: "research",
    priorities: [{ name: "urgent", value: 1000, description: "first", preemptsPods: true }],
    dispatch: {
      workers: [{ name: "cks", kubeconfigSecret: "cks" }],
      quotas: [
        {
          team: "vision",
          resources: { "nvidia.com/gpu": 8 },
          levels: ["rack"],
          nodeLabels: { gpu: "h200" },
        },
      ],
    },
    workerOf: "hub",
  },
);

const CLUSTER = awsCluster([cloudPool(TRAIN, AWS_TRAIN)]);
const GANG = {
  pool: "train",
  name: "llama",
  queue: { namespace: "vision", queueName: "vision" },
  container: {
    name: "trainer",
    image: "registry.example.com/train:1",
    command: ["train"],
    env: [{ name: "MODEL", value: "llama" }],
    resources: { requests: { cpu: "4" } },
  },
  podSpec: { serviceAccountName: "trainer" },
  placement: { mode: "required", level: "topology.k8s.aws/network-node-layer-1" },
  priority: "urgent",
} as const;
const GANG_TOKENS = [
  "queue.namespace",
  "container.image",
  "container.command.0",
  "container.env.0.value",
  "podSpec.serviceAccountName",
];

const jobSet = recipe<Omit<GangJobSetProps, "cluster">>(
  "GangJobSet",
  (stack, props) => void new GangJobSet(stack, "job", { ...props, cluster: CLUSTER }),
  { ...GANG, nodes: 2, slices: 1, maxRestarts: 1 },
  GANG_TOKENS,
);

const dynamicSlice = recipe<Omit<DynamicSliceProps, "cluster">>(
  "DynamicSlice",
  (stack, props) => {
    const cluster = cubeCluster();
    const slice = new DynamicSlice(stack, "slice", { ...props, cluster });
    const { placement: _, priority: __, ...gang } = GANG;
    new GangJobSet(stack, "job", { ...gang, cluster, pool: "cubes", slice });
  },
  { pool: "cubes", name: "llama", topology: "4x4x8", partitionIds: ["p0", "p1"] },
);

const service = recipe<Omit<GangServiceProps, "cluster">>(
  "GangService",
  (stack, props) => void new GangService(stack, "service", { ...props, cluster: CLUSTER }),
  { ...GANG, size: 2, replicas: 2, leader: { name: "leader", image: "registry.example.com/lead:1" } },
  [...GANG_TOKENS, "leader.image"],
);

const addresses = recipe<Omit<RailAddressesProps, "cluster">>(
  "RailAddresses",
  (stack, props) => {
    const rdma = { mode: "sriov", link: "ethernet", rails: [{ name: "rail-0", interface: "e0" }] } as const;
    new RailAddresses(stack, "addresses", { ...props, cluster: onPremCluster({ rdma }) });
  },
  {
    rails: [{ rail: "rail-0", subnet: "192.168.0.0/16", perNode: 16, gateway: "192.168.0.1" }],
    namespace: "nvidia-network-operator",
  },
  ["rails.0.subnet", "rails.0.gateway"],
);

export const KUBERNETES_CLUSTER_RECIPES: readonly Recipe[] = [
  onPrem,
  sharedRdma,
  coreWeave,
  edge,
  operators,
  queues,
  jobSet,
  dynamicSlice,
  service,
  addresses,
];
