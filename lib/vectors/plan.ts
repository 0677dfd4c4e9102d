import { Problems } from "../core/problems";
import { checkEngine } from "./checks";
import {
  resolveCollections,
  type VectorCollectionModel,
  type VectorEngine,
  type VectorStoreProps,
} from "./collections";
import type { VectorSizing } from "./sizing";
import type { NodeLimits } from "./sizing/common";
import { sizeStore } from "./sizing/size-store";

/** A store after all checks that need no provider. */
export interface PlannedVectorStore {
  /** Sorted by name. */
  readonly collections: readonly VectorCollectionModel[];
  readonly sizing: VectorSizing;
}

/** Checks and sizes; what is wrong goes to `problems`, and is thrown if nothing could be computed from it. */
export function resolveStore(
  problems: Problems,
  engine: VectorEngine,
  props: VectorStoreProps,
  limits?: NodeLimits,
): PlannedVectorStore {
  const collections = resolveCollections(problems, props);
  // Numbers that are no numbers cannot be sized.
  problems.throwIfAny();
  checkEngine(problems, engine, collections);
  problems.throwIfAny();
  return { collections, sizing: sizeStore(problems, engine, collections, limits) };
}

/**
 * Checks a declaration against an engine and sizes it, without a construct: to compare engines before choosing one.
 *
 * @throws what the stores throw: InvalidName, NumberOutOfRange, VectorDimensionUnsupported, LatencyOutOfReach, …
 */
export function planVectorStore(
  engine: VectorEngine,
  props: VectorStoreProps,
  limits?: NodeLimits,
): VectorSizing {
  const problems = new Problems(`planVectorStore("${engine}")`);
  const { sizing } = resolveStore(problems, engine, props, limits);
  problems.throwIfAny();
  return sizing;
}
