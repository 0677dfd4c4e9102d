import { counter, type ExporterFacts, gauge, histogram } from "./metric";

const KUEUE: ExporterFacts = {
  exporter: "kueue",
  version: "v0.19",
  source:
    "kubernetes-sigs/kueue pkg/metrics/metrics.go (first half of an older version opened); nominal quota from search excerpts",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 20,
  metrics: [
    gauge(
      "kueue_pending_workloads",
      "workloads",
      "cluster_queue status",
      "Workloads that wait: active or inadmissible",
    ),
    gauge("kueue_admitted_active_workloads", "workloads", "cluster_queue", "Workloads that run"),
    histogram(
      undefined,
      "kueue_admission_wait_time_seconds",
      "seconds",
      "cluster_queue",
      "Time until a workload was admitted",
    ),
    gauge(
      "kueue_cluster_queue_resource_usage",
      "amount",
      "cohort cluster_queue flavor resource",
      "Resources in use",
    ),
    gauge(
      "kueue_cluster_queue_nominal_quota",
      "amount",
      "cohort cluster_queue flavor resource",
      "Resources of a queue",
    ),
  ],
};

const SCALER = "scaler scaledObject metric triggerIndex";

/** KEDA's operator. The namespace of the ScaledObject becomes `exported_namespace` by scraping. */
const KEDA: ExporterFacts = {
  exporter: "keda",
  version: "2.20",
  source:
    "kedacore/keda-docs content/docs/2.20/integrations/prometheus.md (opened: names; labels from search excerpts)",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 20,
  metrics: [
    gauge("keda_scaler_metrics_value", "amount", SCALER, "Value that KEDA decides by"),
    gauge("keda_scaler_active", "flag", SCALER, "1 if the scaler asks for replicas"),
    counter("keda_scaler_detail_errors_total", "errors", SCALER, "Errors of a scaler"),
  ],
};

const MILLISECONDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/**
 * The worker that `InlineInferenceProcessor` runs. Names are those of the worker's meter; OpenTelemetry's exporter for
 * Prometheus in JavaScript adds `_total` to counters.
 */
const INLINE_INFERENCE: ExporterFacts = {
  exporter: "inline-inference",
  version: "of this repository",
  source: "examples/realtime-bidding/worker/src/metrics.ts; @opentelemetry/exporter-prometheus 0.223.0",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 6,
  metrics: [
    counter("inline_inference_events_total", "events", "outcome reason", "Events decided"),
    counter("inline_inference_model_retries_total", "calls", "", "Model calls made again"),
    counter("inline_inference_restarts_total", "restarts", "reason", "Times that work was taken up again"),
    gauge("inline_inference_breaker_state", "state", "", "0 closed, 1 half-open, 2 open"),
    gauge("inline_inference_in_flight", "events", "", "Events fetched and not yet committed"),
    gauge("inline_inference_paused_partitions", "partitions", "", "Partitions held back"),
    gauge("inline_inference_consumer_lag", "messages", "topic partition", "Messages not yet committed"),
    histogram(
      MILLISECONDS,
      "inline_inference_model_call_duration",
      "milliseconds",
      "result",
      "Model calls, each attempt",
    ),
    histogram(
      MILLISECONDS,
      "inline_inference_lookup_duration",
      "milliseconds",
      "lookup result",
      "Look-ups of a batch",
    ),
    histogram(MILLISECONDS, "inline_inference_event_duration", "milliseconds", "", "From fetch to commit"),
    histogram(
      MILLISECONDS,
      "inline_inference_event_overhead",
      "milliseconds",
      "",
      "The same without look-ups and model",
    ),
    histogram(MILLISECONDS, "inline_inference_commit_duration", "milliseconds", "", "Transactions"),
  ],
};

/** Kafka Exporter, which Strimzi deploys (`spec.kafkaExporter`). */
const KAFKA: ExporterFacts = {
  exporter: "kafka",
  version: "kafka_exporter 1.9 (Strimzi 1.2)",
  source:
    "danielqsj/kafka_exporter kafka_exporter.go at 00498a4 (opened); Strimzi 1.2 ships it: from excerpts",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 100,
  metrics: [
    gauge(
      "kafka_consumergroup_lag",
      "messages",
      "consumergroup topic partition",
      "Messages behind the end, by partition; negative where the group read past what was asked",
    ),
    gauge("kafka_topic_partition_current_offset", "offset", "topic partition", "End of a partition"),
    gauge(
      "kafka_topic_partition_under_replicated_partition",
      "flag",
      "topic partition",
      "1 if copies are behind",
    ),
    gauge("kafka_brokers", "brokers", "", "Brokers of the cluster"),
  ],
};

/** Feast's feature server with metrics on. Freshness is the age of the last materialization, not of each value. */
const FEAST: ExporterFacts = {
  exporter: "feast",
  version: "0.60 and later",
  source: "feast-dev/feast sdk/python/feast/metrics.py at 0b621de5 (opened; not a tagged version)",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 10,
  metrics: [
    gauge(
      "feast_feature_freshness_seconds",
      "seconds",
      "feature_view project",
      "Age of the last materialization",
    ),
    counter("feast_materialization_result_total", "runs", "feature_view status", "Materializations"),
    counter("feast_feature_server_request_total", "requests", "endpoint status", "Requests"),
    histogram(
      undefined,
      "feast_feature_server_request_latency_seconds",
      "seconds",
      "endpoint feature_count feature_view_count",
      "Time of requests",
    ),
  ],
};

export const QUEUE_EXPORTERS: readonly ExporterFacts[] = [KUEUE, KEDA, INLINE_INFERENCE, KAFKA, FEAST];
