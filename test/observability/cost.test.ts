import { type ObservabilityPlanProps, planObservability } from "../../lib/observability";
import type { EndpointAccess } from "../../lib/serving/serving";
import { codes } from "./codes";
import { evaluate, type Sample } from "./evaluate";
import { endpoint, source, trafficClass } from "./fixture";

const CLASSES = [trafficClass(), trafficClass({ name: "batch" })];

const unpriced = (over: Partial<EndpointAccess> = {}) =>
  endpoint({ ...over, planned: { requestsPerSecond: 1, outputTokensPerSecond: 1 } });

function rules(props: Partial<ObservabilityPlanProps> = {}) {
  const { groups } = planObservability({
    sources: [source("envoy-ai-gateway")],
    classes: CLASSES,
    endpoints: [endpoint()],
    ...props,
  });
  return groups.find(({ name }) => name === "cost")?.rules.filter((rule) => "record" in rule) ?? [];
}

/** Records as Prometheus would, in the order of the rules. */
function recorded(
  samples: readonly Sample[],
  props: Partial<ObservabilityPlanProps> = {},
): readonly Sample[] {
  const known = [...samples];
  for (const { record, expr, labels } of rules(props)) {
    known.push(...evaluate(expr, known).map((value) => ({ name: record, labels, value })));
  }
  return known;
}

const tokens = (
  traffic_class: string,
  gen_ai_request_model: string,
  perSecond: number,
  type = "output",
): Sample => ({
  name: "gen_ai_client_token_usage_sum",
  labels: { traffic_class, gen_ai_request_model, gen_ai_token_type: type },
  value: perSecond,
});

const late = (traffic_class: string, share: number): Sample => ({
  name: "traffic_class:slo_errors:ratio_rate1h",
  labels: { slo: "first-token", traffic_class },
  value: share,
});

const costOf = (samples: readonly Sample[], name: string) =>
  samples.find(
    ({ name: record, labels }) =>
      record === "traffic_class:usd_per_1000_useful_tokens:rate1h" && labels!.traffic_class === name,
  )?.value;

test("a class alone on an endpoint pays all of it, for the tokens that came in time", () => {
  const known = recorded([tokens("chat", "llama-3.3-70b", 1000), late("chat", 0.2), late("batch", 0)]);
  // 49.24 USD per hour, 1,000 tokens per second of which 800 are useful.
  expect(costOf(known, "chat")).toBeCloseTo((1000 * 49.24) / 3600 / 800, 9);
});

test("two classes share an endpoint by their output tokens, adapters and variants counted with it", () => {
  const endpoints = [endpoint(), endpoint({ variant: "b", model: "small", adapters: [] })];
  const known = recorded(
    [
      tokens("chat", "llama-3.3-70b", 300),
      tokens("chat", "legal.v1", 300),
      tokens("batch", "small", 200),
      tokens("batch", "llama-3.3-70b", 9999, "input"),
      tokens("batch", "legalxv1", 5000),
      late("chat", 0),
      late("batch", 0),
    ],
    { endpoints },
  );
  const usd = 2 * 49.24;
  expect(costOf(known, "chat")).toBeCloseTo((1000 * usd * (600 / 800)) / 3600 / 600, 9);
  // Tokens of a model that is nobody's endpoint here are useful, and cost nothing that is known.
  expect(costOf(known, "batch")).toBeCloseTo((1000 * usd * (200 / 800)) / 3600 / 5200, 9);
});

test("an endpoint that stands idle costs no class anything, and all together something", () => {
  const endpoints = [endpoint(), endpoint({ endpoint: "spare", model: "spare", adapters: [] })];
  const known = recorded([tokens("chat", "llama-3.3-70b", 100), late("chat", 0), late("batch", 0)], {
    endpoints,
  });
  const all = known.find(({ name }) => name === "gateway:usd_per_1000_useful_tokens:rate1h")!;
  expect(costOf(known, "chat")).toBeCloseTo((1000 * 49.24) / 3600 / 100, 9);
  expect(all.value).toBeCloseTo((1000 * 2 * 49.24) / 3600 / 100, 9);
});

test("without tokens there is no cost, rather than an infinite one", () => {
  const known = recorded([late("chat", 0)]);
  expect(costOf(known, "chat")).toBeUndefined();
});

test("a class whose first token is not watched has only useful tokens", () => {
  const known = recorded([tokens("chat", "llama-3.3-70b", 100)], {
    withoutSlo: { chat: ["first-token"], batch: ["first-token"] },
  });
  expect(costOf(known, "chat")).toBeCloseTo((1000 * 49.24) / 3600 / 100, 9);
});

test("variants without a price are left out; without any price cost is refused", () => {
  expect(rules({ endpoints: [endpoint(), unpriced({ variant: "b" })] })[0]).toMatchObject({
    expr: "vector(49.24)",
    labels: { endpoint: "assistant" },
  });
  expect(codes(() => rules({ endpoints: [unpriced()] }))).toEqual(["CostWithoutPrice"]);
});

test("cost needs tokens by class", () => {
  const sources = [source("vllm", { labels: { traffic_class: "chat" } })];
  const withoutSlo = { chat: ["answered"], batch: ["first-token", "answered"] } as const;
  expect(codes(() => rules({ sources, withoutSlo }))).toEqual(["SloWithoutMetric"]);
  expect(rules({ endpoints: [] })).toEqual([]);
});
