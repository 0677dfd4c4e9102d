import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack } from "cdktf";
import type { PolicyStatement } from "../../../lib/core/aws-policy";
import { Problems } from "../../../lib/core/problems";
import { Site } from "../../../lib/fabric/site";
import { AwsLakehouse, type AwsLakehouseProps } from "../../../lib/lakehouse/aws/lakehouse";
import { initialIcebergMetadata } from "../../../lib/lakehouse/iceberg-metadata";
import { Partition, resolveTable, type TableProps } from "../../../lib/lakehouse/table";
import { Template, testApp } from "../../../lib/testing";

export const ACCOUNT = "111122223333";
export const SITE = Site.aws("ireland", { region: "eu-west-1", account: ACCOUNT });

export const CUSTOMERS = {
  name: "customers",
  columns: [
    { name: "id", type: "long", required: true },
    { name: "country", type: "string" },
    { name: "email", type: "string", pii: true },
  ],
};

/** A table without personal data. */
export const ORDERS = {
  name: "orders",
  columns: [
    { name: "id", type: "long", required: true },
    { name: "ordered_at", type: "timestamptz" },
  ],
};

/** Without engines, so that all rights in the output are those that the test gave. */
export const QUIET: Partial<AwsLakehouseProps> = { athena: false, spark: false, tableOptimizers: [] };

export function newStack(context: Record<string, unknown> = {}, region = "eu-west-1"): TerraformStack {
  const stack = new TerraformStack(testApp(context), "data");
  new AwsProvider(stack, "aws", { region });
  return stack;
}

export function lakehouse(props: Partial<AwsLakehouseProps> = {}, context: Record<string, unknown> = {}) {
  const stack = newStack(context, props.site?.region);
  const lake = new AwsLakehouse(stack, "lake", { site: SITE, namePrefix: "acme", ...props });
  return { stack, lake, template: () => Template.of(stack) };
}

/** Statements of a policy document in the output, by Sid. */
export function statements(json: unknown): Readonly<Record<string, Omit<PolicyStatement, "Sid">>> {
  const { Statement } = JSON.parse(json as string) as { Statement: PolicyStatement[] };
  return Object.fromEntries(Statement.map(({ Sid, ...rest }) => [Sid, rest]));
}

/** A table with every kind of type, transform and order. */
export const EVENTS: TableProps = {
  name: "events",
  comment: 'What ${happened} "when"',
  columns: [
    { name: "id", type: "uuid", required: true, comment: "Key" },
    { name: "at", type: "timestamptz", required: true },
    { name: "amount", type: "decimal(18, 4)" },
    { name: "hash", type: "fixed(16)" },
    { name: "tags", type: "map<string, list<struct<a: int, b: string>>>" },
  ],
  partitionBy: [Partition.day("at"), Partition.bucket("id", 16), Partition.truncate("amount", 10)],
  sortBy: [{ column: "at", direction: "desc" }, { column: "id" }],
  snapshotRetentionDays: 14,
};

/** The first metadata file of a table in zone raw, read back. */
export function metadata(table: TableProps = EVENTS) {
  const problems = new Problems("test");
  const resolved = resolveTable(problems, "raw", table);
  problems.throwIfAny();
  const made = initialIcebergMetadata(
    {
      bucketUri: "s3://acme-raw",
      folder: resolved.name,
      identity: `acme-raw\u0000acme_raw\u0000${resolved.name}`,
    },
    resolved,
  );
  return { ...made, content: JSON.parse(made.json) };
}
