import { CoreErrors } from "../core/errors";
import type { NameRule, Problems } from "../core/problems";
import { LakehouseErrors } from "./errors";
import { formatIcebergType, type IcebergType, parseIcebergType, TYPE_NOTATION } from "./iceberg-type";

/** One column of a table. */
export interface ColumnProps {
  readonly name: string;
  /** Iceberg's notation, for example `long`, `decimal(18, 4)`, `list<string>`. */
  readonly type: string;
  /** Whether a value is always there. @default false */
  readonly required?: boolean;
  /** @default - none */
  readonly comment?: string;
  /**
   * Holds personal data: the column gets the site's own marking (Lake Formation tag, policy tag, column comment) and
   * is left out of grants that do not name it where the site can.
   * @default false
   */
  readonly pii?: boolean;
}

export type PartitionTransform = "identity" | "year" | "month" | "day" | "hour" | "bucket" | "truncate";

/** One partition field: a transform of a column. Source: https://iceberg.apache.org/spec/#partition-transforms */
export class Partition {
  static identity(column: string): Partition {
    return new Partition("identity", column, undefined);
  }
  static year(column: string): Partition {
    return new Partition("year", column, undefined);
  }
  static month(column: string): Partition {
    return new Partition("month", column, undefined);
  }
  static day(column: string): Partition {
    return new Partition("day", column, undefined);
  }
  static hour(column: string): Partition {
    return new Partition("hour", column, undefined);
  }
  /** @param buckets number of buckets, at least 1 */
  static bucket(column: string, buckets: number): Partition {
    return new Partition("bucket", column, buckets);
  }
  /** @param width length of the prefix (text) or size of the step (numbers), at least 1 */
  static truncate(column: string, width: number): Partition {
    return new Partition("truncate", column, width);
  }

  private constructor(
    readonly transform: PartitionTransform,
    readonly column: string,
    /** Buckets or width; undefined for the other transforms. */
    readonly parameter: number | undefined,
  ) {
    Object.freeze(this);
  }

  /** Name of the partition field, as Iceberg's engines choose it, for example `event_time_day`. */
  get fieldName(): string {
    const suffix = { bucket: "bucket", truncate: "trunc" } as Readonly<Record<string, string>>;
    return this.transform === "identity"
      ? this.column
      : `${this.column}_${suffix[this.transform] ?? this.transform}`;
  }

  /** Iceberg's notation, for example `bucket[16]`. */
  get notation(): string {
    return this.parameter === undefined ? this.transform : `${this.transform}[${this.parameter}]`;
  }
}

/** One field of a table's sort order. */
export interface SortField {
  readonly column: string;
  /** @default "asc" */
  readonly direction?: "asc" | "desc";
  /** @default "first" for asc, "last" for desc, as in Iceberg */
  readonly nulls?: "first" | "last";
}

/** An Iceberg table. */
export interface TableProps {
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  readonly columns: readonly ColumnProps[];
  /** @default - not partitioned */
  readonly partitionBy?: readonly Partition[];
  /** @default - not sorted */
  readonly sortBy?: readonly SortField[];
  /** @default - none */
  readonly comment?: string;
  /** Days for which old snapshots stay readable. @default 7 */
  readonly snapshotRetentionDays?: number;
}

/** A column after validation: the type parsed, the field id given. */
export interface Column {
  /** Iceberg field id: position in the declaration, from 1. */
  readonly id: number;
  readonly name: string;
  readonly type: IcebergType;
  readonly required: boolean;
  readonly comment?: string;
  readonly pii: boolean;
}

/** A table after validation. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly partitionBy: readonly Partition[];
  readonly sortBy: readonly Required<SortField>[];
  readonly comment?: string;
  readonly snapshotRetentionDays: number;
}

/** Names that every catalogue and engine takes without quoting. */
const TABLE_NAME: NameRule = {
  pattern: /^[a-z][a-z0-9_]*$/,
  maxLength: 128,
  form: "1 to 128 lower-case letters, digits and underscores, starting with a letter",
};

