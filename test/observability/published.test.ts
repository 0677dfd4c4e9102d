import { PublishedMetrics } from "../../lib/observability/metrics/published";
import { codes } from "./codes";
import { source } from "./fixture";

const metrics = new PublishedMetrics([
  source("vllm", { labels: { endpoint: "assistant" } }),
  source("envoy-ai-gateway"),
]);

test("selectors are written with matchers of all four kinds, and values that hold quotes", () => {
  expect(
    metrics.series("vllm:num_requests_waiting", {
      namespace: "serving",
      pod: { not: "" },
      model_name: { matches: "a|b" },
      endpoint: { unlike: 'x"\\' },
    }),
  ).toBe('vllm:num_requests_waiting{namespace="serving",pod!="",model_name=~"a|b",endpoint!~"x\\"\\\\"}');
  expect(metrics.series("up", {}, "5m")).toBe("up[5m]");
});

test("histograms are named by their parts", () => {
  const name = "vllm:time_to_first_token_seconds";
  expect(metrics.count(name)).toBe(`${name}_count`);
  expect(metrics.sum(name, {}, "1h")).toBe(`${name}_sum[1h]`);
  expect(metrics.bucket(name, 0.25)).toBe(`${name}_bucket{le="0.25"}`);
  expect(metrics.bucket(name, undefined)).toBe(`${name}_bucket`);
});

test.each<readonly [string, () => unknown]>([
  ["a metric of nobody", () => metrics.series("made_up_total")],
  ["a metric of an exporter that is not there", () => metrics.series("DCGM_FI_DEV_GPU_UTIL")],
  ["a label that the metric does not have", () => metrics.series("vllm:num_requests_waiting", { gpu: "0" })],
  [
    "a label that only another source has",
    () => metrics.count("gen_ai_server_request_duration_seconds", { endpoint: "a" }),
  ],
  ["a histogram without its part", () => metrics.series("vllm:time_to_first_token_seconds")],
  ["a part of what is no histogram", () => metrics.count("vllm:num_requests_waiting")],
  ["a bound that is not published", () => metrics.bucket("vllm:time_to_first_token_seconds", 0.3)],
])("refused: %s", (_, query) => {
  expect(codes(query)).toEqual(["MetricNotPublished"]);
});

test("who publishes is known", () => {
  expect(metrics.has("vllm")).toBe(true);
  expect(metrics.has("dcgm")).toBe(false);
  expect(metrics.of("vllm").map(({ name }) => name)).toEqual(["vllm"]);
  expect(metrics.seriesNames).toEqual([...metrics.seriesNames].sort());
  expect(metrics.seriesNames).toContain("gen_ai_client_token_usage_sum");
});
