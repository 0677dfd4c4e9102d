import type { Problems } from "../core/problems";
import type { MetricsSource } from "../kubernetes/metrics-source";
import { ObservabilityErrors } from "./errors";
import { METRICS } from "./metrics/catalogue";

/** Refuses sources whose metrics only Google Cloud keeps. Adds ExporterOfOtherPlace. */
export function refuseCloudMetrics(
  problems: Problems,
  sources: readonly MetricsSource[],
  backend: string,
): void {
  for (const { name, exporter } of sources.filter((source) => METRICS[source.exporter]?.kept !== "scraped")) {
    problems.add(ObservabilityErrors.ExporterOfOtherPlace, {
      subject: `source "${name}"`,
      given: `exporter ${exporter} with ${backend}`,
      allowed: "Google Managed Prometheus, which reads system metrics of GKE",
    });
  }
}
