import type { IAcceleratorCluster } from "../cluster";
import type { PoolNodes } from "../nodes";
import { DEFAULT_DEVICE_CONFIG, deviceConfigs } from "./device-config";
import type { KueueSettings } from "./kueue-config";
import { kueueConfig } from "./kueue-config";
import {
  efaPools,
  hasObjectsOf,
  isEdge,
  neuronPools,
  nvidiaPools,
  type OperatorName,
  type OperatorPlan,
} from "./needs";
import { nodeTerms, type Placement, poolTolerations, systemPlacement, type Toleration } from "./placement";

/** Who installs something on the nodes: an operator of the cluster, or the machine image. */
export type Installer = "operator" | "host";

/** What values follow from, beside the cluster. */
export interface ValueSettings {
  readonly gpuDriver: Installer;
  readonly containerToolkit: Installer;
  readonly prometheusOperator: boolean;
  readonly kueue: KueueSettings;
  /** Namespaces of the operators, which Kueue leaves alone. */
  readonly namespaces: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;
type Make = (cluster: IAcceleratorCluster, plan: OperatorPlan, settings: ValueSettings) => Values;

/** Left out where nothing is known, so that the chart's own defaults stay. */
function placed({ nodeSelector, tolerations }: Placement): Values {
  return {
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
  };
}

function tolerationsFor(pools: readonly PoolNodes[], ...always: Toleration[]): readonly Toleration[] {
  const all = [...always, ...pools.flatMap(poolTolerations)];
  const found = new Map(all.map((each) => [`${each.key} ${each.effect ?? ""}`, each]));
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

function affinityTo(pools: readonly PoolNodes[]): Values {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: nodeTerms(pools) },
    },
  };
}

