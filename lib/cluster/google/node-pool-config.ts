import type {
  ContainerNodePoolConfig,
  ContainerNodePoolNodeConfig,
  ContainerNodePoolPlacementPolicy,
} from "@cdktf/provider-google/lib/container-node-pool";
import type { AcceleratorPool, Taint } from "../../fabric/pool";
import { CAPACITY_LABEL, POOL_LABEL, TIER_LABEL } from "../nodes";
import { acquisition } from "./capacity";
import type { NodePoolPlan } from "./groups";
import { type PoolPlan, replacedAtOnce } from "./plan";
import { evenZones } from "./zones";

/** Which driver GKE installs on GPU nodes. */
export type GpuDriver = "DEFAULT" | "LATEST" | "INSTALLATION_DISABLED";

/** What all node pools of a cluster share. Strings may be tokens. */
export interface NodePoolContext {
  readonly project: string;
  readonly region: string;
  readonly cluster: string;
  readonly serviceAccount: string;
  readonly bootDiskKmsKey: string;
  readonly gpuDriver: GpuDriver;
  readonly imageStreaming: boolean;
}

/** What other constructs of the cluster made for one node pool. Strings may be tokens. */
export interface NodePoolParts {
  /** Name of the workload policy, where the placement is one. */
  readonly policyName?: string;
  /** Networks of GPUDirect in the order of the machine's interfaces. */
  readonly networks?: readonly { readonly network: string; readonly subnetwork: string }[];
}

const EFFECTS = {
  NoSchedule: "NO_SCHEDULE",
  PreferNoSchedule: "PREFER_NO_SCHEDULE",
  NoExecute: "NO_EXECUTE",
} as const satisfies Readonly<Record<Taint["effect"], string>>;

function taints({ taints: given }: AcceleratorPool) {
  return given.map(({ key, value = "", effect }) => ({ key, value, effect: EFFECTS[effect] }));
}

/** Labels that the library puts onto the nodes. */
export function nodeLabels(pool: AcceleratorPool, { capacity }: NodePoolPlan): Record<string, string> {
  return {
    ...pool.labels,
    [POOL_LABEL]: pool.name,
    [TIER_LABEL]: pool.tier,
    [CAPACITY_LABEL]: capacity.kind,
  };
}

/** Nodes that are added while others are replaced. */
export function surgeOf(pool: AcceleratorPool): number {
  // There is no spare accelerator to surge onto, and a gang cannot run on half of the old and half of the new nodes.
  return pool.slice.kind === "cpu" ? replacedAtOnce(pool) : 0;
}

function upgradeSettings(pool: AcceleratorPool) {
  const surge = surgeOf(pool);
  return { strategy: "SURGE", maxSurge: surge, maxUnavailable: surge > 0 ? 0 : replacedAtOnce(pool) };
}

function size(plan: PoolPlan, group: NodePoolPlan): Partial<ContainerNodePoolConfig> {
  const { min, max } = group.nodes;
  if (group.fixed) {
    const zones = evenZones(plan.zones, max);
    return { nodeLocations: [...zones], nodeCount: max / zones.length };
  }
  const nodeLocations = [...plan.zones];
  const perZone = min / nodeLocations.length;
  // Never more than asked for: what is missing to the minimum is added by the autoscaler.
  const initial = Math.ceil(perZone) * nodeLocations.length <= max ? Math.ceil(perZone) : Math.floor(perZone);
  const limits = group.whole
    ? { minNodeCount: min, maxNodeCount: max, locationPolicy: "ANY" }
    : {
        totalMinNodeCount: min,
        totalMaxNodeCount: max,
        locationPolicy:
          plan.pool.slice.kind === "cpu" && group.capacity.kind === "onDemand" ? "BALANCED" : "ANY",
      };
  return {
    nodeLocations,
    initialNodeCount: initial,
    autoscaling: limits,
  };
}

function placementPolicy(
  { placement }: PoolPlan,
  { capacity }: NodePoolPlan,
  policyName: string | undefined,
): ContainerNodePoolPlacementPolicy | undefined {
  switch (placement.kind) {
    case "none":
      return undefined;
    case "compact":
      return placement.tpuTopology === undefined && capacity.kind === "reservation"
        ? undefined
        : { type: "COMPACT", tpuTopology: placement.tpuTopology };
    case "policy":
      // The provider demands a type, GKE stores none with such a policy: any other text replaces the pool at every apply.
      return { type: "", policyName };
  }
}

function sharing({ sharing: how }: AcceleratorPool) {
  switch (how?.kind) {
    case "mig":
      return { gpuPartitionSize: how.profile };
    case "timeSlicing":
    case "mps":
      return {
        gpuSharingConfig: {
          gpuSharingStrategy: how.kind === "mps" ? "MPS" : "TIME_SHARING",
          maxSharedClientsPerGpu: how.replicas,
        },
      };
    default:
      return {};
  }
}

