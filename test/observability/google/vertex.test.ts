import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { Lazy, TerraformStack } from "cdktf";
import { Site, TrafficClass } from "../../../lib";
import { GoogleObservability, type GoogleObservabilityProps } from "../../../lib/google";
import { VERTEX } from "../../../lib/observability/metrics/clouds";
import type { CloudMetrics, IModelEndpoint } from "../../../lib/serving/serving";
import { Template, testApp } from "../../../lib/testing";
import { codes } from "../codes";
import { endpoint as access, everything } from "../fixture";
import { asSent, parsePromql } from "../promql";

const SITE = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });
const CHAT = TrafficClass.of("talk", {
  requestsPerSecond: 2,
  promptTokens: 900,
  outputTokens: 200,
  firstTokenP95Ms: 1500,
  nextTokenMs: 50,
});
const UNMEASURED = { withoutSlo: { talk: ["first-token"] } } as const;

function vertex(
  change: Partial<Extract<CloudMetrics, { kind: "cloud-monitoring" }>> = {},
  usdPerHour?: number,
) {
  return {
    endpointName: "helper",
    variantNames: ["default"],
    classes: [CHAT],
    metrics: [],
    cloudMetrics: { kind: "cloud-monitoring", endpointId: "1234567890", private: false, ...change },
    access: () => access({ planned: { requestsPerSecond: 1, outputTokensPerSecond: 1, usdPerHour } }),
  } as unknown as IModelEndpoint;
}

function make(props: Partial<GoogleObservabilityProps> = {}) {
  const stack = new TerraformStack(testApp(), "foundation");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  const made = new GoogleObservability(stack, "observability", {
    site: SITE,
    namePrefix: "acme",
    sources: [],
    vertexEndpoints: [vertex()],
    ...UNMEASURED,
    ...props,
  });
  return { made, plan: made.plan, template: () => Template.of(stack) };
}

const alerts = ({ plan }: ReturnType<typeof make>) =>
  plan.groups.flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule] : [])));
const panels = ({ plan }: ReturnType<typeof make>) =>
  plan.dashboards.at(-1)!.json.panels as readonly {
    title: string;
    description?: string;
    targets?: readonly { expr: string }[];
  }[];

test("endpoints of Vertex AI need no cluster: alerts and one dashboard, nothing recorded", () => {
  const made = make();
  expect(made.plan.dashboards.map(({ uid }) => uid)).toEqual(["hybrid-ai-endpoints"]);
  expect(made.plan.groups.flatMap(({ rules }) => rules).filter((rule) => "record" in rule)).toEqual([]);
  expect(made.template().count("google_monitoring_alert_policy")).toBe(alerts(made).length);
  expect(made.template().count("google_monitoring_dashboard")).toBe(1);
});

test("the error budget is the share of 5xx of this endpoint, over two windows", () => {
  const burns = alerts(make()).filter(({ alert }) => alert === "EndpointErrorBudgetBurn");
  expect(burns.map(({ labels }) => labels!.long_window)).toEqual(["1h", "6h", "1d", "3d"]);
  const of = 'monitored_resource="aiplatform.googleapis.com/Endpoint",endpoint_id="1234567890"';
  const count = "aiplatform_googleapis_com:prediction_online_response_count";
  const share = (window: string) =>
    `((sum(rate(${count}{${of},response_code=~"5.*"}[${window}])) or vector(0)) / sum(rate(${count}{${of}}[${window}])))`;
  expect(burns[0]!.expr).toBe(`${share("1h")} > 0.144 and ${share("5m")} > 0.144`);
});

test("every query is PromQL and names only what the catalogue has", () => {
  const known = new Set(
    VERTEX.metrics.map(({ name, type }) => (type === "histogram" ? `${name}_bucket` : name)),
  );
  for (const each of [make(), make({ vertexEndpoints: [vertex({ private: true })] })]) {
    const queries = [
      ...alerts(each).map(({ expr }) => expr),
      ...panels(each).flatMap(({ targets = [] }) => targets.map(({ expr }) => asSent(expr))),
    ];
    expect(queries.length).toBeGreaterThan(8);
    for (const query of queries) {
      const { errors, series } = parsePromql(query);
      expect(errors).toEqual([]);
      expect(series.filter((name) => !known.has(name))).toEqual([]);
    }
  }
});

