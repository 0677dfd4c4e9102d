import type { GlueCatalogTable } from "@cdktf/provider-aws/lib/glue-catalog-table";
import type { GlueCatalogTableOptimizer } from "@cdktf/provider-aws/lib/glue-catalog-table-optimizer";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { dependable, type TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import { escapeTemplate } from "../../core/escape";
import type { Problems } from "../../core/problems";
import { initialIcebergMetadata } from "../iceberg-metadata";
import type { Column, Table } from "../table";
import type { AwsBucket } from "./bucket";
import { AwsLakehouseErrors } from "./errors";
import { hiveType } from "./hive-type";

/** Loaded on first use: the bindings are large, and many programs make none. */
const loadGlueCatalogTableOptimizer = () =>
  (
    require("@cdktf/provider-aws/lib/glue-catalog-table-optimizer") as typeof import("@cdktf/provider-aws/lib/glue-catalog-table-optimizer")
  ).GlueCatalogTableOptimizer;

/** Loaded on first use: the bindings are large, and many programs make none. */
const loadGlueCatalogTable = () =>
  (
    require("@cdktf/provider-aws/lib/glue-catalog-table") as typeof import("@cdktf/provider-aws/lib/glue-catalog-table")
  ).GlueCatalogTable;

/** The three jobs by which Glue keeps an Iceberg table small and fast. */
export type TableOptimizer = "compaction" | "retention" | "orphan_file_deletion";

export const TABLE_OPTIMIZERS: readonly TableOptimizer[] = [
  "compaction",
  "retention",
  "orphan_file_deletion",
];

/** Glue keeps at most so many characters of a column's comment, and of a table's. */
const MAX_COLUMN_COMMENT = 255;
const MAX_TABLE_COMMENT = 2048;
/** Glue keeps at most so many characters of a column's type. */
const MAX_TYPE = 131_072;

/** Days that a file must have been unused before the orphan deletion takes it: longer than any commit runs. */
const ORPHAN_RETENTION_DAYS = 3;

/** Refuses what the Glue catalogue would refuse when it is applied. */
export function checkGlueTable(problems: Problems, zone: string, table: Table): void {
  const subject = `zone "${zone}" table "${table.name}"`;
  const atMost = (at: string, text: string | undefined, limit: number): void => {
    if (text !== undefined && text.length > limit) {
      problems.add(AwsLakehouseErrors.GlueTextTooLong, {
        subject: at,
        given: `${text.length} characters`,
        allowed: `${limit} characters or fewer`,
      });
    }
  };
  atMost(`${subject} comment`, table.comment, MAX_TABLE_COMMENT);
  for (const column of table.columns) {
    atMost(`${subject} column "${column.name}" comment`, column.comment, MAX_COLUMN_COMMENT);
    atMost(`${subject} column "${column.name}" type`, hiveType(column.type), MAX_TYPE);
  }
}

/** Lets the optimizers write their logs, which Glue keeps in groups of these names. */
export function optimizerLogs(facts: AwsFacts): readonly PolicyStatement[] {
  const groups = ["compaction", "retention", "orphan-file-deletion"];
  return [
    {
      Sid: "WriteOptimizerLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: groups.map((group) =>
        regionalArn(facts, "logs", `log-group:/aws-glue/iceberg-${group}/logs:*`),
      ),
    },
  ];
}

export interface AwsIcebergTableProps {
  readonly table: Table;
  readonly zoneBucket: AwsBucket;
  /** Literal. */
  readonly databaseName: string;
  /** Resources that must be there first: the database. */
  readonly after: readonly TerraformResource[];
  readonly account: string;
  readonly encryptionKeyArn: string;
  readonly optimizers: readonly TableOptimizer[];
  /** Needed with optimizers. */
  readonly optimizerRoleArn?: string;
  readonly protect: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

function glueColumn(column: Column): {
  name: string;
  type: string;
  comment?: string;
  parameters: Record<string, string>;
} {
  return {
    name: column.name,
    type: hiveType(column.type),
    comment: column.comment === undefined ? undefined : escapeTemplate(column.comment),
    parameters: {
      "iceberg.field.current": "true",
      "iceberg.field.id": String(column.id),
      "iceberg.field.optional": String(!column.required),
    },
  };
}

/**
 * One Iceberg table in the Glue catalogue, with the partitions and the sort order that the provider's own
 * `open_table_format_input` cannot say.
 *
 * Terraform makes the table once: a first metadata file, and the catalogue entry that points to it. From then on the
 * table belongs to its engines, which write a new metadata file with every commit and point the entry to it. Both
 * resources therefore ignore every later difference; an update by Terraform could undo a commit. A column that is
 * added to the declaration later is not added to the live table: a Terraform `check` compares the two at every plan
 * and tells the `ALTER TABLE` to run.
 *
 * Makes `aws_s3_object`, `aws_glue_catalog_table`, up to three `aws_glue_catalog_table_optimizer` and one `check`.
 */
export class AwsIcebergTable extends Construct {
  /** The first metadata file. */
  readonly seed: S3Object;
  readonly table: GlueCatalogTable;
  /** By kind, in the order in which they were asked for. */
  readonly optimizers: readonly GlueCatalogTableOptimizer[];
  /** `s3://` address of the table, literal. */
  readonly location: string;

