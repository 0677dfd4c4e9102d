import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";
import {
  CA_FILE,
  escapedFiles,
  type PodProps,
  restrictedPod,
  TASK_DIRECTORY,
  Task,
  TOKEN_FILE,
} from "../../kubernetes/task";
import type { LakehouseModel } from "../lakehouse";
import { trinoUser } from "./access-rules";
import { trinoAudience, trinoUri } from "./trino";
import { maintenanceSql, ownTables, tablesSql } from "./trino-sql";
import { trinoTlsSecretName } from "./trino-tls";

/** Goes with the version of Trino that the chart installs. */
const TRINO_IMAGE = "docker.io/trinodb/trino:480";
/** The command line client runs with 1 GiB of Java heap. */
const CLIENT_MEMORY_MEBIBYTES = 1536;
/** Kubernetes appends a time of eleven characters to the name of a cron job. */
const CRON_JOB_NAME_LENGTH = 52;
/** After that a maintenance is ended, so that one that hangs does not keep all later ones from running. */
const MAINTENANCE_SECONDS = 12 * 3600;

export interface KubernetesTablesProps {
  readonly context: KubernetesContext;
  readonly model: LakehouseModel;
  /** Cron expression, UTC. */
  readonly maintenanceSchedule: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Name of the service account that owns the tables. */
export function tablesAccount(context: Pick<KubernetesContext, "prefix">): string {
  return objectName(context, "tables");
}

/** A pod that runs a file of SQL as the identity that owns the tables. */
export function trinoPod(
  context: KubernetesContext,
  file: string,
  options: readonly string[] = [],
): Omit<PodProps, "configMap"> {
  const account = tablesAccount(context);
  const user = trinoUser({ namespace: context.namespace, serviceAccount: account });
  const command = [
    "exec trino",
    `--server ${trinoUri(context)}`,
    `--user ${user}`,
    `--access-token "$(cat ${TOKEN_FILE})"`,
    `--truststore-path ${CA_FILE}`,
    `--file ${TASK_DIRECTORY}/${file}`,
    ...options,
  ].join(" ");
  return {
    image: TRINO_IMAGE,
    command: ["sh", "-c", command],
    serviceAccount: account,
    tokenAudience: trinoAudience(context),
    memoryMebibytes: CLIENT_MEMORY_MEBIBYTES,
    caSecret: trinoTlsSecretName(context),
  };
}

/**
 * Schemas and tables, made by a Job that states them in SQL and may run any number of times, and a daily maintenance
 * that compacts files, expires snapshots older than `snapshotRetentionDays` and removes orphan files. It goes on after
 * a statement that fails, and is ended after twelve hours; its token is valid that long, which the API server must allow.
 *
 * Terraform resource types: `kubernetes_job_v1`, `kubernetes_cron_job_v1`, `kubernetes_config_map_v1`,
 * `kubernetes_service_account_v1`.
 */
export class KubernetesTables extends Construct {
  readonly identity: ServiceAccountV1;
  readonly tables: Task;
  /** Only if there are tables. */
  readonly maintenanceFiles?: ConfigMapV1;
  /** Only if there are tables. */
  readonly maintenance?: CronJobV1;

  constructor(scope: Construct, id: string, props: KubernetesTablesProps) {
    super(scope, id);
    const { context, model } = props;
    const labels = partOf(context, "tables");
    this.identity = new ServiceAccountV1(this, "identity", {
      metadata: { name: tablesAccount(context), namespace: context.namespace, labels },
      automountServiceAccountToken: false,
      dependsOn: [...context.after],
    });
    this.tables = new Task(this, "tables", {
      context,
      name: "tables",
      files: { "tables.sql": tablesSql(model) },
      ...trinoPod(context, "tables.sql"),
      dependsOn: [this.identity, ...props.dependsOn],
    });
    if (model.zones.some((zone) => ownTables(zone).length > 0)) {
      const name = resourceName([context.prefix, "maintenance"], { maxLength: CRON_JOB_NAME_LENGTH });
      const metadata = { name, namespace: context.namespace, labels };
      this.maintenanceFiles = new ConfigMapV1(this, "maintenance-files", {
        metadata,
        data: escapedFiles({ "maintenance.sql": maintenanceSql(model) }),
        dependsOn: [...context.after],
      });
      this.maintenance = this.makeMaintenance(props, metadata);
    }
  }

  private makeMaintenance(
    { context, maintenanceSchedule }: KubernetesTablesProps,
    metadata: { name: string; namespace: string; labels: Record<string, string> },
  ): CronJobV1 {
    const pod = restrictedPod({
      // One table that fails does not hold back the others; the job fails in the end all the same.
      ...trinoPod(context, "maintenance.sql", ["--ignore-errors"]),
      // The client reads its token once, at the start.
      tokenSeconds: MAINTENANCE_SECONDS,
      configMap: metadata.name,
    });
    return new CronJobV1(this, "maintenance", {
      metadata,
      spec: {
        schedule: maintenanceSchedule,
        timezone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels: metadata.labels },
          spec: {
            backoffLimit: 1,
            activeDeadlineSeconds: MAINTENANCE_SECONDS,
            template: { metadata: { labels: metadata.labels }, spec: pod },
          },
        },
      },
      dependsOn: [this.tables.job, ...(this.maintenanceFiles ? [this.maintenanceFiles] : [])],
    });
  }
}
