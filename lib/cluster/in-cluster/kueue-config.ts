import { stableJson } from "../../core/json";

/** What Kueue manages, beside Jobs and Pods. */
export interface KueueSettings {
  /** Feature gates by name, over the version's own. @default - none */
  readonly featureGates?: Readonly<Record<string, boolean>>;
  /**
   * Minutes after which an admitted job whose pods are not all ready gives its place back and waits again, 1 to 1,440.
   * Nodes with accelerators may take half an hour to come.
   * @default 45
   */
  readonly podsReadyMinutes?: number;
  /** Times that such a job is tried again before it is put aside, 0 to 100. @default 5 */
  readonly podsReadyRetries?: number;
  /** Namespaces that Kueue leaves alone, besides `kube-system` and those of the operators. @default - none */
  readonly excludedNamespaces?: readonly string[];
  /** Replicas of the controller, 1 to 3. @default 2 */
  readonly replicas?: number;
}

/** Integrations that Kueue watches for, in the order of its own documentation. */
export interface KueueFrameworks {
  readonly jobSet: boolean;
  readonly leaderWorkerSet: boolean;
}

/** LeaderWorkerSets and StatefulSets are queued as groups of pods. */
function frameworks({ jobSet, leaderWorkerSet }: KueueFrameworks): readonly string[] {
  return [
    "batch/job",
    ...(jobSet ? ["jobset.x-k8s.io/jobset"] : []),
    "pod",
    ...(leaderWorkerSet ? ["statefulset", "leaderworkerset.x-k8s.io/leaderworkerset"] : []),
  ];
}

/**
 * Kueue's configuration file. JSON is YAML; what is left out has Kueue's own defaults, except what its controller needs
 * in every file: ports, webhook and leader election.
 *
 * Source: kubernetes-sigs/kueue charts/kueue/values.yaml and apis/config/v1beta2 (read 2026-11-24)
 */
export function kueueConfig(
  settings: KueueSettings,
  integrations: KueueFrameworks,
  excluded: readonly string[],
): string {
  const namespaces = [...new Set([...excluded, ...(settings.excludedNamespaces ?? [])])].sort();
  return stableJson({
    apiVersion: "config.kueue.x-k8s.io/v1beta2",
    kind: "Configuration",
    health: { healthProbeBindAddress: ":8081" },
    metrics: { bindAddress: ":8443", enableClusterQueueResources: true },
    webhook: { port: 9443 },
    leaderElection: { leaderElect: true, resourceName: "c1f6bfd2.kueue.x-k8s.io" },
    controller: {
      groupKindConcurrency: {
        "ClusterQueue.kueue.x-k8s.io": 1,
        "Job.batch": 5,
        "LocalQueue.kueue.x-k8s.io": 1,
        Pod: 5,
        "ResourceFlavor.kueue.x-k8s.io": 1,
        "Workload.kueue.x-k8s.io": 5,
      },
    },
    clientConnection: { burst: 100, qps: 50 },
    integrations: { frameworks: frameworks(integrations) },
    // Webhooks of Kueue fail closed: what runs the cluster must not depend on them.
    managedJobsNamespaceSelector: {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: namespaces }],
    },
    waitForPodsReady: {
      blockAdmission: false,
      recoveryTimeout: "10m",
      requeuingStrategy: {
        backoffBaseSeconds: 60,
        backoffLimitCount: settings.podsReadyRetries ?? 5,
        backoffMaxSeconds: 1800,
        timestamp: "Eviction",
      },
      timeout: `${settings.podsReadyMinutes ?? 45}m`,
    },
  });
}
