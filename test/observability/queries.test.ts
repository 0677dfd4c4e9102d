import type { Meter } from "@opentelemetry/api";
import type { ObservabilityPlan } from "../../lib/observability";
import { planObservability, ruleDocument } from "../../lib/observability";
import { METRICS } from "../../lib/observability/metrics/catalogue";
import { TARGET_LABELS } from "../../lib/observability/metrics/metric";
import { everything, SCRAPED, source, trafficClass } from "./fixture";
import { asSent, parsePromql } from "./promql";

interface GrafanaPanel {
  readonly targets?: readonly { readonly expr: string }[];
}

function dashboardQueries({ dashboards }: ObservabilityPlan): readonly string[] {
  return dashboards.flatMap(({ json }) => {
    const panels = json.panels as readonly GrafanaPanel[];
    const { list } = json.templating as { list: readonly { definition?: string }[] };
    const variables = list.flatMap(({ definition }) =>
      definition ? [/^label_values\((.*), \w+\)$/.exec(definition)![1]!] : [],
    );
    const targets = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => asSent(expr)));
    return [...variables, ...targets];
  });
}

function ruleQueries({ groups }: ObservabilityPlan): readonly string[] {
  return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
}

function allowedSeries({ metrics, groups }: ObservabilityPlan): ReadonlySet<string> {
  const recorded = groups.flatMap(({ rules }) =>
    rules.flatMap((rule) => ("record" in rule ? [rule.record] : [])),
  );
  return new Set([...metrics.seriesNames, ...recorded]);
}

/** Each exporter alone: what a platform without the others would get. */
const PLATFORMS = [
  ["all that is scraped", everything()],
  ["all, with TPUs", everything({ sources: [...everything().sources, source("gke-tpu")] })],
  ...SCRAPED.map((exporter) => [`${exporter} alone`, { sources: [source(exporter)] }] as const),
] as const;

test.each(PLATFORMS)(
  "%s: Prometheus can read every query, and each reads only published series",
  (_, props) => {
    const plan = planObservability(props);
    const queries = [...ruleQueries(plan), ...dashboardQueries(plan)];
    const allowed = allowedSeries(plan);
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) {
      const { errors, series } = parsePromql(query);
      expect(errors).toEqual([]);
      expect(series.length + (query.startsWith("vector(") ? 1 : 0)).toBeGreaterThan(0);
      expect(series.filter((name) => !allowed.has(name))).toEqual([]);
    }
  },
);

test("queries name only labels that the catalogue, scraping or a recording rule gives", () => {
  const plan = planObservability(everything({ sources: [...everything().sources, source("gke-tpu")] }));
  const known = new Set([
    "le",
    "slo",
    "endpoint",
    ...TARGET_LABELS,
    ...Object.values(METRICS).flatMap(({ metrics }) => metrics.flatMap(({ labels }) => labels)),
  ]);
  const used = [...ruleQueries(plan), ...dashboardQueries(plan)].flatMap(
    (query) => parsePromql(query).labels,
  );
  expect([...new Set(used)].filter((label) => !known.has(label))).toEqual([]);
});

test("the parser of these tests does find what is not PromQL", () => {
  expect(parsePromql("sum(rate(up[5m])").errors).not.toEqual([]);
  expect(parsePromql("sum by (up").errors).not.toEqual([]);
  expect(parsePromql("sum by (job) (up)")).toEqual({ series: ["up"], labels: ["job"], errors: [] });
});

