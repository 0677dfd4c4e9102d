import { Problems } from "../../core/problems";
import type { AcceleratorModel } from "../../fabric/capacity-pool";
import { shapeName } from "../../fabric/torus";
import { type Gang, type ParallelLayout, ranksOf } from "../gang";
import type { StepNs } from "../placement";
import { CostErrors } from "../placement-errors";
import { DEFAULT_EFFICIENCY, type Efficiency } from "./efficiency";
import type { Footprint, TorusFootprint, TreeFootprint } from "./footprint";
import {
  bubbleShare,
  contextTraffic,
  dataTraffic,
  expertTraffic,
  flopsPerRank,
  pipelineTraffic,
  tensorTraffic,
} from "./step-traffic";
import { mapToTorus, type TorusMapping } from "./torus-mapping";
import { torusGroupAllToAllSeconds, torusPipelineSeconds, torusRingSeconds } from "./torus-step";
import { treeAllToAllSeconds, treePipelineSeconds, treeRingSeconds } from "./tree-step";
import { type WideSplit, wideAllReduceSeconds } from "./wide";

/** Where a step runs and how well its links work. */
export interface StepPlace {
  readonly accelerator: AcceleratorModel;
  /** Of the part at one site. With a wide split the parts are alike, and each holds dp divided by the number of sites. */
  readonly footprint: Footprint;
  /** @default - one site */
  readonly wide?: WideSplit;
  /** @default DEFAULT_EFFICIENCY */
  readonly efficiency?: Efficiency;
}

/** Seconds of the parts of a step, as if nothing overlapped. */
export interface StepParts {
  readonly compute: number;
  readonly tensor: number;
  readonly context: number;
  readonly expert: number;
  readonly pipeline: number;
  readonly data: number;
}

/** The layout of the part that one site holds. */
function localLayout(layout: ParallelLayout, wide: WideSplit | undefined): ParallelLayout {
  return wide === undefined ? layout : { ...layout, dp: layout.dp / wide.sites };
}

function onTree(gang: Gang, layout: ParallelLayout, footprint: TreeFootprint, efficiency: Efficiency) {
  const { model } = gang;
  return {
    tensor: treeRingSeconds(footprint, layout, ["tp"], tensorTraffic(model, layout), efficiency),
    context: treeRingSeconds(footprint, layout, ["cp"], contextTraffic(model, layout), efficiency),
    expert: treeAllToAllSeconds(footprint, layout, ["ep"], expertTraffic(model, layout), efficiency),
    pipeline: treePipelineSeconds(footprint, layout, pipelineTraffic(model, layout), efficiency),
    data: treeRingSeconds(footprint, layout, ["ep", "dp"], dataTraffic(model, layout), efficiency),
  };
}

function onTorus(
  gang: Gang,
  layout: ParallelLayout,
  footprint: TorusFootprint,
  mapping: TorusMapping,
  efficiency: Efficiency,
) {
  const { model } = gang;
  return {
    tensor: torusRingSeconds(footprint, mapping, ["tp"], tensorTraffic(model, layout), efficiency),
    context: torusRingSeconds(footprint, mapping, ["cp"], contextTraffic(model, layout), efficiency),
    expert: torusGroupAllToAllSeconds(footprint, mapping, ["ep"], expertTraffic(model, layout), efficiency),
    pipeline: torusPipelineSeconds(footprint, mapping, pipelineTraffic(model, layout), efficiency),
    data: torusRingSeconds(footprint, mapping, ["ep", "dp"], dataTraffic(model, layout), efficiency),
  };
}

function refuse(subject: string, given: unknown, allowed: string): never {
  const problems = new Problems("stepParts");
  problems.add(CostErrors.FootprintMismatch, { subject, given, allowed });
  problems.throwIfAny();
  throw new Error(subject);
}