function accelerators(plan: PoolPlan, gpuDriver: GpuDriver): Partial<ContainerNodePoolNodeConfig> {
  const { pool, machine } = plan;
  if (pool.slice.kind !== "accelerators") {
    return {};
  }
  // Fast Socket speeds NCCL up over ordinary TCP; machines with GPUDirect have better.
  const fast = plan.placement.kind !== "none" && machine.facts?.gpuDirect === undefined;
  return {
    guestAccelerator: [
      {
        type: machine.facts?.gkeAccelerator ?? "",
        count: pool.slice.perNode,
        gpuDriverInstallationConfig: { gpuDriverVersion: gpuDriver },
        ...sharing(pool),
      },
    ],
    ...(fast ? { fastSocket: { enabled: true } } : {}),
  };
}

const isMetal = ({ machine }: PoolPlan) => machine.facts?.gpuDirect === "RDMA-metal";

/**
 * What A4X Max needs beside its networks.
 * Source: github.com/GoogleCloudPlatform/cluster-toolkit examples/gke-a4x-max-bm/gke-a4x-max-bm.yaml (read 2026-11-24)
 */
function metal(plan: PoolPlan): Partial<ContainerNodePoolNodeConfig> {
  return isMetal(plan) ? { linuxNodeConfig: { hugepagesConfig: { hugepageSize2M: 4096 } } } : {};
}

/** Labels that GKE reads on A4X Max nodes. Source: as `metal` */
const METAL_LABELS = {
  "cloud.google.com/gke-networking-dra-driver": "true",
  "cloud.google.com/gke-dpv2-unified-cni": "cni-migration",
} as const;

function nodeConfig(
  plan: PoolPlan,
  group: NodePoolPlan,
  context: NodePoolContext,
): ContainerNodePoolNodeConfig {
  const { pool, machine } = plan;
  const { spot, flexStart, maxRunDuration, reservationAffinity } = acquisition(
    group.capacity,
    context.project,
  );
  const ssds = machine.facts?.localSsdCount ?? 0;
  const shielded = machine.facts?.shieldedNodes !== false;
  const pinned = pool.tier === "training" && pool.slice.kind !== "cpu";
  return {
    machineType: machine.name,
    imageType: "COS_CONTAINERD",
    diskSizeGb: pool.bootDiskGib,
    bootDiskKmsKey: context.bootDiskKmsKey,
    serviceAccount: context.serviceAccount,
    oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
    metadata: { "disable-legacy-endpoints": "true" },
    workloadMetadataConfig: { mode: "GKE_METADATA" },
    shieldedInstanceConfig: { enableSecureBoot: shielded, enableIntegrityMonitoring: shielded },
    ...(isMetal(plan) ? {} : { gvnic: { enabled: true } }),
    labels: { ...nodeLabels(pool, group), ...(isMetal(plan) ? METAL_LABELS : {}) },
    ...(pool.taints.length === 0 ? {} : { taint: taints(pool) }),
    kubeletConfig: {
      // Left out, the provider would send false.
      cpuCfsQuota: true,
      insecureKubeletReadonlyPortEnabled: "FALSE",
      ...(pinned ? { cpuManagerPolicy: "static" } : {}),
    },
    reservationAffinity,
    spot,
    flexStart,
    maxRunDuration,
    ...(ssds > 0 ? { ephemeralStorageLocalSsdConfig: { localSsdCount: ssds } } : {}),
    ...(context.imageStreaming ? { gcfsConfig: { enabled: true } } : {}),
    ...accelerators(plan, context.gpuDriver),
    ...metal(plan),
  };
}

/** What GKE fills in or reads at creation only: a change would replace the node pool. */
function ignoredChanges({ placement }: PoolPlan, { fixed }: NodePoolPlan): string[] {
  return [
    ...(fixed ? [] : ["initial_node_count"]),
    // The topology is the policy's; GKE may tell it of the pool as well.
    ...(placement.kind === "policy" ? ["placement_policy[0].tpu_topology"] : []),
  ];
}

/** Arguments of one `google_container_node_pool`. Pure: all that it depends on is given. */
export function nodePoolConfig(
  plan: PoolPlan,
  group: NodePoolPlan,
  context: NodePoolContext,
  parts: NodePoolParts = {},
): ContainerNodePoolConfig {
  const ignoreChanges = ignoredChanges(plan, group);
  return {
    project: context.project,
    location: context.region,
    cluster: context.cluster,
    name: group.name,
    ...size(plan, group),
    maxPodsPerNode: plan.maxPods,
    nodeConfig: nodeConfig(plan, group, context),
    networkConfig: {
      enablePrivateNodes: true,
      ...(parts.networks === undefined
        ? {}
        : { additionalNodeNetworkConfigs: parts.networks.map((each) => ({ ...each })) }),
    },
    placementPolicy: placementPolicy(plan, group, parts.policyName),
    queuedProvisioning: group.capacity.kind === "queued" ? { enabled: true } : undefined,
    management: { autoRepair: plan.repair && group.capacity.kind !== "flexStart", autoUpgrade: true },
    upgradeSettings: upgradeSettings(plan.pool),
    timeouts: { create: "60m", update: "60m", delete: "60m" },
    ...(ignoreChanges.length === 0 ? {} : { lifecycle: { ignoreChanges } }),
  };
}
