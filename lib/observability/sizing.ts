import type { MetricsSource } from "../kubernetes/metrics-source";
import { METRICS } from "./metrics/catalogue";

/** Series of a process itself: runtime, garbage collection, HTTP. A planning value. */
const SERIES_OF_PROCESS = 100;

/** Buckets of a histogram whose bounds are not known. A planning value. */
const UNKNOWN_BOUNDS = 20;

/**
 * Bytes of one sample on disk: 1 to 2, the larger is planned. Source:
 * https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects (read 2026-11).
 */
const BYTES_PER_SAMPLE = 2;

/** Room for the log of the newest hours, for compaction, and for what the estimate did not see. */
const HEADROOM = 1.5;

const GIB = 2 ** 30;
const DAY_SECONDS = 86_400;

/**
 * Series that sources will publish: a planning value from the catalogue, which knows only what rules and dashboards use.
 * Measure `prometheus_tsdb_head_series` once it runs.
 *
 * @param pods expected pods by name of source; 1 where none is given
 */
export function estimateSeries(
  sources: readonly MetricsSource[],
  pods: Readonly<Record<string, number>> = {},
): number {
  return sources.reduce((sum, { exporter, name }) => {
    const { metrics, seriesPerMetric, kept } = METRICS[exporter];
    const ofMetrics = metrics.reduce(
      (all, { type, bounds }) => all + (type === "histogram" ? (bounds?.length ?? UNKNOWN_BOUNDS) + 3 : 1),
      0,
    );
    return kept === "scraped"
      ? sum + (pods[name] ?? 1) * (ofMetrics * seriesPerMetric + SERIES_OF_PROCESS)
      : sum;
  }, 0);
}

export interface MetricsStorage {
  readonly activeSeries: number;
  readonly retentionDays: number;
  readonly scrapeIntervalSeconds: number;
}

/** GiB of a volume: retention times samples per second times bytes of a sample, and headroom. */
export function storageGib({ activeSeries, retentionDays, scrapeIntervalSeconds }: MetricsStorage): number {
  const samplesPerSecond = activeSeries / scrapeIntervalSeconds;
  const bytes = retentionDays * DAY_SECONDS * samplesPerSecond * BYTES_PER_SAMPLE * HEADROOM;
  return Math.max(1, Math.ceil(bytes / GIB));
}
