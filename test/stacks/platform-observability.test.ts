import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { ObservabilityAtSite, PlatformObservabilityProps } from "../../stacks";
import { source } from "../observability/fixture";
import { SHAPE } from "../serving/aws/fixture";
import { image } from "../serving/kubernetes/support";
import { charts, codes, kinds, newPlatform, refusal, template } from "./data-fixture";
import { addClusterAt, addEndpoint, CHAT, gatewayProps, PRICED, platformWith, text } from "./serving-fixture";

const IN_CLUSTER: ObservabilityAtSite = { in: "cluster" };
const OWN = source("keda", { namespace: "keda" });
const OPERATORS = {
  storage: { activeSeries: 100_000 },
  grafanaAdminSecret: "grafana",
  certManager: false,
} as const;
/** What no gateway is there to measure. */
const UNMEASURED = { withoutSlo: { chat: ["first-token", "answered"] } } as const;

/** An endpoint with a price behind a gateway. */
function served(site = "frankfurt") {
  const platform = platformWith(site);
  const endpoint = addEndpoint(platform, { variants: [PRICED] }, { at: site });
  const front = platform.addGateway(
    "front",
    gatewayProps([{ kind: "endpoint", name: "own", endpoint }], { at: site }),
  );
  return { platform, endpoint, front };
}

function watched(
  at: ObservabilityAtSite = IN_CLUSTER,
  change: Partial<PlatformObservabilityProps> = {},
  site = "frankfurt",
) {
  const { platform, ...rest } = served(site);
  const made = platform.addObservability("watch", { at: { [site]: at }, ...change });
  return { platform, made, part: made.at(site), ...rest };
}

describe("observability in the cluster", () => {
  const { platform, part, endpoint, front } = watched();

  test("reads exactly the endpoints, gateways and GPUs of the site", () => {
    const named = [...endpoint.at("frankfurt").metrics, ...front.gateway.metrics].map(({ name }) => name);
    const expected = [...named, "acme-prod-watch-gpus"];
    const monitors = Object.values(template(platform, "frankfurt", "workloads").manifests()).filter(
      ({ kind }) => kind === "PodMonitor",
    );
    expect(monitors).toHaveLength(expected.length);
    for (const name of expected) {
      expect(JSON.stringify(monitors)).toContain(name);
    }
    expect(kinds(template(platform, "frankfurt", "workloads"))).toContain("PrometheusRule");
  });

  test("watches the promises of the gateway's classes, and what tokens cost", () => {
    expect(part.plan.slos.flatMap(({ trafficClass }) => trafficClass ?? [])).toContain("chat");
    expect(JSON.stringify(part.plan.groups)).toContain("usd_per_1000_useful_tokens");
    expect(text(platform, "frankfurt", "workloads")).toContain("acme-prod-watch");
  });

  test("installs nothing unless asked to", () => {
    const ours = charts(platform, "frankfurt").filter((chart) => /prometheus|opentelemetry/.test(chart));
    expect(ours).toEqual([]);
    const other = watched({ in: "cluster", operators: OPERATORS });
    expect(charts(other.platform, "frankfurt")).toEqual(
      expect.arrayContaining(["kube-prometheus-stack", "opentelemetry-operator"]),
    );
  });

  test("takes telemetry and the options of its construct", () => {
    const telemetry = {
      image: image("otel"),
      clientNamespaces: ["bidding"],
      logs: { kind: "s3", bucket: "acme-logs", region: "eu-west-1" },
    } as const;
    const other = watched({ in: "cluster", telemetry, scrapeInterval: "15s" });
    const found = template(other.platform, "frankfurt", "workloads");
    expect(kinds(found)).toContain("OpenTelemetryCollector");
    expect(found.text).toContain("15s");
    expect(text(platform, "frankfurt", "workloads")).not.toContain("OpenTelemetryCollector");
  });

  test("takes sources, limits and objectives of your own", () => {
    const more = watched(IN_CLUSTER, {
      sources: [OWN, source("inline-inference")],
      limits: { streamLag: [{ maxMessages: 500 }] },
      withoutSlo: { chat: ["first-token"] },
    });
    expect(more.part.plan.metrics.has("keda")).toBe(true);
    expect(part.plan.metrics.has("keda")).toBe(false);
    expect(more.part.plan.slos.map(({ kind }) => kind)).not.toContain("first-token");
    expect(part.plan.slos.map(({ kind }) => kind)).toContain("first-token");
  });

  test("is the same in every run", () => {
    expect(text(watched().platform, "frankfurt", "workloads")).toBe(text(platform, "frankfurt", "workloads"));
  });
});

