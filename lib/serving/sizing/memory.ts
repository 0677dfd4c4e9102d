import type { AcceleratorFacts } from "../../catalog/facts";
import { keyValueBytes } from "../../placement/cost/serving-time";
import { bytesOf, embeddingBytesOf } from "../precision";
import type { Parallelism, ServedModel } from "../serving";
import { cacheCopies, type Division, partsOf } from "./parts";
import type { EndpointMemory } from "./types";

const GIB = 2 ** 30;
/** Bytes of an activation: engines compute in 16 bits between the layers. */
export const ACTIVATION_BYTES = 2;
/** The placement room counts keys and values of so many bytes. */
const PLACEMENT_CACHE_BYTES = 2;

/**
 * Widths of what one layer holds while it works, in multiples of the hidden size: input, residual, normalised and output
 * whole; queries, keys, values and the two halves of a gated feed-forward part of 3.5 times the hidden size divided by
 * tensor parallelism. Assumption: vLLM measures it when it starts, and what it finds replaces this.
 */
const WHOLE_WIDTHS = 4;
const DIVIDED_WIDTHS = 8.5;
/** Logits in 32 bits, and the copy that sampling sorts. */
const LOGIT_BYTES = 2 * 4;

/** Assumption, of the order of what vLLM logs ("Graph capturing finished in … took … GiB"). */
const GRAPHS_GIB = 1;
/** Driver context and libraries, assumption. */
const CONTEXT_GIB = 1;
/** Buffers of collectives between accelerators, assumption. */
const COLLECTIVES_GIB = 0.5;

function stageShare(model: ServedModel, { pipeline }: Parallelism): number {
  const { layers } = model.shape;
  return Math.ceil(layers / pipeline) / layers;
}

function weightBytes({ model, parallelism }: Division): number {
  const { tensor, pipeline, data } = parallelism;
  const parts = partsOf(model);
  const layers = (parts.dense / tensor + parts.experts / (tensor * data)) * bytesOf(model.precision);
  // The first stage holds the embedding, the last one the projection.
  const tables = ((pipeline === 1 ? 2 : 1) * parts.embedding * embeddingBytesOf(model.precision)) / tensor;
  return layers * stageShare(model, parallelism) + tables;
}

/**
 * Adapters on attention and on dense feed-forward parts: rank x (inputs + outputs) of each projection in 16 bits. All get the
 * room of the highest rank. Engines keep one of the two matrices whole on each accelerator (vLLM's fully_sharded_loras is off),
 * so nothing is taken off for tensor parallelism.
 */
function adapterBytes({ model, parallelism }: Division): number {
  const { adapters, shape } = model;
  if (adapters.length === 0) {
    return 0;
  }
  const { hidden, kvHidden, layers, moe } = shape;
  const { queryWidth, innerWidth } = partsOf(model);
  const attention = layers * (2 * (hidden + queryWidth) + 2 * (hidden + kvHidden));
  const feedForward = (layers - (moe?.layers ?? 0)) * 3 * (hidden + innerWidth);
  const rank = Math.max(...adapters.map((adapter) => adapter.rank));
  const widths = attention + feedForward;
  return adapters.length * rank * widths * ACTIVATION_BYTES * stageShare(model, parallelism);
}

function activationBytes({ model, parallelism, maxSequences, prefillChunkTokens }: Division): number {
  const { hidden, vocabulary } = model.shape;
  const widths = WHOLE_WIDTHS + DIVIDED_WIDTHS / parallelism.tensor;
  const logits = maxSequences * vocabulary * LOGIT_BYTES;
  return prefillChunkTokens * hidden * ACTIVATION_BYTES * widths + logits;
}

/**
 * Bytes of keys and values that one token of a sequence takes on each accelerator of a stage.
 * Source of the sum: W. Kwon et al., PagedAttention, arXiv 2309.06180, section 3.1 (2 x layers x hidden x bytes per token)
 */
function cacheBytesPerToken({ model, parallelism }: Division): number {
  const bytes = keyValueBytes(model.shape, 1) * (bytesOf(model.cachePrecision) / PLACEMENT_CACHE_BYTES);
  return (bytes * stageShare(model, parallelism) * cacheCopies(model, parallelism)) / parallelism.tensor;
}

/**
 * Memory of one accelerator: device x utilization = weights + adapters + activations + graphs + overhead + cache.
 * Source of the terms: https://docs.vllm.ai/en/latest/configuration/conserving_memory/ (read 2026-11); each term says its own.
 */
export function memoryOf(division: Division, accelerator: AcceleratorFacts): EndpointMemory {
  const deviceGib = accelerator.memoryGib!;
  const usableGib = deviceGib * division.memoryUtilization;
  const several = division.parallelism.tensor * division.parallelism.pipeline * division.parallelism.data > 1;
  const weightsGib = weightBytes(division) / GIB;
  const adaptersGib = adapterBytes(division) / GIB;
  const activationsGib = activationBytes(division) / GIB;
  const graphsGib = accelerator.kind === "gpu" ? GRAPHS_GIB : 0;
  const overheadGib = CONTEXT_GIB + (several ? COLLECTIVES_GIB : 0);
  const cacheGib = usableGib - weightsGib - adaptersGib - activationsGib - graphsGib - overheadGib;
  const perToken = cacheBytesPerToken(division);
  return {
    deviceGib,
    usableGib,
    weightsGib,
    adaptersGib,
    activationsGib,
    graphsGib,
    overheadGib,
    cacheGib,
    cacheBytesPerToken: perToken,
    cacheTokens: Math.max(0, Math.floor((cacheGib * GIB) / perToken)) * division.parallelism.data,
  };
}

/** The sum as text, each term in GiB. */
export function memorySum(memory: EndpointMemory): string {
  const terms = Object.entries({
    weights: memory.weightsGib,
    adapters: memory.adaptersGib,
    activations: memory.activationsGib,
    "CUDA graphs": memory.graphsGib,
    overhead: memory.overheadGib,
  }).filter(([, gib]) => gib > 0);
  const sum = terms.reduce((total, [, gib]) => total + gib, 0);
  const listed = terms.map(([name, gib]) => `${name} ${gib.toFixed(2)}`).join(" + ");
  const limit = `${memory.usableGib.toFixed(2)} GiB usable of ${memory.deviceGib.toFixed(1)}`;
  return `${listed} = ${sum.toFixed(2)} GiB on each accelerator, before the cache; ${limit}`;
}
