/** The label by which Grafana's sidecar finds dashboards. Source: grafana/helm-charts values.yaml, sidecar.dashboards (read 2026-11). */
export const DASHBOARD_LABEL = { key: "grafana_dashboard", value: "1" };
