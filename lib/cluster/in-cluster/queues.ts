import { PriorityClassV1 } from "@cdktf/provider-kubernetes/lib/priority-class-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import { Problems } from "../../core/problems";
import { CustomResource } from "../../kubernetes/custom-resource";
import { Namespace } from "../../kubernetes/namespace";
import type { IAcceleratorCluster } from "../cluster";
import type { PoolNodes } from "../nodes";
import { Dispatch } from "./dispatch";
import { InClusterErrors } from "./errors";
import {
  computeDomainOf,
  type Flavor,
  flavorOf,
  inFlavorOrder,
  KUEUE_API,
  provisioningSpec,
} from "./flavors";
import { createBeforeDestroy } from "./in-use";
import { poolsOf } from "./placement";
import { isObject } from "./present";
import { checkQueues } from "./queue-checks";
import type { ClusterQueuesProps, PriorityProps, TeamProps } from "./queue-props";
import { coveredResources, flavorQuotas } from "./quota";
import { remoteFlavors } from "./remote-flavors";
import { remoteQueue } from "./remote-queue";

export type { ClusterQueuesProps } from "./queue-props";

/** Where a team puts its jobs. */
export interface TeamQueue {
  readonly team: string;
  /** Of the team's jobs; a token where the namespace is made here. */
  readonly namespace: string;
  /** Value of the label `kueue.x-k8s.io/queue-name`. */
  readonly queueName: string;
  /** Names of the cluster's priorities, sorted. */
  readonly priorities: readonly string[];
  /** Other clusters run what is put into it, see `remoteQueue`. @default false */
  readonly remote?: boolean;
}

/**
 * What is inside a cluster after its operators: the objects that its pools need, and queues with quotas per team. For the
 * `workloads` stack.
 *
 * Kueue gets a ResourceFlavor per pool, a Topology per list of network levels (for pools whose nodes are there, or come
 * all at once), a ClusterQueue per team in one Cohort, and a LocalQueue in the team's namespace. Quotas are given in
 * accelerators or nodes; CPU and memory follow as the node's share, and are unlimited where the size of the node is not
 * known. A team with a quota of a pool with NVLink across machines gets a ComputeDomain for it.
 *
 * Fields that Kueue does not let change (flavors with a topology, levels) are part of the object's name: a change makes
 * a new object, points the queues to it, and removes the old one.
 *
 * Terraform resource types: `kubernetes_manifest`, `kubernetes_namespace_v1`, `kubernetes_priority_class_v1`.
 *
 * @throws QuotaOverCapacity, UnknownPool, UnknownTeam, QuotaUnitInvalid, QuotaNotWhole, WorkerIsManager, InvalidName,
 *   DuplicateValue, MissingValue, NumberOutOfRange, NotOneOf, NoEffect, RemovalNeedsTwoKeys, TokenNotAllowed; at synth
 *   KubernetesObjectBesideItsCluster, CustomResourceBesideItsOperator
 */
export class ClusterQueues extends Construct {
  readonly cluster: IAcceleratorCluster;
  /** Objects that the cluster's own pools need, by id. */
  readonly objects: ReadonlyMap<string, CustomResource>;
  /** Topologies by name, also those of pools of workers. */
  readonly topologies: ReadonlyMap<string, CustomResource>;
  /** ResourceFlavors by pool; only pools that some team has a quota of. */
  readonly flavors: ReadonlyMap<string, CustomResource>;
  /** Checks that ask for the nodes of queued pools, by pool. */
  readonly provisioning: ReadonlyMap<string, CustomResource>;
  readonly cohort?: CustomResource;
  /** ClusterQueues by team. */
  readonly clusterQueues: ReadonlyMap<string, CustomResource>;
  /** LocalQueues by their own name. */
  readonly localQueues: ReadonlyMap<string, CustomResource>;
  /** Namespaces that were made, by team. */
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** ComputeDomains by `<team>/<pool>`. */
  readonly computeDomains: ReadonlyMap<string, CustomResource>;
  /** Classes for Kueue by name. */
  readonly workloadPriorities: ReadonlyMap<string, CustomResource>;
  /** Classes for the scheduler by name. */
  readonly podPriorities: ReadonlyMap<string, PriorityClassV1>;
  readonly dispatch?: Dispatch;
  private readonly queues = new Map<string, TeamQueue>();

