import type { TrafficClass } from "../../serving/serving";
import type { PublishedMetrics } from "../metrics/published";
import type { ResolvedLimits } from "../rules/limits";
import type { Slo } from "../rules/slo";

/** A dashboard as code: `json` is what Grafana imports, with the backend `cloudwatch` what CloudWatch does. */
export interface Dashboard {
  /** Address of the dashboard in Grafana, at most 40 characters. Never changes. */
  readonly uid: string;
  readonly title: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What dashboards are drawn from. */
export interface DashboardInput {
  readonly metrics: PublishedMetrics;
  readonly slos: readonly Slo[];
  readonly classes: readonly TrafficClass[];
  /** Whether cost is recorded. */
  readonly priced: boolean;
  readonly limits: ResolvedLimits;
}
