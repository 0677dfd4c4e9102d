import { Slice } from "../../lib";
import {
  ClusterOperators,
  type ClusterOperatorsProps,
  ClusterQueues,
  type ClusterQueuesProps,
  COMPONENTS,
  component,
  type DispatchProps,
  DynamicSlice,
  type DynamicSliceProps,
  GangJobSet,
  type GangJobSetProps,
  type GangPlacement,
  GangService,
  type GangServiceProps,
  type KueueSettings,
  type OperatorSetting,
  type OperatorSettings,
  type PoolQuota,
  type PriorityProps,
  RailAddresses,
  type RailAddressesProps,
  type RailPool,
  type RemotePoolQuota,
  type RemoteQuota,
  type SriovRdma,
  type TeamProps,
  type WorkerCluster,
} from "../../lib/kubernetes";
import {
  AWS_TRAIN,
  awsCluster,
  cloudPool,
  cubeCluster,
  edgeCluster,
  eksEverything,
  onPremCluster,
  TRAIN,
} from "../cluster/in-cluster/clusters";
import { anyStack, flag, type Make, noDeadProps } from "./support";

const RAILS: SriovRdma = { mode: "sriov", link: "infiniband", rails: [{ name: "rail-0", interface: "ib0" }] };

/** Everything that one's own hall may have. */
const FULL = onPremCluster({ rdma: RAILS });

const makeOperators: Make<Partial<ClusterOperatorsProps>> = (stack, props) => {
  new ClusterOperators(stack, "operators", { cluster: onPremCluster(), ...props });
};

