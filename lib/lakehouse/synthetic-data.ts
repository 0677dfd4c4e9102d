import type { Construct } from "constructs";
import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import { LakehouseErrors } from "./errors";
import { formatIcebergType } from "./iceberg-type";
import type { Column, Table } from "./table";

/** What becomes of a column: made without a look at the source, or left empty. */
export type SyntheticMask = "generate" | "null";

/** Use of personal data that somebody decided on. */
export interface AllowedPii {
  readonly column: string;
  /** Why; goes into the job, where a reviewer finds it. */
  readonly reason: string;
}

/** Rows that look like those of a table, made from the distribution of each column by itself. */
export interface SyntheticDataProps {
  readonly source: { readonly zone: string; readonly table: string };
  /** Table of the same columns; its rows are replaced. */
  readonly target: { readonly zone: string; readonly table: string };
  /** Rows to make, 1 to 1,000,000,000. */
  readonly rows: number;
  /** By column. Columns marked as personal data need one, unless `allowPii` names them. @default - none */
  readonly mask?: Readonly<Record<string, SyntheticMask>>;
  /** @default - none */
  readonly allowPii?: readonly AllowedPii[];
  /** Least number of rows in which a text must appear to be used again. @default 20 */
  readonly minimumCount?: number;
}

/** A lakehouse with an engine that makes such rows. */
export interface SyntheticDataMaker {
  addSyntheticData(id: string, props: SyntheticDataProps): Construct;
}

/** True for lakehouses that can make synthetic rows. */
export function makesSyntheticData(lakehouse: object): lakehouse is SyntheticDataMaker {
  return "addSyntheticData" in lakehouse;
}

/** How a value of a column comes to be. */
type Maker = "generate" | "null" | "quantiles" | "frequent" | "coin";

export interface SyntheticColumn {
  readonly column: Column;
  readonly maker: Maker;
}

/** A job after validation. */
export interface SyntheticPlan {
  readonly columns: readonly SyntheticColumn[];
  readonly allowPii: readonly AllowedPii[];
  readonly rows: number;
  readonly minimumCount: number;
}

const NUMBERS = ["int", "long", "float", "double", "decimal"];
const TIMES = ["date", "timestamp", "timestamptz"];

const nameOf = (column: Column): string => formatIcebergType(column.type).replace(/\(.*/, "");

function makerOf(column: Column): Maker | undefined {
  const type = nameOf(column);
  if (NUMBERS.includes(type) || TIMES.includes(type)) {
    return "quantiles";
  }
  return type === "string"
    ? "frequent"
    : type === "boolean"
      ? "coin"
      : type === "uuid"
        ? "generate"
        : undefined;
}

function checkPii(problems: Problems, subject: string, source: Table, props: SyntheticDataProps): void {
  const allowed = new Map((props.allowPii ?? []).map(({ column, reason }) => [column, reason]));
  for (const column of source.columns.filter(({ pii }) => pii)) {
    const masked = props.mask?.[column.name] !== undefined;
    const reason = allowed.get(column.name);
    if (!masked && reason === undefined) {
      problems.add(LakehouseErrors.SyntheticPersonalData, {
        subject: `${subject} column "${column.name}"`,
        given: "personal data without a mask",
        allowed: "a mask, or an entry of allowPii",
      });
    }
  }
  for (const { column, reason } of props.allowPii ?? []) {
    problems.required(`${subject} allowPii "${column}" reason`, reason, "the reason why it may be used");
    const known = source.columns.find(({ name }) => name === column);
    if (!known?.pii || props.mask?.[column] !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: `${subject} allowPii`,
        given: column,
        allowed: "columns of the source that are marked as personal data and have no mask",
      });
    }
  }
}

function planColumn(
  problems: Problems,
  subject: string,
  column: Column,
  mask: SyntheticMask | undefined,
): SyntheticColumn {
  const of = `${subject} column "${column.name}"`;
  if (mask === "null" && column.required) {
    problems.add(LakehouseErrors.SyntheticTypeUnsupported, {
      subject: of,
      given: "null in a column that is required",
      allowed: '"generate"',
    });
  }
  const maker = makerOf(column);
  if (mask !== "null" && maker === undefined) {
    problems.add(LakehouseErrors.SyntheticTypeUnsupported, {
      subject: of,
      given: formatIcebergType(column.type),
      allowed: [...NUMBERS, ...TIMES, "string", "boolean", "uuid"].join(", "),
    });
  }
  return { column, maker: mask ?? maker ?? "null" };
}

function checkTarget(problems: Problems, subject: string, source: Table, target: Table): void {
  const shape = (table: Table) =>
    table.columns.map((column) => `${column.name} ${formatIcebergType(column.type)}`).sort();
  if (shape(source).join() !== shape(target).join()) {
    problems.add(LakehouseErrors.SyntheticColumnsDiffer, {
      subject: `${subject} target`,
      given: shape(target).join(", "),
      allowed: shape(source).join(", "),
    });
  }
}

/** Checks a job against its tables. What is wrong goes to `problems`. */
export function planSyntheticData(
  problems: Problems,
  subject: string,
  source: Table,
  target: Table,
  props: SyntheticDataProps,
): SyntheticPlan {
  const { rows, minimumCount = 20, mask = {}, allowPii = [] } = props;
  problems.literalInteger(`${subject} rows`, rows, { min: 1, max: 1_000_000_000 });
  problems.literalInteger(`${subject} minimumCount`, minimumCount, { min: 2, max: 1_000_000 });
  for (const [column, kind] of Object.entries(mask)) {
    problems.oneOf(`${subject} mask "${column}"`, kind, ["generate", "null"]);
    problems.oneOf(
      `${subject} mask`,
      column,
      source.columns.map(({ name }) => name),
    );
  }
  checkPii(problems, subject, source, props);
  checkTarget(problems, subject, source, target);
  const columns = source.columns.map((column) => planColumn(problems, subject, column, mask[column.name]));
  return { columns, allowPii, rows, minimumCount };
}
