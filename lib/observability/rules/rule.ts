/** Who is told: `page` wakes somebody, `ticket` waits for working hours. */
export type Severity = "page" | "ticket";

export interface RecordingRule {
  /** Name of the new series, `level:metric:operation`. */
  readonly record: string;
  readonly expr: string;
  /** @default - those of the expression only */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface AlertRule {
  /** CamelCase. With its labels unique in all groups. */
  readonly alert: string;
  readonly expr: string;
  /** Time for which it must hold before anybody is told, such as `10m`. @default - at once */
  readonly for?: string;
  readonly severity: Severity;
  /** @default - `severity` only */
  readonly labels?: Readonly<Record<string, string>>;
  /** One sentence; may use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly summary: string;
  /** What it means, how to tell the cause, what to do. */
  readonly runbook: string;
}

export type Rule = RecordingRule | AlertRule;

export interface RuleGroup {
  readonly name: string;
  /** Between two evaluations, such as `30s`. */
  readonly interval: string;
  readonly rules: readonly Rule[];
}

function ruleBody(rule: Rule): Record<string, unknown> {
  if ("record" in rule) {
    return { record: rule.record, expr: rule.expr, ...(rule.labels ? { labels: { ...rule.labels } } : {}) };
  }
  return {
    alert: rule.alert,
    expr: rule.expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    labels: { ...rule.labels, severity: rule.severity },
    annotations: { summary: rule.summary, description: rule.runbook },
  };
}

/** Groups in the form that Prometheus, its operator and the managed services read alike. */
export function ruleDocument(groups: readonly RuleGroup[]): { groups: Record<string, unknown>[] } {
  return {
    groups: groups.map(({ name, interval, rules }) => ({ name, interval, rules: rules.map(ruleBody) })),
  };
}
