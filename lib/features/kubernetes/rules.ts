import { durationOf } from "../duration";
import type { MaterializationPlan } from "../freshness";
import type { FeatureView } from "../schema";

/** Metrics of Feast's server: `sdk/python/feast/metrics.py`, v0.66.0. */
const MATERIALIZED = "feast_feature_freshness_seconds";
const PUSHED = "feast_push_request_total";

function expression(project: string, view: FeatureView, plan: MaterializationPlan): string {
  if (plan.kind === "stream") {
    const series = `${PUSHED}{push_source="${view.name}_push"}`;
    return `(sum(increase(${series}[${view.freshnessSeconds}s])) or vector(0)) < 1`;
  }
  const series = `${MATERIALIZED}{project="${project}",feature_view="${view.name}"}`;
  return `max(${series}) > ${view.freshnessSeconds} or absent(${series})`;
}

/** Text of people inside an annotation, which Prometheus reads as a template of Go. */
const literal = (text: string): string => text.replaceAll("{{", '{{"{{"}}');

/** One alert per view: its values are older than its freshness, or nobody can tell. */
export function freshnessRules(
  project: string,
  views: readonly FeatureView[],
  plans: ReadonlyMap<string, MaterializationPlan>,
) {
  return views.map((view) => ({
    alert: "FeatureViewLate",
    expr: expression(project, view, plans.get(view.name)!),
    for: "2m",
    labels: { severity: "warning", feature_view: view.name },
    annotations: {
      summary: `Feature view ${view.name} is older than its freshness of ${durationOf(view.freshnessSeconds)}`,
      description: `Owner: ${literal(view.owner)}. Planned: ${plans.get(view.name)!.because}.`,
    },
  }));
}
