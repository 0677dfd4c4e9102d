import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import { addWarning } from "../../core/warnings";
import { CustomResource } from "../../kubernetes/custom-resource";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";
import { CA_FILE, TASK_DIRECTORY, Task } from "../../kubernetes/task";
import { type PgvectorSql, pgvectorSql, rightsRole, tableName } from "../pgvector-sql";
import type { ClusterEngine, EngineGrant, EngineProps, SignIn } from "./engine";
import type { PgvectorOptions } from "./props";
import { KubernetesVectorWarnings } from "./warnings";

export const POSTGRES_PORT = "5432";
const API_VERSION = "postgresql.cnpg.io/v1";
const DATABASE = "vectors";
const IMAGE = "ghcr.io/cloudnative-pg/postgresql:17.6-standard-bookworm";
const BARMAN_PLUGIN = "barman-cloud.cloudnative-pg.io";
const ROLE_NAME_LENGTH = 63;

export interface VectorPostgresProps extends EngineProps {
  readonly settings: PgvectorOptions;
}

/** Name of the cluster of PostgreSQL. */
export function postgresName(context: KubernetesContext): string {
  return objectName(context, "postgres");
}

/**
 * PostgreSQL with pgvector by CloudNativePG: instances, memory and volumes by the sizing, the extension by a `Database`,
 * a role per right by a `DatabaseRole`, and tables and indexes by a Job that runs the SQL of `sql`.
 *
 * Terraform resource types: `kubernetes_manifest` (Cluster, Database, DatabaseRole, ScheduledBackup), `kubernetes_job_v1`,
 * `kubernetes_config_map_v1`.
 */