describe("what is watched", () => {
  test("is of the site: nothing of others", () => {
    const { platform } = served();
    addClusterAt(platform, "oslo");
    addEndpoint(platform, {}, { id: "coder", at: "oslo" });
    const made = platform.addObservability("watch", {
      at: { frankfurt: IN_CLUSTER, oslo: IN_CLUSTER },
      ...UNMEASURED,
    });
    expect(made.sites).toEqual(["frankfurt", "oslo"]);
    expect(text(platform, "oslo", "workloads")).not.toContain("acme-prod-assistant");
    expect(made.at("frankfurt").plan.metrics.has("envoy-ai-gateway")).toBe(true);
    expect(made.at("oslo").plan.metrics.has("envoy-ai-gateway")).toBe(false);
    expect(JSON.stringify(made.at("oslo").plan.groups)).not.toContain("usd_per_1000");
  });

  test("is what was declared before", () => {
    const platform = platformWith("frankfurt");
    addEndpoint(platform);
    const made = platform.addObservability("watch", { at: { frankfurt: IN_CLUSTER }, ...UNMEASURED });
    addEndpoint(platform, {}, { id: "coder" });
    const monitors = Object.values(template(platform, "frankfurt", "workloads").manifests()).filter(
      ({ kind }) => kind === "PodMonitor",
    );
    expect(JSON.stringify(monitors)).not.toContain("coder");
    expect(made.at("frankfurt").plan.slos).toEqual([]);
  });

  test("without a gateway the promises of endpoints have nobody to measure them, which must be said", () => {
    const declare = () => {
      const platform = platformWith("frankfurt");
      addEndpoint(platform);
      platform.addObservability("watch", { at: { frankfurt: IN_CLUSTER } });
    };
    expect(new Set(codes(declare))).toEqual(new Set(["SloWithoutMetric"]));
    expect(refusal(declare)).toContain('class "chat"');
  });

  test("classes of two gateways that share one are watched once", () => {
    const { platform, endpoint } = served();
    platform.addGateway(
      "back",
      gatewayProps([{ kind: "endpoint", name: "own", endpoint }], { hostname: "back.example.com" }),
    );
    const { plan } = platform.addObservability("watch", { at: { frankfurt: IN_CLUSTER } }).at("frankfurt");
    const first = plan.slos.filter(({ kind }) => kind === "first-token");
    expect(first.map(({ trafficClass }) => trafficClass)).toEqual([CHAT.name]);
  });
});

