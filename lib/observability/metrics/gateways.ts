import { TENANT_LABEL, TRAFFIC_CLASS_LABEL } from "../../gateway/gateway";
import { counter, type ExporterFacts, gauge, histogram } from "./metric";

const FIRST_TOKEN = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const NEXT_TOKEN = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const REQUEST = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

const GEN_AI = [
  "gen_ai_operation_name",
  "gen_ai_provider_name",
  "gen_ai_original_model",
  "gen_ai_request_model",
  "gen_ai_response_model",
  TRAFFIC_CLASS_LABEL,
  TENANT_LABEL,
].join(" ");

/**
 * Envoy AI Gateway. The labels of class and tenant are headers that the gateway is told to copy
 * (`controller.metricsRequestHeaderAttributes`). Time to the first token and between tokens is recorded for streamed answers
 * only. A request that the gateway turns away before the AI filter (401, 429 of a rate limit) is not in these metrics.
 * The name of the token metric carries no unit (issue 941 of the project).
 */
const ENVOY_AI_GATEWAY: ExporterFacts = {
  exporter: "envoy-ai-gateway",
  version: "v1.1",
  source:
    "envoyproxy/ai-gateway internal/metrics/genai.go, metrics_impl.go; site/docs/capabilities/observability/metrics.md; issue 941",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 12,
  metrics: [
    histogram(
      TOKENS,
      "gen_ai_client_token_usage",
      "tokens",
      `${GEN_AI} gen_ai_token_type`,
      "Tokens of requests that were answered, by type: input, cached_input, output, reasoning",
    ),
    histogram(
      REQUEST,
      "gen_ai_server_request_duration_seconds",
      "seconds",
      `${GEN_AI} error_type`,
      "Time of requests; those that failed carry error_type",
    ),
    histogram(
      FIRST_TOKEN,
      "gen_ai_server_time_to_first_token_seconds",
      "seconds",
      GEN_AI,
      "Time to the first token of streamed answers, at the gateway",
    ),
    histogram(
      NEXT_TOKEN,
      "gen_ai_server_time_per_output_token_seconds",
      "seconds",
      GEN_AI,
      "Mean time between tokens of a streamed answer, at the gateway",
    ),
  ],
};

/** Envoy's own statistics. Those of its listeners for readiness and statistics begin with `eg-`. */
const ENVOY_GATEWAY: ExporterFacts = {
  exporter: "envoy-gateway",
  version: "Envoy Gateway v1.8",
  source:
    "envoyproxy/envoy docs/root/configuration/http/http_conn_man/stats.rst, test/integration (admin /stats/prometheus); envoyproxy/gateway bootstrap",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 8,
  metrics: [
    counter(
      "envoy_http_downstream_rq_xx",
      "requests",
      "envoy_response_code_class envoy_http_conn_manager_prefix",
      "Requests by class of their answer: 1 to 5",
    ),
    gauge(
      "envoy_http_downstream_rq_active",
      "requests",
      "envoy_http_conn_manager_prefix",
      "Requests that are open",
    ),
    histogram(
      undefined,
      "envoy_http_downstream_rq_time",
      "milliseconds",
      "envoy_http_conn_manager_prefix",
      "Time of requests",
    ),
    counter("envoy_cluster_upstream_rq_retry", "requests", "envoy_cluster_name", "Requests sent again"),
    counter(
      "envoy_cluster_upstream_rq_xx",
      "requests",
      "envoy_cluster_name envoy_response_code_class",
      "Answers of backends by class",
    ),
    gauge("envoy_cluster_membership_healthy", "hosts", "envoy_cluster_name", "Healthy hosts of a backend"),
  ],
};

/**
 * The program that `cache` of a gateway runs. Names are those of its meter; OpenTelemetry's exporter for Prometheus in
 * JavaScript adds `_total` to counters, and no unit.
 */
const RESPONSE_CACHE: ExporterFacts = {
  exporter: "response-cache",
  version: "of this repository",
  source:
    "examples/llm-gateway-hybrid/response-cache/src/metrics.ts; @opentelemetry/exporter-prometheus 0.223.0",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 12,
  metrics: [
    counter(
      "response_cache_requests_total",
      "requests",
      "traffic_class outcome reason",
      "Requests seen: hit, miss or bypass, and why; classes that are not kept are called other",
    ),
    counter(
      "response_cache_answers_total",
      "answers",
      "traffic_class result",
      "Answers after a miss, and whether they were stored",
    ),
    counter(
      "response_cache_saved_tokens_total",
      "tokens",
      "traffic_class",
      "Tokens of answers from the store",
    ),
    histogram(
      [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
      "response_cache_lookup_duration",
      "milliseconds",
      "",
      "Look-ups that the store answered",
    ),
  ],
};

const PICKED = "model_name target_model_name fairness_id priority";

/**
 * llm-d's endpoint picker (its router, which grew out of the Gateway API inference extension). The older names
 * (`inference_pool_…`, `inference_objective_…`) are still published beside these, and deprecated.
 */
const INFERENCE_SCHEDULER: ExporterFacts = {
  exporter: "inference-scheduler",
  version: "llm-d router with llm_d_epp_ names",
  source:
    "llm-d/llm-d-router pkg/epp/metrics/llm_d_router_metrics.go (opened, of 2026, with the prefix llm_d_epp; the commit is not told)",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 4,
  metrics: [
    counter("llm_d_epp_request_total", "requests", PICKED, "Requests by model, flow and priority"),
    counter("llm_d_epp_request_error_total", "requests", `${PICKED} error_code`, "Requests that failed"),
    gauge(
      "llm_d_epp_average_running_requests",
      "requests",
      "name",
      "Mean requests per replica that are worked on",
    ),
    gauge("llm_d_epp_average_kv_cache_utilization", "ratio", "name", "Mean use of the key/value cache"),
    gauge("llm_d_epp_average_queue_size", "requests", "name", "Mean requests waiting per replica"),
    gauge("llm_d_epp_ready_endpoints", "replicas", "name", "Replicas that are ready"),
  ],
};

export const GATEWAY_EXPORTERS: readonly ExporterFacts[] = [
  ENVOY_AI_GATEWAY,
  ENVOY_GATEWAY,
  RESPONSE_CACHE,
  INFERENCE_SCHEDULER,
];
