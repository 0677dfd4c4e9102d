export type {
  FilterableField,
  FilterType,
  VectorCollectionProps,
  VectorEngine,
  VectorIndex,
  VectorMetric,
  VectorPrecision,
  VectorStoreProps,
} from "./collections";
export { type Limit, VECTOR_ENGINES, type VectorEngineFacts } from "./engines";
export { VectorErrors } from "./errors";
export { planVectorStore } from "./plan";
export {
  type CollectionSizing,
  explainSizing,
  type SizingStep,
  type StoreCapacity,
  type VectorSizing,
} from "./sizing";
export type { NodeLimits } from "./sizing/common";
export type {
  IVectorCollection,
  IVectorStore,
  VectorAuth,
  VectorGrant,
  VectorLookup,
} from "./vectors";
