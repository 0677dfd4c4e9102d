import { S3TablesNamespace } from "@cdktf/provider-aws/lib/s3tables-namespace";
import type { S3TablesTable } from "@cdktf/provider-aws/lib/s3tables-table";
import { S3TablesTableBucket } from "@cdktf/provider-aws/lib/s3tables-table-bucket";
import { S3TablesTableBucketPolicy } from "@cdktf/provider-aws/lib/s3tables-table-bucket-policy";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { policyJson } from "../../core/aws-policy";
import type { NameRule, Problems } from "../../core/problems";
import { LakehouseErrors } from "../errors";
import type { ZoneModel } from "../lakehouse";
import type { Column, Table } from "../table";

/** Loaded on first use: the bindings are large, and many programs make none. */
const loadS3TablesTable = () =>
  (
    require("@cdktf/provider-aws/lib/s3tables-table") as typeof import("@cdktf/provider-aws/lib/s3tables-table")
  ).S3TablesTable;

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets-naming.html (read 2026-11-21) */
const S3_TABLES_NAME: NameRule = {
  pattern: /^(?!aws)[a-z0-9][a-z0-9_]*[a-z0-9]$/,
  maxLength: 63,
  form: "3 to 63 lower-case letters, digits and underscores, starting and ending alphanumeric, not starting with aws",
};

/** Days after which S3 Tables deletes files that no snapshot refers to. */
const UNREFERENCED_DAYS = 3;

/** Refuses what a table of S3 Tables cannot be when Terraform makes it. */
export function checkS3Table(problems: Problems, zone: string, table: Table): void {
  const subject = `zone "${zone}" table "${table.name}"`;
  const refuse = (what: string, given: unknown, reason: string): void =>
    problems.add(LakehouseErrors.UnsupportedByCatalog, {
      subject: `${subject} ${what}`,
      given,
      allowed: `nothing, with tableCatalog "s3-tables": ${reason}`,
      fix: 'use tableCatalog "glue", or leave it out and set it with an engine after the table is made',
    });
  const notInProvider = "the Terraform provider can only say name, type and required of a column";
  if (table.name.length < 3) {
    problems.name(`${subject} name`, "", S3_TABLES_NAME);
  } else {
    problems.name(`${subject} name`, table.name, S3_TABLES_NAME);
  }
  if (table.partitionBy.length > 0) {
    const given = table.partitionBy.map((partition) => `${partition.notation}(${partition.column})`);
    refuse("partitionBy", given, notInProvider);
  }
  if (table.sortBy.length > 0) {
    refuse("sortBy", table.sortBy.map((field) => field.column).join(", "), notInProvider);
  }
  if (table.comment !== undefined) {
    refuse("comment", table.comment, notInProvider);
  }
  for (const column of table.columns) {
    checkColumn(column, refuse, notInProvider);
  }
}

function checkColumn(
  column: Column,
  refuse: (what: string, given: unknown, reason: string) => void,
  notInProvider: string,
): void {
  const at = `column "${column.name}"`;
  if (["list", "map", "struct"].includes(column.type.kind)) {
    refuse(`${at} type`, column.type.kind, notInProvider);
  }
  if (column.comment !== undefined) {
    refuse(`${at} comment`, column.comment, notInProvider);
  }
  if (column.pii) {
    refuse(
      `${at} pii`,
      true,
      "Lake Formation tags and grants on S3 Tables catalogues fail in the provider (hashicorp/terraform-provider-aws#40724), so the column could neither be marked nor left out of grants",
    );
  }
}

function typeName(column: Column): string {
  const { type } = column;
  if (type.kind === "primitive") {
    return type.name;
  }
  return type.kind === "decimal"
    ? `decimal(${type.precision},${type.scale})`
    : `fixed(${(type as { length: number }).length})`;
}

