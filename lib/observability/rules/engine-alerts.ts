import { TRAFFIC_CLASS_LABEL } from "../../gateway/gateway";
import type { TrafficClass } from "../../serving/serving";
import type { PublishedMetrics } from "../metrics/published";
import { plainNumber } from "./burn-rate";
import type { ResolvedLimits } from "./limits";
import type { AlertRule } from "./rule";

/** Requests that wait in each replica, for engines that are scraped. */
export function waitingQueries(published: PublishedMetrics): readonly string[] {
  return [
    ...(published.has("vllm") ? [published.series("vllm:num_requests_waiting")] : []),
    ...(published.has("sglang") ? [published.series("sglang:num_queue_reqs")] : []),
    ...(published.has("triton")
      ? [published.series("nv_trt_llm_request_metrics", { request_type: "waiting" })]
      : []),
  ];
}

/** Share of the key/value cache in use in each replica, 0 to 1. */
export function cacheQueries(published: PublishedMetrics): readonly string[] {
  return [
    ...(published.has("vllm") ? [published.series("vllm:kv_cache_usage_perc")] : []),
    ...(published.has("sglang") ? [published.series("sglang:token_usage")] : []),
    ...(published.has("triton")
      ? [published.series("nv_trt_llm_kv_cache_block_metrics", { kv_cache_block_type: "fraction" })]
      : []),
  ];
}

const QUEUE_RUNBOOK =
  "More requests arrive than are worked on. See whether the autoscaler has asked for replicas and whether they became ready (pending pods mean that accelerators are missing). If replicas are at their maximum, raise it, shed the class of the lowest priority, or route to another site. If only one replica is slow, look at its accelerator and drain it.";

const CACHE_RUNBOOK =
  "The cache of keys and values is full: the engine puts requests back and computes their prompts again. Prompts or answers are longer than planned, or too many run at once. Lower the number of requests at once, limit the length of answers, add replicas, or keep the cache in fewer bits.";

/** Alerts on queues and caches of engines. */
export function engineAlerts(published: PublishedMetrics, limits: ResolvedLimits): readonly AlertRule[] {
  const queue = waitingQueries(published).map(
    (query): AlertRule => ({
      alert: "EngineQueueDeep",
      expr: `${query} > ${limits.waitingPerReplica}`,
      for: "10m",
      severity: "ticket",
      labels: { query: query.split("{")[0]! },
      summary: "{{ $value }} requests wait in {{ $labels.pod }} of {{ $labels.namespace }}",
      runbook: QUEUE_RUNBOOK,
    }),
  );
  const cache = cacheQueries(published).map(
    (query): AlertRule => ({
      alert: "EngineCacheFull",
      expr: `${query} > ${limits.cacheShare}`,
      for: "10m",
      severity: "ticket",
      labels: { query: query.split("{")[0]! },
      summary:
        "{{ $value | humanizePercentage }} of the key/value cache of {{ $labels.pod }} in {{ $labels.namespace }} is in use",
      runbook: CACHE_RUNBOOK,
    }),
  );
  return [...queue, ...cache, ...poolAlerts(published, limits)];
}

function poolAlerts(published: PublishedMetrics, limits: ResolvedLimits): readonly AlertRule[] {
  if (!published.has("inference-scheduler")) {
    return [];
  }
  return [
    {
      alert: "InferencePoolEmpty",
      expr: `${published.series("llm_d_epp_ready_endpoints")} == 0`,
      for: "5m",
      severity: "page",
      summary: "no replica of {{ $labels.name }} is ready",
      runbook:
        "The endpoint picker has nobody to send requests to. See pods of the endpoint: pending (accelerators are missing), loading weights (wait, or look at the store of weights), or failing (their log). A pool that may scale to zero is silent by design: silence this alert for it.",
    },
    {
      alert: "InferencePoolQueueDeep",
      expr: `${published.series("llm_d_epp_average_queue_size")} > ${limits.waitingPerReplica}`,
      for: "10m",
      severity: "ticket",
      summary: "on average {{ $value }} requests wait in each replica of {{ $labels.name }}",
      runbook: QUEUE_RUNBOOK,
    },
    {
      alert: "InferencePoolCacheFull",
      expr: `${published.series("llm_d_epp_average_kv_cache_utilization")} > ${limits.cacheShare}`,
      for: "10m",
      severity: "ticket",
      summary:
        "on average {{ $value | humanizePercentage }} of the key/value cache of {{ $labels.name }} is in use",
      runbook: CACHE_RUNBOOK,
    },
  ];
}

/** The mean time between tokens, which each class bounds by `nextTokenMs`. */
export function nextTokenAlerts(
  published: PublishedMetrics,
  classes: readonly TrafficClass[],
): readonly AlertRule[] {
  if (!published.has("envoy-ai-gateway")) {
    return [];
  }
  const name = "gen_ai_server_time_per_output_token_seconds";
  return classes.map(({ name: trafficClass, nextTokenMs }) => {
    const matchers = { [TRAFFIC_CLASS_LABEL]: trafficClass };
    return {
      alert: "NextTokenSlow",
      expr: `sum(rate(${published.sum(name, matchers, "10m")})) / sum(rate(${published.count(name, matchers, "10m")})) > ${plainNumber(nextTokenMs / 1000)}`,
      for: "15m",
      severity: "ticket",
      labels: { [TRAFFIC_CLASS_LABEL]: trafficClass },
      summary: `class ${trafficClass}: the mean time between tokens is {{ $value | humanizeDuration }}, promised are ${nextTokenMs} ms`,
      runbook:
        "Replicas work on too many requests at once, or prompts of other requests come between tokens. Lower the number of requests at once, add replicas, or separate prefill and decode. If one replica is slow, look at the temperature of its accelerators.",
    };
  });
}
