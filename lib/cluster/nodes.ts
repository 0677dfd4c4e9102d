import type { CapacityKind } from "../fabric/capacity";
import type { AcceleratorPool, Taint } from "../fabric/pool";
import type { Range } from "../fabric/slice";

/** A pool of a cluster as pods see it: what the compiler of a site tells those who put work onto the nodes. */
export interface PoolNodes {
  /** The declaration with its defaults. */
  readonly pool: AcceleratorPool;
  /** Machine type that was chosen; unset on-prem, where the machines are there. */
  readonly machineType?: string;
  readonly arch: "amd64" | "arm64";
  /** What the provider keeps apart: one per capacity where a group has only one, one per slice of a multi-host TPU. */
  readonly groups: readonly NodeGroup[];
  /** What a pod asks for to get one accelerator (or share of one); unset for CPU pools. */
  readonly resource?: string;
  /** How many of `resource` one node offers; 0 for CPU pools. */
  readonly resourcePerNode: number;
  /** Allocatable CPUs of one node, about; unknown on unknown machines. */
  readonly vcpuPerNode?: number;
  /** Allocatable memory of one node in GiB, about; unknown on unknown machines. */
  readonly memoryGibPerNode?: number;
  /** Node labels that tell where a node is in the network, widest first, without `kubernetes.io/hostname`. */
  readonly topologyLevels: readonly string[];
  /** Label whose value is the NVLink domain across nodes: such pods need a ComputeDomain. */
  readonly nvlinkDomainLabel?: string;
  /** Extended resource that gives a pod the fast network, such as `vpc.amazonaws.com/efa`, and how many a node has. */
  readonly network?: { readonly resource: string; readonly perNode: number };
  /**
   * Annotations that give a pod the fast network where it is asked for in this way, such as
   * `networking.gke.io/interfaces`; a pod with them takes all fast interfaces of its node.
   */
  readonly networkAnnotations?: Readonly<Record<string, string>>;
  /** Networks beside the cluster's own that a pod attaches to, where each rail is one of its own. @default - none */
  readonly attachments?: readonly NetworkAttachment[];
  /** Nodes are cubes of TPUs that run nothing until a `DynamicSlice` joins some of them. @default false */
  readonly dynamicSlices?: boolean;
}

/** What a device plugin calls EFA interfaces. Source: https://github.com/aws/eks-charts aws-efa-k8s-device-plugin (read 2026-11-24) */
export const EFA_RESOURCE = "vpc.amazonaws.com/efa";

/** A secondary network of pods, by a NetworkAttachmentDefinition. */
export interface NetworkAttachment {
  /** `<namespace>/<name>` of the definition. */
  readonly name: string;
  /** Extended resource that a pod asks for once to get an interface of this network. */
  readonly resource: string;
}

/** Nodes of one pool that the provider scales together. */
export interface NodeGroup {
  /** `<pool>`, `<pool>-<capacity>` or `<pool>-<slice>`; unique in the cluster, a DNS label. */
  readonly name: string;
  /** In the order in which they are tried. */
  readonly capacity: readonly CapacityKind[];
  readonly nodes: Range;
  /** Labels by which pods choose exactly these nodes. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Taints that the nodes have; pods for them tolerate all. */
  readonly taints: readonly Taint[];
}

/** Taint of nodes with accelerators: what does not ask for them stays away. */
export function acceleratorTaint(resource: string): Taint {
  return { key: resource, value: "present", effect: "NoSchedule" };
}

/**
 * Taints of the nodes of a pool: of their accelerators, then those of the pool. One that the pool repeats is there once,
 * because Kubernetes takes a key and effect only once.
 */
export function nodeTaints({ slice, taints }: AcceleratorPool): readonly Taint[] {
  const own = slice.kind === "cpu" ? [] : [acceleratorTaint(slice.accelerator.resource)];
  const repeated = (one: Taint) => taints.some(({ key, effect }) => key === one.key && effect === one.effect);
  return [...own.filter((taint) => !repeated(taint)), ...taints];
}

/** Label on every node of this library: name of its pool. */
export const POOL_LABEL = "hybrid-ai.io/pool";
/** Label on every node of this library: what it is for. */
export const TIER_LABEL = "hybrid-ai.io/tier";
/** Label on every node of this library: how it was acquired. */
export const CAPACITY_LABEL = "hybrid-ai.io/capacity";
