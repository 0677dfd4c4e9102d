/**
 * Dashboards in the JSON that Grafana reads (schema version 39: Grafana 10.4 and later, Amazon Managed Grafana). Source:
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/, types of
 * @grafana/grafana-foundation-sdk 0.0.21 (read 2026-11).
 */
const GRAFANA_SCHEMA = 39;

/** A query and how its series are called. */
export interface PanelQuery {
  readonly expr: string;
  /** With `{{label}}`. */
  readonly legend: string;
}

export type PanelKind = "timeseries" | "stat" | "gauge" | "table";

/** One panel. Widths are of 24 columns. */
export interface Panel {
  readonly title: string;
  /** What the numbers mean, in a sentence or two. */
  readonly description: string;
  readonly kind?: PanelKind;
  readonly queries: readonly PanelQuery[];
  /** Grafana's name of a unit: `s`, `percentunit`, `reqps`, `currencyUSD`. */
  readonly unit: string;
  readonly width?: number;
  readonly height?: number;
  readonly decimals?: number;
  /** From these values on, the colour changes: green, then orange, then red. */
  readonly steps?: readonly number[];
  /** Small values are the bad ones. @default false */
  readonly lowIsBad?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** Series whose label gives the values. */
  readonly series: string;
  readonly from: string;
}

const COLUMNS = 24;
const PANEL_HEIGHT = 8;
const ROW_HEIGHT = 1;

const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

function thresholds({ steps = [], lowIsBad = false }: Panel): Record<string, unknown> {
  const colours = lowIsBad ? ["red", "orange", "green"] : ["green", "orange", "red"];
  // With one step the middle colour is left out.
  const used = steps.length === 1 ? [colours[0]!, colours[2]!] : colours;
  return {
    mode: "absolute",
    steps: [null, ...steps].map((value, index) => ({ color: used[Math.min(index, used.length - 1)], value })),
  };
}

function options(kind: PanelKind): Record<string, unknown> {
  switch (kind) {
    case "timeseries":
      return {
        legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
        tooltip: { mode: "multi", sort: "desc" },
      };
    case "table":
      return { showHeader: true, cellHeight: "sm" };
    default:
      return {
        reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
        orientation: "auto",
        ...(kind === "stat"
          ? { colorMode: "value", graphMode: "area", justifyMode: "auto", textMode: "auto" }
          : { showThresholdLabels: false, showThresholdMarkers: true }),
      };
  }
}

function custom(kind: PanelKind): Record<string, unknown> {
  return kind === "timeseries"
    ? {
        custom: {
          drawStyle: "line",
          fillOpacity: 10,
          lineWidth: 1,
          showPoints: "never",
          spanNulls: false,
        },
      }
    : {};
}

function panelJson(panel: Panel, id: number, x: number, y: number): Record<string, unknown> {
  const kind = panel.kind ?? "timeseries";
  return {
    id,
    type: kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos: { x, y, w: panel.width ?? 8, h: panel.height ?? PANEL_HEIGHT },
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        ...(panel.decimals === undefined ? {} : { decimals: panel.decimals }),
        color: { mode: kind === "timeseries" ? "palette-classic" : "thresholds" },
        thresholds: thresholds(panel),
        ...custom(kind),
      },
      overrides: [],
    },
    options: options(kind),
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(kind === "timeseries"
        ? { range: true, instant: false }
        : { range: false, instant: true, ...(kind === "table" ? { format: "table" } : {}) }),
    })),
  };
}

/** Panels from left to right, in lines as high as their highest panel; each row begins a new line. */
function layOut(rows: readonly Row[]): readonly Record<string, unknown>[] {
  const placed: Record<string, unknown>[] = [];
  let y = 0;
  for (const row of rows) {
    placed.push({
      id: placed.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: ROW_HEIGHT },
      panels: [],
    });
    y += ROW_HEIGHT;
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      const width = panel.width ?? 8;
      if (x + width > COLUMNS) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      placed.push(panelJson(panel, placed.length + 1, x, y));
      x += width;
      lineHeight = Math.max(lineHeight, panel.height ?? PANEL_HEIGHT);
    }
    y += lineHeight;
  }
  return placed;
}

function variableJson({ name, label, series, from }: Variable): Record<string, unknown> {
  const query = `label_values(${series}, ${from})`;
  return {
    type: "query",
    name,
    label,
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: `variable-${name}` },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { text: ["All"], value: ["$__all"] },
    hide: 0,
    options: [],
    regex: "",
    skipUrlSync: false,
  };
}

/** One dashboard, complete. The same input gives the same bytes. */
export function dashboardJson(dashboard: {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
  readonly from: string;
}): Record<string, unknown> {
  return {
    uid: dashboard.uid,
    title: dashboard.title,
    description: dashboard.description,
    tags: ["cdktf-hybrid-ai"],
    schemaVersion: GRAFANA_SCHEMA,
    version: 1,
    editable: false,
    graphTooltip: 1,
    timezone: "utc",
    refresh: "1m",
    time: { from: dashboard.from, to: "now" },
    links: [
      {
        title: "AI platform",
        type: "dashboards",
        tags: ["cdktf-hybrid-ai"],
        asDropdown: true,
        icon: "external link",
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        tooltip: "",
        url: "",
      },
    ],
    annotations: { list: [] },
    templating: {
      list: [
        {
          type: "datasource",
          name: "datasource",
          label: "Prometheus",
          query: "prometheus",
          hide: 0,
          includeAll: false,
          multi: false,
          options: [],
          refresh: 1,
          regex: "",
          skipUrlSync: false,
        },
        ...dashboard.variables.map(variableJson),
      ],
    },
    panels: layOut(dashboard.rows),
  };
}