  constructor(scope: Construct, id: string, props: ClusterQueuesProps) {
    super(scope, id);
    this.cluster = props.cluster;
    const problems = new Problems(this.node.path);
    isObject(problems, "cluster", props.cluster, "a cluster with accelerators");
    problems.throwIfAny();
    const cohort = props.cohort ?? props.cluster.clusterName;
    checkQueues(problems, props, cohort);
    problems.throwIfAny();

    const teams = props.teams ?? [];
    this.objects = this.makeObjects();
    const priorities = props.priorities ?? [];
    this.workloadPriorities = new Map(priorities.map((each) => [each.name, this.kueuePriority(each)]));
    this.podPriorities = new Map(priorities.map((each) => [each.name, this.podPriority(each)]));

    const used = poolsOf(props.cluster).filter(({ pool }) =>
      teams.some(({ quotas }) => quotas.some((quota) => quota.pool === pool.name)),
    );
    const flavors = new Map(used.map((nodes) => [nodes.pool.name, flavorOf(nodes)]));
    const remote = props.dispatch === undefined ? [] : remoteFlavors(props.dispatch);
    this.topologies = this.makeTopologies([...flavors.values(), ...remote.map(({ flavor }) => flavor)]);
    this.flavors = this.makeFlavors(flavors);
    this.provisioning = this.makeProvisioning(flavors);
    this.cohort =
      teams.length > 0
        ? new CustomResource(this, "cohort", {
            apiVersion: KUEUE_API,
            kind: "Cohort",
            name: cohort,
            spec: {},
          })
        : undefined;

    const classes = [...this.workloadPriorities.keys()].sort();
    const namespaces = new Map<string, Namespace>();
    const clusterQueues = new Map<string, CustomResource>();
    const localQueues = new Map<string, CustomResource>();
    const computeDomains = new Map<string, CustomResource>();
    for (const team of teams) {
      const one = new Construct(this, `team-${team.name}`);
      const namespace = this.makeNamespace(one, team, props, namespaces);
      const queue = this.makeClusterQueue(one, team, cohort, flavors);
      clusterQueues.set(team.name, queue);
      const names = [team.name, ...(props.workerOf === undefined ? [] : [remoteQueue(team.name)])];
      for (const name of names) {
        localQueues.set(name, this.makeLocalQueue(one, name, namespace, team.name, queue));
      }
      this.queues.set(team.name, { team: team.name, namespace, queueName: team.name, priorities: classes });
      for (const nodes of this.nvlinkPools(team)) {
        const domain = computeDomainOf(nodes.pool.name);
        computeDomains.set(
          `${team.name}/${nodes.pool.name}`,
          new CustomResource(one, `compute-domain-${nodes.pool.name}`, {
            apiVersion: "resource.nvidia.com/v1beta1",
            kind: "ComputeDomain",
            name: domain.name,
            namespace,
            spec: {
              // 0: as many nodes as the pods with its claim happen to be on.
              numNodes: 0,
              channel: { allocationMode: "Single", resourceClaimTemplate: { name: domain.claimTemplate } },
            },
          }),
        );
      }
    }
    this.namespaces = namespaces;
    this.clusterQueues = clusterQueues;
    this.localQueues = localQueues;
    this.computeDomains = computeDomains;
    this.dispatch = props.dispatch
      ? new Dispatch(this, "dispatch", {
          ...props.dispatch,
          queues: this.queues,
          teams,
          flavorsOf: remote,
          topologies: this.topologies,
        })
      : undefined;
  }