test("private endpoints have metrics of their own", () => {
  const text = JSON.stringify(make({ vertexEndpoints: [vertex({ private: true })] }).plan.groups);
  expect(text).toContain("prediction_online_private_response_count");
  expect(text).not.toContain("online_response_count");
});

test("health: replicas that are missing, and accelerators that do nothing", () => {
  const found = alerts(make({ limits: { idleShare: 0.2 } }));
  const expr = (name: string) => found.find(({ alert }) => alert === name)?.expr;
  expect(expr("EndpointWithoutReplicas")).toContain("prediction_online_replicas");
  expect(expr("EndpointReplicasMissing")).toContain("prediction_online_target_replicas");
  expect(expr("EndpointIdle")).toMatch(/accelerator_duty_cycle.*< 0\.2$/);
  expect(alerts(make()).find(({ alert }) => alert === "EndpointIdle")?.expr).toMatch(/< 0\.05$/);
});

test("the dashboard tells the planned price, if there is one, and no cost of tokens", () => {
  const answers = (made: ReturnType<typeof make>) =>
    panels(made).find(({ title }) => title === "helper: answers")!;
  expect(answers(make({ vertexEndpoints: [vertex({}, 4.5)] })).description).toContain("USD 4.5 an hour");
  expect(answers(make()).description).not.toContain("USD");
});

test("nothing is promised where the class is left out", () => {
  const made = make({ withoutSlo: { talk: ["first-token", "answered"] } });
  expect(made.plan.slos).toEqual([]);
  expect(alerts(made).map(({ alert }) => alert)).not.toContain("EndpointErrorBudgetBurn");
  expect(panels(made).map(({ title }) => title)).not.toContain("helper: share of bad answers");
});

test("stands beside what is scraped, and a token of the endpoint is interpolated", () => {
  const endpointId = Lazy.stringValue({ produce: () => "${google_vertex_ai_endpoint.e.name}" });
  const made = make({
    ...everything(),
    vertexEndpoints: [vertex({ endpointId })],
    withoutSlo: UNMEASURED.withoutSlo,
  });
  expect(made.plan.dashboards.map(({ uid }) => uid)).toEqual([
    "hybrid-ai-platform",
    "hybrid-ai-promises",
    "hybrid-ai-endpoints",
  ]);
  expect(made.plan.slos.map(({ endpoint, trafficClass }) => endpoint ?? trafficClass)).toEqual(
    expect.arrayContaining(["helper", "chat"]),
  );
  const text = made.template().text;
  expect(text.split("${google_vertex_ai_endpoint.e.name}").length).toBeGreaterThan(10);
  expect(text).not.toContain("$${google_vertex_ai_endpoint");
});

test.each<[string, Partial<GoogleObservabilityProps>, readonly string[]]>([
  ["first tokens, which nothing measures", { withoutSlo: {} }, ["SloWithoutMetric"]],
  ["a class of nobody", { withoutSlo: { ...UNMEASURED.withoutSlo, x: [] } }, ["UnknownTrafficClass"]],
  [
    "an endpoint of SageMaker",
    { vertexEndpoints: [vertex({ kind: "cloudwatch" } as object)] },
    ["EndpointMetricsElsewhere"],
  ],
  ["one endpoint twice", { vertexEndpoints: [vertex(), vertex()] }, ["DuplicateValue"]],
  [
    "idle time without anything that tells it",
    { vertexEndpoints: [], withoutSlo: {}, limits: { idleShare: 0.1 } },
    ["LimitWithoutMetric"],
  ],
])("refused: %s", (_, props, expected) => {
  expect(codes(() => make(props))).toEqual(expected);
});
