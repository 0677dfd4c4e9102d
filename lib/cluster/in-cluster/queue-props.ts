import type { RemovalPolicy } from "../../core/removal-policy";
import type { PodSecurityLevel } from "../../kubernetes/namespace";
import type { IAcceleratorCluster } from "../cluster";

/** What one team is promised of one pool. Exactly one of `accelerators` and `nodes`. */
export interface PoolQuota {
  /** Name of a pool of the cluster. */
  readonly pool: string;
  /** Whole accelerators, also where several pods share one; 0 for a team that only borrows. */
  readonly accelerators?: number;
  /** Whole nodes; the only unit of CPU pools. */
  readonly nodes?: number;
  /** Most that the team takes of what others leave unused, in the unit of the quota. @default - no limit */
  readonly borrowingLimit?: number;
  /** Most of its quota that others may use while the team does not, in the unit of the quota. @default - all */
  readonly lendingLimit?: number;
}

/** A team: a namespace, a queue in it, and a quota of each pool that it uses. */
export interface TeamProps {
  /** Lower-case, unique in the cluster; becomes the name of its queue. */
  readonly name: string;
  /** One or more pools. Jobs that name no pool take the first that fits: CPU pools first, then by name. */
  readonly quotas: readonly PoolQuota[];
  /** @default - the name of the team */
  readonly namespace?: string;
  /** Make the namespace; it may be there already. @default true */
  readonly createNamespace?: boolean;
  /**
   * What pods of the team may do. Frameworks that lock memory for RDMA need `privileged`. Only where the namespace is
   * made.
   * @default "baseline"
   */
  readonly podSecurity?: PodSecurityLevel;
  /** Whose jobs of other teams give way when the team wants its own quota back. @default "Any" */
  readonly reclaim?: "Never" | "LowerPriority" | "Any";
  /** Which jobs of the same team give way to a new one. @default "LowerPriority" */
  readonly preempts?: "Never" | "LowerPriority" | "LowerOrNewerEqualPriority";
}

/** How important a job is. Makes a class for Kueue and one of the same name for the scheduler. */
export interface PriorityProps {
  /** Lower-case, unique. */
  readonly name: string;
  /** The higher, the more important: -1,000,000,000 to 1,000,000,000. */
  readonly value: number;
  /** @default - none */
  readonly description?: string;
  /**
   * Pods of this class may also push out others by the scheduler, outside of Kueue's order: for services that are not
   * queued.
   * @default false
   */
  readonly preemptsPods?: boolean;
}

/** A cluster that jobs are handed on to. */
export interface WorkerCluster {
  /** Lower-case, unique. */
  readonly name: string;
  /**
   * Secret in Kueue's namespace with the key `kubeconfig`, for a user of the worker who may make jobs and workloads. You
   * make it; no credential goes through Terraform.
   */
  readonly kubeconfigSecret: string;
  /** The worker itself, if it is part of the same app: quotas name its pools. @default - the app does not know it */
  readonly cluster?: IAcceleratorCluster;
}

/** How much of a worker's pool a team may use. Exactly one of `accelerators` and `nodes`. */
export interface RemotePoolQuota extends Pick<PoolQuota, "accelerators" | "nodes"> {
  /** Name of a worker whose `cluster` is given. */
  readonly worker: string;
  /** Name of a pool of that cluster. */
  readonly pool: string;
}

/** What a team may run on other clusters. `pools`, or `resources`, or both. */
export interface RemoteQuota {
  /** Name of a team. */
  readonly team: string;
  /**
   * Pools of workers that the app knows. Resources, also those of the fast network, labels and levels of the network
   * follow from the pool. @default - none
   */
  readonly pools?: readonly RemotePoolQuota[];
  /**
   * Of workers that the app does not know, all of them together, by resource, such as `{ "nvidia.com/gpu": 64 }`: all
   * that jobs ask for, also that of the fast network (`rdma/ib`), because Kueue admits no job with a resource that its
   * queue does not name. CPU and memory are limited by the workers. @default - none
   */
  readonly resources?: Readonly<Record<string, number>>;
  /**
   * Label keys of the network of those workers, widest first, without the host, as their own pools have them: jobs that
   * say how they are placed are handed on only if the level that they name is here. Needs `nodeLabels`.
   * @default - none: only jobs without a placement are handed on to those workers
   */
  readonly levels?: readonly string[];
  /** Labels by which jobs choose the nodes of those workers, such as that of a pool. @default - none */
  readonly nodeLabels?: Readonly<Record<string, string>>;
}

/** Hands jobs on to other clusters (MultiKueue): the first that has room takes a job. */
export interface DispatchProps {
  /** One or more. */
  readonly workers: readonly WorkerCluster[];
  /** One or more. Each team gets a second queue, `<team>-remote`. */
  readonly quotas: readonly RemoteQuota[];
}

export interface ClusterQueuesProps {
  readonly cluster: IAcceleratorCluster;
  /** @default - none: only the objects that the cluster's own pools need */
  readonly teams?: readonly TeamProps[];
  /** Name of the cohort within which teams borrow from each other. @default - the cluster's name */
  readonly cohort?: string;
  /** @default - none: all jobs are equally important */
  readonly priorities?: readonly PriorityProps[];
  /** Hand jobs of teams on to other clusters. @default - no */
  readonly dispatch?: DispatchProps;
  /** Name of the cluster that hands jobs on to this one: teams get the queues `<team>-remote` here too. @default - none */
  readonly workerOf?: string;
  /** Of the teams' namespaces. `destroy` needs the app's consent too, see `mayDestroy`. @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
}