  /**
   * Where a team puts its jobs.
   *
   * @throws UnknownTeam
   */
  queue(team: string): TeamQueue {
    const found = this.queues.get(team);
    if (found === undefined) {
      const problems = new Problems(this.node.path);
      problems.add(InClusterErrors.UnknownTeam, {
        subject: "queue",
        given: team,
        allowed: [...this.queues.keys()].sort().join(", "),
      });
      problems.throwIfAny();
    }
    return found!;
  }

  /**
   * Where a team puts jobs that other clusters run. A `GangJobSet` with this queue has the worker as its `cluster`, and
   * is in a stack of this one. A priority must be declared in the queues of the worker as well.
   *
   * @throws UnknownTeam: also a team without a quota in `dispatch`
   */
  remoteQueue(team: string): TeamQueue {
    const local = this.dispatch?.localQueues.has(team) ? this.queues.get(team) : undefined;
    if (local === undefined) {
      const problems = new Problems(this.node.path);
      const known = [...(this.dispatch?.localQueues.keys() ?? [])].sort();
      problems.add(InClusterErrors.UnknownTeam, {
        subject: "remoteQueue",
        given: team,
        allowed: known.length > 0 ? known.join(", ") : "nothing: no team has a quota in dispatch",
        fix: "give the team a quota in dispatch.quotas, or correct the name",
      });
      problems.throwIfAny();
    }
    return { ...local!, queueName: remoteQueue(team), remote: true };
  }

  private nvlinkPools(team: TeamProps): readonly PoolNodes[] {
    return poolsOf(this.cluster).filter(
      ({ pool, nvlinkDomainLabel }) =>
        nvlinkDomainLabel !== undefined && team.quotas.some((quota) => quota.pool === pool.name),
    );
  }

  private makeObjects(): ReadonlyMap<string, CustomResource> {
    const scope = new Construct(this, "objects");
    return new Map(
      this.cluster.objects.map(({ id, ...object }) => [id, new CustomResource(scope, id, object)] as const),
    );
  }

  private makeTopologies(flavors: readonly Pick<Flavor, "topology">[]): ReadonlyMap<string, CustomResource> {
    const found = new Map(
      flavors.flatMap(({ topology }) => (topology ? [[topology.name, topology] as const] : [])),
    );
    return new Map(
      [...found].map(([name, { levels }]) => [
        name,
        createBeforeDestroy(
          new CustomResource(this, name, {
            apiVersion: KUEUE_API,
            kind: "Topology",
            name,
            spec: { levels: levels.map((nodeLabel) => ({ nodeLabel })) },
          }),
        ),
      ]),
    );
  }

  private makeFlavors(flavors: ReadonlyMap<string, Flavor>): ReadonlyMap<string, CustomResource> {
    const made = [...flavors].map(([pool, { name, spec, topology }]) => {
      const after = topology ? this.topologies.get(topology.name) : undefined;
      const flavor = new CustomResource(this, `flavor-${pool}`, {
        apiVersion: KUEUE_API,
        kind: "ResourceFlavor",
        name,
        spec,
        dependsOn: after ? [after.manifest] : undefined,
      });
      return [pool, createBeforeDestroy(flavor)] as const;
    });
    return new Map(made);
  }

  private makeProvisioning(flavors: ReadonlyMap<string, Flavor>): ReadonlyMap<string, CustomResource> {
    const queued = [...flavors].filter(([, { queuedDays }]) => queuedDays !== undefined);
    const made = queued.map(([pool, flavor]) => {
      const name = `queued-${pool}`;
      const config = new CustomResource(this, `provisioning-${pool}`, {
        apiVersion: KUEUE_API,
        kind: "ProvisioningRequestConfig",
        name,
        spec: provisioningSpec(flavor, this.cluster.pools.get(pool)!.resource ?? "cpu"),
      });
      const check = new CustomResource(this, `check-${pool}`, {
        apiVersion: KUEUE_API,
        kind: "AdmissionCheck",
        name,
        spec: {
          controllerName: "kueue.x-k8s.io/provisioning-request",
          parameters: { apiGroup: "kueue.x-k8s.io", kind: "ProvisioningRequestConfig", name },
        },
        dependsOn: [config.manifest],
      });
      return [pool, check] as const;
    });
    return new Map(made);
  }

