/**
 * The AWS side of the library: loads `@cdktf/provider-aws` and no other provider.
 */

export { type AccessLevel, AwsClusterAccess } from "./cluster/aws/access";
export { AwsAddons } from "./cluster/aws/addons";
export { AwsCluster, type AwsClusterProps } from "./cluster/aws/cluster";
export { AwsControlPlane } from "./cluster/aws/control-plane";
export { AwsEfaSecurityGroup } from "./cluster/aws/efa-security-group";
export { AwsClusterErrors } from "./cluster/aws/errors";
export { AwsHybridNodes } from "./cluster/aws/hybrid-nodes";
export { AwsKarpenter } from "./cluster/aws/karpenter";
export { AwsNodeGroup } from "./cluster/aws/node-group";
export { AwsNodeRole } from "./cluster/aws/node-role";
export { AwsPodRole } from "./cluster/aws/pod-role";
export type {
  AddonOptions,
  ClusterAddon,
  ControlPlaneLog,
  ControlPlaneTier,
  HybridNodesOptions,
  KarpenterOptions,
  PodRoleProps,
} from "./cluster/aws/props";
export { AwsClusterWarnings } from "./cluster/aws/warnings";
export { AwsKey } from "./core/aws-key";
export type { PolicyStatement } from "./core/aws-policy";
export { AwsFreshnessAlarm } from "./features/aws/alarms";
export { AwsFeatureErrors } from "./features/aws/errors";
export { AwsFeatureGroup } from "./features/aws/feature-group";
export { AwsFeatureStore } from "./features/aws/feature-store";
export { AwsFeatureGrants } from "./features/aws/grants";
export { AwsJobScript, AwsMaterialization } from "./features/aws/materialization";
export type {
  AwsFeatureStoreProps,
  AwsMaterializationSpark,
  AwsOfflineStore,
} from "./features/aws/props";
export type { AwsOnlineSize } from "./features/aws/sizing";
export { type AthenaOptions, AwsAthena, type WorkgroupGrant } from "./lakehouse/aws/athena";
export { AwsBucket } from "./lakehouse/aws/bucket";
export { AwsLakehouseErrors } from "./lakehouse/aws/errors";
export { AwsGovernance, type LakeFormationOptions } from "./lakehouse/aws/governance";
export { AwsGrants } from "./lakehouse/aws/grants";
export { AwsIcebergTable, type TableOptimizer } from "./lakehouse/aws/iceberg-table";
export type { AwsLakehouseAttributes, AwsZoneAttributes } from "./lakehouse/aws/imported";
export { AwsLakehouse, type AwsLakehouseProps, type AwsTableCatalog } from "./lakehouse/aws/lakehouse";
export { AwsObjectQueue, type AwsObjectQueueProps } from "./lakehouse/aws/object-queue";
export { AwsReplication, type ReplicationOptions } from "./lakehouse/aws/replication";
export { AwsS3TablesZone } from "./lakehouse/aws/s3-tables";
export { AwsSpark, type SparkOptions } from "./lakehouse/aws/spark";
export { AwsWarehouse, type WarehouseOptions } from "./lakehouse/aws/warehouse";
export { AwsZone } from "./lakehouse/aws/zone";
export { AwsFlowLogs, type FlowLogOptions } from "./network/aws-flow-logs";
export type { AwsNetworkAttributes } from "./network/aws-imported-network";
export { AwsInternetEgress, type InternetEgress } from "./network/aws-internet-egress";
export { AwsNetwork, type AwsNetworkProps } from "./network/aws-network";
export { NetworkErrors } from "./network/errors";
export { type AwsZoneSubnet, CLUSTER_ENDPOINTS, type IAwsNetwork } from "./network/network";
export { AwsGrafana } from "./observability/aws/grafana";
export { AwsObservability } from "./observability/aws/observability";
export type {
  AlertTopics,
  AwsObservabilityProps,
  ManagedGrafana,
  ScrapedCluster,
} from "./observability/aws/props";
export { SageMakerObservability, type SageMakerObservabilityProps } from "./observability/aws/sagemaker";
export { SageMakerAlarms } from "./serving/aws/alarms";
export { SageMakerConfiguration } from "./serving/aws/configuration";
export { SageMakerEndpoint } from "./serving/aws/endpoint";
export { SageMakerErrors } from "./serving/aws/errors";
export { SageMakerModel } from "./serving/aws/model";
export type {
  SageMakerAsync,
  SageMakerDataCapture,
  SageMakerDeployment,
  SageMakerEndpointProps,
  SageMakerEngine,
  SageMakerScaling,
  SageMakerShadow,
  SageMakerVariant,
  SageMakerVariantOptions,
} from "./serving/aws/props";
export { SageMakerRole } from "./serving/aws/role";
export { SageMakerVariantScaling } from "./serving/aws/scaling";
export type { ResolvedVariant } from "./serving/aws/variants";
export { AwsEventStream } from "./streaming/aws/event-stream";
export {
  AwsStreamMirror,
  type AwsStreamMirrorProps,
  type MirrorCompression,
} from "./streaming/aws/mirror";
export type { MskMachine } from "./streaming/aws/msk-machines";
export { AwsStreamProcessor, type AwsStreamProcessorProps, type S3Artefact } from "./streaming/aws/processor";
export type {
  AwsEventStreamProps,
  KinesisProps,
  MskBrokerSettings,
  MskProvisionedProps,
  MskReplicationEnd,
  MskServerlessProps,
} from "./streaming/aws/props";
export { AwsAuroraVectors } from "./vectors/aws/aurora";
export { AwsOpenSearchVectors } from "./vectors/aws/opensearch";
export type { AuroraOptions, AwsVectorEngine, AwsVectorStoreProps } from "./vectors/aws/props";
export { AwsS3Vectors } from "./vectors/aws/s3-vectors";
export { AwsVectorStore } from "./vectors/aws/store";
