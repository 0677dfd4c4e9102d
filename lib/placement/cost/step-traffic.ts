import { type Gang, type ParallelLayout, tokensPerStep } from "../gang";
import { activeParams, type ModelShape } from "../model-shape";

/** bf16 activations and weights. */
const BYTES = 2;

/** Optimiser state of one parameter with Adam: weights and two moments in fp32. */
const OPTIMISER_BYTES = 12;

function layersPerStage(model: ModelShape, layout: ParallelLayout): number {
  return model.layers / layout.pp;
}

/** Bytes of the activations of one microbatch on one context-parallel rank: b s h x 2 / cp. */
function activationBytes(model: ModelShape, layout: ParallelLayout): number {
  return (layout.microbatchSize * model.sequence * model.hidden * BYTES) / layout.cp;
}

/** What one accelerator sends in one step along each axis, in bytes, and in how many operations. */
export interface AxisTraffic {
  readonly bytes: number;
  /** Operations that wait for each other, for latencies. */
  readonly operations: number;
}

const NOTHING: AxisTraffic = Object.freeze({ bytes: 0, operations: 0 });

/**
 * Tensor parallelism with sequence parallelism: m (L/pp) 8 (b s h 2/cp) (tp-1)/tp. Each layer gathers twice and scatters
 * twice on its way forward, and again on the way back.
 *
 * Source: V. Korthikanti et al., Reducing Activation Recomputation in Large Transformer Models, arXiv 2205.05198
 */
export function tensorTraffic(model: ModelShape, layout: ParallelLayout): AxisTraffic {
  const { tp, microbatches } = layout;
  if (tp === 1) {
    return NOTHING;
  }
  const operations = microbatches * layersPerStage(model, layout) * 8;
  return { bytes: operations * activationBytes(model, layout) * ((tp - 1) / tp), operations };
}

/**
 * Context parallelism, K and V gathered: m (L/pp) 2 x 2 (b s h_kv 2) (cp-1)/cp, forward, and the same back as gradients.
 * The width of K and V is shared by the tensor-parallel ranks.
 *
 * Source: Llama Team, The Llama 3 Herd of Models, arXiv 2407.21783, section 3.3.2
 */
export function contextTraffic(model: ModelShape, layout: ParallelLayout): AxisTraffic {
  const { tp, cp, microbatches, microbatchSize } = layout;
  if (cp === 1) {
    return NOTHING;
  }
  const operations = microbatches * layersPerStage(model, layout) * 2;
  const keysAndValues = (2 * microbatchSize * model.sequence * model.kvHidden * BYTES) / tp;
  return { bytes: operations * keysAndValues * ((cp - 1) / cp), operations };
}

/**
 * Pipeline: 2 m v (b s h 2)/(tp cp), point to point: activations forward, gradients back, for each chunk of a stage.
 *
 * Source: D. Narayanan et al., Efficient Large-Scale Language Model Training on GPU Clusters, arXiv 2104.04473
 */
export function pipelineTraffic(model: ModelShape, layout: ParallelLayout): AxisTraffic {
  if (layout.pp === 1) {
    return NOTHING;
  }
  const operations = 2 * layout.microbatches * layout.interleave;
  return { bytes: (operations * activationBytes(model, layout)) / layout.tp, operations };
}

/**
 * Expert parallelism: m (L_moe/pp) 4 (b s h topK 2/(cp tp)) (1-1/ep): dispatch and combine, forward and back. Sequence
 * parallelism leaves each tensor-parallel rank its share of the tokens.
 *
 * Source: D. Lepikhin et al., GShard, arXiv 2006.16668
 */
export function expertTraffic(model: ModelShape, layout: ParallelLayout): AxisTraffic {
  const { moe } = model;
  if (moe === undefined || layout.ep === 1) {
    return NOTHING;
  }
  const operations = (layout.microbatches * moe.layers * 4) / layout.pp;
  const routed = (activationBytes(model, layout) * moe.topK) / layout.tp;
  return { bytes: operations * routed * (1 - 1 / layout.ep), operations };
}

/** Parameters that one accelerator works with: dense ones shared by tp and pp, experts by ep too. */
interface ParamsPerRank {
  /** Held alike by `dp` ranks. */
  readonly dense: number;
  /** Held alike by `dp / ep` ranks. */
  readonly expert: number;
}

function paramsPerRank(model: ModelShape, layout: ParallelLayout): ParamsPerRank {
  const experts = model.moe?.expertParams ?? 0;
  const stages = layout.tp * layout.pp;
  return { dense: (model.params - experts) / stages, expert: experts / (stages * layout.ep) };
}

/** How often each parameter goes round the data-parallel ring, in bytes: gathered weights and reduced gradients. */
export function bytesPerParam(layout: ParallelLayout): number {
  switch (layout.sharding) {
    case "none":
      return 2 * layout.gradientBytes;
    case "zero1":
      return layout.gradientBytes + BYTES;
    case "zero3":
      return layout.gradientBytes + 2 * BYTES;
    case "zero3-kept":
      return layout.gradientBytes + BYTES;
  }
}

/**
 * Data parallelism: (dp-1)/dp x parameters of one rank x bytes for each, once per step. Plain: 2 g for the all-reduce.
 * ZeRO-1: gradients reduced (g), weights gathered (2). FSDP: weights gathered twice, or once if kept.
 *
 * Experts are reduced over dp/ep ranks only.
 *
 * Source: S. Rajbhandari et al., ZeRO, arXiv 1910.02054; Y. Zhao et al., PyTorch FSDP, arXiv 2304.11277
 */
export function dataTraffic(model: ModelShape, layout: ParallelLayout): AxisTraffic {
  const { dp } = layout;
  if (dp === 1) {
    return NOTHING;
  }
  const { dense, expert } = paramsPerRank(model, layout);
  const copies = dp / layout.ep;
  const around = dense * ((dp - 1) / dp) + expert * ((copies - 1) / copies);
  const operations = layout.sharding === "zero3" ? 3 : 2;
  return { bytes: around * bytesPerParam(layout), operations };
}

/**
 * Work of one accelerator in one step, in floating-point operations: 6 x active parameters x tokens / ranks, without
 * attention scores and without recomputation.
 *
 * Source: J. Kaplan et al., Scaling Laws for Neural Language Models, arXiv 2001.08361
 */
export function flopsPerRank(model: ModelShape, layout: ParallelLayout): number {
  const ranks = layout.tp * layout.cp * layout.pp * layout.dp;
  return (6 * activeParams(model) * tokensPerStep(model, layout)) / ranks;
}

/** Share of time that a pipeline idles while it fills and drains, per unit of work: (pp-1)/(v m). Source: arXiv 2104.04473 */
export function bubbleShare(layout: ParallelLayout): number {
  return (layout.pp - 1) / (layout.interleave * layout.microbatches);
}

/**
 * Memory that weights, gradients and optimiser state take on one accelerator, in bytes: the least that a layout needs;
 * activations come on top.
 *
 * Source: arXiv 1910.02054: 2 + g bytes a parameter, 12 for Adam, each divided by the copies where it is sharded
 */
export function stateBytesPerRank(gang: Gang, layout: ParallelLayout): number {
  const { dense, expert } = paramsPerRank(gang.model, layout);
  const sharded = layout.sharding === "zero3" || layout.sharding === "zero3-kept";
  const kept = (params: number, copies: number) =>
    params * ((BYTES + layout.gradientBytes) / (sharded ? copies : 1)) +
    params * (OPTIMISER_BYTES / (layout.sharding === "none" ? 1 : copies));
  return kept(dense, layout.dp) + kept(expert, layout.dp / layout.ep);
}
