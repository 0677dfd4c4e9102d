import { DEFAULT_EFFICIENCY } from "../../placement/cost/efficiency";

/** Shares of ideal rates that engines reach, and times that no rate explains. Measure yours and replace them. */
export interface ServingEfficiency {
  /** Of the dense peak rate, in prompts and in large batches. */
  readonly compute: number;
  /** Of the bandwidth of device memory, while weights and caches are read. */
  readonly memory: number;
  /** Of what `compute` and `memory` leave, in products with experts: small matrices, and uneven numbers of tokens. */
  readonly experts: number;
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
 * - `compute`, `memory`, `stepOverheadMs`: the set of a coarse grid (steps of 0.05; 1, 2 and 4 ms) with about the least error
 *   on the rows of Llama 3 on H100 and H200 in that table; `experts` on those of Mixtral. The others were not fitted.
 * - `scaleUp`, `network`: those of the placement room.
 * - latencies: assumption, of the order that NCCL's tests show for small messages.
 */
export const SERVING_EFFICIENCY: ServingEfficiency = Object.freeze({
  compute: 0.6,
  memory: 0.8,
  experts: 0.6,
  scaleUp: DEFAULT_EFFICIENCY.scaleUp,
  network: DEFAULT_EFFICIENCY.network,
  stepOverheadMs: 2,
  linkLatencyUs: 3,
  networkLatencyUs: 10,
});
