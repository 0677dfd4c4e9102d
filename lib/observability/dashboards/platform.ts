import type { Dashboard, DashboardInput } from "./dashboard";
import { acceleratorRow, dataRow, queueRow } from "./machine-rows";
import { dashboardJson, type Row } from "./model";
import { applicationRow, engineRow, gatewayRow } from "./request-rows";

/** Rows whose exporters are there, in the order in which a request passes them. */
function rowsOf(input: DashboardInput): readonly Row[] {
  const rows = [applicationRow, gatewayRow, engineRow, acceleratorRow, queueRow, dataRow];
  return rows.map((row) => row(input)).filter(({ panels }) => panels.length > 0);
}

/** One page, from what the application sees to what the accelerators do. */
export function platformDashboard(input: DashboardInput): Dashboard {
  const uid = "hybrid-ai-platform";
  const title = "AI platform: application to accelerator";
  return {
    uid,
    title,
    json: dashboardJson({
      uid,
      title,
      description:
        "What applications see, what the gateway does with it, how engines keep up, and what accelerators do meanwhile.",
      variables: [
        {
          name: "namespace",
          label: "Namespace",
          series: input.metrics.series("up"),
          from: "namespace",
        },
      ],
      rows: rowsOf(input),
      from: "now-6h",
    }),
  };
}
