import { ServedModel, type ServedModelShape, Weights } from "../../lib/serving/index";
import type { NumberFormat } from "../../lib/serving/serving";

/**
 * Shapes as each model's makers publish them. Held against a copy (read 2026-11): llama-3.1-405b by
 * meta-llama/llama-models models/sku_list.py, llama-3.1-8b, qwen3-30b-a3b and qwen3-235b-a22b by zyzshishui/slime
 * scripts/models, mixtral-8x7b by keras-team/keras-hub src/models/mixtral, llama-3.3-70b and deepseek-r1 (as DeepSeek-V3) by
 * configurations that public code quotes. qwen3-14b, qwen3-32b and all sums of parameters are from memory (not verified).
 *
 * Experts: layers x experts x 3 x hidden x inner width of one expert. DeepSeek keeps 576 numbers per token and layer (512
 * compressed, 64 of position) instead of keys and values, for all heads together: one head of 288 counts the same.
 */
const SHAPES = {
  "llama-3.1-8b": dense(8.03e9, 32, 4096, 32, 8, 1024, 128_256),
  "llama-3.3-70b": dense(70.55e9, 80, 8192, 64, 8, 1024, 128_256),
  "llama-3.1-405b": dense(405.85e9, 126, 16_384, 128, 8, 1024, 128_256),
  "qwen3-14b": dense(14.77e9, 40, 5120, 40, 8, 1024, 151_936),
  "qwen3-32b": dense(32.76e9, 64, 5120, 64, 8, 1024, 151_936),
  "mixtral-8x7b": routed(dense(46.7e9, 32, 4096, 32, 8, 1024, 32_000), 32, 8, 2, 14_336),
  "qwen3-30b-a3b": routed(dense(30.53e9, 48, 2048, 32, 4, 512, 151_936), 48, 128, 8, 768),
  "qwen3-235b-a22b": routed(dense(235.09e9, 94, 4096, 64, 4, 512, 151_936), 94, 128, 8, 1536),
  "deepseek-r1": routed(dense(671e9, 61, 7168, 128, 1, 288, 129_280), 58, 256, 8, 2048),
} as const;

export type KnownModel = keyof typeof SHAPES;

function dense(
  params: number,
  layers: number,
  hidden: number,
  attentionHeads: number,
  kvHeads: number,
  kvHidden: number,
  vocabulary: number,
): ServedModelShape {
  return { params, layers, hidden, sequence: 131_072, kvHidden, attentionHeads, kvHeads, vocabulary };
}

function routed(
  shape: ServedModelShape,
  layers: number,
  experts: number,
  topK: number,
  inner: number,
): ServedModelShape {
  const expertParams = layers * experts * 3 * shape.hidden * inner;
  return { ...shape, moe: { layers, experts, topK, expertParams } };
}

export function modelOf(
  name: KnownModel,
  precision: NumberFormat,
  cachePrecision: NumberFormat,
  contextTokens: number,
): ServedModel {
  return ServedModel.of(name, {
    shape: SHAPES[name],
    weights: Weights.hub(`published/${name}`, { revision: "0".repeat(40) }),
    precision,
    cachePrecision,
    contextTokens,
  });
}
