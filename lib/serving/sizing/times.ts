import type { AcceleratorFacts } from "../../catalog/facts";
import {
  type FlatNetwork,
  fastestAllReduce,
  fastestAllToAll,
  ringGatherSeconds,
} from "../../placement/cost/flat-collectives";
import { keyValueBytes } from "../../placement/cost/serving-time";
import { bytesOf, embeddingBytesOf, peakOf } from "../precision";
import type { Parallelism, ServedModel } from "../serving";
import type { ServingEfficiency } from "./efficiency";
import { ACTIVATION_BYTES } from "./memory";
import { acceleratorsOf, cacheCopies, partsOf } from "./parts";

/** A replica, as far as its speed depends on it. */
export interface ReplicaSpeed {
  readonly model: ServedModel;
  readonly accelerator: AcceleratorFacts;
  readonly parallelism: Parallelism;
  readonly efficiency: ServingEfficiency;
  /** One direction, per accelerator, in bytes per second: inside a scale-up domain. */
  readonly linkBytesPerSecond: number;
  /** Between nodes. Not needed by replicas within one domain. */
  readonly networkBytesPerSecond?: number;
  readonly scaleUpDomain: number;
}

function networkOf(speed: ReplicaSpeed, ranks: number): FlatNetwork {
  const { efficiency, scaleUpDomain, linkBytesPerSecond, networkBytesPerSecond } = speed;
  if (ranks <= scaleUpDomain) {
    const bytesPerSecond = linkBytesPerSecond * efficiency.scaleUp;
    return { ranks, bytesPerSecond, latencySeconds: efficiency.linkLatencyUs / 1e6 };
  }
  const bytesPerSecond = networkBytesPerSecond! * efficiency.network;
  return { ranks, bytesPerSecond, latencySeconds: efficiency.networkLatencyUs / 1e6 };
}

/** Seconds in which the accelerators of a replica talk while `tokens` pass through all layers, each copy its share. */
function talkSeconds(speed: ReplicaSpeed, tokens: number): number {
  const { model, parallelism } = speed;
  const { tensor, pipeline, data, expert } = parallelism;
  const { layers, hidden, moe } = model.shape;
  const own = (tokens / data) * hidden * ACTIVATION_BYTES;
  const reduce = tensor === 1 ? 0 : fastestAllReduce(own, networkOf(speed, tensor), false).seconds;
  const routed = data === 1 ? 0 : (moe?.layers ?? 0);
  let seconds = (2 * layers - routed) * reduce;
  if (routed > 0) {
    const group = networkOf(speed, tensor * data);
    const copies = (own / tensor) * moe!.topK;
    const exchange =
      expert > 1
        ? fastestAllToAll(copies, group).seconds
        : ringGatherSeconds(tokens * hidden * ACTIVATION_BYTES, group);
    seconds += 2 * routed * exchange;
  }
  if (pipeline > 1) {
    const hop = networkOf(speed, acceleratorsOf(parallelism));
    seconds += (pipeline - 1) * (hop.latencySeconds + own / tensor / hop.bytesPerSecond);
  }
  return seconds;
}

/** Share of the experts that some token of a batch visits, if each goes its way at random. */
export function visitedShare(model: ServedModel, tokens: number): number {
  const { moe } = model.shape;
  return moe === undefined ? 0 : 1 - (1 - moe.topK / moe.experts) ** tokens;
}

/** Operations per second that products with weights reach on one accelerator. */
function computeRate({ model, accelerator, efficiency }: ReplicaSpeed): number {
  return peakOf(accelerator, model.precision)! * efficiency.compute;
}

/** Attention is computed in 16 bits whatever the weights are; where no such rate is known, as the weights. */
function attentionRate({ model, accelerator, efficiency }: ReplicaSpeed): number {
  const peak =
    peakOf(accelerator, "bf16") ?? peakOf(accelerator, "fp16") ?? peakOf(accelerator, model.precision)!;
  return peak * efficiency.compute;
}

/** Operations of attention for one token that looks at so many others: QK' and the weighted sum of V. */
function attentionOperations(model: ServedModel, seen: number): number {
  return 4 * model.shape.layers * partsOf(model).queryWidth * seen;
}

/** Reads and writes of the whole hidden width by norms, residuals, quantisation and projections in one layer. */
const WHOLE_PASSES = 12;
/** Reads and writes of queries, keys and values: by the projection, by rotation and by attention. */
const ATTENTION_PASSES = 4;
/** Reads and writes of the inner width of a gated feed-forward part: two halves written and read, their product too. */
const INNER_PASSES = 6;
/** Reads and writes of the hidden width for each expert that a token visits: sorting tokens by expert, and back. */
const ROUTING_PASSES = 4;

/**
 * Seconds in which one accelerator moves the activations of a token through device memory, all layers together. Counted by
 * hand from a gated transformer layer whose kernels are fused as far as engines do it; an assumption, not a measurement.
 */
