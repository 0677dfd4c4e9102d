import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import type { VectorCollectionModel, VectorEngine } from "./collections";
import { chosenIndex, type Limit, VECTOR_ENGINES, type VectorEngineFacts } from "./engines";
import { VectorErrors } from "./errors";

type Finding = keyof Pick<
  typeof VectorErrors,
  | "VectorDimensionUnsupported"
  | "VectorTopKUnsupported"
  | "TooManyVectors"
  | "TooManyFilterableFields"
  | "ThroughputOutOfReach"
>;

function atMost(
  problems: Problems,
  error: Finding,
  subject: string,
  given: number,
  limit: Limit | undefined,
): void {
  if (limit !== undefined && given > limit.value) {
    problems.add(VectorErrors[error], {
      subject,
      given,
      allowed: `at most ${limit.value}: ${limit.source}`,
    });
  }
}

function checkForm(
  problems: Problems,
  engine: VectorEngine,
  facts: VectorEngineFacts,
  collection: VectorCollectionModel,
): void {
  const subject = `collection "${collection.name}"`;
  const { kind } = chosenIndex(engine, collection);
  if (collection.index !== undefined && !facts.indexes.includes(collection.index.kind)) {
    problems.add(VectorErrors.VectorIndexUnsupported, {
      subject: `${subject} index.kind`,
      given: collection.index.kind,
      allowed: `${facts.indexes.join(", ") || "nothing: the service decides"} with ${engine}: ${facts.source}`,
    });
    return;
  }
  if (kind === "managed" && collection.measuredQueryMs !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${subject} measuredQueryMs`,
      given: collection.measuredQueryMs,
      allowed: `nothing with ${engine}, which shows no machines`,
    });
  }
  if (kind === "managed" && collection.recallGiven) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${subject} recall`,
      given: collection.recall,
      allowed: `nothing with ${engine}, which decides itself how far it searches`,
    });
  }
  const precisions = kind === "managed" ? (["float32"] as const) : (facts.precisions[kind] ?? []);
  if (!precisions.includes(collection.precision as never)) {
    problems.add(VectorErrors.VectorPrecisionUnsupported, {
      subject: `${subject} precision`,
      given: collection.precision,
      allowed: `${precisions.join(", ")} with ${engine} and index ${kind}: ${facts.source}`,
    });
  }
  if (!facts.metrics.includes(collection.metric)) {
    problems.add(VectorErrors.VectorMetricUnsupported, {
      subject: `${subject} metric`,
      given: collection.metric,
      allowed: `${facts.metrics.join(", ")} with ${engine}: ${facts.source}`,
    });
  }
  for (const field of collection.filterable.filter(({ type }) => !facts.filters.includes(type))) {
    problems.add(VectorErrors.VectorFilterUnsupported, {
      subject: `${subject} filterable "${field.name}"`,
      given: field.type,
      allowed: `${facts.filters.join(", ")} with ${engine}: ${facts.source}`,
    });
  }
}

function checkLimits(problems: Problems, facts: VectorEngineFacts, collection: VectorCollectionModel): void {
  const subject = `collection "${collection.name}"`;
  const { dimension, precision } = collection;
  atMost(
    problems,
    "VectorDimensionUnsupported",
    `${subject} dimension`,
    dimension,
    facts.maxDimension?.[precision],
  );
  if (facts.minDimension !== undefined && dimension < facts.minDimension.value) {
    problems.add(VectorErrors.VectorDimensionUnsupported, {
      subject: `${subject} dimension`,
      given: dimension,
      allowed: `at least ${facts.minDimension.value}: ${facts.minDimension.source}`,
    });
  }
  atMost(problems, "VectorTopKUnsupported", `${subject} topK`, collection.topK, facts.maxTopK);
  atMost(problems, "TooManyVectors", `${subject} vectors`, collection.vectors, facts.maxVectors);
  const fields = collection.filterable.length;
  atMost(problems, "TooManyFilterableFields", `${subject} filterable`, fields, facts.maxFilterable);
  atMost(
    problems,
    "ThroughputOutOfReach",
    `${subject} queriesPerSecond`,
    collection.queriesPerSecond,
    facts.maxQueriesPerSecond,
  );
  atMost(
    problems,
    "ThroughputOutOfReach",
    `${subject} writesPerSecond`,
    collection.writesPerSecond,
    facts.maxWritesPerSecond,
  );
  if (facts.minLatencyMs !== undefined && collection.p95LatencyMs < facts.minLatencyMs.value) {
    problems.add(VectorErrors.LatencyOutOfReach, {
      subject: `${subject} p95LatencyMs`,
      given: collection.p95LatencyMs,
      allowed: `at least ${facts.minLatencyMs.value}: ${facts.minLatencyMs.source}`,
    });
  }
}

/** Refuses what the engine cannot index or answer, whatever machines it gets. */
export function checkEngine(
  problems: Problems,
  engine: VectorEngine,
  collections: readonly VectorCollectionModel[],
): void {
  const facts = VECTOR_ENGINES[engine];
  for (const collection of collections) {
    checkForm(problems, engine, facts, collection);
    checkLimits(problems, facts, collection);
  }
}
