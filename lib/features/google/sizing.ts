import type { Problems } from "../../core/problems";
import { type OnlineLoad, refuseSteady, unreachable } from "../sizing";

/** The online store of all views at the site. */
export interface GoogleOnlineSize {
  readonly kind: "bigtable" | "optimized";
  /** With `bigtable`. */
  readonly minNodes?: number;
  /** With `bigtable`. */
  readonly maxNodes?: number;
  readonly because: readonly string[];
}

/**
 * One SSD node reads up to 17,000 or writes up to 14,000 rows of 1 KB per second and holds 5 TB; latency stays low while
 * the processor is less than half busy, which is also the default target of Vertex AI.
 * Source: https://cloud.google.com/bigtable/docs/performance (read 2026-11)
 */
const READS_PER_NODE = 17_000;
const WRITES_PER_NODE = 14_000;
const ROW_BYTES = 1024;
const NODE_BYTES = 5e12;
export const CPU_TARGET_PERCENT = 50;
/** Largest maximum of the online store's autoscaling: `max_node_count` of the API is at least the minimum, at most ten times it. */
const SPREAD = 10;

/** Largest cell that one look-up should carry: https://cloud.google.com/bigtable/quotas (100 MB of a row, 10 MB advised). */
const MAX_RECORD_BYTES = 10 * 1024 ** 2;

/** Planning values: Vertex AI promises no latency. It calls the optimized store significantly faster, and dearer. */
const BIGTABLE_P99_MS = 30;
const OPTIMIZED_P99_MS = 10;

function checkLoad(problems: Problems, load: OnlineLoad): void {
  refuseSteady(problems, load, "Vertex AI bills nodes, not requests, and scales them by itself");
  if (load.p99LatencyMs < OPTIMIZED_P99_MS) {
    unreachable(
      problems,
      load,
      "p99LatencyMs",
      load.p99LatencyMs,
      `${OPTIMIZED_P99_MS} or more on Vertex AI`,
    );
  }
  if (load.meanBytes > MAX_RECORD_BYTES) {
    unreachable(problems, load, "meanBytes", load.meanBytes, `up to ${MAX_RECORD_BYTES}`);
  }
}

/** Nodes that carry all views, at half their processor. */
function nodes(loads: readonly OnlineLoad[]): { readonly nodes: number; readonly because: string } {
  const rows = (load: OnlineLoad): number => Math.max(1, Math.ceil(load.meanBytes / ROW_BYTES));
  const busy = loads.reduce(
    (sum, load) =>
      sum +
      (load.readsPerSecond * rows(load)) / READS_PER_NODE +
      (load.writesPerSecond * rows(load)) / WRITES_PER_NODE,
    0,
  );
  const bytes = loads.reduce((sum, load) => sum + load.items * load.meanBytes, 0);
  const byTraffic = Math.ceil(busy / (CPU_TARGET_PERCENT / 100));
  const byBytes = Math.ceil(bytes / NODE_BYTES);
  return {
    nodes: Math.max(1, byTraffic, byBytes),
    because: `nodes: ${byTraffic} for the traffic at ${CPU_TARGET_PERCENT}% of their processor, ${byBytes} for ${Math.ceil(bytes / 1024 ** 2)} MiB`,
  };
}

/** The store that reaches the targets of all views. What none reaches goes to `problems` (OnlineUnreachable, NoEffect). */
export function googleOnlineSize(problems: Problems, loads: readonly OnlineLoad[]): GoogleOnlineSize {
  for (const load of loads) {
    checkLoad(problems, load);
  }
  const strictest = [...loads].sort((a, b) => a.p99LatencyMs - b.p99LatencyMs)[0];
  if (strictest !== undefined && strictest.p99LatencyMs < BIGTABLE_P99_MS) {
    return {
      kind: "optimized",
      because: [
        `optimized: view "${strictest.view.name}" asks for ${strictest.p99LatencyMs} ms, below the ${BIGTABLE_P99_MS} ms of Bigtable`,
        "Google sizes and scales it; it costs more than Bigtable, and is announced as deprecated",
      ],
    };
  }
  const size = nodes(loads);
  return {
    kind: "bigtable",
    minNodes: size.nodes,
    maxNodes: size.nodes * SPREAD,
    because: [
      `bigtable: every view is content with ${BIGTABLE_P99_MS} ms or more, and it costs less than optimized`,
      size.because,
    ],
  };
}