  private makeNamespace(
    scope: Construct,
    team: TeamProps,
    props: ClusterQueuesProps,
    made: Map<string, Namespace>,
  ): string {
    const name = team.namespace ?? team.name;
    if (team.createNamespace === false) {
      return name;
    }
    const namespace = new Namespace(scope, "namespace", {
      name,
      podSecurity: team.podSecurity ?? "baseline",
      removalPolicy: props.removalPolicy,
    });
    made.set(team.name, namespace);
    return namespace.reference;
  }

  private makeClusterQueue(
    scope: Construct,
    team: TeamProps,
    cohort: string,
    flavors: ReadonlyMap<string, Flavor>,
  ): CustomResource {
    const quotaOf = (pool: string) => team.quotas.find((quota) => quota.pool === pool)!;
    const pools = inFlavorOrder(team.quotas.map(({ pool }) => this.cluster.pools.get(pool)!));
    const covered = coveredResources(pools);
    const checks = pools.flatMap(({ pool: { name } }) =>
      this.provisioning.has(name) ? [{ name: `queued-${name}`, onFlavors: [flavors.get(name)!.name] }] : [],
    );
    const after: ITerraformDependable[] = [
      ...(this.cohort ? [this.cohort.manifest] : []),
      ...pools.flatMap(({ pool: { name } }) =>
        [this.flavors.get(name), this.provisioning.get(name)].flatMap((each) => each?.manifest ?? []),
      ),
    ];
    return new CustomResource(scope, "cluster-queue", {
      apiVersion: KUEUE_API,
      kind: "ClusterQueue",
      name: team.name,
      spec: {
        cohortName: cohort,
        namespaceSelector: {
          matchLabels: { "kubernetes.io/metadata.name": team.namespace ?? team.name },
        },
        queueingStrategy: "BestEffortFIFO",
        preemption: {
          reclaimWithinCohort: team.reclaim ?? "Any",
          withinClusterQueue: team.preempts ?? "LowerPriority",
        },
        resourceGroups: [
          {
            coveredResources: covered,
            flavors: pools.map((nodes) => ({
              name: flavors.get(nodes.pool.name)!.name,
              resources: flavorQuotas(quotaOf(nodes.pool.name), nodes, covered),
            })),
          },
        ],
        ...(checks.length > 0 ? { admissionChecksStrategy: { admissionChecks: checks } } : {}),
      },
      dependsOn: after,
    });
  }

  private makeLocalQueue(
    scope: Construct,
    name: string,
    namespace: string,
    clusterQueue: string,
    after: CustomResource,
  ): CustomResource {
    return new CustomResource(scope, `local-queue-${name}`, {
      apiVersion: KUEUE_API,
      kind: "LocalQueue",
      name,
      namespace,
      spec: { clusterQueue },
      dependsOn: [after.manifest],
    });
  }

  private kueuePriority({ name, value, description }: PriorityProps): CustomResource {
    return new CustomResource(this, `priority-${name}`, {
      apiVersion: KUEUE_API,
      kind: "WorkloadPriorityClass",
      name,
      fields: { value, description },
    });
  }

  private podPriority({ name, value, description, preemptsPods }: PriorityProps): PriorityClassV1 {
    return new PriorityClassV1(this, `pod-priority-${name}`, {
      metadata: { name },
      value,
      description: description === undefined ? undefined : escapeTemplate(description),
      preemptionPolicy: preemptsPods ? "PreemptLowerPriority" : "Never",
    });
  }
}
