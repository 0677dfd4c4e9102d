import { Fn } from "cdktf";
import { type ObservabilityPlanProps, planObservability } from "../../lib/observability";
import type { AlertRule } from "../../lib/observability/rules/rule";
import { codes } from "./codes";
import { evaluate } from "./evaluate";
import { everything, type SCRAPED, source } from "./fixture";

function alerts(props: ObservabilityPlanProps): readonly AlertRule[] {
  return planObservability(props)
    .groups.flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertRule => "alert" in rule);
}

const named = (name: string, props: ObservabilityPlanProps) =>
  alerts(props).filter(({ alert }) => alert === name);
const of = (...exporters: readonly (typeof SCRAPED)[number][]) => ({
  sources: exporters.map((each) => source(each)),
});

test("every alert says what happened, what it means and what to do", () => {
  for (const { summary, runbook, severity, alert } of alerts(everything())) {
    expect(alert).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(summary).toMatch(/\S/);
    expect(runbook.length).toBeGreaterThan(60);
    expect(["page", "ticket"]).toContain(severity);
  }
});

test.each([
  ["vllm", ["EngineCacheFull", "EngineQueueDeep"]],
  ["sglang", ["EngineCacheFull", "EngineQueueDeep"]],
  ["triton", ["EngineCacheFull", "EngineQueueDeep"]],
  ["inference-scheduler", ["InferencePoolCacheFull", "InferencePoolEmpty", "InferencePoolQueueDeep"]],
  ["dcgm", ["AcceleratorIdle", "GpuHot", "GpuMemoryBroken", "GpuMemoryRowsLost", "GpuXidError"]],
  ["neuron-monitor", ["AcceleratorIdle", "NeuronExecutionErrors"]],
  ["gke-tpu", ["AcceleratorIdle"]],
  ["kueue", ["WorkloadsInadmissible"]],
  ["keda", ["ScalerBlind"]],
  ["inline-inference", ["ModelBreakerOpen"]],
  ["response-cache", ["ResponseCacheStoreFails"]],
  ["kafka", []],
  ["feast", []],
] as const)("%s alone", (exporter, expected) => {
  const scraped = exporter === "gke-tpu" ? [] : ["MetricsMissing"];
  expect(
    alerts({ sources: [source(exporter)] })
      .map(({ alert }) => alert)
      .sort(),
  ).toEqual([...expected, ...scraped].sort());
});

test("limits are the given ones, or the documented", () => {
  const expr = (name: string, limits: ObservabilityPlanProps["limits"], exporter: "vllm" | "dcgm") =>
    named(name, { ...of(exporter), limits })[0]!.expr;
  expect(expr("EngineQueueDeep", {}, "vllm")).toBe("vllm:num_requests_waiting > 10");
  expect(expr("EngineQueueDeep", { waitingPerReplica: 3 }, "vllm")).toBe("vllm:num_requests_waiting > 3");
  expect(expr("EngineCacheFull", {}, "vllm")).toBe("vllm:kv_cache_usage_perc > 0.95");
  expect(expr("EngineCacheFull", { cacheShare: 0.8 }, "vllm")).toBe("vllm:kv_cache_usage_perc > 0.8");
  expect(expr("GpuHot", {}, "dcgm")).toBe("DCGM_FI_DEV_GPU_TEMP > 85");
  expect(expr("GpuHot", { gpuCelsius: 80 }, "dcgm")).toBe("DCGM_FI_DEV_GPU_TEMP > 80");
  expect(expr("AcceleratorIdle", {}, "dcgm")).toBe("avg_over_time(DCGM_FI_DEV_GPU_UTIL[1h]) < 5");
  expect(expr("AcceleratorIdle", { idleShare: 0.2 }, "dcgm")).toBe(
    "avg_over_time(DCGM_FI_DEV_GPU_UTIL[1h]) < 20",
  );
});

test("XID errors of programs do not wake anybody", () => {
  expect(named("GpuXidError", of("dcgm"))[0]!.expr).toBe(
    "DCGM_FI_DEV_XID_ERRORS > 0 unless DCGM_FI_DEV_XID_ERRORS == 13 unless DCGM_FI_DEV_XID_ERRORS == 31 unless DCGM_FI_DEV_XID_ERRORS == 43 unless DCGM_FI_DEV_XID_ERRORS == 45",
  );
});

test("lag is watched by consumer group, and that of the inline worker by its own word", () => {
  const streamLag = [{ consumerGroup: "bidder", maxMessages: 1000 }, { maxMessages: 50 }];
  expect(
    named("StreamLag", { ...of("kafka", "inline-inference"), limits: { streamLag } }).map(({ expr }) => expr),
  ).toEqual([
    'sum by (namespace, consumergroup, topic) (clamp_min(kafka_consumergroup_lag{consumergroup="bidder"}, 0)) > 1000',
    "sum by (namespace, topic) (inline_inference_consumer_lag) > 50",
  ]);
});

test("a store that fails a class is told, and look-ups that clients did not want count for nothing", () => {
  const counted = (traffic_class: string, outcome: string, reason: string, value: number) => ({
    name: "response_cache_requests_total",
    labels: { job: "cache", traffic_class, outcome, reason },
    value,
  });
  const [alert] = named("ResponseCacheStoreFails", of("response-cache"));
  expect(alert).toMatchObject({ severity: "ticket", for: "10m" });
  const told = (failed: number, limits: ObservabilityPlanProps["limits"] = {}) =>
    evaluate(named("ResponseCacheStoreFails", { ...of("response-cache"), limits })[0]!.expr, [
      counted("enrich", "hit", "fresh", 900),
      counted("enrich", "miss", "absent", 100 - failed),
      counted("enrich", "miss", "store", failed),
      counted("enrich", "miss", "no-cache", 9000),
      counted("enrich", "bypass", "streamed", 9000),
    ]).length;
  expect(told(50)).toBe(0);
  expect(told(51)).toBe(1);
  expect(told(51, { cacheFailureShare: 0.06 })).toBe(0);
  // The evaluator of these tests adds all up; a class must not hide behind the others.
  expect(alert!.expr.match(/sum by \(job, traffic_class\)/g)).toHaveLength(2);
});

