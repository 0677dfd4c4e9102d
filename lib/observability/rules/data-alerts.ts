import type { Matchers, PublishedMetrics } from "../metrics/published";
import type { ResolvedLimits } from "./limits";
import type { AlertRule } from "./rule";

const LAG_RUNBOOK =
  "The reader falls behind. If its pods are at their maximum, partitions or replicas are missing; if they are fewer, see why the scaler does not ask for more. If partitions are paused or the breaker is open, what it calls is down. A lag that stands still in one partition is a message that cannot be worked on: see the log and the dead letters.";

function lagAlerts(published: PublishedMetrics, { streamLag }: ResolvedLimits): readonly AlertRule[] {
  return streamLag.map(({ consumerGroup, maxMessages }) => ({
    alert: "StreamLag",
    expr:
      consumerGroup === undefined
        ? `sum by (namespace, topic) (${published.series("inline_inference_consumer_lag")}) > ${maxMessages}`
        : `sum by (namespace, consumergroup, topic) (clamp_min(${published.series("kafka_consumergroup_lag", { consumergroup: consumerGroup })}, 0)) > ${maxMessages}`,
    for: "10m",
    severity: "page",
    labels: { reader: consumerGroup ?? "inline-inference" },
    summary: `${consumerGroup ?? "the inline worker"} is {{ $value }} messages behind in {{ $labels.topic }}`,
    runbook: LAG_RUNBOOK,
  }));
}

function freshnessAlerts(published: PublishedMetrics, { freshness }: ResolvedLimits): readonly AlertRule[] {
  return freshness.map(({ view, maxSeconds }) => ({
    alert: "FeaturesStale",
    expr: `max by (project, feature_view) (${published.series("feast_feature_freshness_seconds", { feature_view: view })}) > ${maxSeconds}`,
    for: "5m",
    severity: "page",
    summary: `features of ${view} were last written {{ $value | humanizeDuration }} ago, promised are ${maxSeconds} s`,
    runbook:
      "Models decide by old values. See the last materialization (its job and its log), then whether the source table got new commits. The metric tells the age of the last run, so also look whether that run had rows.",
  }));
}

function inlineAlerts(published: PublishedMetrics): readonly AlertRule[] {
  if (!published.has("inline-inference")) {
    return [];
  }
  return [
    {
      alert: "ModelBreakerOpen",
      expr: `max by (namespace, pod) (${published.series("inline_inference_breaker_state")}) == 2`,
      for: "5m",
      severity: "page",
      summary: "{{ $labels.pod }} of {{ $labels.namespace }} has stopped calling its model",
      runbook:
        "Calls of the model failed too often, and decisions are made by the fallback. See the endpoint that the worker calls; the breaker closes by itself when calls succeed again.",
    },
  ];
}

function responseCacheAlerts(
  published: PublishedMetrics,
  { cacheFailureShare }: ResolvedLimits,
): readonly AlertRule[] {
  if (!published.has("response-cache")) {
    return [];
  }
  const lookups = (matchers: Matchers) =>
    `sum by (job, traffic_class) (rate(${published.series("response_cache_requests_total", matchers, "10m")}))`;
  const failed = lookups({ outcome: "miss", reason: "store" });
  const all = lookups({ outcome: { matches: "hit|miss" }, reason: { not: "no-cache" } });
  return [
    {
      alert: "ResponseCacheStoreFails",
      expr: `${failed} / ${all} > ${cacheFailureShare}`,
      for: "10m",
      severity: "ticket",
      summary:
        "the store of {{ $labels.job }} fails for {{ $value | humanizePercentage }} of the look-ups of {{ $labels.traffic_class }}",
      runbook:
        "Requests are answered by models as if there were no cache: nothing breaks, but it costs tokens and each look-up waits up to `lookupMs` in vain. See whether the store runs, whether the password and the authority in the Secrets are those of the store, and whether the network policy lets the cache reach it. If look-ups are only too slow, compare their 95th percentile with `lookupMs`.",
    },
  ];
}

function scalerAlerts(published: PublishedMetrics): readonly AlertRule[] {
  if (!published.has("keda")) {
    return [];
  }
  return [
    {
      alert: "ScalerBlind",
      expr: `sum by (scaledObject, scaler) (increase(${published.series("keda_scaler_detail_errors_total", {}, "10m")})) > 0`,
      for: "10m",
      severity: "ticket",
      summary: "KEDA cannot read what {{ $labels.scaledObject }} scales by ({{ $labels.scaler }})",
      runbook:
        "Without its metric the scaler keeps the number of replicas, or takes the fallback. See the address of Prometheus or the credentials of the trigger, and whether the query gives exactly one value.",
    },
  ];
}

function queueAlerts(published: PublishedMetrics): readonly AlertRule[] {
  if (!published.has("kueue")) {
    return [];
  }
  return [
    {
      alert: "WorkloadsInadmissible",
      expr: `${published.series("kueue_pending_workloads", { status: "inadmissible" })} > 0`,
      for: "1h",
      severity: "ticket",
      summary: "{{ $value }} workloads of {{ $labels.cluster_queue }} cannot be admitted",
      runbook:
        "They ask for more than the quota of any flavour, or for a flavour that is not there. See the condition QuotaReserved of the Workload; change the request or the quota.",
    },
  ];
}

function targetAlerts(published: PublishedMetrics, jobs: readonly string[]): readonly AlertRule[] {
  if (jobs.length === 0) {
    return [];
  }
  return [
    {
      alert: "MetricsMissing",
      expr: `${published.series("up", { job: { matches: jobs.join("|") } })} == 0`,
      for: "10m",
      severity: "ticket",
      summary: "{{ $labels.instance }} of {{ $labels.job }} cannot be scraped",
      runbook:
        "Alerts on this target are blind. See whether the pod runs, whether the named port is there, and whether network policies let Prometheus in.",
    },
  ];
}

/** Alerts on streams, features, the cache of answers, queues of batch work, and on what can no longer be seen. */
export function dataAlerts(
  published: PublishedMetrics,
  limits: ResolvedLimits,
  jobs: readonly string[],
): readonly AlertRule[] {
  return [
    ...lagAlerts(published, limits),
    ...freshnessAlerts(published, limits),
    ...inlineAlerts(published),
    ...responseCacheAlerts(published, limits),
    ...scalerAlerts(published),
    ...queueAlerts(published),
    ...targetAlerts(published, jobs),
  ];
}
