export type { Exporter, MetricsSource } from "../kubernetes/metrics-source";
export type { TraceSampling } from "./collector/config";
export type { TelemetryDataClass } from "./collector/redaction";
export type { CollectorSecret, LogTarget, TraceTarget } from "./collector/targets";
export type { Dashboard } from "./dashboards/dashboard";
export { ObservabilityErrors } from "./errors";
export { METRICS } from "./metrics/catalogue";
export type { ExporterFacts, Metric, MetricType } from "./metrics/metric";
export type { Matcher, Matchers, PublishedMetrics } from "./metrics/published";
export type {
  IObservability,
  MetricsQueryAccess,
  ObservabilityBackend,
  ObservabilityProps,
} from "./observability";
export { type ObservabilityPlan, type ObservabilityPlanProps, planObservability } from "./plan";
export { ObservabilityWarnings } from "./plan-warnings";
export type { FreshnessLimit, HealthLimits, StreamLagLimit } from "./rules/limits";
export type { OwnAlerts } from "./rules/own-alerts";
export {
  type AlertRule,
  type RecordingRule,
  type Rule,
  type RuleGroup,
  ruleDocument,
  type Severity,
} from "./rules/rule";
export type { Slo, SloKind, WithoutSlo } from "./rules/slo";
export { estimateSeries, type MetricsStorage, storageGib } from "./sizing";