function communication(gang: Gang, layout: ParallelLayout, footprint: Footprint, efficiency: Efficiency) {
  if (footprint.accelerators < ranksOf(layout)) {
    refuse("footprint", footprint.accelerators, `at least the ${ranksOf(layout)} ranks of the layout`);
  }
  if (footprint.kind === "tree") {
    return onTree(gang, layout, footprint, efficiency);
  }
  const mapping = mapToTorus(layout, footprint.shape.dims);
  if (mapping === undefined) {
    refuse("shape", shapeName(footprint.shape.dims), "sides into which the degrees of the layout factor");
  }
  return onTorus(gang, layout, footprint, mapping, efficiency);
}

/**
 * Seconds of the parts of one step of a gang, each as if it ran alone.
 *
 * @throws FootprintMismatch if the footprint has fewer accelerators than the layout has ranks, if degrees do not factor
 *   into the sides of a slice, or if sites do not divide the data-parallel ranks
 */
export function stepParts(gang: Gang, layout: ParallelLayout, place: StepPlace): StepParts {
  const { accelerator, footprint, wide, efficiency = DEFAULT_EFFICIENCY } = place;
  const local = localLayout(layout, wide);
  if (!Number.isInteger(local.dp / local.ep)) {
    refuse("wide.sites", wide?.sites, `a divisor of the ${layout.dp / layout.ep} copies of the model`);
  }
  const compute = flopsPerRank(gang.model, layout) / (accelerator.peakTflops * 1e12 * gang.kernelEfficiency);
  const sent = communication(gang, local, footprint, efficiency);
  const across =
    wide === undefined
      ? 0
      : wideAllReduceSeconds(gang.model.params * layout.gradientBytes, {
          ...wide,
          gbps: wide.gbps * efficiency.wide,
        });
  return { compute, ...sent, data: sent.data + across };
}

/** Step time in seconds, with what overlaps taken out. */
export interface StepSeconds extends StepParts {
  /** Idle time of the pipeline. */
  readonly bubble: number;
  readonly exposedExpert: number;
  readonly exposedPipeline: number;
  readonly exposedData: number;
  readonly total: number;
}

/**
 * Step time: (compute + TP + CP + EP) (1 + (pp-1)/(v m)) + exposed PP + exposed DP.
 *
 * Of expert, pipeline and data-parallel traffic the gang's overlap says which share can run behind computation; no more
 * than the computation lasts is hidden.
 *
 * @throws FootprintMismatch
 * Source: bubble arXiv 2104.04473; order of axes arXiv 2407.21783
 */
export function stepSeconds(gang: Gang, layout: ParallelLayout, place: StepPlace): StepSeconds {
  const parts = stepParts(gang, layout, place);
  const { overlap } = gang;
  const exposed = (seconds: number, share: number) => seconds - Math.min(share * seconds, parts.compute);
  const exposedExpert = exposed(parts.expert, overlap.expert);
  const exposedPipeline = exposed(parts.pipeline, overlap.pipeline);
  const exposedData = exposed(parts.data, overlap.data);
  const busy = parts.compute + parts.tensor + parts.context + exposedExpert;
  const bubble = busy * bubbleShare(layout);
  const total = busy + bubble + exposedPipeline + exposedData;
  return { ...parts, bubble, exposedExpert, exposedPipeline, exposedData, total };
}

function nanoseconds(seconds: number): number {
  return Math.ceil(seconds * 1e9);
}

/** Step time in whole nanoseconds, rounded up, as plans hold it. */
export function stepNs(step: StepSeconds): StepNs {
  return {
    computeNs: nanoseconds(step.compute),
    tensorNs: nanoseconds(step.tensor),
    contextNs: nanoseconds(step.context),
    expertNs: nanoseconds(step.exposedExpert),
    pipelineNs: nanoseconds(step.exposedPipeline),
    bubbleNs: nanoseconds(step.bubble),
    dataNs: nanoseconds(step.data),
    exposedDataNs: nanoseconds(step.exposedData),
    totalNs: nanoseconds(step.total),
  };
}

/** Achieved rate of one accelerator, in 10^12 operations a second: what papers call TFLOPs per GPU. */
export function achievedTflops(gang: Gang, layout: ParallelLayout, step: Pick<StepSeconds, "total">): number {
  return flopsPerRank(gang.model, layout) / step.total / 1e12;
}