export class VectorPostgres extends Construct implements ClusterEngine {
  readonly cluster: CustomResource;
  readonly database: CustomResource;
  /** Only with `backup`. */
  readonly scheduledBackup?: CustomResource;
  /** Roles that carry the rights on a collection, by name. */
  readonly rights: Readonly<Record<string, CustomResource>>;
  /** Makes tables, indexes and rights. */
  readonly setup: Task;
  readonly sql: PgvectorSql;
  readonly ready;
  readonly caSecret: string;
  readonly signIn: SignIn;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VectorPostgresProps,
  ) {
    super(scope, id);
    const { context, collections, settings } = props;
    this.caSecret = `${postgresName(context)}-ca`;
    this.sql = pgvectorSql("pgvector", collections, { extensions: false, roles: false });
    this.cluster = this.makeCluster();
    this.database = this.makeDatabase();
    if (settings.backup) {
      this.scheduledBackup = this.makeBackup(settings.backup);
    } else {
      addWarning(this, KubernetesVectorWarnings.VectorsWithoutBackup, "give `pgvector: { backup }`");
    }
    this.rights = Object.fromEntries(
      collections
        .flatMap(({ name }) => [rightsRole(name, "read"), rightsRole(name, "write")])
        .map((role) => [role, this.role(this, role, role, { login: false })]),
    );
    this.setup = this.makeSetup();
    this.ready = [this.setup.job];
    this.signIn = {
      kind: "password",
      username: (grant) => resourceName([grant], { maxLength: ROLE_NAME_LENGTH, separator: "_" }),
      admit: (where, child, grant, after) => this.admit(where, child, grant, after),
    };
  }

  readonly lookup: ClusterEngine["lookup"] = ({ name }) => ({
    endpoint: this.host,
    target: tableName(name),
    container: DATABASE,
  });

  private get host(): string {
    return `${postgresName(this.props.context)}-rw.${this.props.context.namespace}.svc`;
  }

  private makeCluster(): CustomResource {
    const { context, sizing, storageClass, settings } = this.props;
    const { count, vcpusPerNode, memoryGibPerNode, diskGibPerNode } = sizing.capacity;
    const memory = `${memoryGibPerNode}Gi`;
    const mebibytes = memoryGibPerNode * 1024;
    const { extensionImage, backup } = settings;
    return new CustomResource(this, "cluster", {
      apiVersion: API_VERSION,
      kind: "Cluster",
      name: postgresName(context),
      namespace: context.namespace,
      labels: partOf(context, "postgres"),
      spec: {
        instances: count,
        imageName: settings.image ?? IMAGE,
        storage: { size: `${diskGibPerNode}Gi`, storageClass },
        bootstrap: { initdb: { database: DATABASE, owner: DATABASE } },
        enableSuperuserAccess: false,
        enablePDB: true,
        affinity: {
          enablePodAntiAffinity: true,
          podAntiAffinityType: "required",
          topologyKey: "kubernetes.io/hostname",
        },
        postgresql: {
          synchronous: { method: "any", number: 1 },
          parameters: {
            shared_buffers: `${Math.floor(mebibytes * 0.4)}MB`,
            effective_cache_size: `${Math.floor(mebibytes * 0.75)}MB`,
            // A graph that does not fit is built on disk, many times slower.
            maintenance_work_mem: `${Math.floor(mebibytes / 8)}MB`,
          },
          ...(extensionImage === undefined
            ? {}
            : { extensions: [{ name: "pgvector", image: { reference: extensionImage } }] }),
        },
        resources: { requests: { cpu: String(vcpusPerNode), memory }, limits: { memory } },
        plugins: backup && [
          {
            name: BARMAN_PLUGIN,
            isWALArchiver: true,
            parameters: { barmanObjectName: backup.barmanObjectName },
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

  private makeDatabase(): CustomResource {
    const { context } = this.props;
    return new CustomResource(this, "database", {
      apiVersion: API_VERSION,
      kind: "Database",
      name: objectName(context, DATABASE),
      namespace: context.namespace,
      labels: partOf(context, "postgres"),
      spec: {
        cluster: { name: postgresName(context) },
        name: DATABASE,
        owner: DATABASE,
        databaseReclaimPolicy: "retain",
        extensions: [{ name: "vector", ensure: "present" }],
      },
      waitFor: { fields: { "status.applied": "true" } },
      dependsOn: [this.cluster.manifest],
    });
  }

  private makeBackup(backup: NonNullable<PgvectorOptions["backup"]>): CustomResource {
    const { context } = this.props;
    return new CustomResource(this, "scheduled-backup", {
      apiVersion: API_VERSION,
      kind: "ScheduledBackup",
      name: postgresName(context),
      namespace: context.namespace,
      labels: partOf(context, "postgres"),
      spec: {
        cluster: { name: postgresName(context) },
        schedule: backup.schedule ?? "0 0 2 * * *",
        // The archived log alone restores nothing: the first base backup is taken at once.
        immediate: true,
        method: "plugin",
        pluginConfiguration: { name: BARMAN_PLUGIN },
        backupOwnerReference: "none",
      },
      dependsOn: [this.cluster.manifest],
    });
  }

  private makeSetup(): Task {
    const { context, settings } = this.props;
    const secretName = `${postgresName(context)}-app`;
    const connection = `host=${this.host} dbname=${DATABASE} sslmode=verify-full sslrootcert=${CA_FILE}`;
    return new Task(this, "setup", {
      context,
      name: "postgres-tables",
      image: settings.image ?? IMAGE,
      files: { "schema.sql": this.sql.schema, "after_load.sql": this.sql.afterLoad },
      command: [
        "psql",
        connection,
        "--set=ON_ERROR_STOP=1",
        "--no-psqlrc",
        "--quiet",
        `--file=${TASK_DIRECTORY}/schema.sql`,
      ],
      env: [
        { name: "PGUSER", secretName, secretKey: "username" },
        { name: "PGPASSWORD", secretName, secretKey: "password" },
      ],
      caSecret: this.caSecret,
      dependsOn: [this.database.manifest, ...Object.values(this.rights).map(({ manifest }) => manifest)],
    });
  }

  /** The Secret is made by a Job before: CloudNativePG reads the password from it. */
  private admit(scope: Construct, id: string, grant: EngineGrant, after: ITerraformDependable) {
    const spec = {
      login: true,
      // A right that leaves the declaration takes its user with it.
      databaseRoleReclaimPolicy: "delete",
      clientCertificate: { enabled: false },
      passwordSecret: { name: grant.passwordSecret },
      inRoles: [rightsRole(grant.collection.name, grant.access)],
    };
    const username = (this.signIn as Extract<SignIn, { kind: "password" }>).username(grant.name);
    return this.role(scope, id, username, spec, [after, ...this.ready]).manifest;
  }

  private role(
    scope: Construct,
    id: string,
    name: string,
    spec: Readonly<Record<string, unknown>>,
    after: readonly ITerraformDependable[] = [],
  ): CustomResource {
    const { context } = this.props;
    return new CustomResource(scope, id, {
      apiVersion: API_VERSION,
      kind: "DatabaseRole",
      name: objectName(context, "role", name.replaceAll("_", "-")),
      namespace: context.namespace,
      labels: partOf(context, "postgres"),
      spec: { cluster: { name: postgresName(context) }, name, ensure: "present", ...spec },
      waitFor: { fields: { "status.applied": "true" } },
      dependsOn: [this.cluster.manifest, ...after],
    });
  }
}
