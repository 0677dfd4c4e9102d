import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import type { KubernetesContext } from "../../kubernetes/room-context";
import type { NewRookObjectStoreProps } from "./object-store";

const CEPH_IMAGE = "quay.io/ceph/ceph:v20.2.4";
const MONITORS = 3;

export interface KubernetesCephProps {
  readonly context: KubernetesContext;
  readonly name: string;
  readonly namespace: string;
  readonly settings: NewRookObjectStoreProps;
  /** Write the gateways' operations log to the output of a sidecar. */
  readonly accessLogs: boolean;
}

/** Pools lose no object when one host is gone. */
function dataPool(settings: NewRookObjectStoreProps) {
  return settings.erasureCoding
    ? { failureDomain: "host", erasureCoded: { ...settings.erasureCoding } }
    : { failureDomain: "host", replicated: { size: settings.replicas ?? 3 } };
}

/**
 * What the daemons ask for: without it they are the first to be evicted when a node runs out of memory. Only the daemons
 * of the devices have a limit, because they take most of what it allows as cache, and without one most of the node.
 *
 * Source: requests of rook/rook v1.20 deploy/charts/rook-ceph-cluster/values.yaml; rook/rook #5821, #9110
 */
const RESOURCES = {
  mon: { requests: { cpu: "1", memory: "1Gi" } },
  mgr: { requests: { cpu: "500m", memory: "512Mi" } },
  osd: { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "6Gi" } },
};
const GATEWAY_RESOURCES = { requests: { cpu: "1", memory: "1Gi" } };

/** Classes that every cluster has. Source: rook/rook v1.20 deploy/examples/cluster.yaml and object.yaml */
const PRIORITIES = {
  mon: "system-node-critical",
  osd: "system-node-critical",
  mgr: "system-cluster-critical",
};

/** Keys of SSE-S3. Source: https://rook.io/docs/rook/latest/CRDs/Object-Storage/ceph-object-store-crd/#security-settings */
function vaultSecurity(settings: NewRookObjectStoreProps) {
  const keys = settings.customerKeys;
  return (
    keys && {
      s3: {
        connectionDetails: {
          KMS_PROVIDER: "vault",
          VAULT_ADDR: keys.address,
          VAULT_BACKEND_PATH: keys.transitPath ?? "transit",
          VAULT_SECRET_ENGINE: "transit",
        },
        tokenSecretName: keys.tokenSecretName,
      },
    }
  );
}

/**
 * A Ceph cluster and its object store, in the namespace of the Rook operator. Both are protected from destruction
 * unless the lakehouse may be destroyed.
 *
 * Terraform resource types: `kubernetes_manifest` (CephCluster, CephObjectStore).
 */
export class KubernetesCeph extends Construct {
  readonly cluster: CustomResource;
  readonly objectStore: CustomResource;

  constructor(scope: Construct, id: string, props: KubernetesCephProps) {
    super(scope, id);
    const { context, settings, namespace } = props;
    const protect = !context.destroyable;
    this.cluster = new CustomResource(this, "cluster", {
      apiVersion: "ceph.rook.io/v1",
      kind: "CephCluster",
      name: namespace,
      namespace,
      spec: {
        cephVersion: { image: settings.cephImage ?? CEPH_IMAGE },
        dataDirHostPath: "/var/lib/rook",
        mon: { count: MONITORS, allowMultiplePerNode: false },
        mgr: { count: 2, allowMultiplePerNode: false },
        dashboard: { enabled: false },
        crashCollector: { disable: false },
        disruptionManagement: { managePodBudgets: true },
        priorityClassNames: PRIORITIES,
        resources: RESOURCES,
        network: {
          connections: { requireMsgr2: true, encryption: { enabled: settings.encryptTraffic ?? true } },
        },
        storage: {
          useAllNodes: true,
          useAllDevices: false,
          deviceFilter: settings.deviceFilter,
          config: { encryptedDevice: String(settings.encryptDevices ?? true) },
        },
        cleanupPolicy: context.destroyable ? { confirmation: "yes-really-destroy-data" } : undefined,
      },
      waitFor: { fields: { "status.phase": "Ready" } },
      timeouts: { create: "60m", update: "60m" },
      protect,
    });
    this.objectStore = new CustomResource(this, "object-store", {
      apiVersion: "ceph.rook.io/v1",
      kind: "CephObjectStore",
      name: props.name,
      namespace,
      spec: {
        metadataPool: { failureDomain: "host", replicated: { size: Math.max(3, settings.replicas ?? 3) } },
        dataPool: dataPool(settings),
        preservePoolsOnDelete: !context.destroyable,
        gateway: {
          port: 80,
          instances: settings.gateways ?? 2,
          priorityClassName: "system-cluster-critical",
          resources: GATEWAY_RESOURCES,
          opsLogSidecar: props.accessLogs
            ? { resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } } }
            : undefined,
        },
        security: vaultSecurity(settings),
      },
      waitFor: { fields: { "status.phase": "Ready" } },
      timeouts: { create: "30m", update: "30m" },
      protect,
      dependsOn: [this.cluster.manifest],
    });
  }
}
