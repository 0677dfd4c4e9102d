export { ServingErrors } from "./errors";
export { ServedModel, type ServedModelProps, Weights } from "./model";
export type {
  CloudMetrics,
  EndpointAccess,
  EndpointReach,
  EndpointShadow,
  EngineKind,
  IModelEndpoint,
  LoraAdapter,
  NumberFormat,
  Parallelism,
  ServedModelShape,
} from "./serving";
export { SERVING_EFFICIENCY, type ServingEfficiency } from "./sizing/efficiency";
export { explainEndpoint } from "./sizing/explain";
export { planEndpoint } from "./sizing/plan";
export { type InferencePoolRules, toInferencePool } from "./sizing/pool";
export {
  planWithReplicas,
  type ReplicaPlan,
  type SizedPlace,
  toSizedPool,
} from "./sizing/sized-pool";
export type {
  AcceleratorPrice,
  ClassPrediction,
  EndpointMemory,
  EndpointPlan,
  EndpointPlanProps,
  EndpointStep,
  PlannedReplicas,
} from "./sizing/types";
export { TrafficClass, type TrafficClassProps } from "./traffic";
