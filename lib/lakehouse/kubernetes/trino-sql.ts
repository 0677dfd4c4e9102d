import type { Problems } from "../../core/problems";
import { LakehouseErrors } from "../errors";
import { formatIcebergType, type IcebergType, type PrimitiveName } from "../iceberg-type";
import type { LakehouseModel, ZoneModel } from "../lakehouse";
import type { Column, Partition, SortField, Table } from "../table";
import { catalogName, TABLE_NAMESPACE } from "./context";

/** Source: Trino documentation, Iceberg connector, type mapping. Iceberg's times have microseconds. */
const PRIMITIVES: Readonly<Record<PrimitiveName, string>> = {
  boolean: "boolean",
  int: "integer",
  long: "bigint",
  float: "real",
  double: "double",
  date: "date",
  time: "time(6)",
  timestamp: "timestamp(6)",
  timestamptz: "timestamp(6) with time zone",
  string: "varchar",
  uuid: "uuid",
  binary: "varbinary",
};

/** Text in a column's comment that marks personal data. */
const PII_MARK = "[PII]";

/** Trino's type for an Iceberg type; undefined if Trino cannot make a column of it. */
export function trinoType(type: IcebergType): string | undefined {
  switch (type.kind) {
    case "primitive":
      return PRIMITIVES[type.name];
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "fixed":
      return undefined;
    case "list":
      return wrap("array", [trinoType(type.element)]);
    case "map":
      return wrap("map", [trinoType(type.key), trinoType(type.value)]);
    case "struct": {
      const fields = type.fields.map((field) => {
        const inner = trinoType(field.type);
        return inner === undefined ? undefined : `${identifier(field.name)} ${inner}`;
      });
      return wrap("row", fields);
    }
  }
}

function wrap(name: string, parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : `${name}(${parts.join(", ")})`;
}

export function identifier(name: string): string {
  return `"${name}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Comments are part of the work that a job is named after. */
function checkComments(problems: Problems, model: LakehouseModel): void {
  for (const zone of model.zones) {
    for (const table of ownTables(zone)) {
      const subject = `zone "${zone.name}" table "${table.name}"`;
      problems.literal(`${subject} comment`, table.comment);
      for (const column of table.columns) {
        problems.literal(`${subject} column "${column.name}" comment`, column.comment);
      }
    }
  }
}

/** What Trino cannot express, or a job cannot be named after, goes to `problems`. */
export function checkTablesSql(problems: Problems, model: LakehouseModel): void {
  checkComments(problems, model);
  for (const zone of model.zones) {
    for (const table of zone.tables) {
      for (const column of table.columns.filter((candidate) => trinoType(candidate.type) === undefined)) {
        problems.add(LakehouseErrors.UnsupportedByCatalog, {
          subject: `zone "${zone.name}" table "${table.name}" column "${column.name}"`,
          given: formatIcebergType(column.type),
          allowed: "any type without fixed(length), which Trino cannot make",
          fix: "use binary instead of fixed(length)",
        });
      }
    }
  }
}

function commentOf(column: Column): string | undefined {
  const parts = [
    ...(column.pii ? [PII_MARK] : []),
    ...(column.comment === undefined ? [] : [column.comment]),
  ];
  return parts.length === 0 ? undefined : parts.join(" ");
}

/** Trino's notation, for example `day(event_time)` or `bucket(user_id, 16)`. */
function partitionText(partition: Partition): string {
  const { transform, column, parameter } = partition;
  if (transform === "identity") {
    return column;
  }
  return parameter === undefined ? `${transform}(${column})` : `${transform}(${column}, ${parameter})`;
}

function sortText(field: Required<SortField>): string {
  return `${field.column} ${field.direction.toUpperCase()} NULLS ${field.nulls.toUpperCase()}`;
}

function list(texts: readonly string[]): string {
  return `ARRAY[${texts.map(literal).join(", ")}]`;
}

function tableProperties(table: Table): string {
  const properties = [
    "format = 'PARQUET'",
    "format_version = 2",
    ...(table.partitionBy.length > 0 ? [`partitioning = ${list(table.partitionBy.map(partitionText))}`] : []),
    ...(table.sortBy.length > 0 ? [`sorted_by = ${list(table.sortBy.map(sortText))}`] : []),
  ];
  return `WITH (\n  ${properties.join(",\n  ")}\n)`;
}

function qualified(zone: ZoneModel, table: Table): string {
  return [catalogName(zone.name), TABLE_NAMESPACE, table.name].map(identifier).join(".");
}

function columnText(column: Column): string {
  return `${identifier(column.name)} ${trinoType(column.type)}${column.required ? " NOT NULL" : ""}`;
}

function tableStatements(zone: ZoneModel, table: Table): readonly string[] {
  const name = qualified(zone, table);
  const columns = table.columns.map((column) => `  ${columnText(column)}`).join(",\n");
  const comment = (text: string | undefined) => (text === undefined ? "NULL" : literal(text));
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (\n${columns}\n)\n${tableProperties(table)}`,
    ...table.columns.map((column) => `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${columnText(column)}`),
    `COMMENT ON TABLE ${name} IS ${comment(table.comment)}`,
    ...table.columns.map(
      (column) => `COMMENT ON COLUMN ${name}.${identifier(column.name)} IS ${comment(commentOf(column))}`,
    ),
  ];
}

/** Tables that this site makes; those of a copy are made by the job that copies. */
export function ownTables(zone: ZoneModel): readonly Table[] {
  return zone.copyOf === undefined ? zone.tables : [];
}

function script(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};\n`).join("\n");
}

/**
 * Statements that bring schemas, tables, columns and comments to the declared state, whatever was there before.
 * Partitioning and sort order of a table that exists are left as they are: changing them is a decision about its data.
 */
export function tablesSql(model: LakehouseModel): string {
  return script(
    model.zones.flatMap((zone) => [
      `CREATE SCHEMA IF NOT EXISTS ${identifier(catalogName(zone.name))}.${identifier(TABLE_NAMESPACE)}`,
      ...ownTables(zone).flatMap((table) => tableStatements(zone, table)),
    ]),
  );
}

/** Days for which files that no snapshot needs are kept, in case a slow writer is about to use them. */
const ORPHAN_DAYS = 7;

/** Statements that compact the tables, expire snapshots and remove files that no snapshot needs. */
export function maintenanceSql(model: LakehouseModel): string {
  return script(
    model.zones.flatMap((zone) =>
      ownTables(zone).flatMap((table) => {
        const alter = `ALTER TABLE ${qualified(zone, table)} EXECUTE`;
        return [
          `${alter} optimize`,
          `${alter} expire_snapshots(retention_threshold => '${table.snapshotRetentionDays}d')`,
          `${alter} remove_orphan_files(retention_threshold => '${ORPHAN_DAYS}d')`,
        ];
      }),
    ),
  );
}