describe("what a site chooses for itself", () => {
  /** A gateway at one site, an engine alone at the other: the same class, measured at one of them. */
  function two(change: Partial<PlatformObservabilityProps>) {
    const { platform } = served();
    addClusterAt(platform, "oslo");
    addEndpoint(platform, {}, { id: "coder", at: "oslo" });
    return platform.addObservability("watch", { at: { frankfurt: IN_CLUSTER, oslo: IN_CLUSTER }, ...change });
  }
  const measured = (made: ReturnType<typeof two>, site: string) =>
    made.at(site).plan.slos.flatMap(({ kind, trafficClass }) => (trafficClass ? [kind] : []));

  test("a class is promised something at one site and nothing at another", () => {
    const made = two({ at: { frankfurt: IN_CLUSTER, oslo: { ...IN_CLUSTER, ...UNMEASURED } } });
    expect(measured(made, "frankfurt")).toEqual(["first-token", "answered"]);
    expect(measured(made, "oslo")).toEqual([]);
  });

  test("a class that all sites leave out is watched again at one", () => {
    const made = two({
      ...UNMEASURED,
      at: { frankfurt: { ...IN_CLUSTER, withoutSlo: { chat: ["first-token"] } }, oslo: IN_CLUSTER },
    });
    expect(measured(made, "frankfurt")).toEqual(["answered"]);
    expect(measured(made, "oslo")).toEqual([]);
  });

  test("limits are replaced one by one, and taken back", () => {
    const made = two({
      ...UNMEASURED,
      limits: { waitingPerReplica: 77, gpuCelsius: 71 },
      at: {
        frankfurt: { ...IN_CLUSTER, limits: { waitingPerReplica: 33 } },
        oslo: { ...IN_CLUSTER, limits: { gpuCelsius: undefined } },
      },
    });
    const groups = (site: string) => JSON.stringify(made.at(site).plan.groups);
    expect(groups("frankfurt")).toContain("> 33");
    expect(groups("frankfurt")).toContain("> 71");
    expect(groups("oslo")).toContain("> 77");
    expect(groups("oslo")).toContain("> 85");
  });

  test("sources and alerts come after those of all sites", () => {
    const alert = (name: string) => ({
      alert: name,
      expr: "vector(1)",
      severity: "ticket" as const,
      summary: "something is up",
      runbook: "look",
    });
    const made = two({
      ...UNMEASURED,
      sources: [OWN],
      alerts: () => [alert("Everywhere")],
      at: {
        frankfurt: { ...IN_CLUSTER, sources: [source("kueue")], alerts: () => [alert("HereOnly")] },
        oslo: IN_CLUSTER,
      },
    });
    const own = (site: string) => made.at(site).plan.groups.find(({ name }) => name === "own")?.rules;
    expect(own("frankfurt")).toMatchObject([{ alert: "Everywhere" }, { alert: "HereOnly" }]);
    expect(own("oslo")).toMatchObject([{ alert: "Everywhere" }]);
    const has = (site: string) =>
      (["keda", "kueue"] as const).map((name) => made.at(site).plan.metrics.has(name));
    expect(has("frankfurt")).toEqual([true, true]);
    expect(has("oslo")).toEqual([true, false]);
  });

  test.each<[string, Partial<PlatformObservabilityProps>, Partial<ObservabilityAtSite>]>([
    ["withoutSlo", UNMEASURED, { withoutSlo: { chat: [] } }],
    ["limits", { limits: { gpuCelsius: 71 } }, { limits: { gpuCelsius: 72 } }],
  ])("%s that every site replaces is refused: it would change nothing", (name, shared, own) => {
    const declare = (at: PlatformObservabilityProps["at"]) => () =>
      served().platform.addObservability("watch", { ...shared, at });
    const all = declare({ frankfurt: { ...IN_CLUSTER, ...own } as ObservabilityAtSite });
    expect(codes(all)).toEqual(["NoEffect"]);
    expect(refusal(all)).toContain(name);
  });
});

describe("observability of clouds", () => {
  test("Amazon's is in the foundation, with alerts and rules", () => {
    const { platform, part } = watched({ in: "amazon-managed-prometheus", retentionDays: 30 }, {}, "ireland");
    const foundation = template(platform, "ireland", "foundation");
    expect(part.backend).toBe("amazon-managed-prometheus");
    expect(foundation.count("aws_prometheus_workspace")).toBe(1);
    expect(foundation.text).toContain("acme-prod-watch");
    expect(JSON.stringify(foundation.json)).toContain('"retention_period_in_days":30');
    expect(kinds(template(platform, "ireland", "workloads"))).not.toContain("PodMonitor");
  });

  test("Google's alerts in the foundation, and collects in the cluster", () => {
    const channels = { page: ["projects/acme-ai/notificationChannels/1"], ticket: [] };
    const { platform, part } = watched({ in: "google-managed-prometheus", channels }, {}, "eemshaven");
    const foundation = template(platform, "eemshaven", "foundation");
    expect(part.backend).toBe("google-managed-prometheus");
    expect(Object.keys(foundation.resources("google_monitoring_alert_policy")).length).toBeGreaterThan(0);
    expect(foundation.text).toContain("notificationChannels/1");
    const inside = kinds(template(platform, "eemshaven", "workloads"));
    expect(inside).toEqual(expect.arrayContaining(["PodMonitoring", "GlobalRules"]));
    expect(inside).not.toContain("PodMonitor");
  });

  test("a cloud's cluster can have its own Prometheus too", () => {
    const { platform, part } = watched(IN_CLUSTER, {}, "ireland");
    expect(part.backend).toBe("prometheus");
    expect(kinds(template(platform, "ireland", "workloads"))).toContain("PodMonitor");
  });
});

