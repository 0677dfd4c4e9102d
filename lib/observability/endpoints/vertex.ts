import type { Problems } from "../../core/problems";
import type { IModelEndpoint } from "../../serving/serving";
import type { Dashboard } from "../dashboards/dashboard";
import { dashboardJson, type Panel } from "../dashboards/model";
import { VERTEX } from "../metrics/clouds";
import type { Matchers, PublishedMetrics } from "../metrics/published";
import type { CloudPart } from "../plan";
import { burnThreshold, plainNumber } from "../rules/burn-rate";
import type { ResolvedLimits } from "../rules/limits";
import type { AlertRule, RuleGroup } from "../rules/rule";
import type { Slo, WithoutSlo } from "../rules/slo";
import { reachableWindows } from "../rules/slo-rules";
import { type WatchedEndpoint, watchedEndpoints } from "./objectives";

type VertexEndpoint = WatchedEndpoint<"cloud-monitoring">;

const PREFIX = "aiplatform_googleapis_com:prediction_online_";
/** Endpoints of one project share the names of metrics; Cloud Monitoring wants the kind of resource too. */
const RESOURCE = "aiplatform.googleapis.com/Endpoint";

const of = ({ metrics }: VertexEndpoint): Matchers => ({
  monitored_resource: RESOURCE,
  endpoint_id: metrics.endpointId,
});

const named = ({ metrics }: VertexEndpoint, metric: string) =>
  `${PREFIX}${metrics.private ? "private_" : ""}${metric}`;

function answered(published: PublishedMetrics, endpoint: VertexEndpoint): Slo | undefined {
  const { objective } = endpoint;
  if (objective === undefined) {
    return undefined;
  }
  const name = named(endpoint, "response_count");
  const failed = { ...of(endpoint), response_code: { matches: "5.*" } };
  return {
    kind: "answered",
    endpoint: endpoint.endpoint,
    objective,
    exporter: "vertex-ai",
    note: `requests not answered with 5xx, by ${name}`,
    errors: (window) =>
      `(sum(rate(${published.series(name, failed, window)})) or vector(0)) / sum(rate(${published.series(name, of(endpoint), window)}))`,
  };
}

function burnAlerts(slo: Slo): readonly AlertRule[] {
  const { endpoint = "" } = slo;
  return reachableWindows(slo).map(({ factor, long, short, severity, budget }) => {
    const threshold = burnThreshold(slo.objective, factor);
    return {
      alert: "EndpointErrorBudgetBurn",
      expr: `(${slo.errors(long)}) > ${threshold} and (${slo.errors(short)}) > ${threshold}`,
      severity,
      labels: { endpoint, long_window: long, short_window: short },
      summary: `endpoint ${endpoint}: ${budget} of the error budget of 30 days went in ${long}`,
      runbook: `Objective ${plainNumber(slo.objective * 100)} %, the strictest of its classes, measured as ${slo.note}. See the log of the deployed model, whether replicas restart, and whether a new model was deployed: move its share of requests back. 429 and other 4xx are not counted.`,
    };
  });
}

function healthAlerts(
  published: PublishedMetrics,
  watched: VertexEndpoint,
  { idleShare }: ResolvedLimits,
): readonly AlertRule[] {
  const { endpoint } = watched;
  const replicas = published.series(`${PREFIX}replicas`, of(watched));
  const wanted = published.series(`${PREFIX}target_replicas`, of(watched));
  const busy = published.series(`${PREFIX}accelerator_duty_cycle`, of(watched), "1h");
  return [
    {
      alert: "EndpointWithoutReplicas",
      expr: `sum(${replicas}) < 1`,
      for: "10m",
      severity: "page",
      labels: { endpoint },
      summary: `endpoint ${endpoint}: no replica answers`,
      runbook:
        "The model does not start, or its machines are not to be had. See the deployed model's log, its health route, and the quota of its accelerators in the region.",
    },
    {
      alert: "EndpointReplicasMissing",
      expr: `sum(${wanted}) > sum(${replicas})`,
      for: "30m",
      severity: "ticket",
      labels: { endpoint },
      summary: `endpoint ${endpoint}: fewer replicas than the autoscaler wants, for half an hour`,
      runbook: "Machines do not come: see quota and capacity of the region, or take another machine type.",
    },
    {
      alert: "EndpointIdle",
      expr: `avg(avg_over_time(${busy})) < ${idleShare}`,
      for: "1h",
      severity: "ticket",
      labels: { endpoint },
      summary: `endpoint ${endpoint}: its accelerators worked less than ${plainNumber(idleShare * 100)} % of an hour`,
      runbook: "It is paid and not used: fewer replicas, a smaller machine, or none.",
    },
  ];
}