test("freshness is watched by view", () => {
  const freshness = [{ view: "user_spend", maxSeconds: 900 }];
  expect(named("FeaturesStale", { ...of("feast"), limits: { freshness } })[0]!.expr).toBe(
    'max by (project, feature_view) (feast_feature_freshness_seconds{feature_view="user_spend"}) > 900',
  );
});

test("the promised time between tokens is watched by class", () => {
  const [chat] = named("NextTokenSlow", everything());
  const sample = (part: string, value: number) => ({
    name: `gen_ai_server_time_per_output_token_seconds_${part}`,
    labels: { traffic_class: "chat" },
    value,
  });
  expect(evaluate(chat!.expr, [sample("sum", 0.41), sample("count", 10)])).toHaveLength(1);
  expect(evaluate(chat!.expr, [sample("sum", 0.39), sample("count", 10)])).toEqual([]);
});

test("sources that can no longer be scraped are told by their names", () => {
  expect(named("MetricsMissing", of("vllm", "dcgm"))[0]!.expr).toBe('up{job=~"dcgm|vllm"} == 0');
});

test("own alerts are written with metrics that are there, and refused with others", () => {
  const own = (name: string): ObservabilityPlanProps => ({
    ...of("vllm"),
    alerts: (metrics) => [
      {
        alert: "ManyPreemptions",
        expr: `rate(${metrics.series(name, { namespace: "serving" }, "5m")}) > 1`,
        severity: "ticket",
        summary: "many",
        runbook: "see the cache",
      },
    ],
  });
  expect(named("ManyPreemptions", own("vllm:num_preemptions_total"))[0]!.expr).toBe(
    'rate(vllm:num_preemptions_total{namespace="serving"}[5m]) > 1',
  );
  expect(codes(() => alerts(own("sglang:num_queue_reqs")))).toEqual(["MetricNotPublished"]);
  expect(() => alerts(own("sglang:num_queue_reqs"))).toThrow(/a source with exporter sglang; declared: vllm/);
});

describe("refused", () => {
  const rule = { alert: "Mine", expr: "up", severity: "page", summary: "a", runbook: "b" } as const;
  test.each<readonly [string, Partial<ObservabilityPlanProps>, readonly string[]]>([
    [
      "lag of Kafka that nobody publishes",
      { limits: { streamLag: [{ consumerGroup: "a", maxMessages: 1 }] } },
      ["LimitWithoutMetric"],
    ],
    [
      "lag of a worker that is not there",
      { limits: { streamLag: [{ maxMessages: 1 }] } },
      ["LimitWithoutMetric"],
    ],
    [
      "freshness without Feast",
      { limits: { freshness: [{ view: "a", maxSeconds: 1 }] } },
      ["LimitWithoutMetric"],
    ],
    ["a temperature without GPUs", { limits: { gpuCelsius: 80 } }, ["LimitWithoutMetric"]],
    ["idleness without accelerators", { limits: { idleShare: 0.1 } }, ["LimitWithoutMetric"]],
    ["failures of a cache that is not there", { limits: { cacheFailureShare: 0.1 } }, ["LimitWithoutMetric"]],
    [
      "a share of failures above one",
      { sources: [source("response-cache")], limits: { cacheFailureShare: 1.01 } },
      ["SloOutOfRange"],
    ],
    ["no room to wait", { limits: { waitingPerReplica: 0 } }, ["NumberOutOfRange"]],
    ["a share above one", { limits: { cacheShare: 1.01 } }, ["SloOutOfRange"]],
    ["a share of nothing", { limits: { cacheShare: 0 } }, ["SloOutOfRange"]],
    [
      "a token as share",
      { limits: { cacheShare: Fn.tonumber("1") as unknown as number } },
      ["TokenNotAllowed"],
    ],
    ["a name that is no CamelCase", { alerts: () => [{ ...rule, alert: "my alert" }] }, ["InvalidRule"]],
    ["no runbook", { alerts: () => [{ ...rule, runbook: " " }] }, ["InvalidRule"]],
    ["no summary", { alerts: () => [{ ...rule, summary: "" }] }, ["InvalidRule"]],
    ["no query", { alerts: () => [{ ...rule, expr: "" }] }, ["InvalidRule"]],
    ["a bad duration", { alerts: () => [{ ...rule, for: "ten minutes" }] }, ["InvalidRule"]],
    ["an alert twice", { alerts: () => [rule, rule] }, ["InvalidRule"]],
  ])("%s", (_, props, expected) => {
    expect(codes(() => alerts({ ...of("vllm"), ...props }))).toEqual(expected);
  });

  test("a view twice, a group twice", () => {
    const freshness = [
      { view: "a", maxSeconds: 1 },
      { view: "a", maxSeconds: 2 },
    ];
    expect(codes(() => alerts({ ...of("feast"), limits: { freshness } }))).toContain("DuplicateValue");
    const streamLag = [{ maxMessages: 1 }, { maxMessages: 2 }];
    expect(codes(() => alerts({ ...of("inline-inference"), limits: { streamLag } }))).toContain(
      "DuplicateValue",
    );
  });
});