  constructor(scope: Construct, id: string, props: AwsIcebergTableProps) {
    super(scope, id);
    const { table, zoneBucket, databaseName } = props;
    const { bucketName } = zoneBucket;
    const metadata = initialIcebergMetadata(
      {
        bucketUri: `s3://${bucketName}`,
        folder: table.name,
        identity: `${bucketName}\u0000${databaseName}\u0000${table.name}`,
      },
      table,
    );
    this.location = metadata.location;
    const lifecycle = { ignoreChanges: "all" as const, preventDestroy: props.protect || undefined };
    this.seed = new S3Object(this, "seed", {
      bucket: zoneBucket.bucket.id,
      key: metadata.key,
      content: escapeTemplate(metadata.json),
      contentType: "application/json",
      serverSideEncryption: "aws:kms",
      kmsKeyId: props.encryptionKeyArn,
      tags: props.tags,
      dependsOn: [zoneBucket.encryption, zoneBucket.policy, zoneBucket.versioning],
      lifecycle,
    });
    this.table = new (loadGlueCatalogTable())(this, "table", {
      databaseName,
      name: table.name,
      description: table.comment === undefined ? undefined : escapeTemplate(table.comment),
      tableType: "EXTERNAL_TABLE",
      parameters: { table_type: "ICEBERG", metadata_location: metadata.metadataLocation },
      storageDescriptor: { location: metadata.location, columns: table.columns.map(glueColumn) },
      dependsOn: [...props.after, this.seed],
      lifecycle,
    });
    this.optimizers = props.optimizers.map((type) => this.optimize(type, props));
    this.checkColumns(databaseName, table);
  }

  /** Lets the optimizers start only after these: the rights that they work with. */
  optimizeAfter(rights: readonly TerraformResource[]): void {
    for (const optimizer of this.optimizers) {
      optimizer.dependsOn = [...new Set([...(optimizer.dependsOn ?? []), ...rights.map(dependable)])];
    }
  }

  private optimize(type: TableOptimizer, props: AwsIcebergTableProps): GlueCatalogTableOptimizer {
    const details = {
      compaction: {},
      retention: {
        retentionConfiguration: [
          {
            icebergConfiguration: [
              {
                snapshotRetentionPeriodInDays: props.table.snapshotRetentionDays,
                numberOfSnapshotsToRetain: 1,
                cleanExpiredFiles: true,
              },
            ],
          },
        ],
      },
      orphan_file_deletion: {
        orphanFileDeletionConfiguration: [
          {
            icebergConfiguration: [
              { orphanFileRetentionPeriodInDays: ORPHAN_RETENTION_DAYS, location: this.location },
            ],
          },
        ],
      },
    }[type];
    return new (loadGlueCatalogTableOptimizer())(this, type.replaceAll("_", "-"), {
      catalogId: props.account,
      databaseName: props.databaseName,
      tableName: props.table.name,
      type,
      configuration: [{ enabled: true, roleArn: props.optimizerRoleArn!, ...details }],
      dependsOn: [this.table],
    });
  }

  /**
   * Because the entry ignores changes, its planned value is what Terraform read from Glue, not what is declared.
   * Columns that an engine dropped stay in Glue with `iceberg.field.current = false` and do not count.
   */
  private checkColumns(database: string, table: Table): void {
    const id = this.table.friendlyUniqueId;
    const live = `[for c in aws_glue_catalog_table.${id}.storage_descriptor[0].columns : c.name if try(c.parameters["iceberg.field.current"], "true") != "false"]`;
    const types = table.columns.map((column) => `"${column.name}" = "${hiveType(column.type)}"`);
    const declared = `{ ${types.join(", ")} }`;
    const missing = `setsubtract(keys(${declared}), ${live})`;
    const extra = `setsubtract(${live}, keys(${declared}))`;
    const name = `${database}.${table.name}`;
    TerraformStack.of(this).addOverride(`check.${id}`, {
      assert: [
        {
          condition: `\${length(${missing}) == 0}`,
          error_message: `Declared columns are missing in the live table. Run: ALTER TABLE ${name} ADD COLUMNS (\${join(", ", [for c in ${missing} : "\${c} \${${declared}[c]}"])})`,
        },
        {
          condition: `\${length(${extra}) == 0}`,
          error_message: `The live table has columns that are not declared: \${join(", ", ${extra})}. Declare them, or run for each: ALTER TABLE ${name} DROP COLUMN <name>`,
        },
      ],
    });
  }
}
