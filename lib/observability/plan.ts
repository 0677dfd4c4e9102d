import { Problems } from "../core/problems";
import type { MetricsSource } from "../kubernetes/metrics-source";
import type { EndpointAccess, TrafficClass } from "../serving/serving";
import type { Dashboard } from "./dashboards/dashboard";
import { dashboardsOf } from "./dashboards/dashboards";
import { METRICS } from "./metrics/catalogue";
import type { ExporterFacts } from "./metrics/metric";
import { PublishedMetrics } from "./metrics/published";
import { acceleratorAlerts } from "./rules/accelerator-alerts";
import { costGroup } from "./rules/cost";
import { dataAlerts } from "./rules/data-alerts";
import { engineAlerts, nextTokenAlerts } from "./rules/engine-alerts";
import { type HealthLimits, type ResolvedLimits, resolveLimits } from "./rules/limits";
import { checkDistinct, type OwnAlerts, ownAlerts } from "./rules/own-alerts";
import type { RuleGroup } from "./rules/rule";
import { checkWithoutSlo, type Slo, slosOf, type WithoutSlo } from "./rules/slo";
import { sloGroups } from "./rules/slo-rules";
import { checkAccess } from "./source-access";

/** What is watched, and by which bounds. The same for all backends. */
export interface ObservabilityPlanProps {
  /** Who publishes metrics: those of endpoints and gateways (`.metrics`), and what else is scraped. */
  readonly sources: readonly MetricsSource[];
  /** Classes whose promises are watched. @default - none */
  readonly classes?: readonly TrafficClass[];
  /** Variants of endpoints, for the cost of useful tokens. @default - no cost is computed */
  readonly endpoints?: readonly EndpointAccess[];
  /** Objectives that are not watched, by class. @default - all are */
  readonly withoutSlo?: WithoutSlo;
  /** @default - see HealthLimits */
  readonly limits?: HealthLimits;
  /** More alerts. @default - none */
  readonly alerts?: OwnAlerts;
}

/** What was derived: plain values, the same for all backends. */
export interface ObservabilityPlan {
  readonly metrics: PublishedMetrics;
  readonly slos: readonly Slo[];
  /** Rules to record and to alert, in the form of Prometheus. */
  readonly groups: readonly RuleGroup[];
  readonly dashboards: readonly Dashboard[];
}

/** What a cloud itself measures, beside what sources publish. */
export interface CloudPart {
  readonly services: readonly ExporterFacts[];
  /** Of endpoints that the cloud runs. */
  readonly classes: readonly TrafficClass[];
  readonly derive: (
    metrics: PublishedMetrics,
    limits: ResolvedLimits,
  ) => Pick<ObservabilityPlan, "slos" | "groups" | "dashboards">;
}

/**
 * Derives objectives, rules and dashboards from what is declared. Every query names only metrics that the declared sources
 * publish.
 *
 * @param where construct path, or another name for messages
 * @throws SloWithoutMetric, SloOutOfRange, UnknownTrafficClass, CostWithoutPrice, LimitWithoutMetric, InvalidRule,
 *   MetricNotPublished, MissingValue, NoEffect, SecretAsText, DuplicateValue, NumberOutOfRange, TokenNotAllowed, InvalidName
 */
export function planObservability(props: ObservabilityPlanProps, where = "observability"): ObservabilityPlan {
  const problems = new Problems(where);
  const plan = resolvePlan(problems, props, where);
  problems.throwIfAny();
  return plan;
}

/** As `planObservability`, with the problems of the caller. */
export function resolvePlan(
  problems: Problems,
  props: ObservabilityPlanProps,
  where: string,
  cloud?: CloudPart,
): ObservabilityPlan {
  checkSources(problems, props.sources);
  // Names of sources decide everything else.
  problems.throwIfAny();
  const { classes = [], endpoints = [] } = props;
  const metrics = new PublishedMetrics(props.sources, where, cloud?.services);
  checkWithoutSlo(problems, [...classes, ...(cloud?.classes ?? [])], props.withoutSlo ?? {});
  const slos = slosOf(problems, metrics, classes, props.withoutSlo ?? {});
  const limits = resolveLimits(problems, metrics, props.limits ?? {});
  const costs = costGroup(problems, metrics, { classes, endpoints, slos });
  const own = cloud?.derive(metrics, limits);
  // Queries of alerts on what is not published cannot be written.
  problems.throwIfAny();
  const jobs = scrapedJobs(props.sources);
  const named = [
    { name: "engines", rules: [...engineAlerts(metrics, limits), ...nextTokenAlerts(metrics, classes)] },
    { name: "accelerators", rules: acceleratorAlerts(metrics, limits) },
    { name: "data", rules: dataAlerts(metrics, limits, jobs) },
    { name: "own", rules: ownAlerts(problems, metrics, props.alerts) },
  ];
  checkDistinct(
    problems,
    named.flatMap(({ rules }) => rules),
  );
  const groups = [
    ...sloGroups(slos),
    ...costs,
    ...named.filter(({ rules }) => rules.length > 0).map((group) => ({ ...group, interval: "1m" })),
  ];
  const dashboards = dashboardsOf({ metrics, slos, classes, priced: costs.length > 0, limits });
  return {
    metrics,
    slos: [...slos, ...(own?.slos ?? [])],
    groups: [...groups, ...(own?.groups ?? [])],
    // The page of what is scraped is empty where nothing is.
    dashboards: [...(props.sources.length > 0 ? dashboards : []), ...(own?.dashboards ?? [])],
  };
}

const SOURCE_NAME = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "a DNS label: 1 to 63 lower-case letters, digits and hyphens",
};

const LABEL_NAME = {
  pattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
  maxLength: 128,
  form: "the name of a label of Prometheus: letters, digits and underscores",
};

function checkSources(problems: Problems, sources: readonly MetricsSource[]): void {
  for (const source of sources) {
    const { name, exporter, namespace, port, labels = {} } = source;
    checkAccess(problems, source);
    problems.oneOf(`source "${name}", exporter`, exporter, Object.keys(METRICS));
    problems.name(`source "${name}", name`, name, SOURCE_NAME);
    problems.name(`source "${name}", namespace`, namespace, SOURCE_NAME);
    problems.literal(`source "${name}", port`, port);
    problems.required(`source "${name}", port`, port, "the name of a port of the container");
    for (const [label, value] of Object.entries(labels)) {
      problems.name(`source "${name}", label`, label, LABEL_NAME);
      problems.literal(`source "${name}", label "${label}"`, value);
    }
  }
  problems.unique(
    "names of sources",
    sources.map(({ name }) => name),
  );
}

/** Sources that somebody scrapes; the name of each becomes the label `job`. */
function scrapedJobs(sources: readonly MetricsSource[]): readonly string[] {
  return sources
    .filter(({ exporter }) => exporter !== "gke-tpu")
    .map(({ name }) => name)
    .sort();
}
