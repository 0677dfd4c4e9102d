import type { Problems } from "../../core/problems";
import { ObservabilityErrors } from "../errors";
import type { PublishedMetrics } from "../metrics/published";
import type { AlertRule } from "./rule";

/** Writes alerts of the user. Queries come from `metrics`, which refuses what nobody publishes. */
export type OwnAlerts = (metrics: PublishedMetrics) => readonly AlertRule[];

const ALERT_NAME = /^[A-Z][A-Za-z0-9]*$/;
const DURATION = /^([0-9]+(ms|s|m|h|d|w|y))+$/;

/** Alerts of the user, checked. Adds InvalidRule. */
export function ownAlerts(
  problems: Problems,
  published: PublishedMetrics,
  write: OwnAlerts | undefined,
): readonly AlertRule[] {
  const rules = write?.(published) ?? [];
  for (const rule of rules) {
    const wrong = [
      ALERT_NAME.test(rule.alert) ? [] : ["alert: a CamelCase name"],
      rule.expr.trim() === "" ? ["expr: a query"] : [],
      rule.for === undefined || DURATION.test(rule.for) ? [] : ["for: a duration such as 10m"],
      rule.summary.trim() === "" ? ["summary: one sentence"] : [],
      rule.runbook.trim() === "" ? ["runbook: what to do"] : [],
    ].flat();
    if (wrong.length > 0) {
      problems.add(ObservabilityErrors.InvalidRule, {
        subject: `alert "${rule.alert}"`,
        given: rule,
        allowed: wrong.join("; "),
      });
    }
  }
  return rules;
}

/** Two alerts that nobody could tell apart. Adds InvalidRule. */
export function checkDistinct(problems: Problems, rules: readonly AlertRule[]): void {
  const seen = new Set<string>();
  for (const { alert, labels } of rules) {
    const key = JSON.stringify([alert, Object.entries(labels ?? {}).sort()]);
    if (seen.has(key)) {
      problems.add(ObservabilityErrors.InvalidRule, {
        subject: `alert "${alert}"`,
        given: labels ?? "no labels",
        allowed: "one alert of this name with these labels",
      });
    }
    seen.add(key);
  }
}
