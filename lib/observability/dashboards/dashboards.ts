import type { Dashboard, DashboardInput } from "./dashboard";
import { platformDashboard } from "./platform";
import { promiseDashboard } from "./promises";

/** One page from the application to the accelerator, and one of promises and cost if there are classes. */
export function dashboardsOf(input: DashboardInput): readonly Dashboard[] {
  return [platformDashboard(input), ...(input.slos.length > 0 ? [promiseDashboard(input)] : [])];
}
