import { Construct } from "constructs";
import { COMMON_NAME, type Problems } from "../../core/problems";
import { CustomResource } from "../../kubernetes/custom-resource";
import { OBJECT_NAME } from "../../kubernetes/metadata";
import { InClusterErrors } from "./errors";
import { KUEUE_API } from "./flavors";
import type { DispatchProps, TeamProps } from "./queue-props";
import { checkRemoteResources, remoteQuotas } from "./quota";
import { remoteQueue } from "./remote-queue";

interface DispatchToProps extends DispatchProps {
  readonly teams: readonly TeamProps[];
  readonly queues: ReadonlyMap<string, { readonly namespace: string }>;
}

/** Of all objects that one manager has one of. */
const NAME = "dispatch";

/** Reports workers and quotas that make no sense. */
export function checkDispatch(
  problems: Problems,
  { workers, quotas }: DispatchProps,
  clusterName: string,
  teams: readonly TeamProps[],
): void {
  problems.required("dispatch.workers", workers?.[0], "one cluster or more");
  problems.required("dispatch.quotas", quotas?.[0], "the quota of one team or more");
  for (const { name, kubeconfigSecret } of workers ?? []) {
    problems.name("dispatch.workers name", name, COMMON_NAME);
    problems.name(`dispatch.workers "${name}" kubeconfigSecret`, kubeconfigSecret, OBJECT_NAME);
    if (name === clusterName) {
      problems.add(InClusterErrors.WorkerIsManager, {
        subject: "dispatch.workers",
        given: name,
        allowed: `clusters other than ${clusterName}`,
      });
    }
  }
  problems.unique(
    "dispatch.workers",
    (workers ?? []).map(({ name }) => name),
  );
  problems.unique(
    "dispatch.quotas",
    (quotas ?? []).map(({ team }) => team),
  );
  for (const { team, resources } of quotas ?? []) {
    if (!teams.some(({ name }) => name === team)) {
      problems.add(InClusterErrors.UnknownTeam, {
        subject: "dispatch.quotas",
        given: team,
        allowed: teams.map(({ name }) => name).join(", "),
      });
    }
    checkRemoteResources(problems, `dispatch.quotas "${team}"`, resources ?? {});
  }
}

/**
 * Hands jobs on to other clusters by MultiKueue. A worker needs the same namespaces, and there the queues
 * `<team>-remote` (`workerOf`).
 *
 * Terraform resource types: `kubernetes_manifest`.
 */
export class Dispatch extends Construct {
  /** MultiKueueClusters by worker. */
  readonly workers: ReadonlyMap<string, CustomResource>;
  readonly config: CustomResource;
  readonly check: CustomResource;
  readonly flavor: CustomResource;
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
      name: NAME,
      spec: { clusters: workers.map(({ name }) => name) },
      dependsOn: [...this.workers.values()].map(({ manifest }) => manifest),
    });
    this.check = new CustomResource(this, "check", {
      apiVersion: KUEUE_API,
      kind: "AdmissionCheck",
      name: NAME,
      spec: {
        controllerName: "kueue.x-k8s.io/multikueue",
        parameters: { apiGroup: "kueue.x-k8s.io", kind: "MultiKueueConfig", name: NAME },
      },
      dependsOn: [this.config.manifest],
    });
    this.flavor = new CustomResource(this, "flavor", {
      apiVersion: KUEUE_API,
      kind: "ResourceFlavor",
      name: NAME,
      spec: {},
    });
    const queues = props.quotas.map(({ team, resources }) => {
      const declared = props.teams.find(({ name }) => name === team)!;
      const covered = ["cpu", "memory", ...Object.keys(resources).sort()];
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
              flavors: [{ name: NAME, resources: remoteQuotas(resources, covered) }],
            },
          ],
          admissionChecksStrategy: { admissionChecks: [{ name: NAME }] },
        },
        dependsOn: [this.check.manifest, this.flavor.manifest],
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
}
