import type { ITerraformDependable } from "cdktf";
import type { IConstruct } from "constructs";
import type { AcceleratorPoolProps } from "../fabric/pool";
import type { Site } from "../fabric/site";
import type { ClusterAccess } from "../kubernetes/cluster-access";
import type { PoolNodes } from "./nodes";

/** A cluster with accelerators, wherever it runs. */
export interface IAcceleratorCluster extends IConstruct {
  readonly site: Site;
  readonly clusterName: string;
  /** How later stacks reach it; the strings of a cluster that Terraform makes are tokens. */
  readonly access: ClusterAccess;
  /** Pools by name, in the order of declaration. */
  readonly pools: ReadonlyMap<string, PoolNodes>;
  /** What the provider installs and operates itself: none of it may be installed again. */
  readonly managed: readonly ManagedFeature[];
  /** Names and ARNs that operators of the next phase are configured with; see the site's class. May be tokens. */
  readonly operatorFacts: Readonly<Record<string, string>>;
  /** Objects inside the cluster that the site's own pools need, for the phase after the operators. */
  readonly objects: readonly ClusterObject[];
  /** Nodes and what marks them, where the cluster is in the stack that installs its operators. @default - none */
  readonly ready?: readonly ITerraformDependable[];
}

/** A Kubernetes object as plain data. Strings inside `spec` may be tokens. */
export interface ClusterObject {
  /** Construct id, unique in the cluster. */
  readonly id: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Paths that a controller rewrites. @default - none */
  readonly computedFields?: readonly string[];
}

/** Software that a cluster may come with. */
export type ManagedFeature =
  | "gpu-driver"
  | "gpu-device-plugin"
  | "gpu-metrics"
  | "rdma"
  | "tpu-device-plugin"
  | "jobset"
  | "kueue"
  | "node-repair"
  | "autoscaler";

/** What all kinds of clusters share. */
export interface AcceleratorClusterProps<S extends Site = Site> {
  readonly site: S;
  /** Start of all names, lower-case, 1 to 32 characters: becomes the cluster's name. */
  readonly namePrefix: string;
  /** One pool or more. */
  readonly pools: readonly AcceleratorPoolProps[];
  /**
   * Kubernetes version as `major.minor`, for clusters that the library makes: one that the provider still makes, new enough
   * for the pools. Of versions newer than the library a warning tells.
   * @default "1.34"
   */
  readonly kubernetesVersion?: string;
}
