import type { Dashboard } from "../dashboards/dashboard";
import { BURN_RATE_WINDOWS, plainNumber } from "../rules/burn-rate";
import {
  type CloudWatchMetric,
  errorShare,
  INSTANCES,
  ofEndpoint,
  ofVariant,
  type SageMakerWatched,
} from "./sagemaker";

/** CloudWatch counts 24 columns. */
const COLUMNS = 24;
const WIDTH = 6;
const HEIGHT = 6;
const TEXT_HEIGHT = 2;

interface Line {
  readonly metric: CloudWatchMetric;
  readonly label: string;
}

interface Graph {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Of one data point. @default 60 */
  readonly periodSeconds?: number;
  /** A horizontal line. */
  readonly bound?: { readonly label: string; readonly value: number };
}

function metricRow({ metric, label }: Line): readonly unknown[] {
  const { namespace, metricName, dimensions, stat } = metric;
  return [namespace, metricName, ...Object.entries(dimensions).flat(), { label, stat }];
}

function frame(title: string, region: string, bound: Graph["bound"]) {
  return {
    title,
    region,
    view: "timeSeries",
    stacked: false,
    yAxis: { left: { min: 0 } },
    ...(bound ? { annotations: { horizontal: [{ label: bound.label, value: bound.value }] } } : {}),
  };
}

function graphProperties({ title, lines, periodSeconds = 60, bound }: Graph, region: string) {
  return { ...frame(title, region, bound), period: periodSeconds, metrics: lines.map(metricRow) };
}

/** The share of errors over the windows that alarms look at. */
function shareProperties(watched: SageMakerWatched, objective: number, region: string) {
  const { expression, metrics } = errorShare(watched);
  return {
    ...frame("Share of requests answered 5xx", region, {
      label: "promised at most",
      value: plainNumber(1 - objective),
    }),
    period: 300,
    metrics: [
      [{ expression, label: "5 minutes", id: "share" }],
      ...Object.entries(metrics).map(([id, { namespace, metricName, dimensions, stat }]) => [
        namespace,
        metricName,
        ...Object.entries(dimensions).flat(),
        { id, stat, visible: false },
      ]),
    ],
  };
}

function requestGraphs(watched: SageMakerWatched): readonly Graph[] {
  const { queued, variants } = watched.metrics;
  const each = (metricName: string, ...stats: readonly string[]): readonly Line[] =>
    variants.flatMap(({ name }) =>
      stats.map((stat) => ({
        metric: ofVariant(watched, name, metricName, stat),
        label: stats.length > 1 ? `${name} ${stat}` : name,
      })),
    );
  return [
    { title: "Requests per minute", lines: each("Invocation5XXErrors", "SampleCount") },
    { title: "Answers 4xx per minute", lines: each("Invocation4XXErrors", "Sum") },
    { title: "Time of whole answers, microseconds", lines: each("ModelLatency", "p50", "p95") },
    ...(queued
      ? [
          {
            title: "Requests that wait",
            lines: [
              { metric: ofEndpoint(watched, "ApproximateBacklogSize", "Maximum"), label: "all" },
              {
                metric: ofEndpoint(watched, "ApproximateBacklogSizePerInstance", "Maximum"),
                label: "by instance",
              },
              {
                metric: ofEndpoint(watched, "HasBacklogWithoutCapacity", "Maximum"),
                label: "1: no instance runs",
              },
            ],
          },
        ]
      : [
          { title: "Time that SageMaker adds, microseconds", lines: each("OverheadLatency", "p50", "p95") },
          { title: "Open requests of an instance", lines: each("ConcurrentRequestsPerModel", "Maximum") },
        ]),
  ];
}

function machineGraphs(watched: SageMakerWatched): readonly Graph[] {
  const { variants } = watched.metrics;
  const each = (metricName: string, stat: string): readonly Line[] =>
    variants.map(({ name, acceleratorsPerInstance }) => ({
      metric: ofVariant(watched, name, metricName, stat, INSTANCES),
      label:
        metricName === "CPUUtilization" || acceleratorsPerInstance === 1
          ? name
          : `${name}, of ${acceleratorsPerInstance * 100}`,
    }));
  return [
    { title: "Instances", lines: each("CPUUtilization", "SampleCount") },
    { title: "GPUs busy, percent", lines: each("GPUUtilization", "Average"), periodSeconds: 300 },
    { title: "Memory of GPUs, percent", lines: each("GPUMemoryUtilization", "Average"), periodSeconds: 300 },
  ];
}

function heading({ endpoint, objective, usdPerHour, metrics }: SageMakerWatched): string {
  const promise =
    objective === undefined
      ? "Nothing is promised."
      : `Promised: ${plainNumber(objective * 100)} % of requests are not answered 5xx; alarms at ${BURN_RATE_WINDOWS.map(({ factor, long }) => `${factor} times the budget in ${long}`).join(", ")}.`;
  const price = usdPerHour === undefined ? "" : ` Planned: USD ${usdPerHour} an hour.`;
  return `## ${endpoint}\n${promise}${price} SageMaker endpoint ${metrics.endpointName}.`;
}

/** Graphs from left to right below a heading; returns the line after them. */
function layOut(watched: SageMakerWatched, region: string, top: number) {
  const { objective } = watched;
  const properties = [
    ...(objective === undefined ? [] : [shareProperties(watched, objective, region)]),
    ...[...requestGraphs(watched), ...machineGraphs(watched)].map((graph) => graphProperties(graph, region)),
  ];
  const text = {
    type: "text",
    x: 0,
    y: top,
    width: COLUMNS,
    height: TEXT_HEIGHT,
    properties: { markdown: heading(watched) },
  };
  const perLine = COLUMNS / WIDTH;
  const graphs = properties.map((each, index) => ({
    type: "metric",
    x: (index % perLine) * WIDTH,
    y: top + TEXT_HEIGHT + Math.floor(index / perLine) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: each,
  }));
  return {
    widgets: [text, ...graphs],
    next: top + TEXT_HEIGHT + Math.ceil(graphs.length / perLine) * HEIGHT,
  };
}

/**
 * One dashboard of CloudWatch for all endpoints. Source:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html (read 2026-11).
 */
export function sageMakerDashboard(endpoints: readonly SageMakerWatched[], region: string): Dashboard {
  const widgets: object[] = [];
  let top = 0;
  for (const watched of endpoints) {
    const { widgets: made, next } = layOut(watched, region, top);
    widgets.push(...made);
    top = next;
  }
  return {
    uid: "hybrid-ai-endpoints",
    title: "AI platform: endpoints of SageMaker",
    json: { start: "-PT6H", periodOverride: "inherit", widgets },
  };
}
