import type { KubernetesSite } from "../../fabric/site";
import type { AcceleratorClusterProps, ManagedFeature } from "../cluster";
import type { RdmaNetwork } from "./rdma-props";

/** One machine of a pool, as the cluster knows it. */
export interface PoolMachine {
  /** Name of the Node object. */
  readonly name: string;
  /** Rack, or whatever shares the closest switch: the narrowest level of the network. @default - not told */
  readonly rack?: string;
  /** Row, pod or block of racks: the level above. Needs `rack`. @default - not told */
  readonly block?: string;
  /** More labels of this node, over those of the pool. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Where the nodes of a pool are. Exactly one of `machines` and `nodeSelector`. */
export interface PoolMachines {
  /** The library labels and taints these nodes. As many as the slice has nodes. */
  readonly machines?: readonly PoolMachine[];
  /** Labels that the nodes have already, and no others; the library leaves the nodes alone. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Something adds and removes such nodes, so the slice may have a range. Needs `nodeSelector`. @default false */
  readonly autoscaled?: boolean;
}

/** Labels that tell where nodes are in the network. Keys are data: use those of your own labeller. */
export interface NodeTopology {
  /** Keys from the widest level to the narrowest, which all nodes have. `kubernetes.io/hostname` is added by itself. */
  readonly levels: readonly string[];
  /**
   * Key of the NVLink domain on nodes whose NVLink reaches across machines: their narrowest level.
   * @default - no level; the key is then `nvidia.com/gpu.clique`, which is there only after the drivers are
   */
  readonly nvlinkDomain?: string;
}

/** What CoreWeave's NodePools have beside the pool. */
export interface CoreWeaveSettings {
  /**
   * Which nodes may go when a pool shrinks: only idle ones, or idle ones first.
   * @default "IdleOnly"
   */
  readonly scaleDownStrategy?: "IdleOnly" | "PreferIdle";
  /**
   * Count NVL72 pools by racks (`targetRacks`), which CoreWeave's reference has beside `targetNodes`; only with fixed
   * numbers. Older clusters know nodes only.
   * @default "nodes"
   */
  readonly countBy?: "nodes" | "racks";
  /** Terraform waits until a pool has its nodes (condition `AtTarget`), which takes up to half an hour. @default false */
  readonly waitForNodes?: boolean;
  /** Minutes of that wait, 5 to 1,440. Needs `waitForNodes`. @default 60 */
  readonly waitMinutes?: number;
}

/** Props of a cluster that exists. */
export interface KubernetesClusterProps extends AcceleratorClusterProps<KubernetesSite> {
  /**
   * Who gives the nodes: CoreWeave (NodePools by its own API, at sites with operator `neocloud`), or nobody: they are
   * there (on-prem, edge, other neoclouds).
   */
  readonly provider: "coreweave" | "generic";
  /** Nodes by name of the pool: one entry per pool. Refused for CoreWeave. */
  readonly nodes?: Readonly<Record<string, PoolMachines>>;
  /**
   * What the cluster comes with, so that it is not installed again. Refused for CoreWeave, of which it is known.
   * @default - nothing
   */
  readonly managed?: readonly ManagedFeature[];
  /**
   * Labels of the network's levels that the nodes have. With machines that tell their rack, or rack and block, these
   * are the keys that the library sets. Refused for CoreWeave, whose keys are known, and at the edge.
   * @default - Topograph's keys (`fabric.topograph.run/tier-0`, `tier-1`) for machines that tell rack and block; else none
   */
  readonly topology?: NodeTopology;
  /** The fast network of pools, run by NVIDIA's network operator. Refused for CoreWeave and at the edge. @default - none */
  readonly rdma?: RdmaNetwork;
  /**
   * RuntimeClass that pods with GPUs need, where NVIDIA's runtime is not containerd's default.
   * @default - `nvidia` at the edge, as k3s names it; none elsewhere
   */
  readonly runtimeClass?: string;
  /** Only for CoreWeave. @default - the defaults of `CoreWeaveSettings` */
  readonly coreweave?: CoreWeaveSettings;
}
