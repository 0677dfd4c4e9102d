import type { AcceleratorModel } from "../../../lib/fabric/capacity-pool";
import { Gang, type GangProps, type ParallelLayout } from "../../../lib/placement/gang";
import type { ModelShape } from "../../../lib/placement/model-shape";

export const H100: AcceleratorModel = {
  name: "h100",
  peakTflops: 989,
  memoryGib: 80,
  memoryBandwidthGBps: 3_350,
  watts: 1_275,
};

export const TPU_V4: AcceleratorModel = {
  name: "tpu-v4",
  peakTflops: 275,
  memoryGib: 32,
  memoryBandwidthGBps: 1_200,
  watts: 170,
};

/** Source: arXiv 2407.21783, table 3. */
export const LLAMA_405B: ModelShape = {
  params: 405e9,
  layers: 126,
  hidden: 16_384,
  sequence: 8_192,
  kvHidden: 1_024,
};

/** A mixture of experts of the size of Mixtral 8x22B. */
export const MIXTURE: ModelShape = {
  params: 141e9,
  layers: 56,
  hidden: 6_144,
  sequence: 4_096,
  kvHidden: 1_024,
  moe: { layers: 56, experts: 8, topK: 2, expertParams: 135e9 },
};

export const ONE_RANK: ParallelLayout = {
  tp: 1,
  cp: 1,
  pp: 1,
  dp: 1,
  ep: 1,
  microbatches: 1,
  microbatchSize: 1,
  interleave: 1,
  sharding: "zero1",
  gradientBytes: 2,
};

/** TP 8, PP 16, FSDP with fp32 gradients. Source: arXiv 2407.21783, table 4. */
export function llamaLayout(changes: Partial<ParallelLayout> = {}): ParallelLayout {
  return { ...ONE_RANK, tp: 8, pp: 16, interleave: 8, sharding: "zero3", gradientBytes: 4, ...changes };
}

export function llamaRun(layout: ParallelLayout, changes: Partial<GangProps> = {}): Gang {
  return Gang.of("llama", { model: LLAMA_405B, layouts: [layout], accelerators: ["h100"], ...changes });
}
