/** Shares of ideal bandwidth that real systems reach. Parameters, not constants of nature: measure and replace them. */
export interface Efficiency {
  /** Of network cards, for large messages. */
  readonly network: number;
  /** Of the links inside a scale-up domain, for large messages. */
  readonly scaleUp: number;
  /** Of torus links. */
  readonly torus: number;
  /** Of what all-to-all would gain from a twist, on top of `torus`. */
  readonly twist: number;
  /** Of wavelengths and leased circuits. */
  readonly wide: number;
}

/**
 * Defaults and where they come from.
 *
 * - `torus` 0.82: a gather that ideally takes 560 us was measured at 680 us
 *   (https://jax-ml.github.io/scaling-book/sharding). No all-to-all alone was found measured; it is taken to be alike.
 * - `twist` 0.94: all-to-all on a twisted torus is ideally 1.745 (4x4x8) and 1.391 times (4x8x8) as fast as on a plain one;
 *   measured were 1.63 and 1.31 (arXiv 2304.01433), which is 0.934 and 0.942 of it.
 * - `network`, `scaleUp`, `wide` 0.80: a choice without a measurement of a single link. With it the published rates of
 *   Llama 3 405B on 8,192 and 16,384 GPUs are met within 5 % (arXiv 2407.21783, table 4).
 */
export const DEFAULT_EFFICIENCY: Efficiency = Object.freeze({
  network: 0.8,
  scaleUp: 0.8,
  torus: 0.82,
  twist: 0.94,
  wide: 0.8,
});

/** Every link at its full rate, for comparison with closed forms. */
export const IDEAL_EFFICIENCY: Efficiency = Object.freeze({
  network: 1,
  scaleUp: 1,
  torus: 1,
  twist: 1,
  wide: 1,
});
