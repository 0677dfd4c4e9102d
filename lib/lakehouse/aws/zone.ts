import { GlueCatalogDatabase } from "@cdktf/provider-aws/lib/glue-catalog-database";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import type { LakehouseModel, ZoneModel } from "../lakehouse";
import { AwsBucket } from "./bucket";
import { AwsIcebergTable, type TableOptimizer } from "./iceberg-table";
import { zoneLifecycle } from "./lifecycle";
import { bucketName, databaseName } from "./names";
import { AwsS3TablesZone } from "./s3-tables";

export interface AwsZoneProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly zone: ZoneModel;
  readonly model: LakehouseModel;
  readonly tableCatalog: "glue" | "s3-tables";
  readonly encryptionKeyArn: string;
  readonly optimizers: readonly TableOptimizer[];
  /** Needed with optimizers. */
  readonly optimizerRoleArn?: string;
  readonly protect: boolean;
  /** @default - no access log */
  readonly logTo?: AwsBucket;
}

/**
 * One zone: its bucket, its Glue database with the tables, or its table bucket of S3 Tables.
 *
 * Makes what {@link AwsBucket} makes, `aws_glue_catalog_database`, and what {@link AwsIcebergTable} or
 * {@link AwsS3TablesZone} make.
 */
export class AwsZone extends Construct {
  readonly bucket: AwsBucket;
  /** Set with `tableCatalog: "glue"`. */
  readonly database?: GlueCatalogDatabase;
  /** By table name; empty with `tableCatalog: "s3-tables"` and for copies. */
  readonly tables: Readonly<Record<string, AwsIcebergTable>>;
  /** Set with `tableCatalog: "s3-tables"`. */
  readonly s3Tables?: AwsS3TablesZone;
  /** Name of the database or the namespace, literal. */
  readonly databaseName: string;
  /** `data-class`, if the zone has one. */
  readonly tags?: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: AwsZoneProps) {
    super(scope, id);
    const { zone, model, protect } = props;
    const tags = zone.dataClass === undefined ? undefined : { "data-class": zone.dataClass };
    this.tags = tags;
    this.databaseName = databaseName(props.namePrefix, zone.name);
    this.bucket = new AwsBucket(this, "files", {
      bucketName: bucketName(props.namePrefix, zone.name),
      facts: props.facts,
      encryptionKeyArn: props.encryptionKeyArn,
      onRemoval: protect ? "protect" : "empty",
      lifecycleRules: zoneLifecycle(zone, model.noncurrentVersionDays),
      logTo: props.logTo,
      events: model.dataEvents,
      tags,
    });
    if (props.tableCatalog === "s3-tables") {
      this.tables = {};
      this.s3Tables = new AwsS3TablesZone(this, "s3-tables", {
        facts: props.facts,
        zone,
        tableBucketName: bucketName(props.namePrefix, zone.name, "tables"),
        namespace: this.databaseName,
        encryptionKeyArn: props.encryptionKeyArn,
        protect,
        tags,
      });
      return;
    }
    const database = new GlueCatalogDatabase(this, "database", {
      name: this.databaseName,
      description: `Zone ${zone.name}`,
      locationUri: `s3://${this.bucket.bucketName}`,
      tags,
      lifecycle: { preventDestroy: protect || undefined },
    });
    this.database = database;
    this.tables = Object.fromEntries(
      (zone.copyOf === undefined ? zone.tables : []).map((table) => [
        table.name,
        new AwsIcebergTable(this, `table-${table.name}`, {
          table,
          zoneBucket: this.bucket,
          databaseName: this.databaseName,
          after: [database],
          account: props.facts.account,
          encryptionKeyArn: props.encryptionKeyArn,
          optimizers: props.optimizers,
          optimizerRoleArn: props.optimizerRoleArn,
          protect,
          tags,
        }),
      ]),
    );
  }
}
