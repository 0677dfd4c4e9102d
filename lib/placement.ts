/**
 * Planning: sites with their fabrics and capacity, links, workloads and rules in; a plan with its bound out, and an
 * independent check of it. Plain values and pure functions: loads neither cdktf nor a provider package.
 */
export {
  type AcceleratorModel,
  CapacityPool,
  type FreeCapacity,
  type FreeCount,
  type FreeCubes,
  type FreeLeaves,
  type FreeTorus,
  freeAccelerators,
  type Offer,
  type PoolProps,
  type PurchaseModel,
  type TorusBox,
  wiredAccelerators,
} from "./fabric/capacity-pool";
export {
  Fabric,
  type KnownFabric,
  knownFabric,
  type OpaqueFabric,
  type OpaqueProvider,
} from "./fabric/fabric";
export { FabricErrors } from "./fabric/fabric-errors";
export {
  type DwdmProps,
  type Fibre,
  type LeasedLink,
  type LeasedProps,
  type Link,
  linkFreeGbps,
  linkRttMs,
  OpticalLink,
  type ReachClass,
  wavesFor,
} from "./fabric/link";
export { Residency } from "./fabric/residency";
export { Site, type SiteKind } from "./fabric/site";
export { SiteModel, type SiteModelProps } from "./fabric/site-model";
export {
  acceleratorModel,
  offersOf,
  Systems,
  type TpuCubeGeneration,
  type TpuTorusGeneration,
} from "./fabric/systems";
export {
  type CubeFabric,
  type CubeProps,
  type Dims,
  isTwistable,
  type OpticalCircuitSwitches,
  type SliceShape,
  type TorusFabric,
  type TorusProps,
} from "./fabric/torus";
export {
  hostsPerLeaf,
  type LinkMedium,
  leafCount,
  leavesPerDomain,
  type ScaleUpDomain,
  type Tier,
  type TreeFabric,
  type TreeProps,
  tierSizes,
  type Wiring,
} from "./fabric/tree";
export { checkPlacement } from "./placement/check/check";
export type { Violation, ViolationCode } from "./placement/check/violation";
export {
  type ClusterState,
  checkTopology,
  readSitePlan,
  type TopologyCode,
  type TopologyFinding,
} from "./placement/check-topology";
export { checkedPlan } from "./placement/checked-plan";
export { DEFAULT_EFFICIENCY, type Efficiency, IDEAL_EFFICIENCY } from "./placement/cost/efficiency";
export {
  gramsCo2PerHour,
  hallWatts,
  linkWatts,
  opticsWattsPerAccelerator,
  picojoulesPerBit,
  transferJoules,
} from "./placement/cost/energy";
export {
  type AllReduceAlgorithm,
  bruckAllToAllSeconds,
  doubleTreeAllReduceSeconds,
  type FastestCollective,
  type FlatNetwork,
  fastestAllReduce,
  fastestAllToAll,
  halvingDoublingAllReduceSeconds,
  inSwitchAllReduceSeconds,
  pairwiseAllToAllSeconds,
  recursiveDoublingSeconds,
  ringAllReduceSeconds,
  ringGatherSeconds,
} from "./placement/cost/flat-collectives";
export {
  type Crossing,
  compactTreeFootprint,
  type Footprint,
  type TorusFootprint,
  type TreeFootprint,
  torusFootprint,
  treeFootprint,
} from "./placement/cost/footprint";
export {
  cubeAvailability,
  deliverableSlices,
  podGoodput,
  type SlicePlan,
  setUpSeconds,
  spareCubesNeeded,
  staticGoodput,
  switchedGoodput,
} from "./placement/cost/goodput";
export {
  costPerMillionTokens,
  type FlowCost,
  flowUsdPerHour,
  flowWatts,
  type HourProps,
  hourlyCost,
  type PartCost,
  type UnitCost,
} from "./placement/cost/hourly-cost";
export {
  keyValueBytes,
  queueSeconds,
  type ReplicaCount,
  type ReplicaTimes,
  replicaMemoryGib,
  replicasFor,
  replicaTimes,
  type ServingNetwork,
} from "./placement/cost/serving-time";
export {
  achievedTflops,
  type StepParts,
  type StepPlace,
  type StepSeconds,
  stepParts,
  stepSeconds,
} from "./placement/cost/step-time";
export {
  type AxisTraffic,
  bubbleShare,
  contextTraffic,
  dataTraffic,
  expertTraffic,
  flopsPerRank,
  pipelineTraffic,
  stateBytesPerRank,
  tensorTraffic,
} from "./placement/cost/step-traffic";
export {
  allReduceCapacity,
  bisectionLinks,
  type TorusAxis,
  type TorusLinks,
  torusAllReduceSeconds,
  torusAllToAllSeconds,
  torusGatherSeconds,
  twistedAllToAllSeconds,
} from "./placement/cost/torus-collectives";
export {
  allToAllSlowdown,
  type HierarchicalNetwork,
  hierarchicalAllReduceSeconds,
  hierarchicalAllToAllSeconds,
  hierarchicalGatherSeconds,
  ringSlowdown,
} from "./placement/cost/tree-collectives";
export { transferSeconds, type WideSplit, wideAllReduceSeconds, wideGbpsNeeded } from "./placement/cost/wide";
export { DataJob, type DataJobProps, type DataTarget, dataJobGbps } from "./placement/data-job";
export type { DomainHosts } from "./placement/emit/part-place";
export {
  type PlacementStatus,
  type SiteFlow,
  type SitePart,
  type SitePlan,
  sitePlan,
} from "./placement/emit/site-plan";
export { type Change, changesSince } from "./placement/explain/changes";
export {
  type Explanation,
  explain,
  type PoolRoom,
  type RunnerUp,
  type WorkloadExplanation,
} from "./placement/explain/explain";
export { placementSvg } from "./placement/explain/svg";
export { explanationText, type TextOptions } from "./placement/explain/text";
export {
  Gang,
  type GangProps,
  type Overlap,
  type ParallelLayout,
  ranksOf,
  type Sharding,
  tokensPerStep,
} from "./placement/gang";
export {
  InferencePool,
  type InferencePoolProps,
  type PrefillDecode,
  type UserGroup,
} from "./placement/inference-pool";
export { activeParams, type ExpertShape, type ModelShape } from "./placement/model-shape";
export type * from "./placement/placement";
export { CostErrors, PlanErrors, WorkloadErrors } from "./placement/placement-errors";
export { lockOf, readLock, writeLock } from "./placement/plan/lock";
export type { PlanOptions } from "./placement/plan/options";
export { plan } from "./placement/plan/plan";
export type { Pin, PlacementRules, PlacementRulesProps, Spread } from "./placement/rules";
export { type ServingPool, SizedPool, type SizedPoolProps, type SizedReplica } from "./placement/sized-pool";
export { type PlanInput, PlanRules, type PlanRulesProps, type Workload } from "./placement/workloads";