describe("observability is refused", () => {
  test.each<[string, PlatformObservabilityProps["at"], readonly string[]]>([
    ["at no site", {}, ["MissingValue"]],
    ["at a site that nobody knows", { mars: IN_CLUSTER }, ["UnknownSite"]],
    ["by a cloud that the site is not of", { frankfurt: { in: "amazon-managed-prometheus" } }, ["NotOneOf"]],
    ["by the other cloud", { frankfurt: { in: "google-managed-prometheus" } }, ["NotOneOf"]],
    ["where nothing publishes metrics", { frankfurt: IN_CLUSTER, oslo: IN_CLUSTER }, ["NotWatchedThere"]],
    [
      "for all reasons at once",
      { oslo: { in: "amazon-managed-prometheus" } },
      ["NotOneOf", "NotWatchedThere"],
    ],
  ])("%s", (_, at, expected) => {
    expect(codes(() => served().platform.addObservability("watch", { at }))).toEqual(expected);
  });

  test("with a way out where nothing publishes metrics: sources of your own", () => {
    const platform = newPlatform();
    const declare = (change: Partial<PlatformObservabilityProps>) => () =>
      platform.addObservability("watch", { at: { oslo: IN_CLUSTER }, ...change });
    expect(refusal(declare({}))).toContain("at.oslo");
    expect(refusal(declare({}))).toContain("sources of your own");
    expect(declare({ sources: [OWN] })).not.toThrow();
  });

  test("under a name that is taken, or that is none", () => {
    const { platform } = watched();
    const add = (id: string) => () => platform.addObservability(id, { at: { frankfurt: IN_CLUSTER } });
    expect(codes(add("watch"))).toEqual(["DuplicateName"]);
    expect(codes(add("a_b"))).toEqual(["InvalidName"]);
  });

  test("when two bring the same operators", () => {
    const { platform } = watched({ in: "cluster", operators: OPERATORS });
    platform.addObservability("again", { at: { frankfurt: { in: "cluster", operators: OPERATORS } } });
    expect(() => template(platform, "frankfurt", "platform")).toThrow("ComponentConflict");
  });
});

/** Declares all three at a Kubernetes site, and tells how many modules of each provider Node had to load. */
const PROGRAM = `
  const { App } = require("cdktf");
  const { ServedModel, Site, Slice, StateBackend, TrafficClass, Weights } = require("./lib/index.ts");
  const { HybridPlatform } = require("./stacks/index.ts");
  const image = "registry.example.com/any@sha256:" + "a1".repeat(32);
  const platform = new HybridPlatform(new App(), "acme", {
    environment: "prod", owner: "ads", costCentre: "cc-7", backend: StateBackend.local(),
    sites: [Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } })],
  });
  platform.addCluster("serve", {
    at: "frankfurt",
    pools: [{ name: "h200", slice: Slice.accelerators("h200", { perNode: 8, nodes: 4 }) }],
    kubernetes: { provider: "generic", nodes: { h200: { nodeSelector: { gpu: "h200" } } } },
  });
  const chat = TrafficClass.of("chat", {
    requestsPerSecond: 2, promptTokens: 900, outputTokens: 200, firstTokenP95Ms: 1500, nextTokenMs: 50,
  });
  const model = ServedModel.of("assistant", {
    shape: ${JSON.stringify(SHAPE)},
    weights: Weights.objectStorage("s3://acme-models/assistant"),
    contextTokens: 8192,
  });
  const endpoint = platform.addEndpoint("assistant", {
    classes: [chat],
    at: { frankfurt: {
      in: "cluster", picker: { image },
      variants: [{ name: "full", model, pool: "h200", engine: { image } }],
    } },
  });
  platform.addGateway("front", {
    at: "frankfurt", hostname: "ai.example.com",
    authentication: { kind: "api-key", secrets: ["keys"] },
    backends: [{ kind: "endpoint", name: "own", endpoint }],
    classes: [{ class: chat, tenants: ["app"], models: [{ model: "assistant", chain: ["own"] }] }],
  });
  platform.addObservability("watch", { at: { frankfurt: { in: "cluster" } } });
  const of = (name) => Object.keys(require.cache).filter((file) => file.includes("provider-" + name + "/"));
  console.log(JSON.stringify({ aws: of("aws"), google: of("google"), kubernetes: of("kubernetes").length > 0 }));`;

test("endpoint, gateway and observability in a cluster load no provider of a cloud", () => {
  const output = execFileSync(process.execPath, ["--import", "tsx", "-e", PROGRAM], {
    cwd: join(__dirname, "..", ".."),
    encoding: "utf8",
  });
  expect(JSON.parse(output)).toEqual({ aws: [], google: [], kubernetes: true });
}, 30_000);
