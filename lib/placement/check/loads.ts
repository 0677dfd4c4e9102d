import type { Gang, ParallelLayout } from "../gang";

/** Bytes and dependent operations of one accelerator in a step. */
export interface Load {
  readonly bytes: number;
  readonly steps: number;
}

export interface Loads {
  readonly tp: Load;
  readonly cp: Load;
  readonly ep: Load;
  readonly pp: Load;
  readonly dp: Load;
}

/** Seconds of the traffic of each axis. */
export type AxisSeconds = Readonly<Record<keyof Loads, number>>;

/** Shares of ideal bandwidth that links are counted with. */
export const SHARES = { network: 0.8, scaleUp: 0.8, torus: 0.82, twist: 0.94, wide: 0.8 } as const;

const NONE: Load = { bytes: 0, steps: 0 };

/** What each axis of a layout sends: bf16 activations, gradients of the given width. */
export function loadsOf(gang: Gang, layout: ParallelLayout): Loads {
  const { model } = gang;
  const { tp, cp, pp, dp, ep, microbatches: m, microbatchSize: b, interleave: v } = layout;
  const tokens = b * model.sequence;
  const hidden = (2 * tokens * model.hidden) / cp;
  const stage = (m * model.layers) / pp;
  const expertParams = model.moe === undefined ? 0 : model.moe.expertParams;
  const dense = ((model.params - expertParams) / (tp * pp)) * (1 - 1 / dp);
  const copies = dp / ep;
  const experts = (expertParams / (tp * pp * ep)) * (1 - 1 / copies);
  const g = layout.gradientBytes;
  const width = { none: 2 * g, zero1: g + 2, zero3: g + 4, "zero3-kept": g + 2 }[layout.sharding];
  const routed = model.moe === undefined ? 0 : (m * model.moe.layers * 4) / pp;
  return {
    tp: tp === 1 ? NONE : { bytes: 8 * stage * hidden * (1 - 1 / tp), steps: 8 * stage },
    cp:
      cp === 1
        ? NONE
        : { bytes: 2 * stage * ((4 * tokens * model.kvHidden) / tp) * (1 - 1 / cp), steps: 2 * stage },
    ep:
      ep === 1 || model.moe === undefined
        ? NONE
        : { bytes: (routed * hidden * model.moe.topK * (1 - 1 / ep)) / tp, steps: routed },
    pp: pp === 1 ? NONE : { bytes: (2 * m * v * hidden) / tp, steps: 2 * m * v },
    dp: dp === 1 ? NONE : { bytes: (dense + experts) * width, steps: layout.sharding === "zero3" ? 3 : 2 },
  };
}
