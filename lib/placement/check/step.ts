import type { AcceleratorModel } from "../../fabric/pool";
import type { CubeFabric, SliceShape, TorusFabric } from "../../fabric/torus";
import type { TreeFabric } from "../../fabric/tree";
import type { Gang, ParallelLayout } from "../gang";
import { type AxisSeconds, type Load, type Loads, SHARES } from "./loads";
import { torusTimes } from "./torus-times";
import { type TreeSpread, treeTimes } from "./tree-times";

/** Where one part of a gang runs. */
export type Ground =
  | { readonly kind: "tree"; readonly fabric: TreeFabric; readonly spread: TreeSpread }
  | { readonly kind: "slice"; readonly fabric: TorusFabric | CubeFabric; readonly shape: SliceShape };

/** A wide split as the step sees it. */
export interface Wide {
  readonly sites: number;
  readonly gbps: number;
  readonly rttMs: number;
}

const NONE: Load = { bytes: 0, steps: 0 };

/** What each axis of a layout sends: bf16 activations, gradients of the given width. */
function loadsOf(gang: Gang, layout: ParallelLayout): Loads {
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

/** Floating-point operations of one accelerator in a step. */
function operations({ model }: Gang, layout: ParallelLayout): number {
  const { moe } = model;
  const active =
    moe === undefined
      ? model.params
      : model.params - moe.expertParams + (moe.expertParams * moe.topK) / moe.experts;
  const tokens = layout.microbatches * layout.microbatchSize * model.sequence;
  return (6 * active * tokens) / (layout.tp * layout.cp * layout.pp);
}

export interface Step {
  readonly compute: number;
  readonly seconds: AxisSeconds;
  readonly total: number;
}

/** Step time of a gang whose part lies on this ground. Undefined if the layout does not map onto the slice. */
export function recomputeStep(
  gang: Gang,
  layout: ParallelLayout,
  accelerator: AcceleratorModel,
  ground: Ground,
  wide?: Wide,
): Step | undefined {
  const local = { ...layout, dp: layout.dp / (wide?.sites ?? 1) };
  const loads = loadsOf(gang, local);
  const near =
    ground.kind === "tree"
      ? treeTimes(local, loads, ground.fabric, ground.spread)
      : torusTimes(local, loads, ground.fabric, ground.shape);
  if (near === undefined) {
    return undefined;
  }
  const compute = operations(gang, layout) / (accelerator.peakTflops * 1e12 * gang.kernelEfficiency);
  const across =
    wide === undefined
      ? 0
      : (2 * (1 - 1 / wide.sites) * gang.model.params * layout.gradientBytes) /
          (wide.gbps * SHARES.wide * 1.25e8) +
        wide.rttMs * 1e-3;
  const seconds = { ...near, dp: near.dp + across };
  const shown = (time: number, share: number) => Math.max(time - compute, (1 - share) * time);
  const busy = compute + seconds.tp + seconds.cp + shown(seconds.ep, gang.overlap.expert);
  const filled = 1 + (layout.pp - 1) / (layout.interleave * layout.microbatches);
  const total =
    busy * filled + shown(seconds.pp, gang.overlap.pipeline) + shown(seconds.dp, gang.overlap.data);
  return { compute, seconds, total };
}
