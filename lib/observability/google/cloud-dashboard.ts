import type { Dashboard } from "../dashboards/dashboard";

interface GrafanaPanel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** Grafana counts 24 columns, Cloud Monitoring 48. */
const COLUMNS = 48;
const SCALE = 2;

/** Cloud Monitoring has other variables: choices become all, rates look back five minutes. */
function withoutVariables(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "5m")
    .replaceAll("$traffic_class", ".*")
    .replaceAll("$namespace", ".*");
}

function widget(panel: GrafanaPanel): Record<string, unknown> {
  if (panel.type === "row") {
    return { text: { content: `## ${panel.title}`, format: "MARKDOWN" } };
  }
  return {
    title: panel.title,
    xyChart: {
      dataSets: (panel.targets ?? []).map(({ expr, legendFormat }) => ({
        plotType: "LINE",
        targetAxis: "Y1",
        legendTemplate: legendFormat.replace(/\{\{(\w+)\}\}/g, "${metric.labels.$1}"),
        timeSeriesQuery: { prometheusQuery: withoutVariables(expr) },
      })),
      yAxis: { scale: "LINEAR" },
    },
  };
}

/**
 * The same panels in the form of Cloud Monitoring. Source:
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards (read 2026-11).
 */
export function cloudDashboard({ title, json }: Dashboard, namePrefix: string): Record<string, unknown> {
  const panels = json.panels as readonly GrafanaPanel[];
  return {
    displayName: `${namePrefix}: ${title}`,
    mosaicLayout: {
      columns: COLUMNS,
      tiles: panels.map((panel) => ({
        xPos: panel.gridPos.x * SCALE,
        yPos: panel.gridPos.y * SCALE,
        width: panel.gridPos.w * SCALE,
        height: panel.gridPos.h * SCALE,
        widget: widget(panel),
      })),
    },
  };
}