noDeadProps<Partial<ClusterOperatorsProps>>(
  "ClusterOperatorsProps",
  makeOperators,
  {},
  {
    cluster: { to: [edgeCluster(), eksEverything()] },
    operators: { to: [{ kueue: { state: "off" } }], default: {} },
    gpuDriver: { to: ["host"], default: "operator" },
    containerToolkit: { to: ["host"], default: "operator" },
    kueue: { to: [{ replicas: 1 }], default: {} },
    prometheusOperator: flag(false),
    createRuntimeClass: { given: { cluster: edgeCluster() }, ...flag(false) },
    deviceResources: { refused: [[["amd.com/gpu"], "NoEffect"]], default: [] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    dependsOn: { to: [[{ fqn: "helm_release.other" }]], default: [] },
  },
);

noDeadProps<KueueSettings>(
  "KueueSettings",
  (stack, kueue) => makeOperators(stack, { kueue }),
  {},
  {
    featureGates: { to: [{ TASBalancedPlacement: true }], default: {} },
    podsReadyMinutes: { to: [10], default: 45 },
    podsReadyRetries: { to: [1], default: 5 },
    excludedNamespaces: { to: [["monitoring"]], default: [] },
    replicas: { to: [1, 3], default: 2 },
  },
);

noDeadProps<OperatorSetting>(
  "OperatorSetting",
  (stack, kueue) => makeOperators(stack, { operators: { kueue } }),
  {},
  {
    state: { to: ["off"], default: "install" },
    component: { to: [component({ ...COMPONENTS.kueue, repository: "oci://registry.example.com/charts" })] },
    version: { to: ["0.19.1"], default: "0.19.2" },
    values: { to: [{ nameOverride: "queue" }], default: {} },
    timeoutSeconds: { to: [60], default: 600 },
  },
);

noDeadProps<OperatorSettings>(
  "OperatorSettings",
  (stack, operators) => makeOperators(stack, { operators, cluster: FULL }),
  {},
  {
    "gpu-operator": { to: [{ state: "installed" }] },
    "nvidia-device-plugin": { refused: [[{ state: "install" }, "OperatorsExclude"]] },
    "dcgm-exporter": { refused: [[{ state: "install" }, "OperatorsExclude"]] },
    "neuron-device-plugin": { to: [{ state: "install" }] },
    "efa-device-plugin": { to: [{ state: "install" }] },
    "network-operator": { to: [{ state: "installed" }] },
    "nvidia-dra-driver": { to: [{ state: "install" }] },
    karpenter: { to: [{ state: "install" }] },
    jobset: { to: [{ state: "off" }] },
    leaderworkerset: { to: [{ state: "off" }] },
    kueue: { to: [{ state: "off" }] },
  },
);

const TEAM: TeamProps = { name: "vision", quotas: [{ pool: "train", accelerators: 16 }] };
const DISPATCH: DispatchProps = {
  workers: [{ name: "cks", kubeconfigSecret: "cks" }],
  quotas: [{ team: "vision", resources: { "nvidia.com/gpu": 8 } }],
};

const makeQueues: Make<Partial<ClusterQueuesProps>> = (stack, props) => {
  new ClusterQueues(stack, "queues", { cluster: onPremCluster(), teams: [TEAM], ...props });
};

noDeadProps<Partial<ClusterQueuesProps>>(
  "ClusterQueuesProps",
  makeQueues,
  {},
  {
    cluster: { to: [awsCluster([cloudPool(TRAIN, AWS_TRAIN)])] },
    teams: { to: [[], [{ ...TEAM, name: "speech" }]] },
    cohort: { to: ["research"], default: "acme" },
    priorities: { to: [[{ name: "urgent", value: 1 }]], default: [] },
    dispatch: { to: [DISPATCH] },
    workerOf: { to: ["hub"] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
  },
);

noDeadProps<TeamProps>("TeamProps", (stack, team) => makeQueues(stack, { teams: [team] }), TEAM, {
  name: { to: ["speech"] },
  quotas: { to: [[{ pool: "train", accelerators: 8 }]] },
  namespace: { to: ["ns"], default: "vision" },
  createNamespace: flag(true),
  podSecurity: { to: ["privileged", "restricted"], default: "baseline" },
  reclaim: { to: ["Never", "LowerPriority"], default: "Any" },
  preempts: { to: ["Never", "LowerOrNewerEqualPriority"], default: "LowerPriority" },
});

noDeadProps<PoolQuota>(
  "PoolQuota",
  (stack, quota) => makeQueues(stack, { teams: [{ ...TEAM, quotas: [quota] }] }),
  { pool: "train", accelerators: 16 },
  {
    pool: { refused: [["ghost", "UnknownPool"]] },
    accelerators: { to: [8] },
    nodes: { given: { accelerators: undefined, nodes: 1 }, to: [2] },
    borrowingLimit: { to: [0, 8] },
    lendingLimit: { to: [0, 8] },
  },
);

noDeadProps<PriorityProps>(
  "PriorityProps",
  (stack, priority) => makeQueues(stack, { priorities: [priority] }),
  { name: "urgent", value: 1 },
  {
    name: { to: ["calm"] },
    value: { to: [2] },
    description: { to: ["first"] },
    preemptsPods: flag(false),
  },
);

noDeadProps<DispatchProps>("DispatchProps", (stack, dispatch) => makeQueues(stack, { dispatch }), DISPATCH, {
  workers: { to: [[{ name: "gke", kubeconfigSecret: "cks" }]] },
  quotas: { to: [[{ team: "vision", resources: { "nvidia.com/gpu": 9 } }]] },
});

noDeadProps<WorkerCluster>(
  "WorkerCluster",
  (stack, worker) => makeQueues(stack, { dispatch: { ...DISPATCH, workers: [worker] } }),
  DISPATCH.workers[0]!,
  {
    name: { to: ["gke"] },
    kubeconfigSecret: { to: ["other"] },
    cluster: { refused: [[awsCluster([cloudPool(TRAIN)]), "NoEffect"]] },
  },
);

const KNOWN = awsCluster([cloudPool(TRAIN, AWS_TRAIN), cloudPool({ ...TRAIN, name: "more" })]);
const REMOTE: RemotePoolQuota = { worker: "cks", pool: "train", accelerators: 16 };

const makeRemote: Make<RemoteQuota> = (stack, quota) =>
  makeQueues(stack, {
    dispatch: { workers: [{ ...DISPATCH.workers[0]!, cluster: KNOWN }], quotas: [quota] },
  });

noDeadProps<WorkerCluster>(
  "WorkerCluster whose pools are named",
  (stack, worker) =>
    makeQueues(stack, {
      dispatch: { workers: [worker], quotas: [{ team: "vision", pools: [REMOTE] }] },
    }),
  { ...DISPATCH.workers[0]!, cluster: KNOWN },
  {
    name: { refused: [["gke", "NoEffect"]] },
    kubeconfigSecret: { to: ["other"] },
    cluster: { to: [onPremCluster()] },
  },
);

noDeadProps<RemotePoolQuota>(
  "RemotePoolQuota",
  (stack, quota) => makeRemote(stack, { team: "vision", pools: [quota] }),
  REMOTE,
  {
    worker: { refused: [["gke", "NoEffect"]] },
    pool: { to: ["more"] },
    accelerators: { to: [8] },
    nodes: { given: { accelerators: undefined, nodes: 1 }, to: [2] },
  },
);

noDeadProps<RemoteQuota>(
  "RemoteQuota",
  (stack, quota) => makeQueues(stack, { dispatch: { ...DISPATCH, quotas: [quota] } }),
  DISPATCH.quotas[0]!,
  {
    team: { refused: [["ghost", "UnknownTeam"]] },
    resources: { to: [{ "google.com/tpu": 8 }] },
    pools: { refused: [[[REMOTE], "NotOneOf"]], default: [] },
    levels: { given: { nodeLabels: { gpu: "h200" } }, to: [["rack"], ["block", "rack"]] },
    nodeLabels: { to: [{ gpu: "h200" }, { gpu: "b200" }] },
  },
);

const CONTAINER = { name: "trainer", image: "registry.example.com/train:1" };
const GANG = {
  cluster: awsCluster([cloudPool(TRAIN, AWS_TRAIN), cloudPool({ ...TRAIN, name: "more" }, AWS_TRAIN)]),
  pool: "train",
  name: "llama",
  queue: { namespace: "vision", queueName: "vision" },
  container: CONTAINER,
} as const;

const CUBES = cubeCluster();
const CUBE = { pool: "cubes", name: "llama", topology: "4x4x4", partitionIds: ["p0"] } as const;
const LARGER = cubeCluster({
  pools: [{ name: "cubes", slice: Slice.tpu("tpu-v7x", { topology: "4x4x4", slices: 6 }) }],
  nodes: { cubes: { nodeSelector: { tpu: "cubes" } } },
});

noDeadProps<DynamicSliceProps>(
  "DynamicSliceProps",
  (stack, props) => {
    const slice = new DynamicSlice(stack, "slice", props);
    new GangJobSet(stack, "job", { ...GANG, cluster: props.cluster, pool: props.pool, slice });
  },
  { cluster: CUBES, ...CUBE },
  {
    cluster: { to: [LARGER] },
    pool: { refused: [["system", "PoolNotSliced"]] },
    name: { to: ["other"] },
    topology: { refused: [["4x4x8", "PartitionCountMismatch"]] },
    partitionIds: { to: [["p1"]] },
  },
);

const GANG_CASES = {
  cluster: { to: [onPremCluster()] },
  pool: { to: ["more"] },
  name: { to: ["other"] },
  queue: {
    to: [
      { namespace: "speech", queueName: "vision" },
      { namespace: "vision", queueName: "speech" },
    ],
  },
  container: {
    to: [
      { ...CONTAINER, image: "registry.example.com/train:2" },
      { ...CONTAINER, command: ["train"] },
      { ...CONTAINER, resources: { requests: { cpu: 4 } } },
      { ...CONTAINER, resources: { limits: { cpu: 4 } } },
    ],
  },
  podSpec: { to: [{ serviceAccountName: "trainer" }], default: {} },
  placement: { to: [{ mode: "required" }], default: { mode: "preferred" } },
  priority: { to: ["urgent"] },
  annotations: { to: [{ "acme.example/run": "1" }], default: {} },
  slice: { refused: [[new DynamicSlice(anyStack(), "cubes", { cluster: CUBES, ...CUBE }), "NoEffect"]] },
} as const;

noDeadProps<GangJobSetProps>(
  "GangJobSetProps",
  (stack, props) => void new GangJobSet(stack, "job", props),
  GANG,
  {
    ...GANG_CASES,
    nodes: { to: [2], default: 4 },
    slices: { refused: [[2, "GangDoesNotFit"]], default: 1 },
    maxRestarts: { to: [0], default: 3 },
  },
);

noDeadProps<GangServiceProps>(
  "GangServiceProps",
  (stack, props) => void new GangService(stack, "service", props),
  GANG,
  {
    ...GANG_CASES,
    size: { to: [4], default: 2 },
    replicas: { to: [2], default: 1 },
    leader: { to: [{ name: "leader", image: "registry.example.com/lead:1" }] },
  },
);

noDeadProps<GangPlacement>(
  "GangPlacement",
  (stack, placement) => void new GangJobSet(stack, "job", { ...GANG, placement }),
  { mode: "required" },
  {
    mode: { to: ["preferred"] },
    level: {
      to: ["topology.k8s.aws/network-node-layer-1", "kubernetes.io/hostname"],
      default: "topology.k8s.aws/network-node-layer-3",
    },
  },
);

const ADDRESSED = onPremCluster({
  rdma: { ...RAILS, addresses: true, rails: [RAILS.rails[0]!, { name: "rail-1", interface: "ib1" }] },
});
const RAIL_POOL: RailPool = { rail: "rail-0", subnet: "192.168.0.0/16" };

noDeadProps<RailAddressesProps>(
  "RailAddressesProps",
  (stack, props) => void new RailAddresses(stack, "addresses", props),
  { cluster: ADDRESSED, rails: [RAIL_POOL] },
  {
    cluster: { refused: [[onPremCluster(), "UnknownRail"]] },
    rails: { to: [[RAIL_POOL, { ...RAIL_POOL, rail: "rail-1" }]] },
    namespace: { to: ["net"], default: "nvidia-network-operator" },
  },
);

noDeadProps<RailPool>(
  "RailPool",
  (stack, rail) => void new RailAddresses(stack, "addresses", { cluster: ADDRESSED, rails: [rail] }),
  RAIL_POOL,
  {
    rail: { to: ["rail-1"] },
    subnet: { to: ["10.0.0.0/16"] },
    perNode: { to: [64], default: 32 },
    gateway: { to: ["192.168.0.1"] },
  },
);
