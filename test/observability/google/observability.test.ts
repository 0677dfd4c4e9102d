import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { Fn, TerraformStack } from "cdktf";
import { Site } from "../../../lib";
import { GoogleObservability, type GoogleObservabilityProps } from "../../../lib/google";
import { alertId, cloudText, seconds } from "../../../lib/observability/google/alert-policy";
import { synthStack, testApp } from "../../../lib/testing";
import { codes } from "../codes";
import { everything, source } from "../fixture";
import { parsePromql } from "../promql";

const SITE = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });
const CHANNEL = "projects/acme-ai/notificationChannels/1";

interface Policy {
  readonly display_name: string;
  readonly severity: string;
  readonly notification_channels?: readonly string[];
  readonly documentation: { readonly content: string };
  readonly conditions: readonly {
    readonly condition_prometheus_query_language: Readonly<Record<string, unknown>> & { query: string };
  }[];
}

function make(props: Partial<GoogleObservabilityProps> = {}) {
  const stack = new TerraformStack(testApp(), "foundation");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  const made = new GoogleObservability(stack, "observability", {
    site: SITE,
    namePrefix: "acme",
    ...everything({ sources: [...everything().sources, source("gke-tpu")] }),
    ...props,
  });
  return { stack, made };
}

function synth(props: Partial<GoogleObservabilityProps> = {}) {
  const { stack, made } = make(props);
  const { resource } = synthStack(stack) as unknown as {
    resource: {
      google_monitoring_alert_policy: Record<string, Policy>;
      google_monitoring_dashboard: Record<string, { dashboard_json: string }>;
    };
  };
  return {
    made,
    policies: Object.values(resource.google_monitoring_alert_policy),
    dashboards: Object.values(resource.google_monitoring_dashboard),
  };
}

test("each alert is a policy with its own query, and nothing that only records", () => {
  const { made, policies } = synth();
  const alerts = made.plan.groups.flatMap(({ rules }) => rules.filter((rule) => "alert" in rule));
  const queries = policies.map(({ conditions }) => conditions[0]!.condition_prometheus_query_language.query);
  expect(queries.sort()).toEqual(alerts.map(({ expr }) => expr).sort());
  expect(new Set(policies.map(({ display_name }) => display_name)).size).toBe(policies.length);
});

test("a policy says how long, how often, how bad, whom, and what to do", () => {
  const { policies } = synth({ channels: { page: [CHANNEL], ticket: [] } });
  const find = (name: string) => policies.find(({ display_name }) => display_name === `acme: ${name}`)!;
  expect(find("ErrorBudgetBurn-1h-5m-answered-chat")).toMatchObject({
    severity: "CRITICAL",
    notification_channels: [CHANNEL],
    conditions: [
      {
        condition_prometheus_query_language: {
          duration: "0s",
          evaluation_interval: "30s",
          rule_group: "slo-burn-rates",
          alert_rule: "ErrorBudgetBurn",
          disable_metric_validation: true,
          labels: { severity: "page", slo: "answered", traffic_class: "chat" },
        },
      },
    ],
  });
  const hot = find("GpuHot");
  expect(hot).toMatchObject({
    severity: "WARNING",
    conditions: [{ condition_prometheus_query_language: { duration: "300s" } }],
  });
  expect(hot.notification_channels).toBeUndefined();
  expect(hot.documentation.content).toContain("GPU $${metric.label.gpu} of $${metric.label.Hostname}");
  expect(policies.filter(({ documentation }) => documentation.content.includes("{{"))).toEqual([]);
});

test("dashboards have the same panels, in the form of Cloud Monitoring and within its 48 columns", () => {
  const { made, dashboards } = synth();
  expect(dashboards).toHaveLength(made.plan.dashboards.length);
  for (const [index, { dashboard_json }] of dashboards.entries()) {
    const { mosaicLayout } = JSON.parse(dashboard_json.replaceAll("$${", "${")) as {
      mosaicLayout: {
        columns: number;
        tiles: {
          xPos: number;
          width: number;
          widget: { xyChart?: { dataSets: { timeSeriesQuery: { prometheusQuery: string } }[] } };
        }[];
      };
    };
    const all = made.plan.dashboards.map(({ json }) => (json.panels as unknown[]).length);
    expect(all).toContain(mosaicLayout.tiles.length);
    expect(index).toBeLessThan(all.length);
    for (const { xPos, width, widget } of mosaicLayout.tiles) {
      expect(xPos + width).toBeLessThanOrEqual(mosaicLayout.columns);
      for (const { timeSeriesQuery } of widget.xyChart?.dataSets ?? []) {
        expect(parsePromql(timeSeriesQuery.prometheusQuery).errors).toEqual([]);
        expect(timeSeriesQuery.prometheusQuery).not.toContain("$");
      }
    }
  }
});

test("TPUs are watched here, where their metrics are", () => {
  const { policies } = synth();
  expect(policies.map(({ display_name }) => display_name)).toContain("acme: AcceleratorIdle-tpu");
});

test("durations and placeholders of Prometheus become those of Cloud Monitoring", () => {
  expect([seconds("30s"), seconds("10m"), seconds("1h30m"), seconds("0s"), seconds("2d")]).toEqual([
    "30s",
    "600s",
    "5400s",
    "0s",
    "172800s",
  ]);
  expect(cloudText("{{ $labels.pod }} has {{ $value | humanizePercentage }}")).toBe(
    "${metric.label.pod} has (see the chart)",
  );
  const rule = { alert: "A", expr: "up", severity: "page", summary: "", runbook: "" } as const;
  expect(alertId({ ...rule, labels: { b: "vllm:x", a: "1" } })).toBe("A-1-vllm-x");
});

test("channels may be of this stack", () => {
  const token = Fn.join("/", ["projects", "a"]);
  expect(codes(() => make({ channels: { page: [token], ticket: [] } }))).toEqual([]);
  expect(codes(() => make({ channels: { page: ["mail@example.com"], ticket: [] } }))).toEqual([
    "InvalidTarget",
  ]);
  expect(codes(() => make({ namePrefix: "A" }))).toEqual(["InvalidName"]);
});

test("programs that ask for metrics learn where", () => {
  const { made } = make();
  expect(made.backend).toBe("google-managed-prometheus");
  expect(made.query()).toEqual({
    url: "https://monitoring.googleapis.com/v1/projects/acme-ai/location/global/prometheus",
    auth: "google-oauth",
  });
});

test("a second observability of the same names is refused at synth", () => {
  const { stack } = make();
  new GoogleObservability(stack, "again", { site: SITE, namePrefix: "acme", sources: [] });
  expect(() => synthStack(stack)).toThrow(/ObservabilityNamesTaken/);
});
