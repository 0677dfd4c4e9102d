import { Fn } from "cdktf";
import { Site } from "../../../lib";
import type { KubernetesObservabilityProps } from "../../../lib/kubernetes";
import { synthStack, Template } from "../../../lib/testing";
import { codes } from "../codes";
import { source, trafficClass } from "../fixture";
import { EEMSHAVEN, FRANKFURT, kubernetesStack, observability } from "./support";

const ALONE = { classes: [], endpoints: [], limits: {} } as const;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

function objects(props: Partial<KubernetesObservabilityProps> = {}) {
  const stack = kubernetesStack();
  const made = observability(props, stack);
  const { resource } = synthStack(stack) as unknown as {
    resource: {
      kubernetes_manifest: Record<string, { manifest: Manifest }>;
      kubernetes_config_map_v1?: Record<
        string,
        { metadata: Record<string, unknown>; data: Record<string, string> }
      >;
    };
  };
  const manifests = Object.values(resource.kubernetes_manifest).map(({ manifest }) => manifest);
  return {
    made,
    manifests,
    of: (kind: string) => manifests.filter((manifest) => manifest.kind === kind),
    resource,
    stack,
  };
}

const RECEIVERS = {
  page: { kind: "pagerduty", routingKey: { name: "alerts", key: "pagerduty" } },
  ticket: { kind: "slack", apiUrl: { name: "alerts", key: "slack" }, channel: "#ai-alerts" },
} as const;

test("each source has a monitor that finds its pods, names the job after it and adds its labels", () => {
  const { of } = objects({
    sources: [source("vllm", { name: "assistant-full", path: "/stats", labels: { endpoint: "assistant" } })],
    classes: [],
    endpoints: [],
    limits: {},
    scrapeInterval: "15s",
    namespace: "watch",
  });
  expect(of("PodMonitor")).toEqual([
    expect.objectContaining({
      metadata: expect.objectContaining({ name: "acme-assistant-full", namespace: "watch" }),
      spec: {
        selector: { matchLabels: { "app.kubernetes.io/name": "vllm" } },
        namespaceSelector: { matchNames: ["serving"] },
        podMetricsEndpoints: [
          {
            port: "metrics",
            path: "/stats",
            interval: "15s",
            relabelings: [
              { action: "replace", targetLabel: "endpoint", replacement: "assistant" },
              { action: "replace", targetLabel: "job", replacement: "assistant-full" },
            ],
          },
        ],
      },
    }),
  ]);
});

test("each group of rules is an object of its own, with placeholders that Terraform leaves alone", () => {
  const { of, made } = objects();
  expect(of("PrometheusRule").map(({ metadata }) => metadata.name)).toEqual(
    made.plan.groups.map(({ name }) => `acme-${name}`).sort(),
  );
  expect(JSON.stringify(of("PrometheusRule"))).toContain("{{ $labels.pod }}");
});