const GPU_TAINT: Toleration = { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" };
const CRITICAL: Toleration = { key: "CriticalAddonsOnly", operator: "Exists" };
const NEURON_TAINT: Toleration = { key: "aws.amazon.com/neuron", operator: "Exists", effect: "NoSchedule" };

/** Workers of node feature discovery run on all nodes, its controllers on the system's. */
function featureDiscovery(cluster: IAcceleratorCluster): Values {
  const system = placed(systemPlacement(cluster));
  return {
    master: system,
    gc: system,
    worker: { tolerations: tolerationsFor([...cluster.pools.values()], GPU_TAINT) },
  };
}

/** k3s has its own containerd. Source: https://docs.k3s.io/advanced, NVIDIA GPU Operator "Bring Your Own" (read 2026-11) */
const K3S_TOOLKIT = [{ name: "CONTAINERD_SOCKET", value: "/run/k3s/containerd/containerd.sock" }] as const;

const gpuOperator: Make = (cluster, plan, settings) => {
  const pools = nvidiaPools(cluster);
  const configs = deviceConfigs(pools);
  const rdma = plan.install.has("network-operator") || plan.present.has("network-operator");
  const byOperator = cluster.objects.some(
    ({ kind, spec }) => kind === "NicClusterPolicy" && spec.ofedDriver !== undefined,
  );
  const toolkit = settings.containerToolkit === "operator";
  return {
    nfd: { enabled: true },
    "node-feature-discovery": featureDiscovery(cluster),
    operator: { upgradeCRD: true, ...placed(systemPlacement(cluster)) },
    daemonsets: { tolerations: tolerationsFor(pools, GPU_TAINT) },
    driver: {
      enabled: settings.gpuDriver === "operator",
      rdma: { enabled: rdma, useHostMofed: rdma && !byOperator },
    },
    toolkit: { enabled: toolkit, ...(toolkit && isEdge(cluster) ? { env: K3S_TOOLKIT } : {}) },
    devicePlugin: {
      enabled: true,
      ...(configs === undefined
        ? {}
        : {
            config: {
              create: true,
              name: "shared-gpus",
              default: DEFAULT_DEVICE_CONFIG,
              data: configs,
            },
          }),
    },
    mig: { strategy: "single" },
    migManager: { enabled: pools.some(({ pool }) => pool.sharing?.kind === "mig") },
    gfd: { enabled: true },
    dcgmExporter: {
      enabled: !cluster.managed.includes("gpu-metrics"),
      serviceMonitor: { enabled: settings.prometheusOperator },
    },
  };
};

/** Labels of GPUs: for MPS, for NVLink domains, and at the edge where nothing else tells machines apart. */
function discoversGpus(cluster: IAcceleratorCluster): boolean {
  return (
    isEdge(cluster) ||
    nvidiaPools(cluster).some(
      ({ pool, nvlinkDomainLabel }) => pool.sharing?.kind === "mps" || nvlinkDomainLabel !== undefined,
    )
  );
}

const nvidiaDevicePlugin: Make = (cluster) => {
  const pools = nvidiaPools(cluster);
  const configs = deviceConfigs(pools);
  const discovers = discoversGpus(cluster);
  return {
    affinity: affinityTo(pools),
    tolerations: tolerationsFor(pools, CRITICAL, GPU_TAINT),
    gfd: { enabled: discovers },
    nfd: { enabled: discovers, ...(discovers ? featureDiscovery(cluster) : {}) },
    ...(configs === undefined ? {} : { config: { map: configs, default: DEFAULT_DEVICE_CONFIG } }),
    ...(cluster.operatorFacts.runtimeClass === undefined
      ? {}
      : { runtimeClassName: cluster.operatorFacts.runtimeClass }),
  };
};

const dcgmExporter: Make = (cluster, _plan, settings) => {
  const pools = nvidiaPools(cluster);
  return {
    affinity: affinityTo(pools),
    tolerations: tolerationsFor(pools, GPU_TAINT),
    serviceMonitor: { enabled: settings.prometheusOperator },
    ...(cluster.operatorFacts.runtimeClass === undefined
      ? {}
      : { runtimeClassName: cluster.operatorFacts.runtimeClass }),
  };
};

/** Machine types of pools, each once. */
function machineTypes(pools: readonly PoolNodes[]): readonly string[] {
  return [...new Set(pools.flatMap(({ machineType }) => machineType ?? []))].sort();
}

const neuronDevicePlugin: Make = (cluster) => {
  const pools = neuronPools(cluster);
  return {
    // The chart's own list lacks types that are newer than the chart.
    neuronInstances: machineTypes(pools),
    devicePlugin: { enabled: true, tolerations: tolerationsFor(pools, CRITICAL, NEURON_TAINT) },
    npd: { enabled: !cluster.managed.includes("node-repair") },
    scheduler: { enabled: false },
    draDriver: { enabled: false },
  };
};

/** Trainium types need the plugin's privileged form. The chart's own lists lack types that are newer than the chart. */
const efaDevicePlugin: Make = (cluster) => {
  const pools = efaPools(cluster);
  const isNeuron = ({ pool: { slice } }: PoolNodes) =>
    slice.kind === "accelerators" && slice.accelerator.kind === "neuron";
  const neuron = machineTypes(pools.filter(isNeuron));
  const others = machineTypes(pools.filter((nodes) => !isNeuron(nodes)));
  return {
    tolerations: tolerationsFor(pools),
    ...(others.length > 0 ? { supportedInstanceLabels: { values: others } } : {}),
    ...(neuron.length > 0 ? { privilegedSupportedInstanceLabels: { values: neuron } } : {}),
  };
};

const networkOperator: Make = (cluster, plan) => {
  const system = placed(systemPlacement(cluster));
  const sriov = hasObjectsOf(cluster, ["sriovnetwork.openshift.io"]);
  // The GPU operator and the device plugin bring node feature discovery too; there must be one.
  const elsewhere =
    plan.install.has("gpu-operator") ||
    plan.present.has("gpu-operator") ||
    (plan.install.has("nvidia-device-plugin") && discoversGpus(cluster));
  return {
    nfd: { enabled: !elsewhere, deployNodeFeatureRules: true },
    ...(elsewhere ? {} : { "node-feature-discovery": featureDiscovery(cluster) }),
    operator: system,
    sriovNetworkOperator: { enabled: sriov },
    ...(sriov
      ? {
          "sriov-network-operator": {
            operator: { admissionControllers: { enabled: false }, ...system },
            sriovOperatorConfig: {
              deploy: true,
              // The default waits for drivers that only the operator installs.
              configDaemonNodeSelector: { "kubernetes.io/os": "linux" },
            },
          },
        }
      : {}),
  };
};

/** Where the host keeps the driver's files. Source: the driver's values.yaml; GKE: https://docs.cloud.google.com/ai-hypercomputer/docs/create/gke-ai-hypercompute-custom-a4x (read 2026-11) */
function driverRoot(cluster: IAcceleratorCluster, plan: OperatorPlan, settings: ValueSettings): string {
  if (cluster.site.kind === "google") {
    return "/home/kubernetes/bin/nvidia";
  }
  const container = plan.install.has("gpu-operator") && settings.gpuDriver === "operator";
  return container ? "/run/nvidia/driver" : "/";
}

const nvidiaDraDriver: Make = (cluster, plan, settings) => {
  const pools = nvidiaPools(cluster).filter(({ nvlinkDomainLabel }) => nvlinkDomainLabel !== undefined);
  return {
    nvidiaDriverRoot: driverRoot(cluster, plan, settings),
    // GPUs stay with the device plugin: two would hand out the same ones.
    resources: { gpus: { enabled: false }, computeDomains: { enabled: true } },
    controller: placed(systemPlacement(cluster)),
    kubeletPlugin: {
      affinity: affinityTo(pools.length > 0 ? pools : nvidiaPools(cluster)),
      tolerations: tolerationsFor(pools, GPU_TAINT),
    },
  };
};

const karpenter: Make = (cluster) => {
  const { clusterName, interruptionQueue, isolatedVpc, nodeRepair } = cluster.operatorFacts;
  return {
    ...placed(systemPlacement(cluster)),
    settings: {
      clusterName: clusterName ?? cluster.clusterName,
      ...(interruptionQueue === undefined ? {} : { interruptionQueue }),
      // Texts in the facts; the chart wants truth values.
      ...(isolatedVpc === undefined ? {} : { isolatedVPC: isolatedVpc === "true" }),
      ...(nodeRepair === undefined ? {} : { featureGates: { nodeRepair: nodeRepair === "true" } }),
    },
  };
};

const jobSet: Make = (cluster, _plan, settings) => ({
  controller: placed(systemPlacement(cluster)),
  // On by default, and then the chart needs the Prometheus operator's definitions.
  prometheus: { enable: settings.prometheusOperator },
});

const leaderWorkerSet: Make = (cluster, _plan, settings) => ({
  ...placed(systemPlacement(cluster)),
  enablePrometheus: settings.prometheusOperator,
});

const kueue: Make = (cluster, plan, settings) => {
  const has = (name: OperatorName) => plan.install.has(name) || plan.present.has(name);
  const gates = Object.entries(settings.kueue.featureGates ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const replicas = settings.kueue.replicas ?? 2;
  const integrations = { jobSet: has("jobset"), leaderWorkerSet: has("leaderworkerset") };
  return {
    controllerManager: {
      ...placed(systemPlacement(cluster)),
      featureGates: gates.map(([name, enabled]) => ({ name, enabled })),
      replicas,
      podDisruptionBudget: { enabled: replicas > 1, minAvailable: 1 },
    },
    enablePrometheus: settings.prometheusOperator,
    managerConfig: {
      controllerManagerConfigYaml: kueueConfig(settings.kueue, integrations, settings.namespaces),
    },
  };
};

/** Chart values that follow from the cluster, by operator. */
export const OPERATOR_VALUES: Readonly<Record<OperatorName, Make>> = {
  "gpu-operator": gpuOperator,
  "nvidia-device-plugin": nvidiaDevicePlugin,
  "dcgm-exporter": dcgmExporter,
  "neuron-device-plugin": neuronDevicePlugin,
  "efa-device-plugin": efaDevicePlugin,
  "network-operator": networkOperator,
  "nvidia-dra-driver": nvidiaDraDriver,
  karpenter,
  jobset: jobSet,
  leaderworkerset: leaderWorkerSet,
  kueue,
};
