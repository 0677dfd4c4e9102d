import type { RemovalPolicy } from "../../core/removal-policy";
import type { GoogleSite } from "../../fabric/site";
import type { IGoogleNetwork } from "../../network/network";
import type { AcceleratorClusterProps } from "../cluster";
import type { GpuDriver } from "./node-pool-config";

export const RELEASE_CHANNELS = ["RAPID", "REGULAR", "STABLE", "EXTENDED"] as const;
/** In the order in which GKE tells them: another one would show as a change for ever. */
export const LOGGING_COMPONENTS = [
  "SYSTEM_COMPONENTS",
  "WORKLOADS",
  "APISERVER",
  "SCHEDULER",
  "CONTROLLER_MANAGER",
] as const;
/** As `LOGGING_COMPONENTS`. Source: description of `monitoring_config.enable_components` in hashicorp/google 6.50.0 */
export const MONITORING_COMPONENTS = [
  "SYSTEM_COMPONENTS",
  "APISERVER",
  "SCHEDULER",
  "CONTROLLER_MANAGER",
  "STORAGE",
  "HPA",
  "POD",
  "DAEMONSET",
  "DEPLOYMENT",
  "STATEFULSET",
  "KUBELET",
  "CADVISOR",
  "DCGM",
  "JOBSET",
] as const;
export const EXCLUSION_SCOPES = ["NO_UPGRADES", "NO_MINOR_UPGRADES", "NO_MINOR_OR_NODE_UPGRADES"] as const;
export const CSI_DRIVERS = ["gcsFuse", "filestore", "parallelstore", "lustre"] as const;

export type GoogleReleaseChannel = (typeof RELEASE_CHANNELS)[number];
export type GoogleLoggingComponent = (typeof LOGGING_COMPONENTS)[number];
export type GoogleMonitoringComponent = (typeof MONITORING_COMPONENTS)[number];
export type GoogleExclusionScope = (typeof EXCLUSION_SCOPES)[number];
/** Storage that GKE can mount besides Persistent Disk. */
export type GoogleCsiDriver = (typeof CSI_DRIVERS)[number];

/** A range inside the network, or connected to it, that may reach the control plane. */
export interface AuthorizedNetwork {
  /** May be a token. */
  readonly cidrBlock: string;
  /** What is there. @default - none */
  readonly displayName?: string;
}

/** When GKE may work on the cluster by itself. */
export interface MaintenanceWindow {
  /** Start of the first window, RFC 3339. */
  readonly startTime: string;
  /** End of the first window, RFC 3339. */
  readonly endTime: string;
  /** RFC 5545 recurrence, such as `FREQ=WEEKLY;BYDAY=SA,SU`. GKE needs 48 hours in any 32 days. */
  readonly recurrence: string;
}

/** A time in which GKE leaves the cluster alone: around a training run that must not lose nodes. */
export interface MaintenanceExclusion {
  /** Unique in the cluster. */
  readonly name: string;
  /** RFC 3339. */
  readonly startTime: string;
  /** RFC 3339. */
  readonly endTime: string;
  /** What is left out. `NO_UPGRADES` is for 30 days at most. @default "NO_MINOR_OR_NODE_UPGRADES" */
  readonly scope?: GoogleExclusionScope;
}