const TIME_TYPES = ["date", "timestamp", "timestamptz"];
const UNBUCKETABLE = ["boolean", "float", "double"];

function isNested(type: IcebergType): type is Extract<IcebergType, { kind: "list" | "map" | "struct" }> {
  return type.kind === "list" || type.kind === "map" || type.kind === "struct";
}

function transformFits(transform: PartitionTransform, type: IcebergType): boolean {
  if (isNested(type)) {
    return false;
  }
  const name = type.kind === "primitive" ? type.name : type.kind;
  switch (transform) {
    case "identity":
      return true;
    case "year":
    case "month":
    case "day":
      return TIME_TYPES.includes(name);
    case "hour":
      return name === "timestamp" || name === "timestamptz";
    case "bucket":
      return !UNBUCKETABLE.includes(name);
    case "truncate":
      return ["int", "long", "decimal", "string", "binary"].includes(name);
  }
}

function resolveColumns(
  problems: Problems,
  subject: string,
  columns: readonly ColumnProps[],
): readonly Column[] {
  if (columns.length === 0) {
    problems.add(LakehouseErrors.TableWithoutColumns, { subject, given: [], allowed: "one column or more" });
  }
  problems.unique(
    `${subject} columns`,
    columns.map((column) => column.name),
  );
  return columns.flatMap((column, index) => {
    const at = `${subject} column "${column.name}"`;
    problems.name(at, column.name, TABLE_NAME);
    if (!problems.literal(`${at} type`, column.type, TYPE_NOTATION)) {
      return [];
    }
    const type = parseIcebergType(column.type);
    if (type === undefined) {
      problems.add(LakehouseErrors.UnknownColumnType, {
        subject: `${at} type`,
        given: column.type,
        allowed: TYPE_NOTATION,
      });
      return [];
    }
    return [
      {
        id: index + 1,
        name: column.name,
        type,
        required: column.required ?? false,
        comment: column.comment,
        pii: column.pii ?? false,
      },
    ];
  });
}

const TIME_TRANSFORMS: readonly PartitionTransform[] = ["year", "month", "day", "hour"];

/** Iceberg's reference implementations refuse redundant fields and fields named like another column. */
function checkRedundancy(problems: Problems, subject: string, table: TableProps): void {
  const names = table.columns.map((column) => column.name);
  const seen = new Map<string, Partition>();
  for (const partition of table.partitionBy ?? []) {
    const at = `${subject} partition ${partition.notation} of "${partition.column}"`;
    const kind = TIME_TRANSFORMS.includes(partition.transform) ? "time" : partition.transform;
    const key = `${partition.column} ${kind}`;
    const earlier = seen.get(key);
    if (earlier) {
      problems.add(LakehouseErrors.RedundantPartition, {
        subject: at,
        given: [earlier.notation, partition.notation],
        allowed: "one of them",
      });
    }
    seen.set(key, partition);
    if (partition.transform !== "identity" && names.includes(partition.fieldName)) {
      problems.add(LakehouseErrors.PartitionNameTaken, {
        subject: at,
        given: partition.fieldName,
        allowed: "no column of that name",
      });
    }
  }
}

