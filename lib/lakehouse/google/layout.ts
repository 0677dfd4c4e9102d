import type { Problems } from "../../core/problems";
import { LakehouseErrors } from "../errors";
import { formatIcebergType } from "../iceberg-type";
import type { Partition, SortField, Table } from "../table";

/**
 * What becomes of a table's partitions.
 *
 * - `refuse`: a partitioned table is refused with `UnsupportedByCatalog`.
 * - `cluster`: the partition columns become the first clustering columns. Queries that filter on them read less, but
 *   there are no partitions: the transform (day, bucket, …) has no counterpart.
 * - `time-unit`: one year, month, day or hour transform becomes a partition of BigQuery. Google offers this for
 *   Iceberg tables as a preview to projects that signed up; other transforms are refused.
 */
export type GooglePartitioning = "refuse" | "cluster" | "time-unit";

/**
 * What becomes of a table's sort order.
 *
 * - `refuse`: a sorted table is refused with `UnsupportedByCatalog`.
 * - `cluster`: the sort columns become clustering columns, which have no direction.
 */
export type GoogleSorting = "refuse" | "cluster";

/** How BigQuery lays out the files of a table. */
export interface GoogleTableLayout {
  /** At most four columns. */
  readonly clustering: readonly string[];
  readonly timePartitioning?: { readonly type: string; readonly field: string };
}

const MAX_CLUSTERING_COLUMNS = 4;
const CLUSTERABLE = ["boolean", "int", "long", "date", "timestamp", "timestamptz", "string"];
const TIME_UNITS: readonly string[] = ["year", "month", "day", "hour"];

/** True if the sort field asks for something that clustering cannot give. */
export function losesDirection(field: Required<SortField>): boolean {
  return field.direction === "desc" || field.nulls === "last";
}

function checkTimeUnit(problems: Problems, subject: string, partitions: readonly Partition[]): void {
  const fits = partitions.length === 1 && partitions.every(({ transform }) => TIME_UNITS.includes(transform));
  if (!fits) {
    problems.add(LakehouseErrors.UnsupportedByCatalog, {
      subject: `${subject} partitionBy`,
      given: partitions.map((partition) => `${partition.notation}(${partition.column})`),
      allowed: "one partition by year, month, day or hour",
      fix: 'keep one time transform, or choose `partitioning: "cluster"`',
    });
  }
}

function checkClustering(problems: Problems, subject: string, table: Table, names: readonly string[]): void {
  if (names.length > MAX_CLUSTERING_COLUMNS) {
    problems.add(LakehouseErrors.UnsupportedByCatalog, {
      subject: `${subject} clustering`,
      given: names,
      allowed: `at most ${MAX_CLUSTERING_COLUMNS} columns from partitionBy and sortBy together`,
      fix: "leave out the columns that queries filter on least",
    });
  }
  for (const name of names) {
    const type = table.columns.find((column) => column.name === name)?.type;
    const clusterable =
      type?.kind === "decimal" || (type?.kind === "primitive" && CLUSTERABLE.includes(type.name));
    if (type && !clusterable) {
      problems.add(LakehouseErrors.UnsupportedByCatalog, {
        subject: `${subject} clustering column "${name}"`,
        given: formatIcebergType(type),
        allowed: `${CLUSTERABLE.join(", ")}, decimal`,
        fix: "partition and sort by columns of these types",
      });
    }
  }
}

/**
 * The layout of one table. What cannot be expressed goes to `problems`; nothing is dropped.
 *
 * Source: https://cloud.google.com/bigquery/docs/iceberg-tables and
 * https://cloud.google.com/bigquery/docs/clustered-tables, read 2026-11.
 */
export function tableLayout(
  problems: Problems,
  zone: string,
  table: Table,
  options: { readonly partitioning: GooglePartitioning; readonly sorting: GoogleSorting },
): GoogleTableLayout {
  const subject = `zone "${zone}" table "${table.name}"`;
  const partitions = table.partitionBy;
  if (partitions.length > 0 && options.partitioning === "refuse") {
    problems.add(LakehouseErrors.UnsupportedByCatalog, {
      subject: `${subject} partitionBy`,
      given: partitions.map((partition) => `${partition.notation}(${partition.column})`),
      allowed: 'nothing, with `partitioning: "refuse"`',
      fix: 'choose `partitioning: "cluster"` (clustering by the partition columns) or `partitioning: "time-unit"` (one time transform; a preview that Google opens per project)',
    });
  }
  if (table.sortBy.length > 0 && options.sorting === "refuse") {
    problems.add(LakehouseErrors.UnsupportedByCatalog, {
      subject: `${subject} sortBy`,
      given: table.sortBy.map((field) => `${field.column} ${field.direction}`),
      allowed: 'nothing, with `sorting: "refuse"`',
      fix: 'choose `sorting: "cluster"`: clustering by the sort columns, without direction',
    });
  }
  const timeUnit = options.partitioning === "time-unit" && partitions.length > 0;
  if (timeUnit) {
    checkTimeUnit(problems, subject, partitions);
  }
  const fromPartitions =
    options.partitioning === "cluster" ? partitions.map((partition) => partition.column) : [];
  const fromSort = options.sorting === "cluster" ? table.sortBy.map((field) => field.column) : [];
  const clustering = [...new Set([...fromPartitions, ...fromSort])];
  checkClustering(problems, subject, table, clustering);
  const [first] = partitions;
  return {
    clustering,
    ...(timeUnit &&
      first && {
        timePartitioning: { type: first.transform.toUpperCase(), field: first.column },
      }),
  };
}
