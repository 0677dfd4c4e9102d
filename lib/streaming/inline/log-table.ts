import type { Problems } from "../../core/problems";
import {
  type Column,
  type ColumnProps,
  formatIcebergType,
  Partition,
  type TableProps,
} from "../../lakehouse/index";
import { InlineErrors } from "./errors";

/**
 * What the sink writes, in this order. Parts of an entry are JSON as text: what events, features and answers hold is
 * known to no library. `event_time` is that of the event's record, so that a decision has it however often it is made.
 */
const LOG_COLUMNS: readonly (ColumnProps & { readonly content: boolean })[] = [
  {
    name: "decision_id",
    type: "string",
    required: true,
    content: false,
    comment: "<topic>-<partition>-<offset> of the event",
  },
  {
    name: "event_time",
    type: "timestamptz",
    required: true,
    content: false,
    comment: "Time of the event's record",
  },
  { name: "model", type: "string", required: true, content: false },
  { name: "source", type: "string", required: true, content: false, comment: "model or fallback" },
  { name: "reason", type: "string", content: false, comment: "Why the fallback decided" },
  { name: "event", type: "string", required: true, content: true, comment: "The event, JSON" },
  { name: "features", type: "string", required: true, content: true, comment: "By look-up and name, JSON" },
  { name: "vectors", type: "string", required: true, content: true, comment: "Neighbours by look-up, JSON" },
  { name: "output", type: "string", required: true, content: true, comment: "What was decided, JSON" },
];

/** Names of the columns, in the order in which they are written. */
export const LOG_COLUMN_NAMES: readonly string[] = LOG_COLUMNS.map(({ name }) => name);

/** A table for the log of an inline inference. */
export interface DecisionLogTableProps {
  readonly name: string;
  /** Events, features, neighbours and answers hold personal data. @default true */
  readonly pii?: boolean;
  /** @default "A sample of events, with what was looked up and decided" */
  readonly comment?: string;
}

/** The table that `InlineLogSink` writes, to be put among the tables of a lakehouse's zone. One partition an hour,
 * which at Google Cloud sites needs `partitioning: "time-unit"` or `"cluster"` of the lakehouse. */
export function decisionLogTable({ name, pii = true, comment }: DecisionLogTableProps): TableProps {
  return {
    name,
    comment: comment ?? "A sample of events, with what was looked up and decided",
    columns: LOG_COLUMNS.map(({ content, ...column }) => (content && pii ? { ...column, pii } : column)),
    partitionBy: [Partition.hour("event_time")],
  };
}

/**
 * Whether the sink can write a table with these columns. Adds LogTableDiffers.
 *
 * @param pii the topic of the log holds personal data
 */
export function checkLogTable(
  problems: Problems,
  subject: string,
  columns: readonly Column[],
  pii: boolean,
): void {
  const refuse = (given: unknown, allowed: string) =>
    problems.add(InlineErrors.LogTableDiffers, { subject, given, allowed });
  for (const { name, type, content } of LOG_COLUMNS) {
    const found = columns.find((column) => column.name === name);
    const given = found && formatIcebergType(found.type);
    if (given !== type) {
      refuse(`${name}: ${given ?? "no such column"}`, `${name}: ${type}`);
    } else if (content && pii && !found!.pii) {
      refuse(`${name} without a mark`, `${name} with pii: true, because the topic of the log has it`);
    }
  }
  for (const { name } of columns.filter(
    (column) => column.required && !LOG_COLUMN_NAMES.includes(column.name),
  )) {
    refuse(`${name}, required`, `${name} as optional: the sink does not know it`);
  }
}