function panels(
  published: PublishedMetrics,
  watched: VertexEndpoint,
  slo: Slo | undefined,
): readonly Panel[] {
  const { endpoint, usdPerHour } = watched;
  const price = usdPerHour === undefined ? "" : ` Planned: USD ${usdPerHour} an hour.`;
  const latencies = named(watched, "prediction_latencies");
  const total = watched.metrics.private ? of(watched) : { ...of(watched), latency_type: "total" };
  const rate = "$__rate_interval";
  const quantile = (share: number) =>
    `histogram_quantile(${share}, sum by (le) (rate(${published.bucket(latencies, undefined, total, rate)})))`;
  const each = (name: string, matchers = of(watched)) => published.series(`${PREFIX}${name}`, matchers);
  return [
    {
      title: `${endpoint}: answers`,
      description: `Per second, by class of their code.${price}`,
      queries: [
        {
          expr: `sum by (response_code) (rate(${published.series(named(watched, "response_count"), of(watched), rate)}))`,
          legend: "{{response_code}}",
        },
      ],
      unit: "reqps",
      width: 6,
    },
    ...(slo
      ? [
          {
            title: `${endpoint}: share of bad answers`,
            description: `Promised: at most ${plainNumber(1 - slo.objective)}, ${slo.note}.`,
            queries: [{ expr: slo.errors("5m"), legend: "5 minutes" }],
            unit: "percentunit",
            width: 6,
          } satisfies Panel,
        ]
      : []),
    {
      title: `${endpoint}: time of whole answers`,
      description: "The time to the first token is not published. Bounds of the distribution are Google's.",
      queries: [0.5, 0.95].map((share) => ({ expr: quantile(share), legend: `p${share * 100}` })),
      unit: "ms",
      width: 6,
    },
    {
      title: `${endpoint}: replicas`,
      description: "That answer, and that the autoscaler wants.",
      queries: [
        { expr: `sum(${each("replicas")})`, legend: "active" },
        { expr: `sum(${each("target_replicas")})`, legend: "wanted" },
      ],
      unit: "none",
      width: 6,
    },
    {
      title: `${endpoint}: accelerators busy`,
      description: "Share of time in which they did anything at all, mean of all replicas.",
      queries: [{ expr: `avg(${each("accelerator_duty_cycle")})`, legend: "busy" }],
      unit: "percentunit",
      width: 6,
    },
    {
      title: `${endpoint}: memory of accelerators`,
      description: "In use, all replicas. Engines take nearly all of it when they start.",
      queries: [{ expr: `sum(${each("accelerator_memory_bytes_used")})`, legend: "in use" }],
      unit: "bytes",
      width: 6,
    },
  ];
}

function dashboard(
  published: PublishedMetrics,
  endpoints: readonly VertexEndpoint[],
  slos: readonly Slo[],
): Dashboard {
  const uid = "hybrid-ai-endpoints";
  const title = "AI platform: endpoints of Vertex AI";
  return {
    uid,
    title,
    json: dashboardJson({
      uid,
      title,
      description:
        "What Vertex AI measures of its endpoints. It counts no tokens, so there is no cost of them.",
      variables: [],
      rows: endpoints.map((watched) => ({
        title: watched.endpoint,
        panels: panels(
          published,
          watched,
          slos.find(({ endpoint }) => endpoint === watched.endpoint),
        ),
      })),
      from: "now-6h",
    }),
  };
}

/**
 * Objectives, alerts and a dashboard of endpoints of Vertex AI, in PromQL over the metrics of Cloud Monitoring. Ratios are not
 * recorded: no cluster is needed. Adds EndpointMetricsElsewhere, SloWithoutMetric, SloOutOfRange, DuplicateValue.
 */
export function vertexPart(
  problems: Problems,
  endpoints: readonly IModelEndpoint[],
  without: WithoutSlo,
): CloudPart | undefined {
  if (endpoints.length === 0) {
    return undefined;
  }
  const watched = watchedEndpoints(problems, endpoints, "cloud-monitoring", without);
  return {
    services: [VERTEX],
    classes: endpoints.flatMap(({ classes }) => classes),
    derive: (published, limits) => {
      const slos = watched.flatMap((endpoint) => answered(published, endpoint) ?? []);
      const rules = [
        ...slos.flatMap(burnAlerts),
        ...watched.flatMap((endpoint) => healthAlerts(published, endpoint, limits)),
      ];
      const groups: readonly RuleGroup[] =
        rules.length === 0 ? [] : [{ name: "endpoints", interval: "1m", rules }];
      return { slos, groups, dashboards: [dashboard(published, watched, slos)] };
    },
  };
}
