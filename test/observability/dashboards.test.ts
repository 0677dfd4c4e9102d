import { stableJson } from "../../lib/core/json";
import type { MetricsSource } from "../../lib/kubernetes/metrics-source";
import { planObservability } from "../../lib/observability";
import { everything, SCRAPED, source } from "./fixture";
import { GRAFANA_SDK, grafanaProblems } from "./grafana-schema";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly options?: Record<string, unknown>;
  readonly fieldConfig?: { readonly defaults: { readonly custom?: unknown; readonly unit: string } };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

const panelsOf = (json: Readonly<Record<string, unknown>>) => json.panels as readonly Panel[];
const { dashboards } = planObservability(
  everything({ sources: [...everything().sources, source("gke-tpu")] }),
);

process.stderr.write(
  `notice: no Grafana can be installed here; dashboards are held against the types of ${GRAFANA_SDK}\n`,
);

test.each(dashboards.map(({ uid, json }) => [uid, json] as const))(
  "%s has only fields and values that Grafana publishes types for",
  (_, json) => {
    expect(grafanaProblems(json, "dashboard", "Dashboard")).toEqual([]);
    for (const { type, options, fieldConfig, title } of panelsOf(json).filter(
      (panel) => panel.type !== "row",
    )) {
      const module = type === "table" ? "table" : type;
      const unknown = grafanaProblems(options, module, "Options").filter(
        (text) => !text.endsWith(": missing"),
      );
      expect([title, unknown]).toEqual([title, []]);
      if (type === "timeseries") {
        expect(grafanaProblems(fieldConfig!.defaults.custom, "timeseries", "FieldConfig")).toEqual([]);
      }
    }
  },
);

test("the schema of these tests does find what is wrong", () => {
  const json = structuredClone(dashboards[0]!.json) as Record<string, unknown>;
  expect(grafanaProblems({ ...json, colour: "red" }, "dashboard", "Dashboard")).toEqual([
    "Dashboard.colour: no such field",
  ]);
  expect(grafanaProblems({ ...json, schemaVersion: "39" }, "dashboard", "Dashboard")).toEqual([
    "Dashboard.schemaVersion: not a number",
  ]);
  expect(grafanaProblems({ ...json, templating: undefined }, "dashboard", "Dashboard")).not.toEqual([]);
  const { templating, ...without } = json;
  expect(templating).toBeDefined();
  expect(grafanaProblems(without, "dashboard", "Dashboard")).toEqual(["Dashboard.templating: missing"]);
});

test.each(dashboards.map(({ uid, json }) => [uid, json] as const))(
  "%s: panels lie side by side within 24 columns, none on another, each told apart and explained",
  (uid, json) => {
    const panels = panelsOf(json);
    expect(uid.length).toBeLessThanOrEqual(40);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, { gridPos: a, type, description, targets }] of panels.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24);
      if (type !== "row") {
        expect(description).toMatch(/\S/);
        expect(new Set(targets!.map(({ refId }) => refId)).size).toBe(targets!.length);
      }
      const overlapping = panels
        .slice(index + 1)
        .filter(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h);
      expect(overlapping).toEqual([]);
    }
  },
);

test("one page follows a request from the application to the accelerator", () => {
  const rows = panelsOf(dashboards[0]!.json).filter(({ type }) => type === "row");
  expect(rows.map(({ title }) => title)).toEqual([
    "Application",
    "Gateway",
    "Engine",
    "Accelerator",
    "Queues and scaling",
    "Streams and features",
  ]);
});

test("rows and panels of exporters that are not there are left out", () => {
  for (const exporter of SCRAPED) {
    const [platform, promises] = planObservability({ sources: [source(exporter)] }).dashboards;
    const panels = panelsOf(platform!.json);
    expect(panels.filter(({ type, targets }) => type !== "row" && targets!.length === 0)).toEqual([]);
    expect(panels.filter(({ type }) => type === "row").length).toBe(exporter === "envoy-ai-gateway" ? 2 : 1);
    expect(promises).toBeUndefined();
  }
});

test("what the response cache saves is shown only where one is there, and a class that never hits as 0", () => {
  const OF_CACHE = [
    "Answers from the response cache",
    "Tokens saved by the response cache",
    "Look-ups of the response cache, 95th percentile",
    "Requests that were not looked up",
  ];
  const gateways = [source("envoy-ai-gateway"), source("envoy-gateway")];
  const shown = (sources: readonly MetricsSource[]) =>
    panelsOf(planObservability({ sources }).dashboards[0]!.json).filter(({ title }) =>
      OF_CACHE.includes(title),
    );
  expect(shown(gateways)).toEqual([]);
  const panels = shown([...gateways, source("response-cache")]);
  expect(panels.map(({ title }) => title)).toEqual(OF_CACHE);
  expect(panels[0]!.targets![0]!.expr).toMatch(/^\(.* or 0 \* .*\) \/ /);
  expect(panels[2]!.fieldConfig!.defaults.unit).toBe("ms");
});

test("cost is shown only where it is recorded", () => {
  const titles = (endpoints?: []) =>
    panelsOf(planObservability(everything({ endpoints })).dashboards[1]!.json).map(({ title }) => title);
  expect(titles()).toContain("Burn rate, 1h (page above 14.4)");
  expect(titles([])).not.toContain("Cost");
  expect(panelsOf(dashboards[1]!.json).map(({ title }) => title)).toContain("Cost");
});

test("the same declaration gives the same bytes", () => {
  const again = planObservability(everything({ sources: [...everything().sources, source("gke-tpu")] }));
  expect(stableJson(again.dashboards)).toBe(stableJson(dashboards));
});

test("golden", () => {
  expect(dashboards).toMatchSnapshot();
});
