import { escapeTemplate } from "../../core/escape";
import type { Problems } from "../../core/problems";
import { LakehouseErrors } from "../errors";
import { formatIcebergType, type IcebergType } from "../iceberg-type";
import type { Column, Table } from "../table";

/** One field of a BigQuery schema, in the form that the API answers with, so that a later plan shows no difference. */
interface BigQueryField {
  readonly name: string;
  readonly type: string;
  readonly mode: "NULLABLE" | "REQUIRED" | "REPEATED";
  readonly precision?: string;
  readonly scale?: string;
  readonly description?: string;
  readonly fields?: readonly BigQueryField[];
  readonly policyTags?: { readonly names: readonly string[] };
}

/** What BigQuery calls Iceberg's primitive types; what is not here has no counterpart. */
const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: "BOOLEAN",
  int: "INTEGER",
  long: "INTEGER",
  float: "FLOAT",
  double: "FLOAT",
  date: "DATE",
  time: "TIME",
  timestamp: "DATETIME",
  timestamptz: "TIMESTAMP",
  string: "STRING",
  binary: "BYTES",
};

/** NUMERIC holds 38 digits of which 9 are after the point; BIGNUMERIC does not exist in Iceberg tables. */
const NUMERIC_SCALE = 9;
const NUMERIC_WHOLE_DIGITS = 29;

/** Why a type cannot be a column of a BigQuery managed Iceberg table; undefined if it can. */
function obstacle(type: IcebergType): string | undefined {
  switch (type.kind) {
    case "primitive":
      return PRIMITIVES[type.name] === undefined ? `BigQuery has no ${type.name}` : undefined;
    case "decimal":
      return type.scale > NUMERIC_SCALE || type.precision - type.scale > NUMERIC_WHOLE_DIGITS
        ? `NUMERIC holds ${NUMERIC_WHOLE_DIGITS} digits before and ${NUMERIC_SCALE} after the point`
        : undefined;
    case "fixed":
      return "BigQuery has no bytes of fixed length";
    case "map":
      return "BigQuery has no map";
    case "list":
      return type.element.kind === "list" ? "BigQuery has no list of lists" : obstacle(type.element);
    case "struct":
      return type.fields.map((field) => obstacle(field.type)).find((reason) => reason !== undefined);
  }
}

/** The nearest type that can be expressed, in words. */
const ALTERNATIVES =
  "use string for uuid, binary for fixed, list<struct<key: …, value: …>> for map, list<struct<items: list<…>>> for a list of lists, and at most 29 digits before and 9 after the point for decimals; or leave the table out at this site";

/**
 * Checks that every column can be expressed.
 *
 * Source: https://cloud.google.com/bigquery/docs/iceberg-tables (limitations), read 2026-11.
 */
export function checkSchema(problems: Problems, zone: string, table: Table): void {
  for (const column of table.columns) {
    const subject = `zone "${zone}" table "${table.name}" column "${column.name}"`;
    if (column.comment !== undefined) {
      problems.literal(`${subject} comment`, column.comment);
    }
    const reason = obstacle(column.type);
    if (reason !== undefined) {
      problems.add(LakehouseErrors.UnsupportedByCatalog, {
        subject,
        given: formatIcebergType(column.type),
        allowed: `what BigQuery managed Iceberg tables can hold: ${reason}`,
        fix: ALTERNATIVES,
      });
    }
  }
}

function isWidened(type: IcebergType): boolean {
  switch (type.kind) {
    case "primitive":
      return type.name === "int" || type.name === "float";
    case "list":
      return isWidened(type.element);
    case "struct":
      return type.fields.some((field) => isWidened(field.type));
    default:
      return false;
  }
}

/** Names of the columns that BigQuery keeps in a wider type than the declared one. */
export function widenedColumns(table: Table): readonly string[] {
  return table.columns.filter((column) => isWidened(column.type)).map((column) => column.name);
}

function typed(
  name: string,
  type: IcebergType,
  mode: BigQueryField["mode"],
  policyTag: string | undefined,
): BigQueryField {
  switch (type.kind) {
    case "list":
      return typed(name, type.element, "REPEATED", policyTag);
    case "struct":
      return {
        name,
        type: "RECORD",
        mode,
        fields: type.fields.map((field) => typed(field.name, field.type, "NULLABLE", policyTag)),
      };
    case "decimal":
      return {
        name,
        type: "NUMERIC",
        mode,
        precision: String(type.precision),
        ...(type.scale > 0 && { scale: String(type.scale) }),
        ...tagged(policyTag),
      };
    case "primitive":
      return { name, type: PRIMITIVES[type.name]!, mode, ...tagged(policyTag) };
    default:
      throw new Error(`checkSchema let ${formatIcebergType(type)} pass`);
  }
}

function tagged(policyTag: string | undefined): Pick<BigQueryField, "policyTags"> {
  return policyTag === undefined ? {} : { policyTags: { names: [policyTag] } };
}

/**
 * Schema of a table as the JSON text that BigQuery takes. Policy tags stand on the leaves, because BigQuery refuses
 * them on records.
 *
 * @param policyTag full name of the column's policy tag, if it has one; may be a token
 */
export function bigQuerySchema(table: Table, policyTag: (column: Column) => string | undefined): string {
  const fields = table.columns.map((column) => ({
    ...typed(column.name, column.type, column.required ? "REQUIRED" : "NULLABLE", policyTag(column)),
    ...(column.comment !== undefined && { description: escapeTemplate(column.comment) }),
  }));
  return JSON.stringify(fields);
}
