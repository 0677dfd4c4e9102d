import type { AcceleratorModel } from "../../fabric/capacity-pool";
import type { CubeFabric, SliceShape, TorusFabric } from "../../fabric/torus";
import type { TreeFabric } from "../../fabric/tree";
import type { Gang, ParallelLayout } from "../gang";
import { type AxisSeconds, loadsOf, SHARES } from "./loads";
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