test("dashboards are config maps that Grafana's sidecar finds, their variables intact", () => {
  const { resource, made } = objects();
  const maps = Object.values(resource.kubernetes_config_map_v1!);
  expect(maps).toHaveLength(2);
  for (const { metadata, data } of maps) {
    expect(metadata.labels).toMatchObject({ grafana_dashboard: "1" });
    const [text] = Object.values(data);
    const json = JSON.parse(text!.replaceAll("$${", "${")) as { uid: string };
    expect(made.plan.dashboards.find(({ uid }) => uid === json.uid)!.json).toEqual(json);
    expect(text).not.toMatch(/(^|[^$])\$\{/);
  }
});

test("pages and tickets go to receivers that are named by Secret", () => {
  const { of } = objects({ receivers: RECEIVERS });
  expect(of("AlertmanagerConfig")[0]!.spec).toMatchObject({
    route: {
      receiver: "ticket",
      routes: [{ receiver: "page", matchers: [{ name: "severity", value: "page", matchType: "=" }] }],
    },
    receivers: [
      { name: "page", pagerdutyConfigs: [{ routingKey: { name: "alerts", key: "pagerduty" } }] },
      { name: "ticket", slackConfigs: [{ apiURL: { name: "alerts", key: "slack" }, channel: "#ai-alerts" }] },
    ],
  });
  const webhook = { kind: "webhook", url: { name: "hook", key: "url" } } as const;
  expect(
    objects({ receivers: { page: webhook, ticket: webhook } }).of("AlertmanagerConfig")[0]!.spec,
  ).toMatchObject({
    receivers: [{ webhookConfigs: [{ urlSecret: { name: "hook", key: "url" } }] }, {}],
  });
  expect(objects().of("AlertmanagerConfig")).toEqual([]);
});

test("Prometheus is let into namespaces that are closed, and only there", () => {
  const { stack, made } = objects({ closedSources: ["vllm"] });
  expect(made.scrapePolicies).toHaveLength(1);
  expect(Template.of(stack).resource("kubernetes_network_policy_v1")).toMatchObject({
    metadata: { namespace: "serving" },
    spec: {
      pod_selector: { match_labels: { "app.kubernetes.io/name": "vllm" } },
      policy_types: ["Ingress"],
    },
  });
  expect(objects().made.scrapePolicies).toEqual([]);
});

test("programs that ask for metrics learn where", () => {
  expect(observability().query()).toEqual({
    url: "http://kube-prometheus-stack-prometheus.monitoring.svc:9090",
    auth: "none",
  });
  expect(observability({ release: "kps", namespace: "watch" }).query().url).toBe(
    "http://kps-prometheus.watch.svc:9090",
  );
});

describe("managed collection of GKE", () => {
  const GKE = { site: EEMSHAVEN, collector: "gke-managed" } as const;

  test("monitors lie beside the pods, one object records, alerts and dashboards are elsewhere", () => {
    const { of, made, resource } = objects({
      ...GKE,
      sources: [source("envoy-ai-gateway"), source("gke-tpu")],
      limits: {},
    });
    expect(made.backend).toBe("google-managed-prometheus");
    expect(of("PodMonitoring").map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual([
      ["serving", "envoy-ai-gateway"],
    ]);
    const [rules] = of("GlobalRules");
    expect(JSON.stringify(rules)).not.toContain('"alert"');
    expect(JSON.stringify(rules)).toContain("traffic_class:slo_errors:ratio_rate1h");
    expect(resource.kubernetes_config_map_v1).toBeUndefined();
    expect(made.query()).toEqual({
      url: "https://monitoring.googleapis.com/v1/projects/acme-ai/location/global/prometheus",
      auth: "google-oauth",
    });
  });

  test("labels of the source are added to its series; nothing to record, no rules", () => {
    const { of } = objects({
      ...GKE,
      sources: [source("vllm", { labels: { endpoint: "assistant" } })],
      classes: [],
      endpoints: [],
      limits: {},
    });
    expect(of("PodMonitoring")[0]!.spec).toMatchObject({
      endpoints: [
        { metricRelabeling: [{ action: "replace", targetLabel: "endpoint", replacement: "assistant" }] },
      ],
    });
    expect(of("GlobalRules")).toEqual([]);
  });

  test.each<readonly [string, Partial<KubernetesObservabilityProps>, readonly string[]]>([
    ["a site that is not Google's", { ...GKE, site: FRANKFURT }, ["ExporterOfOtherPlace"]],
    [
      "a label that the collection sets itself",
      { ...GKE, ...ALONE, sources: [source("keda", { labels: { cluster: "a" } })] },
      ["InvalidName"],
    ],
    [
      "an authority in a ConfigMap",
      {
        ...GKE,
        ...ALONE,
        sources: [source("keda", { tls: { ca: { kind: "config-map", name: "a", key: "b" } } })],
      },
      ["SourceAccessUnsupported"],
    ],
    ["receivers", { ...GKE, receivers: RECEIVERS }, ["NoEffect"]],
    ["a release", { ...GKE, release: "kps" }, ["NoEffect"]],
    ["closed sources", { ...GKE, closedSources: ["vllm"] }, ["NoEffect"]],
  ])("refused: %s", (_, props, expected) => {
    expect(codes(() => observability(props))).toEqual(expected);
  });
});

test.each<readonly [string, Partial<KubernetesObservabilityProps>, readonly string[]]>([
  [
    "the token of Prometheus' own service account, which no monitor can name",
    {
      ...ALONE,
      sources: [source("keda", { tls: { insecureSkipVerify: true }, bearerToken: "service-account" })],
    },
    ["SourceAccessUnsupported"],
  ],
  [
    "TPUs, which only Google Cloud knows",
    { sources: [source("gke-tpu")], classes: [], endpoints: [], limits: {} },
    ["ExporterOfOtherPlace"],
  ],
  [
    "a receiver as text",
    { receivers: { ...RECEIVERS, page: { kind: "pagerduty", routingKey: "R0123" as never } } },
    ["SecretAsText"],
  ],
  [
    "an address as name of a Secret",
    { receivers: { ...RECEIVERS, page: { kind: "webhook", url: { name: "https://hook", key: "a" } } } },
    ["SecretAsText"],
  ],
  [
    "no channel",
    { receivers: { ...RECEIVERS, ticket: { ...RECEIVERS.ticket, channel: "" } } },
    ["MissingValue"],
  ],
  ["no receiver of tickets", { receivers: { page: RECEIVERS.page } as never }, ["MissingValue"]],
  ["an unknown receiver", { receivers: { ...RECEIVERS, page: { kind: "fax" } as never } }, ["NotOneOf"]],
  ["a closed source that is none", { closedSources: ["nobody"] }, ["NotOneOf"]],
  ["a bad interval", { scrapeInterval: "soon" }, ["InvalidDuration"]],
  ["a token as interval", { scrapeInterval: Fn.join("", ["30s"]) }, ["TokenNotAllowed"]],
  ["a bad prefix", { namePrefix: "A" }, ["InvalidName"]],
  ["a bad namespace", { namespace: "a.b" }, ["InvalidName"]],
  ["a collector of another kind", { collector: "statsd" as never }, ["NotOneOf"]],
])("refused: %s", (_, props, expected) => {
  expect(codes(() => observability(props))).toEqual(expected);
});

test("what might be the secret is not repeated", () => {
  const page = { kind: "pagerduty", routingKey: "R0-hunter2" as never } as const;
  expect(() => observability({ receivers: { ...RECEIVERS, page } })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
  );
});

test("what is done otherwise than asked is said", () => {
  const warnings = (props: Partial<KubernetesObservabilityProps> = {}) =>
    observability(props)
      .node.metadata.map(({ data }) => String(data))
      .filter((text) => text.startsWith("["));
  expect(warnings({ classes: [trafficClass()] })).toEqual([]);
  expect(warnings({ classes: [trafficClass({ objective: 0.9, firstTokenP95Ms: 800 })] })).toEqual([
    expect.stringMatching(/^\[FirstTokenBoundDiffers\].*first-token of chat: first tokens within 0.75 s/),
    expect.stringMatching(/^\[BurnRateOutOfReach\].*answered of chat, 0.9: 14.4 in 1h$/),
    expect.stringMatching(/^\[BurnRateOutOfReach\].*gateway, 0.9: 14.4 in 1h$/),
  ]);
});

test("a second observability of the same names is refused at synth", () => {
  const stack = kubernetesStack();
  observability({}, stack);
  new (observability({}, kubernetesStack()).constructor as new (...args: unknown[]) => unknown)(
    stack,
    "again",
    {
      site: Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } }),
      namePrefix: "acme",
      sources: [],
    },
  );
  expect(() => synthStack(stack)).toThrow(/ObservabilityNamesTaken/);
});
