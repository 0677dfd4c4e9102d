import { counter, type ExporterFacts, gauge, histogram } from "./metric";

const VARIANT = "EndpointName VariantName";

/**
 * Endpoints of SageMaker, as CloudWatch keeps them; names are those of CloudWatch. The errors are a sample of 0 or 1 for each
 * request: their average is a share, their number that of requests, also where a queue stands before. No metric counts tokens.
 * `FirstChunkLatency` is not here: no page could be opened that says it is published for streams of one direction.
 */
export const SAGEMAKER: ExporterFacts = {
  exporter: "sagemaker",
  version: "2026-11",
  source:
    "awsdocs/amazon-sagemaker-developer-guide doc_source/monitoring-cloudwatch.md (opened; archived in 2023); ConcurrentRequestsPerModel: developers.deepgram.com/docs/observability-sagemaker; queues: docs.aws.amazon.com async-inference-monitor, async-inference-autoscale (excerpts)",
  read: "2026-11-24",
  kept: "cloudwatch",
  seriesPerMetric: 0,
  metrics: [
    counter("Invocations", "requests", VARIANT, "Requests sent to a variant; not with a queue"),
    counter("Invocation4XXErrors", "requests", VARIANT, "1 for each answer 4xx of the model, else 0"),
    counter("Invocation5XXErrors", "requests", VARIANT, "1 for each answer 5xx of the model, else 0"),
    gauge("ModelLatency", "microseconds", VARIANT, "Time of the model and its container, whole answers"),
    gauge("OverheadLatency", "microseconds", VARIANT, "Time that SageMaker adds; not with a queue"),
    gauge(
      "ConcurrentRequestsPerModel",
      "requests",
      VARIANT,
      "Open requests of an instance, waiting ones too",
    ),
    gauge("ApproximateBacklogSize", "requests", "EndpointName", "Requests in the queue"),
    gauge("ApproximateBacklogSizePerInstance", "requests", "EndpointName", "The same by instance"),
    gauge("HasBacklogWithoutCapacity", "flag", "EndpointName", "1 if requests wait and no instance runs"),
    gauge(
      "CPUUtilization",
      "percent",
      VARIANT,
      "One sample per instance and minute: their number is that of instances",
    ),
    gauge("GPUUtilization", "percent", VARIANT, "Of an instance, all its GPUs added up"),
    gauge("GPUMemoryUtilization", "percent", VARIANT, "Of an instance, all its GPUs added up"),
  ],
};

const ENDPOINT = "monitored_resource endpoint_id location resource_container";
const DEPLOYED = `${ENDPOINT} deployed_model_id`;

/**
 * Endpoints of Vertex AI. Time to the first token is published for models of publishers only
 * (`publisher/online_serving/first_token_latencies`), tokens too.
 */
export const VERTEX: ExporterFacts = {
  exporter: "vertex-ai",
  version: "Cloud Monitoring, beta, 2026",
  source:
    "a stored copy of https://cloud.google.com/monitoring/api/metrics_gcp_a_b (opened); PromQL names: https://docs.cloud.google.com/monitoring/promql/promql-mapping",
  read: "2026-11-24",
  kept: "cloud-monitoring",
  seriesPerMetric: 0,
  metrics: [
    counter(
      "aiplatform_googleapis_com:prediction_online_response_count",
      "requests",
      `${DEPLOYED} response_code`,
      "Answers by class of their code: 1xx to 5xx",
    ),
    counter(
      "aiplatform_googleapis_com:prediction_online_private_response_count",
      "requests",
      `${DEPLOYED} response_code`,
      "Answers of private endpoints by code",
    ),
    histogram(
      undefined,
      "aiplatform_googleapis_com:prediction_online_prediction_latencies",
      "milliseconds",
      `${DEPLOYED} latency_type`,
      "Time of whole answers: total, model, overhead",
    ),
    histogram(
      undefined,
      "aiplatform_googleapis_com:prediction_online_private_prediction_latencies",
      "milliseconds",
      DEPLOYED,
      "Time of whole answers of private endpoints",
    ),
    gauge("aiplatform_googleapis_com:prediction_online_replicas", "replicas", DEPLOYED, "Active replicas"),
    gauge(
      "aiplatform_googleapis_com:prediction_online_target_replicas",
      "replicas",
      DEPLOYED,
      "Replicas that are wanted",
    ),
    gauge(
      "aiplatform_googleapis_com:prediction_online_accelerator_duty_cycle",
      "ratio",
      `${DEPLOYED} replica_id`,
      "Share of time in which accelerators worked",
    ),
    gauge(
      "aiplatform_googleapis_com:prediction_online_accelerator_memory_bytes_used",
      "bytes",
      `${DEPLOYED} replica_id`,
      "Memory of accelerators in use",
    ),
  ],
};