function checkPartition(
  problems: Problems,
  subject: string,
  table: TableProps,
  columns: readonly Column[],
  partition: Partition,
): void {
  const at = `${subject} partition ${partition.transform}(${partition.column})`;
  if (!problems.literal(at, [partition.column, partition.parameter], "a literal column and parameter")) {
    return;
  }
  const names = table.columns.map((column) => column.name);
  if (!names.includes(partition.column)) {
    problems.add(LakehouseErrors.PartitionColumnMissing, {
      subject: at,
      given: partition.column,
      allowed: names.join(", "),
    });
    return;
  }
  if (partition.transform === "bucket" || partition.transform === "truncate") {
    problems.integer(at, partition.parameter as number, { min: 1, max: 1_000_000 });
  }
  const column = columns.find((candidate) => candidate.name === partition.column);
  if (column && !transformFits(partition.transform, column.type)) {
    problems.add(LakehouseErrors.PartitionTransformMismatch, {
      subject: at,
      given: formatIcebergType(column.type),
      allowed:
        "identity: any primitive; year, month, day: date and timestamps; hour: timestamps; bucket: all but boolean, float, double; truncate: int, long, decimal, string, binary",
    });
  }
}

function checkPartitions(
  problems: Problems,
  subject: string,
  table: TableProps,
  columns: readonly Column[],
): void {
  for (const partition of table.partitionBy ?? []) {
    checkPartition(problems, subject, table, columns, partition);
  }
  checkRedundancy(problems, subject, table);
}

function checkSort(problems: Problems, subject: string, table: TableProps, columns: readonly Column[]): void {
  const names = table.columns.map((column) => column.name);
  problems.unique(
    `${subject} sort order`,
    (table.sortBy ?? []).map((field) => field.column),
  );
  for (const field of table.sortBy ?? []) {
    const at = `${subject} sort field "${field.column}"`;
    if (!names.includes(field.column)) {
      problems.add(LakehouseErrors.SortColumnMissing, {
        subject: at,
        given: field.column,
        allowed: names.join(", "),
      });
    }
    const type = columns.find((candidate) => candidate.name === field.column)?.type;
    if (type && isNested(type)) {
      problems.add(LakehouseErrors.UnsortableColumn, {
        subject: at,
        given: formatIcebergType(type),
        allowed: "a column of a primitive type",
      });
    }
    problems.oneOf(`${at} direction`, field.direction ?? "asc", ["asc", "desc"]);
    problems.oneOf(`${at} nulls`, field.nulls ?? "first", ["first", "last"]);
  }
}

/** Checks a table and gives its resolved form. What is wrong goes to `problems`. */
export function resolveTable(problems: Problems, zone: string, table: TableProps): Table {
  const subject = `zone "${zone}" table "${table.name}"`;
  problems.name(subject, table.name, TABLE_NAME);
  const columns = resolveColumns(problems, subject, table.columns);
  checkPartitions(problems, subject, table, columns);
  checkSort(problems, subject, table, columns);
  const snapshotRetentionDays = table.snapshotRetentionDays ?? 7;
  problems.literalInteger(`${subject} snapshotRetentionDays`, snapshotRetentionDays, { min: 1, max: 3650 });
  return {
    name: table.name,
    columns,
    partitionBy: table.partitionBy ?? [],
    sortBy: (table.sortBy ?? []).map((field) => {
      const direction = field.direction ?? "asc";
      return {
        column: field.column,
        direction,
        nulls: field.nulls ?? (direction === "asc" ? "first" : "last"),
      };
    }),
    comment: table.comment,
    snapshotRetentionDays,
  };
}

/** Columns of a table; `UnknownColumn`, `MissingValue` and `DuplicateValue` findings for what is none. */
export function requireColumns(
  problems: Problems,
  zone: string,
  table: Table,
  columns: readonly string[],
): readonly Column[] {
  if (columns.length === 0) {
    problems.add(CoreErrors.MissingValue, {
      subject: `zone "${zone}" table "${table.name}" columns`,
      given: [],
      allowed: "one column or more",
    });
  }
  problems.unique(`zone "${zone}" table "${table.name}" columns`, columns);
  return columns.flatMap((name) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (!column) {
      problems.add(LakehouseErrors.UnknownColumn, {
        subject: `zone "${zone}" table "${table.name}"`,
        given: name,
        allowed: table.columns.map((candidate) => candidate.name).join(", "),
      });
      return [];
    }
    return [column];
  });
}
