import { LoggingProjectBucketConfig } from "@cdktf/provider-google/lib/logging-project-bucket-config";
import { LoggingProjectSink } from "@cdktf/provider-google/lib/logging-project-sink";
import { ProjectIamAuditConfig } from "@cdktf/provider-google/lib/project-iam-audit-config";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { GoogleLakehouseContext } from "./context";
import type { GoogleZone } from "./zone";

/**
 * Who switches Data Access audit logs of Cloud Storage on.
 *
 * - `project`: this stack, for the whole project: Google has no such switch per bucket. The setting is authoritative,
 *   so only one stack of a project may own it.
 * - `existing`: they are on already, by another stack, the folder or the organisation.
 */
export type GoogleDataAccessAudit = "project" | "existing";

const anyOf = (names: readonly string[]) => `(${names.map((name) => `"${name}"`).join(" OR ")})`;

/**
 * Who read and wrote what: audit logs of the lakehouse's buckets and data sets, kept in a log bucket of their own in
 * the lakehouse's region. BigQuery writes Data Access logs always; those of Cloud Storage have to be switched on.
 *
 * Audit logs and not Cloud Storage usage logs, because usage logs do not say who made a request.
 * Source: https://cloud.google.com/storage/docs/access-logs and https://cloud.google.com/storage/docs/audit-logging
 *
 * Makes `google_logging_project_bucket_config`, `google_logging_project_sink` and, unless the audit logs exist,
 * `google_project_iam_audit_config`.
 */
export class GoogleLakehouseAccessLog extends Construct {
  readonly logBucket: LoggingProjectBucketConfig;
  readonly sink: LoggingProjectSink;
  /** Undefined with `dataAccessAudit: "existing"`. */
  readonly auditConfig?: ProjectIamAuditConfig;

  constructor(
    scope: Construct,
    id: string,
    context: GoogleLakehouseContext,
    zones: readonly GoogleZone[],
    props: { readonly retentionDays: number; readonly audit: GoogleDataAccessAudit },
  ) {
    super(scope, id);
    const { site, namePrefix, project, destroyable } = context;
    if (props.audit === "project") {
      this.auditConfig = new ProjectIamAuditConfig(this, "audit", {
        project: site.project,
        service: "storage.googleapis.com",
        auditLogConfig: [{ logType: "DATA_READ" }, { logType: "DATA_WRITE" }],
        dependsOn: project.dependencies("cloudresourcemanager", "storage"),
      });
    }
    this.logBucket = new LoggingProjectBucketConfig(this, "bucket", {
      project: site.project,
      location: site.region,
      bucketId: resourceName([namePrefix, "access"], { maxLength: 100 }),
      description: `Access log of lakehouse ${namePrefix}`,
      retentionDays: props.retentionDays,
      lifecycle: { preventDestroy: !destroyable },
      dependsOn: project.dependencies("logging"),
    });
    const buckets = anyOf(zones.map((zone) => zone.bucketName));
    const datasets = anyOf(zones.map((zone) => zone.datasetId));
    this.sink = new LoggingProjectSink(this, "sink", {
      project: site.project,
      name: resourceName([namePrefix, "access"], { maxLength: 100 }),
      destination: `logging.googleapis.com/${this.logBucket.id}`,
      uniqueWriterIdentity: true,
      filter: [
        'log_id("cloudaudit.googleapis.com/data_access") AND',
        `((resource.type="gcs_bucket" AND resource.labels.bucket_name=${buckets})`,
        `OR (resource.type="bigquery_dataset" AND resource.labels.dataset_id=${datasets}))`,
      ].join(" "),
    });
  }
}
