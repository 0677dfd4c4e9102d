import type { Severity } from "./rule";

/** How fast an error budget may be used up before somebody is told. */
export interface BurnRateWindow {
  /** Times the rate that would use up the budget in exactly 30 days. */
  readonly factor: number;
  readonly long: string;
  /** Ends the alert soon after the trouble has ended. */
  readonly short: string;
  readonly severity: Severity;
  /** Share of the budget of 30 days that is gone after the long window. */
  readonly budget: string;
}

/**
 * Source: Google, The Site Reliability Workbook, chapter 5, https://sre.google/workbook/alerting-on-slos/ (read 2026-11):
 * windows of 1h, 6h and 3d with factors of 14.4, 6 and 1 use 2, 5 and 10 % of a budget of 30 days; the short window is a
 * twelfth of the long one. Factor 3 over a day (10 %) stands between.
 */
export const BURN_RATE_WINDOWS: readonly BurnRateWindow[] = [
  { factor: 14.4, long: "1h", short: "5m", severity: "page", budget: "2 %" },
  { factor: 6, long: "6h", short: "30m", severity: "page", budget: "5 %" },
  { factor: 3, long: "1d", short: "2h", severity: "ticket", budget: "10 %" },
  { factor: 1, long: "3d", short: "6h", severity: "ticket", budget: "10 %" },
];

/** All windows that ratios are recorded for, shortest first. */
export const RECORDED_WINDOWS: readonly string[] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];

/** Without the dust of binary fractions. */
export const plainNumber = (value: number): number => Number(value.toPrecision(12));

/** Share of errors above which the window's alert speaks. One or more: no share of errors could reach it. */
export function burnThreshold(objective: number, factor: number): number {
  return plainNumber(factor * (1 - objective));
}
