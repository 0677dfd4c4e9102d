import { Problems } from "../../core/problems";
import type { Exporter, MetricsSource } from "../../kubernetes/metrics-source";
import { ObservabilityErrors } from "../errors";
import { METRICS } from "./catalogue";
import { type CloudService, type ExporterFacts, type Metric, TARGET_LABELS } from "./metric";

/** Value of one label, or several (`not`, `matches`: a regular expression of RE2). */
export type Matcher =
  | string
  | { readonly not: string }
  | { readonly matches: string }
  | { readonly unlike: string };

export type Matchers = Readonly<Record<string, Matcher>>;

interface Published {
  readonly metric: Metric;
  readonly labels: ReadonlySet<string>;
}

/** Set by Prometheus itself for every target. Source: https://prometheus.io/docs/concepts/jobs_instances/ */
const UP: Metric = {
  name: "up",
  type: "gauge",
  unit: "flag",
  labels: [],
  meaning: "1 if the last scrape succeeded",
};

const escaped = (value: string) => value.replace(/\\/g, "\\\\").replace(/"/g, '\\"');

function matcherText(label: string, matcher: Matcher): string {
  if (typeof matcher === "string") {
    return `${label}="${escaped(matcher)}"`;
  }
  if ("not" in matcher) {
    return `${label}!="${escaped(matcher.not)}"`;
  }
  return "matches" in matcher
    ? `${label}=~"${escaped(matcher.matches)}"`
    : `${label}!~"${escaped(matcher.unlike)}"`;
}

/**
 * Metrics that the given sources publish. Its methods write selectors of PromQL and refuse what none of the sources
 * publishes: a query can name nothing else.
 */
export class PublishedMetrics {
  private readonly known: ReadonlyMap<string, Published>;
  private readonly exporters: ReadonlySet<Exporter | CloudService>;

  /** @param services what clouds publish themselves */
  constructor(
    private readonly sources: readonly MetricsSource[],
    private readonly where = "metrics",
    services: readonly ExporterFacts[] = [],
  ) {
    const facts = [...new Set(sources.map(({ exporter }) => exporter))].map((exporter) => METRICS[exporter]);
    const every = [...facts, ...services];
    this.exporters = new Set(every.map(({ exporter }) => exporter));
    const all = every.flatMap(({ exporter, metrics }) =>
      metrics.map((metric) => [metric.name, this.published(exporter, metric)] as const),
    );
    const up = { metric: UP, labels: new Set([...TARGET_LABELS, ...sources.flatMap(labelsOf)]) };
    this.known = new Map([...all, [UP.name, up]]);
  }

  /** Names of series, those of histograms with their endings. Sorted. */
  get seriesNames(): readonly string[] {
    return [...this.known.values()]
      .flatMap(({ metric }) =>
        metric.type === "histogram"
          ? ["_bucket", "_count", "_sum"].map((ending) => metric.name + ending)
          : [metric.name],
      )
      .sort();
  }

  has(exporter: Exporter | CloudService): boolean {
    return this.exporters.has(exporter);
  }

  of(exporter: Exporter | CloudService): readonly MetricsSource[] {
    return this.sources.filter((source) => source.exporter === exporter);
  }

  /** @throws MetricNotPublished */
  metric(name: string): Metric {
    return this.require(name).metric;
  }

  /**
   * `name{label="value"}`, or `name{…}[window]`. For a histogram name one of its parts.
   *
   * @throws MetricNotPublished
   */
  series(name: string, matchers: Matchers = {}, window?: string): string {
    const { metric, labels } = this.require(name);
    if (metric.type === "histogram") {
      this.refuse(name, "one of its parts: use count, sum or bucket");
    }
    return this.selector(name, labels, matchers, window);
  }

  /** Number of observations of a histogram. @throws MetricNotPublished */
  count(name: string, matchers: Matchers = {}, window?: string): string {
    return this.part(name, "_count", matchers, window);
  }

  /** Observations of a histogram, added up. @throws MetricNotPublished */
  sum(name: string, matchers: Matchers = {}, window?: string): string {
    return this.part(name, "_sum", matchers, window);
  }

  /**
   * Observations of a histogram up to `bound`, or all buckets. Whole bounds are written `1` by some versions of Prometheus
   * and `1.0` by others (https://prometheus.io/docs/prometheus/latest/migration/), so both are asked for.
   *
   * @throws MetricNotPublished
   */
  bucket(name: string, bound: number | undefined, matchers: Matchers = {}, window?: string): string {
    if (bound === undefined) {
      return this.part(name, "_bucket", matchers, window);
    }
    const { bounds = [] } = this.metric(name);
    if (!bounds.includes(bound)) {
      this.refuse(`${name}, bucket ${bound}`, `one of its bounds: ${bounds.join(", ")}`);
    }
    const le = Number.isInteger(bound) ? { matches: `${bound}([.]0)?` } : String(bound);
    return this.part(name, "_bucket", { ...matchers, le }, window);
  }

  private part(name: string, ending: string, matchers: Matchers, window: string | undefined): string {
    const { metric, labels } = this.require(name);
    if (metric.type !== "histogram") {
      this.refuse(name, `a histogram; this is a ${metric.type}`);
    }
    return this.selector(`${name}${ending}`, new Set([...labels, "le"]), matchers, window);
  }

  private selector(
    name: string,
    labels: ReadonlySet<string>,
    matchers: Matchers,
    window: string | undefined,
  ): string {
    const entries = Object.entries(matchers);
    for (const [label] of entries.filter(([key]) => !labels.has(key))) {
      this.refuse(`label ${label} of ${name}`, [...labels].sort().join(", "));
    }
    const inside = entries.map(([label, matcher]) => matcherText(label, matcher)).join(",");
    return `${name}${inside === "" ? "" : `{${inside}}`}${window === undefined ? "" : `[${window}]`}`;
  }

  private published(exporter: Exporter | CloudService, metric: Metric): Published {
    const ofSources = this.of(exporter).flatMap(labelsOf);
    return { metric, labels: new Set([...metric.labels, ...TARGET_LABELS, ...ofSources]) };
  }

  private require(name: string): Published {
    const found = this.known.get(name);
    if (!found) {
      const owner = Object.values(METRICS).find(({ metrics }) => metrics.some((row) => row.name === name));
      const present = [...this.exporters].sort().join(", ") || "no exporter";
      this.refuse(
        name,
        owner ? `a source with exporter ${owner.exporter}; declared: ${present}` : `metrics of ${present}`,
      );
    }
    return found!;
  }

  private refuse(given: string, allowed: string): never {
    const problems = new Problems(this.where);
    problems.add(ObservabilityErrors.MetricNotPublished, { subject: "query", given, allowed });
    problems.throwIfAny();
    throw new Error("unreachable");
  }
}

function labelsOf(source: MetricsSource): readonly string[] {
  return Object.keys(source.labels ?? {});
}
