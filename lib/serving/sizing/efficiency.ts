import { DEFAULT_EFFICIENCY } from "../../placement/cost/efficiency";

/** Shares of ideal rates that engines reach, and times that no rate explains. Measure yours and replace them. */
export interface ServingEfficiency {
  /** Of the dense peak rate, in prompts and in large batches. */
  readonly compute: number;
  /** Of the bandwidth of device memory, while weights and caches are read. */
  readonly memory: number;
  /** Of the links inside a scale-up domain. */
  readonly scaleUp: number;
  /** Of network cards. */
  readonly network: number;
  /** Milliseconds of each step in which the accelerators wait for the engine: scheduling, sampling, launching. */
  readonly stepOverheadMs: number;
  /** Microseconds of an empty message between accelerators of a scale-up domain. */
  readonly linkLatencyUs: number;
  /** Microseconds of an empty message between nodes. */
  readonly networkLatencyUs: number;
}

/**
 * One set for all models and accelerators; `npm run bench:serving` shows how far off it is for each published figure.
 *
 * - `compute`, `memory`, `stepOverheadMs`: chosen on part of the table of that command (rows marked `calibration`), to two digits.
 * - `scaleUp`, `network`: those of the placement room.
 * - latencies: assumption, of the order that NCCL's tests show for small messages.
 */
export const SERVING_EFFICIENCY: ServingEfficiency = Object.freeze({
  compute: 0.5,
  memory: 0.75,
  scaleUp: DEFAULT_EFFICIENCY.scaleUp,
  network: DEFAULT_EFFICIENCY.network,
  stepOverheadMs: 1.5,
  linkLatencyUs: 3,
  networkLatencyUs: 10,
});
