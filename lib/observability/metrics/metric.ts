import type { Exporter } from "../../kubernetes/metrics-source";

/** Who publishes metrics of endpoints that a cloud runs itself. */
export type CloudService = "sagemaker" | "vertex-ai";

export type MetricType = "counter" | "gauge" | "histogram";

/** One metric as Prometheus stores it. A histogram has the series `_bucket`, `_sum` and `_count`. */
export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  /** What a value counts: `seconds`, `requests`, `ratio` (0 to 1), `percent` (0 to 100). */
  readonly unit: string;
  /** Labels that the exporter sets; scraping adds `TARGET_LABELS` and those of the source. */
  readonly labels: readonly string[];
  readonly meaning: string;
  /** Upper bounds of a histogram's buckets, in `unit`. @default - they depend on the configuration */
  readonly bounds?: readonly number[];
}

/** What one exporter publishes, as far as rules and dashboards use it. */
export interface ExporterFacts {
  readonly exporter: Exporter | CloudService;
  /** Version that the source is for. */
  readonly version: string;
  readonly source: string;
  /** Day on which the source was looked up; `source` says whether it was opened. */
  readonly read: string;
  /** `cloud-monitoring`, `cloudwatch`: kept by Google Cloud or AWS and scraped by nobody. */
  readonly kept: "scraped" | "cloud-monitoring" | "cloudwatch";
  /**
   * Series of one pod for one metric without buckets, as a planning value: GPUs of a node, queues of a cluster.
   */
  readonly seriesPerMetric: number;
  readonly metrics: readonly Metric[];
}

/** Labels of every scraped series. Source: https://prometheus.io/docs/concepts/jobs_instances/, Prometheus operator v0.93. */
export const TARGET_LABELS: readonly string[] = ["job", "instance", "namespace", "pod", "container"];

type Row = readonly [name: string, unit: string, labels: string, meaning: string];

const metric =
  (type: MetricType) =>
  ([name, unit, labels, meaning]: Row, bounds?: readonly number[]): Metric => ({
    name,
    type,
    unit,
    labels: labels === "" ? [] : labels.split(" "),
    meaning,
    ...(bounds ? { bounds } : {}),
  });

/** Rows of the catalogue: name, unit, labels with spaces between, meaning. */
export const counter = (...row: Row): Metric => metric("counter")(row);
export const gauge = (...row: Row): Metric => metric("gauge")(row);
export const histogram = (bounds: readonly number[] | undefined, ...row: Row): Metric =>
  metric("histogram")(row, bounds);
