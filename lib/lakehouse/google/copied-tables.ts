import type { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import { BigqueryTable } from "@cdktf/provider-google/lib/bigquery-table";
import type { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { StorageBucketObject } from "@cdktf/provider-google/lib/storage-bucket-object";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import type { Problems } from "../../core/problems";
import { initialIcebergMetadata } from "../iceberg-metadata";
import type { ZoneModel } from "../lakehouse";
import type { Table } from "../table";
import type { GoogleLakehouseContext } from "./context";
import { tablesFolder } from "./tables";

export interface GoogleCopiedTablesProps extends GoogleLakehouseContext {
  readonly zone: ZoneModel;
  readonly bucket: StorageBucket;
  readonly dataset: BigqueryDataset;
  /** Literal. */
  readonly bucketName: string;
  /** Literal. */
  readonly datasetId: string;
}

/** What goes into the first metadata file, and so must be known at synth, goes to `problems` if it is not. */
export function checkCopiedTable(problems: Problems, zone: string, table: Table): void {
  const subject = `zone "${zone}" table "${table.name}"`;
  if (table.comment !== undefined) {
    problems.literal(`${subject} comment`, table.comment);
  }
  for (const { name, comment } of table.columns) {
    if (comment !== undefined) {
      problems.literal(`${subject} column "${name}" comment`, comment);
    }
  }
}

/**
 * What Iceberg's BigQuery catalogue writes on tables that no Hive reads.
 *
 * Sources (read 2026-11): org.apache.iceberg.gcp.bigquery.BigQueryMetastoreUtils of Iceberg 1.11,
 * https://docs.cloud.google.com/bigquery/docs/bqms-manage-resources (Create Iceberg tables, Terraform)
 */
const STORAGE_FORMAT = {
  inputFormat: "org.apache.hadoop.mapred.FileInputFormat",
  outputFormat: "org.apache.hadoop.mapred.FileOutputFormat",
  serdeInfo: { serializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe" },
};

/**
 * The tables of a zone that is a copy: empty Iceberg tables in BigLake metastore, so that views and rights can be made
 * before the first copy.
 *
 * Terraform makes a table once: a first metadata file without rows, and the entry that points to it. From then on it
 * belongs to the job that copies, which points the entry to a new metadata file with every commit. Both resources
 * therefore ignore every later difference: the provider writes whole tables, and an update could undo a commit.
 * Columns that are declared later come with the next copy.
 *
 * Makes `google_storage_bucket_object` and `google_bigquery_table`, one of each per table.
 */
export class GoogleCopiedTables extends Construct {
  /** First metadata files, by table name. */
  readonly seeds: ReadonlyMap<string, StorageBucketObject>;
  /** By table name. */
  readonly tables: ReadonlyMap<string, BigqueryTable>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleCopiedTablesProps,
  ) {
    super(scope, id);
    const seeds = new Construct(this, "seed");
    const tables = new Construct(this, "table");
    const made = props.zone.tables.map((table) => [table.name, this.make(seeds, tables, table)] as const);
    this.seeds = new Map(made.map(([name, { seed }]) => [name, seed]));
    this.tables = new Map(made.map(([name, { table }]) => [name, table]));
  }

  private make(seeds: Construct, tables: Construct, table: Table) {
    const { site, bucket, bucketName, dataset, datasetId, destroyable } = this.props;
    const metadata = initialIcebergMetadata(
      {
        bucketUri: `gs://${bucketName}`,
        folder: `${tablesFolder(datasetId)}${table.name}`,
        identity: `gs\u0000${bucketName}\u0000${datasetId}\u0000${table.name}`,
      },
      table,
    );
    const lifecycle = { ignoreChanges: "all" as const, preventDestroy: !destroyable };
    const seed = new StorageBucketObject(seeds, table.name, {
      bucket: bucket.name,
      name: metadata.key,
      content: escapeTemplate(metadata.json),
      contentType: "application/json",
      lifecycle,
    });
    const entry = new BigqueryTable(tables, table.name, {
      project: site.project,
      datasetId: dataset.datasetId,
      tableId: table.name,
      externalCatalogTableOptions: {
        storageDescriptor: { locationUri: metadata.location, ...STORAGE_FORMAT },
        parameters: {
          table_type: "iceberg",
          metadata_location: metadata.metadataLocation,
          uuid: metadata.uuid,
          EXTERNAL: "TRUE",
        },
      },
      deletionProtection: !destroyable,
      lifecycle,
      dependsOn: [seed],
    });
    return { seed, table: entry };
  }
}
