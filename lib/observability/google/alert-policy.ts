import type { AlertRule, RuleGroup } from "../rules/rule";

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/** `1h30m` as `5400s`. Milliseconds are below what the service knows. */
export function seconds(duration: string): string {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_SECONDS[unit!] ?? 0), 0);
  return `${total}s`;
}

/** Placeholders of Prometheus as those of Cloud Monitoring, which knows labels of the result and no value. */
export function cloudText(text: string): string {
  return text
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, "${metric.label.$1}")
    .replace(/\{\{ \$value[^}]*\}\}/g, "(see the chart)");
}

/** Name of the policy's construct: of the alert and what tells it from others of the same name. */
export function alertId({ alert, labels = {} }: AlertRule): string {
  const values = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value);
  return [alert, ...values].join("-").replace(/[^A-Za-z0-9-]+/g, "-");
}

/** An alert as condition of a policy. */
export function promqlCondition(rule: AlertRule, group: RuleGroup) {
  return {
    query: rule.expr,
    duration: seconds(rule.for ?? "0s"),
    evaluationInterval: seconds(group.interval),
    ruleGroup: group.name,
    alertRule: rule.alert,
    labels: { ...rule.labels, severity: rule.severity },
    // What is recorded, or not yet published, has no metric when the policy is made.
    disableMetricValidation: true,
  };
}
