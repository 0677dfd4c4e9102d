import type { BigqueryConnection } from "@cdktf/provider-google/lib/bigquery-connection";
import type { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import type { BigqueryTable } from "@cdktf/provider-google/lib/bigquery-table";
import type { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import { resourceName } from "../../core/naming";
import type { ZoneModel } from "../lakehouse";
import type { Table } from "../table";
import type { GoogleLakehouseContext } from "./context";
import type { GoogleTableLayout } from "./layout";
import { bigQuerySchema } from "./schema";

/** Loaded on first use: the bindings are large, and many programs make none. */
const loadBigqueryConnection = () =>
  (
    require("@cdktf/provider-google/lib/bigquery-connection") as typeof import("@cdktf/provider-google/lib/bigquery-connection")
  ).BigqueryConnection;

/** Loaded on first use: the bindings are large, and many programs make none. */
const loadBigqueryTable = () =>
  (
    require("@cdktf/provider-google/lib/bigquery-table") as typeof import("@cdktf/provider-google/lib/bigquery-table")
  ).BigqueryTable;

/** Folder of a zone's bucket in which BigQuery keeps the files of the zone's tables, with a trailing slash. */
export function tablesFolder(datasetId: string): string {
  return `${datasetId}/`;
}

export interface GoogleZoneTablesProps extends GoogleLakehouseContext {
  readonly zone: ZoneModel;
  readonly bucket: StorageBucket;
  readonly dataset: BigqueryDataset;
  readonly labels: Readonly<Record<string, string>>;
  readonly layout: (table: Table) => GoogleTableLayout;
}

/**
 * The Iceberg tables of one zone, managed by BigQuery, and the connection through which BigQuery reaches the bucket.
 *
 * Makes `google_bigquery_connection`, `google_storage_bucket_iam_member` and `google_bigquery_table`. A table's files
 * are in `gs://BUCKET/DATASET/TABLE/`; a table must not be made again over the files of an earlier one, because
 * BigQuery deletes files that it does not know.
 */
export class GoogleZoneTables extends Construct {
  readonly connection: BigqueryConnection;
  /** Rights of the connection's service account on the bucket. */
  readonly connectionRights: readonly StorageBucketIamMember[];
  /** By table name. */
  readonly tables: ReadonlyMap<string, BigqueryTable>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleZoneTablesProps,
  ) {
    super(scope, id);
    const { site, namePrefix, zone, project, bucket, destroyable } = props;
    // Tables whose files the connection cannot reach may lose data.
    const lifecycle = { preventDestroy: !destroyable };
    this.connection = new (loadBigqueryConnection())(this, "connection", {
      project: site.project,
      location: site.region,
      connectionId: resourceName([namePrefix, zone.name], { maxLength: 100 }),
      description: `Files of zone ${zone.name} of lakehouse ${namePrefix}`,
      cloudResource: {},
      lifecycle,
      dependsOn: project.dependencies("bigqueryconnection"),
    });
    const member = `serviceAccount:${this.connection.cloudResource.serviceAccountId}`;
    this.connectionRights = [
      new StorageBucketIamMember(this, "connection-objects", {
        bucket: bucket.name,
        role: "roles/storage.objectUser",
        member,
        lifecycle,
      }),
      new StorageBucketIamMember(this, "connection-bucket", {
        bucket: bucket.name,
        role: "roles/storage.legacyBucketReader",
        member,
        lifecycle,
      }),
    ];
    const tables = new Construct(this, "table");
    this.tables = new Map(zone.tables.map((table) => [table.name, this.makeTable(tables, table)]));
  }

  private makeTable(scope: Construct, table: Table): BigqueryTable {
    const { site, zone, bucket, dataset, destroyable, taxonomy } = this.props;
    const layout = this.props.layout(table);
    return new (loadBigqueryTable())(scope, table.name, {
      project: site.project,
      datasetId: dataset.datasetId,
      tableId: table.name,
      ...(table.comment !== undefined && { description: escapeTemplate(table.comment) }),
      schema: bigQuerySchema(
        table,
        (column) => taxonomy?.columnTag(zone.name, table.name, column.name)?.name,
      ),
      biglakeConfiguration: {
        connectionId: this.connection.name,
        storageUri: `gs://${bucket.name}/${tablesFolder(dataset.datasetId)}${table.name}/`,
        fileFormat: "PARQUET",
        tableFormat: "ICEBERG",
      },
      ...(layout.clustering.length > 0 && { clustering: [...layout.clustering] }),
      ...(layout.timePartitioning && { timePartitioning: layout.timePartitioning }),
      labels: { ...this.props.labels },
      deletionProtection: !destroyable,
      lifecycle: {
        preventDestroy: !destroyable,
        // BigQuery reports the data set's key on the table, which the provider would answer with a replacement.
        ignoreChanges: ["encryption_configuration"],
      },
      dependsOn: [...this.connectionRights],
    });
  }
}
