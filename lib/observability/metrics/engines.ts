import { counter, type ExporterFacts, gauge, histogram } from "./metric";

const FIRST_TOKEN_VLLM = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];

const REQUEST_VLLM = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];

const FIRST_TOKEN_SGLANG = [0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400];

const REQUEST_SGLANG = [...FIRST_TOKEN_SGLANG, 600, 1200, 1800, 2400];

const VLLM_LABELS = "model_name engine";

/**
 * vLLM. Bounds hold unless the engine is started with `--custom-histogram-buckets`. prometheus_client adds `_total` to
 * counters.
 */
const VLLM: ExporterFacts = {
  exporter: "vllm",
  version: "0.11 and later (V1 engine)",
  source:
    "vllm-project/vllm vllm/v1/metrics/loggers.py, docs/usage/metrics.md; http_requests_total: docs/design/metrics.md",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 1,
  metrics: [
    counter(
      "http_requests_total",
      "requests",
      "handler method status",
      "Requests to the server, statuses as 2xx, 5xx",
    ),
    gauge("vllm:num_requests_running", "requests", VLLM_LABELS, "Requests that are worked on"),
    gauge("vllm:num_requests_waiting", "requests", VLLM_LABELS, "Requests that wait in the engine"),
    gauge("vllm:kv_cache_usage_perc", "ratio", VLLM_LABELS, "Share of the key/value cache in use, 0 to 1"),
    counter("vllm:num_preemptions_total", "requests", VLLM_LABELS, "Requests put back for want of cache"),
    counter("vllm:prefix_cache_queries_total", "tokens", VLLM_LABELS, "Tokens looked up in the prefix cache"),
    counter("vllm:prefix_cache_hits_total", "tokens", VLLM_LABELS, "Tokens found in the prefix cache"),
    counter("vllm:prompt_tokens_total", "tokens", VLLM_LABELS, "Tokens of prompts"),
    counter("vllm:generation_tokens_total", "tokens", VLLM_LABELS, "Tokens of answers"),
    counter(
      "vllm:request_success_total",
      "requests",
      `${VLLM_LABELS} finished_reason`,
      "Requests that ended, by reason",
    ),
    histogram(
      FIRST_TOKEN_VLLM,
      "vllm:time_to_first_token_seconds",
      "seconds",
      VLLM_LABELS,
      "Time to the first token, in the engine",
    ),
    histogram(
      REQUEST_VLLM,
      "vllm:e2e_request_latency_seconds",
      "seconds",
      VLLM_LABELS,
      "Time of whole requests, in the engine",
    ),
    histogram(
      REQUEST_VLLM,
      "vllm:request_queue_time_seconds",
      "seconds",
      VLLM_LABELS,
      "Time that requests waited in the engine",
    ),
  ],
};

const SGLANG_LABELS = "model_name";

/** SGLang, with `--enable-metrics`. */
const SGLANG: ExporterFacts = {
  exporter: "sglang",
  version: "0.5",
  source:
    "sgl-project/sglang python/sglang/srt/metrics/collector.py at 00ae9c1 (opened in parts: all metrics named here)",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 1,
  metrics: [
    gauge("sglang:num_running_reqs", "requests", SGLANG_LABELS, "Requests that are worked on"),
    gauge("sglang:num_queue_reqs", "requests", SGLANG_LABELS, "Requests that wait in the engine"),
    gauge("sglang:token_usage", "ratio", SGLANG_LABELS, "Share of the key/value cache in use, 0 to 1"),
    gauge("sglang:cache_hit_rate", "ratio", SGLANG_LABELS, "Share of prompt tokens found in the cache"),
    counter("sglang:prompt_tokens_total", "tokens", SGLANG_LABELS, "Tokens of prompts"),
    counter("sglang:generation_tokens_total", "tokens", SGLANG_LABELS, "Tokens of answers"),
    counter("sglang:num_aborted_requests_total", "requests", SGLANG_LABELS, "Requests given up"),
    histogram(
      FIRST_TOKEN_SGLANG,
      "sglang:time_to_first_token_seconds",
      "seconds",
      SGLANG_LABELS,
      "Time to the first token, in the engine",
    ),
    histogram(
      REQUEST_SGLANG,
      "sglang:e2e_request_latency_seconds",
      "seconds",
      SGLANG_LABELS,
      "Time of whole requests, in the engine",
    ),
  ],
};

const TRITON_LABELS = "model version";

/**
 * Triton with the backend of TensorRT-LLM. Its histogram of first responses is off by default and counts chunks, not
 * tokens, so it is not here and no objective is measured by it.
 */
const TRITON: ExporterFacts = {
  exporter: "triton",
  version: "2.5x with tensorrtllm_backend",
  source:
    "triton-inference-server/server docs/user_guide/metrics.md at 067c1e9 (opened); nv_inference_pending_request_count, nv_trt_llm_*: from excerpts of NVIDIA/TensorRT-LLM triton_backend (model.py, custom_metrics_reporter.cc, README)",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 2,
  metrics: [
    counter("nv_inference_request_success", "requests", TRITON_LABELS, "Requests answered"),
    counter("nv_inference_request_failure", "requests", TRITON_LABELS, "Requests that failed"),
    counter("nv_inference_request_duration_us", "microseconds", TRITON_LABELS, "Time of requests, added up"),
    counter("nv_inference_queue_duration_us", "microseconds", TRITON_LABELS, "Time in queues, added up"),
    gauge("nv_inference_pending_request_count", "requests", TRITON_LABELS, "Requests that wait"),
    gauge(
      "nv_trt_llm_request_metrics",
      "requests",
      `${TRITON_LABELS} request_type`,
      "Requests of TensorRT-LLM: waiting, scheduled, active, max",
    ),
    gauge(
      "nv_trt_llm_kv_cache_block_metrics",
      "blocks",
      `${TRITON_LABELS} kv_cache_block_type`,
      "Blocks of the key/value cache: max, free, used, tokens_per, and the share in use as fraction",
    ),
  ],
};

export const ENGINE_EXPORTERS: readonly ExporterFacts[] = [VLLM, SGLANG, TRITON];
