import { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { PubsubTopicIamMember } from "@cdktf/provider-google/lib/pubsub-topic-iam-member";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { StorageNotification } from "@cdktf/provider-google/lib/storage-notification";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { ZoneModel } from "../lakehouse";
import type { GoogleLakehouseContext } from "./context";
import { GoogleCopiedTables } from "./copied-tables";
import { googleNames } from "./names";
import { GoogleZoneTables, type GoogleZoneTablesProps } from "./tables";
import { hasManagedTables, lifecycleRules, SOFT_DELETE_DAYS } from "./zone-rules";

const SECONDS_PER_DAY = 86_400;
const HOURS_PER_DAY = 24;

/**
 * One zone of a `GoogleLakehouse`: bucket, data set, events, tables.
 *
 * Makes `google_storage_bucket`, `google_bigquery_dataset`; with data events `google_pubsub_topic`,
 * `google_pubsub_topic_iam_member`, `google_storage_notification`; with tables what `GoogleZoneTables` makes, or in a
 * copy what `GoogleCopiedTables` makes.
 *
 * Buckets that hold BigQuery's Iceberg tables have soft delete instead of object versions, because BigQuery does not
 * support versions there. Source: https://cloud.google.com/bigquery/docs/iceberg-tables (bucket best practices).
 */
export class GoogleZone extends Construct {
  readonly bucket: StorageBucket;
  readonly dataset: BigqueryDataset;
  /** Undefined without `dataEvents`. */
  readonly topic?: PubsubTopic;
  /** Undefined without `dataEvents`. */
  readonly notification?: StorageNotification;
  /** Undefined in zones without tables and in copies. */
  readonly managedTables?: GoogleZoneTables;
  /** Only in copies with tables. */
  readonly copiedTables?: GoogleCopiedTables;
  /** Literal name of the bucket. */
  readonly bucketName: string;
  /** Literal name of the data set. */
  readonly datasetId: string;
  /** Labels of everything in the zone. */
  readonly labels: Readonly<Record<string, string>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly context: GoogleLakehouseContext,
    readonly model: ZoneModel,
    props: {
      readonly noncurrentVersionDays: number;
      readonly dataEvents: boolean;
      readonly layout: GoogleZoneTablesProps["layout"];
    },
  ) {
    super(scope, id);
    this.bucketName = googleNames.bucket(context.namePrefix, model.name);
    this.datasetId = googleNames.dataset(context.namePrefix, model.name);
    this.labels = {
      zone: model.name,
      ...(model.dataClass !== undefined && { "data-class": model.dataClass }),
    };
    this.bucket = this.makeBucket(props.noncurrentVersionDays);
    if (props.dataEvents) {
      const [topic, publisher] = this.makeTopic();
      this.topic = topic;
      this.notification = new StorageNotification(this, "notification", {
        bucket: this.bucket.name,
        topic: topic.id,
        payloadFormat: "JSON_API_V1",
        eventTypes: ["OBJECT_FINALIZE"],
        dependsOn: [publisher],
      });
    }
    this.dataset = this.makeDataset();
    if (hasManagedTables(model)) {
      this.managedTables = new GoogleZoneTables(this, "tables", {
        ...context,
        zone: model,
        bucket: this.bucket,
        dataset: this.dataset,
        labels: this.labels,
        layout: props.layout,
      });
    } else if (model.tables.length > 0) {
      const { bucket, dataset, bucketName, datasetId } = this;
      const place = { zone: model, bucket, dataset, bucketName, datasetId };
      this.copiedTables = new GoogleCopiedTables(this, "copied-tables", { ...context, ...place });
    }
  }

  private makeBucket(noncurrentVersionDays: number): StorageBucket {
    const { site, project, key, destroyable } = this.context;
    const managed = hasManagedTables(this.model);
    const softDeleteDays = managed ? noncurrentVersionDays : SOFT_DELETE_DAYS.min;
    return new StorageBucket(this, "bucket", {
      project: site.project,
      name: this.bucketName,
      location: site.region.toUpperCase(),
      storageClass: "STANDARD",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: !managed },
      softDeletePolicy: { retentionDurationSeconds: softDeleteDays * SECONDS_PER_DAY },
      encryption: { defaultKmsKeyName: key.keyName },
      lifecycleRule: [...lifecycleRules(this.model, managed ? undefined : noncurrentVersionDays)],
      labels: { ...this.labels },
      forceDestroy: destroyable,
      lifecycle: { preventDestroy: !destroyable },
      dependsOn: [...project.dependencies("storage"), ...key.dependencies("storage")],
    });
  }

  private makeTopic(): [PubsubTopic, PubsubTopicIamMember] {
    const { site, namePrefix, project, key } = this.context;
    const topic = new PubsubTopic(this, "topic", {
      project: site.project,
      name: resourceName([namePrefix, this.model.name, "objects"], { maxLength: 255 }),
      kmsKeyName: key.keyName,
      messageStoragePolicy: { allowedPersistenceRegions: [site.region], enforceInTransit: true },
      labels: { ...this.labels },
      dependsOn: [...project.dependencies("pubsub"), ...key.dependencies("pubsub")],
    });
    const publisher = new PubsubTopicIamMember(this, "publisher", {
      project: site.project,
      topic: topic.name,
      role: "roles/pubsub.publisher",
      member: project.agent("storage"),
    });
    return [topic, publisher];
  }

  private makeDataset(): BigqueryDataset {
    const { site, namePrefix, project, key, destroyable } = this.context;
    const [table] = this.model.tables;
    const managed = hasManagedTables(this.model);
    return new BigqueryDataset(this, "dataset", {
      project: site.project,
      datasetId: this.datasetId,
      location: site.region,
      description: `Zone ${this.model.name} of lakehouse ${namePrefix}`,
      defaultEncryptionConfiguration: { kmsKeyName: key.keyName },
      ...(managed && table
        ? { maxTimeTravelHours: String(table.snapshotRetentionDays * HOURS_PER_DAY) }
        : {
            externalCatalogDatasetOptions: {
              defaultStorageLocationUri: `gs://${this.bucketName}/${this.datasetId}`,
            },
          }),
      deleteContentsOnDestroy: destroyable,
      labels: { ...this.labels },
      lifecycle: { preventDestroy: !destroyable },
      dependsOn: [
        ...project.dependencies("bigquery"),
        ...key.dependencies("bigquery"),
        ...(managed ? [] : [this.bucket]),
      ],
    });
  }
}
