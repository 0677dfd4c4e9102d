import { Fn } from "cdktf";
import { ObservabilityOperators, type ObservabilityOperatorsProps } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { codes } from "../codes";
import { kubernetesStack } from "./support";

const STORAGE = { activeSeries: 1_000_000 };

function make(props: Partial<ObservabilityOperatorsProps> = {}) {
  const stack = kubernetesStack();
  const operators = new ObservabilityOperators(stack, "operators", {
    storage: STORAGE,
    grafanaAdminSecret: "grafana-admin",
    ...props,
  });
  return { stack, operators };
}

function releases(props: Partial<ObservabilityOperatorsProps> = {}) {
  const { resource } = synthStack(make(props).stack) as unknown as {
    resource: { helm_release: Record<string, { name: string; values: string[] }> };
  };
  return Object.fromEntries(
    Object.values(resource.helm_release).map(({ name, values }) => [name, values?.[0] ?? ""]),
  );
}

interface Values {
  readonly prometheus: { readonly prometheusSpec: Record<string, unknown> };
  readonly alertmanager: unknown;
  readonly grafana: { readonly admin: unknown; readonly sidecar: unknown; readonly replicas?: number };
}

const values = (props: Partial<ObservabilityOperatorsProps> = {}) =>
  JSON.parse(releases(props)["kube-prometheus-stack"]!) as Values;

test("Prometheus takes monitors and rules of the whole cluster, Grafana its dashboards", () => {
  const { prometheus, alertmanager, grafana } = values();
  expect(prometheus.prometheusSpec).toMatchObject({
    podMonitorSelectorNilUsesHelmValues: false,
    serviceMonitorSelectorNilUsesHelmValues: false,
    ruleSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
  });
  expect(alertmanager).toMatchObject({
    alertmanagerSpec: {
      alertmanagerConfigMatcherStrategy: { type: "OnNamespaceExceptForAlertmanagerNamespace" },
    },
  });
  expect(grafana).toMatchObject({
    admin: { existingSecret: "grafana-admin" },
    sidecar: { dashboards: { enabled: true, label: "grafana_dashboard", searchNamespace: "ALL" } },
  });
});

test("volumes are as large as series, retention and interval make them", () => {
  expect(make().operators.volumeGib).toBe(121);
  expect(values().prometheus.prometheusSpec).toMatchObject({
    replicas: 2,
    retention: "15d",
    scrapeInterval: "30s",
    retentionSize: "105318MB",
    storageSpec: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "121Gi" } } } } },
  });
  const storage = {
    ...STORAGE,
    retentionDays: 30,
    scrapeIntervalSeconds: 15,
    storageClass: "fast",
    replicas: 1,
  };
  expect(values({ storage }).prometheus.prometheusSpec).toMatchObject({
    replicas: 1,
    retention: "30d",
    scrapeInterval: "15s",
    storageSpec: {
      volumeClaimTemplate: {
        spec: { storageClassName: "fast", resources: { requests: { storage: "483Gi" } } },
      },
    },
  });
});

test("samples are also sent elsewhere, signed where that is asked for", () => {
  const remoteWrite = [
    { url: "https://aps.example/api/v1/remote_write", sigv4Region: "eu-west-1" },
    { url: "https://b/c" },
  ];
  expect(values({ remoteWrite }).prometheus.prometheusSpec.remoteWrite).toEqual([
    { url: "https://aps.example/api/v1/remote_write", sigv4: { region: "eu-west-1" } },
    { url: "https://b/c" },
  ]);
  const token = [{ url: Fn.join("", ["https://", "a"]) }];
  expect(releases({ remoteWrite: token })["kube-prometheus-stack"]).toContain("join(");
});

test("own values go over those of the library, key by key", () => {
  expect(values({ values: { grafana: { replicas: 2 } } }).grafana).toMatchObject({
    replicas: 2,
    admin: { existingSecret: "grafana-admin" },
  });
});

test("operators that are there already are left out", () => {
  expect(Object.keys(releases()).sort()).toEqual(["kube-prometheus-stack", "opentelemetry-operator"]);
  expect(Object.keys(releases({ opentelemetry: false }))).toEqual(["kube-prometheus-stack"]);
  expect(Object.keys(releases({ certManager: true })).sort()).toEqual([
    "cert-manager",
    "kube-prometheus-stack",
    "opentelemetry-operator",
  ]);
});

test.each<readonly [string, Partial<ObservabilityOperatorsProps>, readonly string[]]>([
  ["no series", { storage: { activeSeries: 0 } }, ["NumberOutOfRange"]],
  [
    "a token as series",
    { storage: { activeSeries: Fn.tonumber("1") as unknown as number } },
    ["TokenNotAllowed"],
  ],
  ["no retention", { storage: { ...STORAGE, retentionDays: 0 } }, ["NumberOutOfRange"]],
  ["no replica", { storage: { ...STORAGE, replicas: 0 } }, ["NumberOutOfRange"]],
  ["too slow a scrape", { storage: { ...STORAGE, scrapeIntervalSeconds: 601 } }, ["NumberOutOfRange"]],
  ["a password", { grafanaAdminSecret: "P@ssw0rd!" }, ["InvalidName"]],
  ["a store without TLS", { remoteWrite: [{ url: "http://a/b" }] }, ["InvalidTarget"]],
])("refused: %s", (_, props, expected) => {
  expect(codes(() => make(props))).toEqual(expected);
});