export interface AwsS3TablesZoneProps {
  readonly facts: AwsFacts;
  readonly zone: ZoneModel;
  /** Literal. */
  readonly tableBucketName: string;
  /** Literal. */
  readonly namespace: string;
  readonly encryptionKeyArn: string;
  readonly protect: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * The tables of one zone in S3 Tables: a table bucket of their own, one namespace, and maintenance by S3.
 *
 * Makes `aws_s3tables_table_bucket`, `aws_s3tables_table_bucket_policy`, `aws_s3tables_namespace` and one
 * `aws_s3tables_table` per table.
 */
export class AwsS3TablesZone extends Construct {
  readonly tableBucket: S3TablesTableBucket;
  readonly policy: S3TablesTableBucketPolicy;
  readonly namespace: S3TablesNamespace;
  readonly tables: Readonly<Record<string, S3TablesTable>>;
  /** ARN from the literal name. */
  readonly literalArn: string;

  constructor(scope: Construct, id: string, props: AwsS3TablesZoneProps) {
    super(scope, id);
    const { facts, zone } = props;
    this.literalArn = tableBucketArn(facts, props.tableBucketName);
    this.tableBucket = new S3TablesTableBucket(this, "table-bucket", {
      name: props.tableBucketName,
      encryptionConfiguration: { sseAlgorithm: "aws:kms", kmsKeyArn: props.encryptionKeyArn },
      maintenanceConfiguration: {
        icebergUnreferencedFileRemoval: {
          status: "enabled",
          settings: { unreferencedDays: UNREFERENCED_DAYS, nonCurrentDays: UNREFERENCED_DAYS },
        },
      },
      tags: props.tags,
      ...(props.protect ? { lifecycle: { preventDestroy: true } } : { forceDestroy: true }),
    });
    this.policy = new S3TablesTableBucketPolicy(this, "policy", {
      tableBucketArn: this.tableBucket.arn,
      resourcePolicy: policyJson([
        {
          Sid: "RefusePlainHttp",
          Effect: "Deny",
          Principal: "*",
          Action: ["s3tables:*"],
          Resource: [this.tableBucket.arn, `${this.tableBucket.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: "RefuseOtherAccounts",
          Effect: "Deny",
          Principal: "*",
          Action: ["s3tables:*"],
          Resource: [this.tableBucket.arn, `${this.tableBucket.arn}/*`],
          Condition: {
            StringNotEquals: { "aws:PrincipalAccount": facts.account },
            BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
          },
        },
      ]),
    });
    this.namespace = new S3TablesNamespace(this, "namespace", {
      namespace: props.namespace,
      tableBucketArn: this.tableBucket.arn,
      lifecycle: { preventDestroy: props.protect || undefined },
    });
    this.tables = Object.fromEntries(zone.tables.map((table) => [table.name, this.table(table, props)]));
  }

  private table(table: Table, props: AwsS3TablesZoneProps): S3TablesTable {
    return new (loadS3TablesTable())(this, `table-${table.name}`, {
      name: table.name,
      namespace: this.namespace.namespace,
      tableBucketArn: this.tableBucket.arn,
      format: "ICEBERG",
      encryptionConfiguration: { sseAlgorithm: "aws:kms", kmsKeyArn: props.encryptionKeyArn },
      maintenanceConfiguration: {
        icebergCompaction: { status: "enabled", settings: { targetFileSizeMb: 512 } },
        icebergSnapshotManagement: {
          status: "enabled",
          settings: { maxSnapshotAgeHours: table.snapshotRetentionDays * 24, minSnapshotsToKeep: 1 },
        },
      },
      metadata: [
        {
          iceberg: [
            {
              schema: [
                {
                  field: table.columns.map((column) => ({
                    name: column.name,
                    type: typeName(column),
                    required: column.required,
                  })),
                },
              ],
            },
          ],
        },
      ],
      tags: props.tags,
      lifecycle: { ignoreChanges: ["metadata"], preventDestroy: props.protect || undefined },
    });
  }
}

/** ARN of a table bucket of the lakehouse's account and region. */
export function tableBucketArn(facts: AwsFacts, name: string): string {
  return regionalArn(facts, "s3tables", `bucket/${name}`);
}
