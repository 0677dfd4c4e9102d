export { FeatureErrors } from "./errors";
export type {
  FeatureGrantOptions,
  FeatureStoreProps,
  IFeatureStore,
  IFeatureView,
  OnlineField,
  OnlineLookup,
} from "./features";
export type { MaterializationPlan, MaterializationProps } from "./freshness";
export {
  type EmbeddingMetric,
  type EmbeddingProps,
  type EntityKeyProps,
  type EntityProps,
  type FeatureProps,
  FeatureSchema,
  type FeatureSchemaProps,
  type FeatureView,
  type FeatureViewProps,
} from "./schema";
export { requireCompatible, type SchemaChange, schemaChanges, schemaDiff } from "./schema-diff";
export { type FeatureSchemaLock, lockText, parseSchemaLock, schemaLock } from "./schema-lock";
export type { OnlineTargets } from "./sizing";
export { FeatureSource, type SourceTimes, type StreamHistory } from "./source";
