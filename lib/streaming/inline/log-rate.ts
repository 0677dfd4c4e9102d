import type { Problems } from "../../core/problems";
import { InlineErrors } from "./errors";
import type { LogTable } from "./log-sink-props";

/** https://docs.aws.amazon.com/athena/latest/ug/service-limits.html#service-limits-query-string-length (read 2026-11-24) */
const ATHENA_STATEMENT_BYTES = 262_144;
/**
 * Athena promises no time. Five seconds is what one MERGE into a small Iceberg table took, as dbt-athena told it
 * (https://github.com/dbt-labs/dbt-athena/pull/153, read 2026-11-24). That none takes less than one is assumed.
 */
const ATHENA_SECONDS = { usual: 5, least: 1 };

/** What the worker puts into the log. */
export interface LogRate {
  readonly entriesPerSecond: number;
  /** Of an entry; text of text is longer in a statement, by its quotes. */
  readonly meanBytes: number;
}

const rounded = (value: number): string => String(Number(value.toPrecision(3)));

/**
 * Whether one sink, one statement after the other, keeps up with the log. Only Athena has a limit that is reached soon: the
 * others are as fast as their engine commits. Adds LogFasterThanTable.
 *
 * @returns what to warn of: it keeps up only if Athena is faster than it was seen to be
 */
export function checkLogRate(
  problems: Problems,
  subject: string,
  kind: LogTable["kind"],
  { entriesPerSecond, meanBytes }: LogRate,
): string | undefined {
  const bytesPerSecond = entriesPerSecond * meanBytes;
  if (kind !== "athena" || bytesPerSecond <= ATHENA_STATEMENT_BYTES / ATHENA_SECONDS.usual) {
    return undefined;
  }
  const given = `${rounded(entriesPerSecond)} entries of ${rounded(meanBytes)} bytes a second`;
  const most = (seconds: number) => rounded(ATHENA_STATEMENT_BYTES / seconds / meanBytes);
  if (bytesPerSecond > ATHENA_STATEMENT_BYTES / ATHENA_SECONDS.least) {
    problems.add(InlineErrors.LogFasterThanTable, {
      subject,
      given,
      allowed: `at most ${most(ATHENA_SECONDS.least)} of them: a statement of Athena holds ${ATHENA_STATEMENT_BYTES} bytes and takes a second or more`,
    });
    return undefined;
  }
  const seconds = rounded(ATHENA_STATEMENT_BYTES / bytesPerSecond);
  return `${given} need a statement of ${ATHENA_STATEMENT_BYTES} bytes every ${seconds} s; at ${ATHENA_SECONDS.usual} s a statement ${most(ATHENA_SECONDS.usual)} entries a second are written`;
}
