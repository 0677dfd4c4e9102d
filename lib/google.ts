/**
 * Public entry `cdktf-hybrid-ai/google`: what compiles to Google Cloud. Needs `@cdktf/provider-google`.
 */

export { GoogleCluster } from "./cluster/google/cluster";
export { GoogleClusterErrors } from "./cluster/google/errors";
export {
  GoogleGpuNetworks,
  type GoogleGpuNetworksProps,
  type GpuInterface,
  type NodeInterface,
} from "./cluster/google/gpu-direct";
export { GoogleNodeIdentity } from "./cluster/google/node-identity";
export type { GpuDriver } from "./cluster/google/node-pool-config";
export {
  GooglePodIdentities,
  type PodIdentityGrant,
  type PodIdentityProps,
} from "./cluster/google/pod-identity";
export type {
  AuthorizedNetwork,
  GoogleClusterProps,
  GoogleCsiDriver,
  GoogleExclusionScope,
  GoogleLoggingComponent,
  GoogleMonitoringComponent,
  GoogleReleaseChannel,
  MaintenanceExclusion,
  MaintenanceWindow,
} from "./cluster/google/props";
export { GoogleClusterWarnings } from "./cluster/google/warnings";
export { GoogleWorkloadPolicies } from "./cluster/google/workload-policies";
export { GoogleKey } from "./core/google-key";
export { type GoogleApi, GoogleProject, type GoogleServiceAgent } from "./core/google-project";
export { GoogleFreshnessAlert } from "./features/google/alerts";
export { GoogleFeatureErrors } from "./features/google/errors";
export { GoogleFeatureStore } from "./features/google/feature-store";
export { GoogleFeatureView } from "./features/google/feature-view";
export { GoogleFeatureGrants } from "./features/google/grants";
export type { GoogleFeatureStoreProps } from "./features/google/props";
export type { GoogleOnlineSize } from "./features/google/sizing";
export { GoogleFeatureWarnings } from "./features/google/warnings";
export { type GoogleDataAccessAudit, GoogleLakehouseAccessLog } from "./lakehouse/google/access-log";
export { type GoogleDataplexAssets, GoogleLakehouseDataplex } from "./lakehouse/google/dataplex";
export { type GoogleEtlProps, GoogleLakehouseEtl } from "./lakehouse/google/etl";
export type { GoogleLakehouseAttributes, GoogleZoneAttributes } from "./lakehouse/google/imported";
export { GoogleLakehouseKey } from "./lakehouse/google/key";
export { GoogleLakehouse, type GoogleLakehouseProps } from "./lakehouse/google/lakehouse";
export type { GooglePartitioning, GoogleSorting } from "./lakehouse/google/layout";
export { GoogleObjectQueue, type GoogleObjectQueueProps } from "./lakehouse/google/object-queue";
export { GoogleZoneTables } from "./lakehouse/google/tables";
export { GoogleLakehouseTaxonomy } from "./lakehouse/google/taxonomy";
export { GoogleLakehouseWarnings } from "./lakehouse/google/warnings";
export { GoogleZone } from "./lakehouse/google/zone";
export {
  type GoogleFlowLogOptions,
  type GoogleNatOptions,
  GoogleNetwork,
  type GoogleNetworkProps,
} from "./network/google-network";
export type { IGoogleNetwork } from "./network/network";
export {
  type GoogleAlertChannels,
  GoogleObservability,
  type GoogleObservabilityProps,
} from "./observability/google/observability";
export { VertexEndpoint } from "./serving/google/endpoint";
export { VertexErrors } from "./serving/google/errors";
export type { ResolvedVertex } from "./serving/google/plan";
export type {
  VertexDeployment,
  VertexEndpointProps,
  VertexPrivateAccess,
  VertexRequestLog,
} from "./serving/google/props";
export { GoogleEventStream } from "./streaming/google/event-stream";
export { GoogleStreamProcessor, type GoogleStreamProcessorProps } from "./streaming/google/processor";
export type { GoogleEventStreamProps, ManagedKafkaProps, PubSubProps } from "./streaming/google/props";
export { GoogleAlloyDbVectors } from "./vectors/google/alloydb";
export type { AlloyDbOptions, GoogleVectorEngine, GoogleVectorStoreProps } from "./vectors/google/props";
export { GoogleVectorStore } from "./vectors/google/store";
export { GoogleVertexVectors } from "./vectors/google/vertex";
