import type { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import type { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import type { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { addWarning } from "../../core/warnings";
import { COMPONENTS } from "../../kubernetes/components";
import { CustomResource } from "../../kubernetes/custom-resource";
import { HelmComponent } from "../../kubernetes/helm-component";
import { randomKeys } from "../../kubernetes/random-keys";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";
import { TASK_DIRECTORY, Task } from "../../kubernetes/task";
import { jobScript } from "./job-script";
import type { StoreAccess, ZoneBucket } from "./storage";
import { KubernetesLakehouseWarnings } from "./warnings";

/** Backup of the catalogue's database by the Barman plugin of CloudNativePG, which must be installed. */
export interface CatalogBackup {
  /** An `ObjectStore` of the plugin (`barmancloud.cnpg.io`), in the namespace of the lakehouse. */
  readonly barmanObjectName: string;
  /** Cron expression with seconds, UTC, of base backups; the log is archived all the time. @default "0 0 2 * * *" */
  readonly schedule?: string;
}

/** Database and replicas of the table catalogue. */
export interface CatalogSettings {
  /** Database instances: 1 or more; from 2 on, a commit is on two of them before it counts. @default 3 */
  readonly databaseInstances?: number;
  /** Disk of each instance; can grow, never shrink. @default "20Gi" */
  readonly databaseStorage?: string;
  /** Block storage class. @default - the default class of the cluster */
  readonly databaseStorageClass?: string;
  /** @default - none, with a warning */
  readonly backup?: CatalogBackup;
  /** Replicas of Lakekeeper. @default 2 */
  readonly replicas?: number;
}

export interface KubernetesCatalogProps {
  readonly context: KubernetesContext;
  readonly settings: CatalogSettings;
  readonly buckets: readonly ZoneBucket[];
  readonly store: StoreAccess;
  /** Engines outside the cluster use the catalogue: it signs their requests to the object store. */
  readonly external: boolean;
  readonly image: string;
  /** The buckets as declared. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Keys in the Secret that is made in the cluster. */
export const KEYS = { encryption: "encryptionKey", shared: "sharedSecret" } as const;

const BARMAN_PLUGIN = "barman-cloud.cloudnative-pg.io";
const DATABASE = "lakekeeper";
const PORT = 8181;

/** Address of the Iceberg REST catalogue inside the cluster. */
export function catalogUri(context: Pick<KubernetesContext, "prefix" | "namespace">): string {
  return `http://${objectName(context, "lakekeeper")}.${context.namespace}.svc:${PORT}/catalog`;
}

/** Name of the Secret with the keys that the cluster makes for itself. */
export function keysSecretName(context: Pick<KubernetesContext, "prefix">): string {
  return objectName(context, "keys");
}

/**
 * Lakekeeper, an Iceberg REST catalogue, on a PostgreSQL cluster of CloudNativePG, with a warehouse per zone.
 *
 * Lakekeeper itself does not ask who calls: the network policies of the namespace let only the engines in, and those
 * check their callers. The keys with which it encrypts what it stores are made in the cluster and never leave it.
 *
 * Terraform resource types: `kubernetes_manifest` (Cluster, ScheduledBackup), `helm_release`, `kubernetes_job_v1`,
 * `kubernetes_config_map_v1`, `kubernetes_service_account_v1`, `kubernetes_role_v1`, `kubernetes_role_binding_v1`.
 */
export class KubernetesCatalog extends Construct {
  readonly database: CustomResource;
  /** Only with `backup`. */
  readonly scheduledBackup?: CustomResource;
  readonly keysIdentity: ServiceAccountV1;
  readonly keysRole: RoleV1;
  readonly keysRoleBinding: RoleBindingV1;
  readonly keys: Task;
  readonly lakekeeper: HelmComponent;
  readonly warehouses: Task;

  constructor(scope: Construct, id: string, props: KubernetesCatalogProps) {
    super(scope, id);
    const { context, settings } = props;
    this.database = this.makeDatabase(context, settings);
    if (settings.backup) {
      this.scheduledBackup = this.makeBackup(context, settings.backup);
    } else {
      const detail = "give `catalog: { backup }` with an ObjectStore of the Barman plugin";
      addWarning(this, KubernetesLakehouseWarnings.CatalogWithoutBackup, detail);
    }
    const keys = randomKeys(this, {
      context,
      secretName: keysSecretName(context),
      keys: Object.values(KEYS),
      image: props.image,
    });
    this.keysIdentity = keys.identity;
    this.keysRole = keys.role;
    this.keysRoleBinding = keys.roleBinding;
    this.keys = keys.task;
    this.lakekeeper = this.makeLakekeeper(context, settings);
    this.warehouses = this.makeWarehouses(props);
  }

  private makeDatabase(context: KubernetesContext, settings: CatalogSettings): CustomResource {
    const instances = settings.databaseInstances ?? 3;
    return new CustomResource(this, "database", {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      name: objectName(context, "catalog"),
      namespace: context.namespace,
      labels: partOf(context, "catalog-database"),
      spec: {
        instances,
        storage: { size: settings.databaseStorage ?? "20Gi", storageClass: settings.databaseStorageClass },
        bootstrap: { initdb: { database: DATABASE, owner: DATABASE } },
        enableSuperuserAccess: false,
        enablePDB: instances > 1,
        affinity: { enablePodAntiAffinity: true, topologyKey: "kubernetes.io/hostname" },
        postgresql: instances > 1 ? { synchronous: { method: "any", number: 1 } } : undefined,
        resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
        plugins: settings.backup && [
          {
            name: BARMAN_PLUGIN,
            isWALArchiver: true,
            parameters: { barmanObjectName: settings.backup.barmanObjectName },
          },
        ],
      },
      computedFields: ["spec.postgresql.parameters"],
      waitFor: { condition: { type: "Ready", status: "True" } },
      timeouts: { create: "30m", update: "30m" },
      protect: !context.destroyable,
      dependsOn: [...context.after],
    });
  }

  private makeBackup(context: KubernetesContext, backup: CatalogBackup): CustomResource {
    return new CustomResource(this, "scheduled-backup", {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "ScheduledBackup",
      name: objectName(context, "catalog"),
      namespace: context.namespace,
      labels: partOf(context, "catalog-database"),
      spec: {
        cluster: { name: objectName(context, "catalog") },
        schedule: backup.schedule ?? "0 0 2 * * *",
        // The archived log alone restores nothing: the first base backup is taken at once.
        immediate: true,
        method: "plugin",
        pluginConfiguration: { name: BARMAN_PLUGIN },
        backupOwnerReference: "none",
      },
      dependsOn: [this.database.manifest],
    });
  }

  private makeLakekeeper(context: KubernetesContext, settings: CatalogSettings): HelmComponent {
    const cluster = objectName(context, "catalog");
    const host = `${cluster}-rw.${context.namespace}.svc`;
    const resources = { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "512Mi" } };
    const replicas = settings.replicas ?? 2;
    return new HelmComponent(this, "lakekeeper", {
      component: COMPONENTS.lakekeeper,
      releaseName: objectName(context, "lakekeeper"),
      namespace: context.namespace,
      createNamespace: false,
      values: {
        fullnameOverride: objectName(context, "lakekeeper"),
        postgresql: { enabled: false },
        // Reads go to the primary too: a replica may lag behind a commit that the same client has just made.
        externalDatabase: {
          type: "postgres",
          host_read: host,
          host_write: host,
          port: 5432,
          database: DATABASE,
          userSecret: `${cluster}-app`,
          userSecretKey: "username",
          passwordSecret: `${cluster}-app`,
          passwordSecretKey: "password",
        },
        secretBackend: {
          type: "Postgres",
          postgres: { encryptionKeySecret: keysSecretName(context), encryptionKeySecretKey: KEYS.encryption },
        },
        authz: { backend: "allowall" },
        internalOpenFGA: false,
        serviceAccount: { create: true, automount: false },
        catalog: {
          replicas,
          resources,
          initContainers: { checkDb: { resources } },
          dbMigrations: { resources },
          config: { LAKEKEEPER__PG_SSL_MODE: "require" },
          podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containerSecurityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          podDisruptionBudget: replicas > 1 ? { enabled: true, maxUnavailable: 1 } : { enabled: false },
          service: { externalPort: PORT },
        },
      },
      dependsOn: [this.database.manifest, this.keys.job],
    });
  }

  private makeWarehouses({
    context,
    buckets,
    store,
    external,
    image,
    dependsOn,
  }: KubernetesCatalogProps): Task {
    const config = {
      catalog: catalogUri(context).replace(/\/catalog$/, ""),
      endpoint: store.endpoint,
      region: store.region,
      stsEnabled: store.sts,
      remoteSigningEnabled: external,
      warehouses: buckets.map((bucket) => ({
        name: bucket.zone,
        bucket: bucket.name,
        accessKeyEnv: bucket.accessKey.name,
        secretKeyEnv: bucket.secretKey.name,
      })),
    };
    return new Task(this, "warehouses", {
      context,
      name: "warehouses",
      image,
      files: {
        "prepare_warehouses.py": jobScript("prepare_warehouses.py"),
        "config.json": stableJson(config, 2),
      },
      command: ["python3", `${TASK_DIRECTORY}/prepare_warehouses.py`, `${TASK_DIRECTORY}/config.json`],
      env: buckets.flatMap((bucket) => [bucket.accessKey, bucket.secretKey]),
      dependsOn: [this.lakekeeper.release, ...dependsOn],
    });
  }
}