function activationSeconds(speed: ReplicaSpeed): number {
  const { model, accelerator, parallelism, efficiency } = speed;
  const { tensor, data } = parallelism;
  const { layers, hidden, kvHidden, moe } = model.shape;
  const { queryWidth, innerWidth, expertWidth } = partsOf(model);
  const routed = moe?.layers ?? 0;
  const whole = layers * WHOLE_PASSES * hidden;
  const attention = layers * ATTENTION_PASSES * (queryWidth + 2 * kvHidden);
  const inner = (layers - routed) * INNER_PASSES * innerWidth;
  const experts = routed * (moe?.topK ?? 0) * (INNER_PASSES * expertWidth + ROUTING_PASSES * hidden);
  const widths = (whole + (attention + inner) / tensor) / data + experts / (tensor * data);
  return (widths * ACTIVATION_BYTES) / (accelerator.memoryBandwidthGBps! * 1e9 * efficiency.memory);
}

/** Seconds of a prompt: until its first token, and for which it keeps a replica that works on many. */
export interface PrefillSeconds {
  readonly latency: number;
  readonly busy: number;
}

/**
 * Working through a prompt: 2 operations per active parameter and token, and attention to all tokens before; at the share
 * `compute` of the peak rate. Embeddings are looked up, and the last projection sees one token only.
 *
 * @param tokens that are computed
 * @param cached tokens before them that are found in the prefix cache
 * Source: R. Pope et al., Efficiently Scaling Transformer Inference, arXiv 2211.05102, section 2
 */
export function prefillSeconds(speed: ReplicaSpeed, tokens: number, cached = 0): PrefillSeconds {
  const { model, parallelism } = speed;
  const { tensor, pipeline, data } = parallelism;
  const parts = partsOf(model);
  const rate = computeRate(speed);
  const attention = (tokens * attentionOperations(model, cached + tokens / 2)) / attentionRate(speed);
  const dense = (2 * parts.dense * tokens) / rate;
  const experts = (2 * parts.activeExperts * tokens) / (rate * speed.efficiency.experts);
  const activations = tokens * activationSeconds(speed);
  const talk = talkSeconds(speed, tokens);
  return {
    // One prompt is worked on by one copy of the dense part, stage after stage; the copies do not share its messages.
    latency: (dense + attention) / tensor + experts / (tensor * data) + (activations + talk) * data,
    busy: (dense + attention + experts) / acceleratorsOf(parallelism) + (activations + talk) / pipeline,
  };
}

/** Seconds of one step of decoding, by what is waited for. */
export interface StepSeconds {
  readonly weights: number;
  readonly attention: number;
  readonly activations: number;
  readonly talk: number;
  readonly overhead: number;
  readonly total: number;
}

/**
 * One step of decoding, which makes one token for each sequence of the batch.
 *
 * Products with weights take the longer of reading the weights once and computing them for the batch; attention takes the
 * longer of reading the caches and computing with them; messages and the engine's own time come on top. Stages of a
 * pipeline work on parts of the batch at the same time, so a part is `batch / pipeline`. Of experts, those are read that
 * some token of the part visits.
 *
 * @param context mean tokens that a sequence has so far
 * Source: as `prefillSeconds`; roofline: S. Williams, A. Waterman, D. Patterson, CACM 52(4), 2009
 */
export function decodeStep(speed: ReplicaSpeed, batch: number, context: number): StepSeconds {
  const { model, accelerator, parallelism, efficiency } = speed;
  const { tensor, pipeline, data } = parallelism;
  const parts = partsOf(model);
  const part = Math.max(1, batch / pipeline);
  const own = part / data;
  const memory = accelerator.memoryBandwidthGBps! * 1e9 * efficiency.memory;
  const rate = computeRate(speed);
  const bytes = bytesOf(model.precision);
  const denseBytes = parts.dense * bytes + parts.embedding * embeddingBytesOf(model.precision);
  const dense = Math.max(denseBytes / memory, (2 * (parts.dense + parts.embedding) * own) / rate) / tensor;
  const visited = parts.experts * bytes * visitedShare(model, part);
  const routing = tensor * data * efficiency.experts;
  const experts = Math.max(visited / memory, (2 * parts.activeExperts * part) / rate) / routing;
  const cache = (keyValueBytes(model.shape, context) * bytesOf(model.cachePrecision)) / 2;
  const attention = Math.max(
    (own * cache * cacheCopies(model, parallelism)) / memory,
    (own * attentionOperations(model, context)) / attentionRate(speed),
  );
  const seconds = {
    weights: dense + experts,
    attention: attention / tensor,
    activations: part * activationSeconds(speed),
    talk: talkSeconds(speed, part),
    overhead: efficiency.stepOverheadMs / 1e3,
  };
  const total = seconds.weights + seconds.attention + seconds.activations + seconds.talk + seconds.overhead;
  return { ...seconds, total };
}

/** Moving the keys and values of a prompt to another replica, all accelerators at once. */
export function handOverSeconds(speed: ReplicaSpeed, promptTokens: number): number {
  const { model, parallelism, networkBytesPerSecond, efficiency } = speed;
  const bytes = (keyValueBytes(model.shape, promptTokens) * bytesOf(model.cachePrecision)) / 2;
  const lanes = parallelism.tensor * parallelism.pipeline;
  return (
    (bytes * cacheCopies(model, parallelism)) / (lanes * networkBytesPerSecond! * efficiency.network) +
    efficiency.networkLatencyUs / 1e6
  );
}
