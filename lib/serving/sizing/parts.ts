import type { EngineKind, Parallelism, ServedModel } from "../serving";

/** Parameters of a model by how they are divided and used. */
export interface ModelParts {
  /** One of the two tables of vocabulary x hidden: embedding, and last projection. */
  readonly embedding: number;
  /** All but experts and the two tables. */
  readonly dense: number;
  readonly experts: number;
  /** Of the experts, those that one token visits. */
  readonly activeExperts: number;
  /** Width of the queries of all heads. */
  readonly queryWidth: number;
  /** Inner width of the feed-forward part of a dense layer, and of one expert; 0 where there is none. */
  readonly innerWidth: number;
  readonly expertWidth: number;
}

export function partsOf({ shape }: ServedModel): ModelParts {
  const { params, hidden, layers, vocabulary, moe, kvHidden, kvHeads, attentionHeads } = shape;
  const experts = moe?.expertParams ?? 0;
  // Models that use one table twice have fewer parameters than this takes off; nothing goes below zero.
  const embedding = Math.min(vocabulary * hidden, (params - experts) / 2);
  const dense = params - experts - 2 * embedding;
  const queryWidth = (kvHidden / kvHeads) * attentionHeads;
  // A gated feed-forward part has 3 x hidden x inner parameters; attention has the rest of a layer.
  const attention = layers * 2 * hidden * (queryWidth + kvHidden);
  const plain = layers - (moe?.layers ?? 0);
  return {
    embedding,
    dense,
    experts,
    activeExperts: moe === undefined ? 0 : (experts * moe.topK) / moe.experts,
    queryWidth,
    innerWidth: plain === 0 ? 0 : Math.max(0, dense - attention) / (plain * 3 * hidden),
    expertWidth: moe === undefined ? 0 : experts / (moe.layers * moe.experts * 3 * hidden),
  };
}

/** What decides how a replica uses its accelerators. */
export interface Division {
  readonly model: ServedModel;
  readonly parallelism: Parallelism;
  readonly engine: EngineKind;
  readonly memoryUtilization: number;
  readonly maxSequences: number;
  readonly prefillChunkTokens: number;
}

export function acceleratorsOf({ tensor, pipeline, data }: Parallelism): number {
  return tensor * pipeline * data;
}

/** Copies of each key and value: heads that are fewer than the accelerators of a stage are held by several. */
export function cacheCopies({ shape }: ServedModel, { tensor }: Parallelism): number {
  return Math.max(1, tensor / shape.kvHeads);
}
