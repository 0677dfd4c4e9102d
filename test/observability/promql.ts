import type { LRParser } from "@lezer/lr";

// Its types are those of an ES module only, its code is both.
const { parser } = require("@prometheus-io/lezer-promql") as { readonly parser: LRParser };

export interface ParsedQuery {
  /** Names of series that the query reads. */
  readonly series: readonly string[];
  /** Labels that selectors, aggregations and matchings name. */
  readonly labels: readonly string[];
  /** Where the parser found something that is not PromQL. */
  readonly errors: readonly string[];
}

/** What Grafana puts in place of its variables. */
const GRAFANA: Readonly<Record<string, string>> = {
  $__rate_interval: "5m",
  $traffic_class: ".*",
  $namespace: ".*",
};

/** A query of a dashboard as Grafana would send it. */
export function asSent(query: string): string {
  return Object.entries(GRAFANA).reduce((text, [name, value]) => text.replaceAll(name, value), query);
}

/** Parses with the grammar that Prometheus' own editor uses. */
export function parsePromql(query: string): ParsedQuery {
  const series: string[] = [];
  const labels: string[] = [];
  const errors: string[] = [];
  parser.parse(query).iterate({
    enter: (node) => {
      const text = query.slice(node.from, node.to);
      if (node.type.isError) {
        errors.push(`${query} at ${node.from}`);
      } else if (node.name === "Identifier") {
        series.push(text);
      } else if (node.name === "LabelName") {
        labels.push(text);
      }
    },
  });
  return { series, labels, errors };
}
