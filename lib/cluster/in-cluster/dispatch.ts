import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import { KUEUE_API } from "./flavors";
import { createBeforeDestroy } from "./in-use";
import type { DispatchProps, TeamProps } from "./queue-props";
import { DISPATCH, type RemoteFlavor } from "./remote-flavors";
import { remoteQueue } from "./remote-queue";

interface DispatchToProps extends DispatchProps {
  readonly teams: readonly TeamProps[];
  readonly queues: ReadonlyMap<string, { readonly namespace: string }>;
  readonly flavorsOf: readonly RemoteFlavor[];
  readonly topologies: ReadonlyMap<string, CustomResource>;
}

/**
 * Hands jobs on to other clusters by MultiKueue. A worker needs the same namespaces, and there the queues
 * `<team>-remote` (`workerOf`). Flavors say which labels, levels and resources jobs may name: the manager admits what it
 * hands on, and the worker places it.
 *
 * Terraform resource types: `kubernetes_manifest`.
 */
export class Dispatch extends Construct {
  /** MultiKueueClusters by worker. */
  readonly workers: ReadonlyMap<string, CustomResource>;
  readonly config: CustomResource;
  readonly check: CustomResource;
  /** ResourceFlavors by name: one per worker and pool, and of workers that the app does not know. */
  readonly flavors: ReadonlyMap<string, CustomResource>;
  /** ClusterQueues by team. */
  readonly clusterQueues: ReadonlyMap<string, CustomResource>;
  /** LocalQueues by team. */
  readonly localQueues: ReadonlyMap<string, CustomResource>;

  constructor(scope: Construct, id: string, props: DispatchToProps) {
    super(scope, id);
    const workers = [...props.workers].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.workers = new Map(
      workers.map(({ name, kubeconfigSecret }) => [
        name,
        new CustomResource(this, `worker-${name}`, {
          apiVersion: KUEUE_API,
          kind: "MultiKueueCluster",
          name,
          spec: { clusterSource: { kubeConfig: { location: kubeconfigSecret, locationType: "Secret" } } },
        }),
      ]),
    );
    this.config = new CustomResource(this, "config", {
      apiVersion: KUEUE_API,
      kind: "MultiKueueConfig",
      name: DISPATCH,
      spec: { clusters: workers.map(({ name }) => name) },
      dependsOn: [...this.workers.values()].map(({ manifest }) => manifest),
    });
    this.check = new CustomResource(this, "check", {
      apiVersion: KUEUE_API,
      kind: "AdmissionCheck",
      name: DISPATCH,
      spec: {
        controllerName: "kueue.x-k8s.io/multikueue",
        parameters: { apiGroup: "kueue.x-k8s.io", kind: "MultiKueueConfig", name: DISPATCH },
      },
      dependsOn: [this.config.manifest],
    });
    this.flavors = this.makeFlavors(props);
    const queues = props.quotas.map(({ team }) => {
      const declared = props.teams.find(({ name }) => name === team)!;
      const own = props.flavorsOf.filter((each) => each.team === team);
      const others = own
        .flatMap((each) => each.covered)
        .filter((each) => each !== "cpu" && each !== "memory");
      const covered = ["cpu", "memory", ...[...new Set(others)].sort()];
      const name = remoteQueue(team);
      const clusterQueue = new CustomResource(this, `cluster-queue-${team}`, {
        apiVersion: KUEUE_API,
        kind: "ClusterQueue",
        name,
        spec: {
          namespaceSelector: {
            matchLabels: { "kubernetes.io/metadata.name": declared.namespace ?? declared.name },
          },
          queueingStrategy: "BestEffortFIFO",
          preemption: {
            reclaimWithinCohort: "Never",
            withinClusterQueue: declared.preempts ?? "LowerPriority",
          },
          resourceGroups: [
            {
              coveredResources: covered,
              flavors: own.map(({ flavor, quotas }) => ({ name: flavor.name, resources: quotas(covered) })),
            },
          ],
          admissionChecksStrategy: { admissionChecks: [{ name: DISPATCH }] },
        },
        dependsOn: [this.check.manifest, ...own.map(({ flavor }) => this.flavors.get(flavor.name)!.manifest)],
      });
      const localQueue = new CustomResource(this, `local-queue-${team}`, {
        apiVersion: KUEUE_API,
        kind: "LocalQueue",
        name,
        namespace: props.queues.get(team)!.namespace,
        spec: { clusterQueue: name },
        dependsOn: [clusterQueue.manifest],
      });
      return [team, clusterQueue, localQueue] as const;
    });
    this.clusterQueues = new Map(queues.map(([team, queue]) => [team, queue]));
    this.localQueues = new Map(queues.map(([team, , queue]) => [team, queue]));
  }

  private makeFlavors({ flavorsOf, topologies }: DispatchToProps): ReadonlyMap<string, CustomResource> {
    const found = new Map(flavorsOf.map(({ flavor }) => [flavor.name, flavor]));
    const made = [...found].map(([name, { spec, topology }]) => {
      const after = topology === undefined ? undefined : topologies.get(topology.name);
      const flavor = new CustomResource(this, name === DISPATCH ? "flavor" : `flavor-${name}`, {
        apiVersion: KUEUE_API,
        kind: "ResourceFlavor",
        name,
        spec,
        dependsOn: after === undefined ? undefined : [after.manifest],
      });
      return [name, createBeforeDestroy(flavor)] as const;
    });
    return new Map(made);
  }
}