/** A GKE cluster in one region of one project. */
export interface GoogleClusterProps extends AcceleratorClusterProps<GoogleSite> {
  /** The network of the nodes: a `GoogleNetwork`, or an object with its properties. */
  readonly network: IGoogleNetwork;
  /**
   * Zones of the region for the nodes, one or more. The first one is that of gangs that name no zone: changing it moves
   * them. Literal.
   */
  readonly zones: readonly string[];
  /** How fast new versions of GKE come. @default "REGULAR" */
  readonly releaseChannel?: GoogleReleaseChannel;
  /**
   * Ranges that reach the private endpoint of the control plane beside the cluster's own nodes: of the machines that run
   * Terraform and kubectl. @default - none
   */
  readonly authorizedNetworks?: readonly AuthorizedNetwork[];
  /**
   * Let the control plane also be reached by its DNS name from outside the network. Who may is decided by IAM
   * (`container.clusters.connect`), not by address. @default false
   */
  readonly dnsEndpoint?: boolean;
  /**
   * Full name of an existing key in the region of the site, `projects/…/locations/…/keyRings/…/cryptoKeys/…`; may be a
   * token. It encrypts secrets of the cluster and boot disks. @default - a key ring and a key of its own
   */
  readonly kmsKey?: string;
  /** Days after which a new version of the key is made: 1 to 3650. Refused together with `kmsKey`. @default 90 */
  readonly keyRotationDays?: number;
  /** Cluster and key are protected unless `destroy` is set here and on the app. @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
  /** Switch the APIs on that the cluster uses; they stay on when it is destroyed. @default true */
  readonly enableServices?: boolean;
  /** @default - Saturdays and Sundays from 00:00 to 08:00 UTC */
  readonly maintenanceWindow?: MaintenanceWindow;
  /** At most 20. @default - none */
  readonly maintenanceExclusions?: readonly MaintenanceExclusion[];
  /** `[]` for none; order has no meaning. @default ["SYSTEM_COMPONENTS", "WORKLOADS"] */
  readonly logging?: readonly GoogleLoggingComponent[];
  /**
   * Metrics that GKE collects. DCGM are those of the GPUs: left out, they have to be exported by something of your own.
   * Order has no meaning. @default - SYSTEM_COMPONENTS and JOBSET, and DCGM if a pool has GPUs
   */
  readonly monitoring?: readonly GoogleMonitoringComponent[];
  /** Google's Prometheus collectors on every node. DCGM and JOBSET metrics need them. @default true */
  readonly managedPrometheus?: boolean;
  /** Costs by namespace and label in the billing export. @default true */
  readonly costAllocation?: boolean;
  /** Watch workloads for unsafe settings. @default "BASIC" */
  readonly securityPosture?: "BASIC" | "DISABLED";
  /**
   * How eagerly nodes that are not used well are given back; GKE has no minutes for it.
   * @default "BALANCED"
   */
  readonly autoscalingProfile?: "BALANCED" | "OPTIMIZE_UTILIZATION";
  /**
   * NVIDIA driver that GKE installs on GPU nodes: the one it has tested, the newest, or none. Both may be of branch R580,
   * with which DeepEP's kernels crash: such pools need none, and a driver of your own.
   * @default "DEFAULT"
   */
  readonly gpuDriver?: GpuDriver;
  /** Start containers before their image is there whole; has an effect on images of Artifact Registry. @default true */
  readonly imageStreaming?: boolean;
  /** Storage drivers beside Persistent Disk. @default ["gcsFuse"] */
  readonly csiDrivers?: readonly GoogleCsiDriver[];
  /**
   * Nodes may have networks beside the cluster's own, as those of GPUDirect are. Terraform can only replace a cluster to
   * change it, so it is on before any pool needs it. It costs nothing, and asks for Dataplane V2 and one IP family, which
   * these clusters have. `false` for a cluster that was made without it. Source:
   * https://docs.cloud.google.com/kubernetes-engine/docs/how-to/setup-multinetwork-support-for-pods (read 2026-11-24)
   * @default true
   */
  readonly multiNetworking?: boolean;
  /**
   * IPv4 range of the networks of GPUDirect, /8 to /20, cut into sixteen. Must not overlap the ranges of `network`. Has no
   * effect without pools that have such networks. Literal. @default "192.168.0.0/16"
   */
  readonly gpuNetworksCidr?: string;
  /**
   * Let GKE make the networks of RDMA machines itself (`accelerator_network_profile = "auto"`, GKE DRANET) instead of
   * declaring them. Needs a later Google provider than the bindings were made for: its version as you pin it, 7.31.0 or
   * later. Pools with that profile were seen to hang at deletion. @default - networks are declared
   */
  readonly acceleratorNetworkProfile?: { readonly googleProviderVersion: string };
}
