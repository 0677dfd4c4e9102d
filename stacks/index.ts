export { CloudStack, type CloudStackProps } from "./cloud-stack";
export type { PlatformClusterProps } from "./cluster-builder";
export { ClusterStack, type ClusterStackProps } from "./cluster-stack";
export { readAcrossStacks } from "./cross-stack";
export type {
  EndpointAtSite,
  EndpointInCluster,
  EndpointInSageMaker,
  EndpointInVertex,
  PlatformEndpoint,
  PlatformEndpointProps,
  PlatformVariant,
} from "./endpoint-props";
export { StackErrors } from "./errors";
export type { PlatformFeatureStore, PlatformFeatureStoreProps } from "./feature-builder";
export type {
  PlatformBackend,
  PlatformEndpointBackend,
  PlatformGateway,
  PlatformGatewayBackend,
  PlatformGatewayProps,
} from "./gateway-props";
export { HybridPlatform, type HybridPlatformProps, type PlatformCluster } from "./hybrid-platform";
export type {
  PlatformFeatureLookup,
  PlatformInlineInferenceProps,
  PlatformLogTable,
  PlatformVectorLookup,
} from "./inline-inference-props";
export type { PlatformLakehouseProps, SiteOptions } from "./lakehouse-builder";
export type { PlatformZoneProps, ShareMode, ShareProps } from "./lakehouse-shares";
export type {
  ObservabilityAtSite,
  ObservedAtSite,
  ObservedByAmazon,
  ObservedByCloudWatch,
  ObservedByGoogle,
  ObservedInCluster,
  PlatformObservability,
  PlatformObservabilityProps,
} from "./observability-props";
export { OnPremStack, type OnPremStackProps } from "./on-prem-stack";
export { type ClusterPhase, PHASES, type Phase } from "./phase";
export { PlacedEndpoint } from "./placed-endpoint";
export type {
  EndpointPlacement,
  PlacedAtSite,
  PlacedEndpointProps,
  PlacedVariant,
  UnfitPool,
  VariantAtSite,
} from "./placed-endpoint-props";
export type { TrainingJob } from "./planned-jobs";
export type { PlannedPoolOptions, PlannedPools } from "./planned-pools";
export type {
  PlatformLakehouse,
  PlatformSyntheticDataProps,
  PlatformTable,
  PlatformZone,
  SiteGrant,
} from "./platform-lakehouse";
export type { PlacementProps, PlannedPlacement } from "./platform-placement";
export type { ProviderVersions } from "./providers";
export { SiteStack, type SiteStackProps } from "./site-stack";
export type {
  ClusterMirrorProps,
  PlatformStream,
  PlatformStreamProps,
  ReplicatorMirrorProps,
  StreamMirrorProps,
} from "./stream-builder";
export type { PlatformVectorStore, PlatformVectorStoreProps } from "./vector-builder";