test("the catalogue is complete: no exporter, metric or source without facts, no name twice", () => {
  const all = Object.values(METRICS);
  expect(all.map(({ exporter }) => exporter).sort()).toEqual([...SCRAPED, "gke-tpu"].sort());
  const names = all.flatMap(({ metrics }) => metrics.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  for (const { source: read, version, metrics } of all) {
    expect(`${read}${version}`).not.toBe("");
    for (const { name, unit, meaning, bounds, type } of metrics) {
      expect(parsePromql(name)).toEqual({ series: [name], labels: [], errors: [] });
      expect(unit === "" || meaning === "").toBe(false);
      expect(bounds === undefined || type === "histogram").toBe(true);
      expect([...(bounds ?? [])].sort((a, b) => a - b)).toEqual(bounds ?? []);
    }
  }
});

/** What Prometheus would read of a program that uses the meter so. */
async function publishedBy(use: (meter: Meter) => void): Promise<string> {
  const { PrometheusExporter, PrometheusSerializer } = await import("@opentelemetry/exporter-prometheus");
  const { MeterProvider } = await import("@opentelemetry/sdk-metrics");
  const reader = new PrometheusExporter({ preventServerStart: true });
  use(new MeterProvider({ readers: [reader] }).getMeter("program"));
  const { resourceMetrics } = await reader.collect();
  return new PrometheusSerializer().serialize(resourceMetrics);
}

/** Names with types, but for those that tell of the process itself. */
const typesIn = (text: string) =>
  [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    .map(([, name, type]) => `${name} ${type}`)
    .filter((each) => !each.startsWith("target_info"))
    .sort();

test("the worker of the example publishes what the catalogue says of it", async () => {
  const { MeterMetrics } = await import("../../examples/realtime-bidding/worker/src/metrics.js");
  const text = await publishedBy((meter) => {
    const worker = new MeterMetrics(meter);
    worker.watch({
      inFlight: () => 1,
      pausedPartitions: () => 0,
      lag: () => [{ topic: "bids", partition: 0, lag: 3 }],
    });
    worker.decided("model", "ok", 1);
    worker.modelCalled("ok", 5);
    worker.modelRetried();
    worker.lookedUp("features", "ok", 2);
    worker.eventDone(9, 1);
    worker.committed(3);
    worker.restarted("crash");
  });
  expect(typesIn(text)).toEqual(
    METRICS["inline-inference"].metrics.map(({ name, type }) => `${name} ${type}`).sort(),
  );
  expect(text).toContain('inline_inference_event_duration_bucket{otel_scope_name="program",le="2000"}');
});

test("the response cache of the example publishes what the catalogue says of it, with its labels and bounds", async () => {
  const { MeterMetrics } = await import("../../examples/llm-gateway-hybrid/response-cache/src/metrics.js");
  const text = await publishedBy((meter) => {
    const cache = new MeterMetrics(meter);
    cache.hit("enrich", 40);
    cache.missed("enrich", "store");
    cache.bypassed("other", "class");
    cache.storing("enrich", "stored");
    cache.lookedUp(3);
  });
  const facts = METRICS["response-cache"].metrics;
  expect(typesIn(text)).toEqual(facts.map(({ name, type }) => `${name} ${type}`).sort());
  for (const { name, labels, type } of facts) {
    const line = text
      .split("\n")
      .find((each) => each.startsWith(type === "histogram" ? `${name}_sum` : name))!;
    const given = [...line.matchAll(/(\w+)="/g)].map(([, label]) => label!);
    expect(given.filter((label) => label !== "otel_scope_name").sort()).toEqual([...labels].sort());
  }
  const bounds = [...text.matchAll(/response_cache_lookup_duration_bucket\{.*le="([\d.]+)"/g)];
  expect(bounds.map(([, bound]) => Number(bound))).toEqual(
    facts.find(({ type }) => type === "histogram")!.bounds,
  );
  expect(text).toContain('traffic_class="enrich",outcome="miss",reason="store"');
});

test("rules are written as Prometheus reads them, golden", () => {
  const plan = planObservability(
    everything({
      sources: ["envoy-ai-gateway", "vllm", "dcgm", "envoy-gateway"].map((name) => source(name as "vllm")),
      classes: [trafficClass()],
      limits: {},
    }),
  );
  expect(ruleDocument(plan.groups)).toMatchSnapshot();
});
