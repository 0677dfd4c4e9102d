export type { Dispatch } from "./cluster/in-cluster/dispatch";
export { DynamicSlice, type DynamicSliceProps } from "./cluster/in-cluster/dynamic-slice";
export { InClusterErrors } from "./cluster/in-cluster/errors";
export { GangJobSet, type GangJobSetProps } from "./cluster/in-cluster/gang-job-set";
export type { GangContainer, GangPlacement, GangProps } from "./cluster/in-cluster/gang-pod";
export { GangService, type GangServiceProps } from "./cluster/in-cluster/gang-service";
export type { KueueSettings } from "./cluster/in-cluster/kueue-config";
export type { OperatorName, OperatorSetting, OperatorSettings } from "./cluster/in-cluster/needs";
export type { Installer } from "./cluster/in-cluster/operator-values";
export { ClusterOperators, type ClusterOperatorsProps } from "./cluster/in-cluster/operators";
export type { Toleration } from "./cluster/in-cluster/placement";
export { type PoolScheduling, poolScheduling } from "./cluster/in-cluster/pool-scheduling";
export type {
  DispatchProps,
  PoolQuota,
  PriorityProps,
  RemotePoolQuota,
  RemoteQuota,
  TeamProps,
  WorkerCluster,
} from "./cluster/in-cluster/queue-props";
export { ClusterQueues, type ClusterQueuesProps, type TeamQueue } from "./cluster/in-cluster/queues";
export { RailAddresses, type RailAddressesProps, type RailPool } from "./cluster/in-cluster/rail-addresses";
export { type PlannedJob, SitePlacement, type SitePlacementProps } from "./cluster/in-cluster/site-placement";
export { KubernetesCluster } from "./cluster/kubernetes/cluster";
export { KubernetesClusterErrors } from "./cluster/kubernetes/errors";
export type { MachineLabels } from "./cluster/kubernetes/machine-labels";
export type {
  CoreWeaveSettings,
  KubernetesClusterProps,
  NodeTopology,
  PoolMachine,
  PoolMachines,
} from "./cluster/kubernetes/props";
export type { Rail, RdmaNetwork, SharedRdma, SriovRdma } from "./cluster/kubernetes/rdma-props";
export { KubernetesFeatureErrors } from "./features/kubernetes/errors";
export { KubernetesFeatureStore } from "./features/kubernetes/feature-store";
export type {
  FeatureCertificateIssuer,
  FeatureTrino,
  KubernetesFeatureStoreProps,
  ValkeyPassword,
} from "./features/kubernetes/props";
export type { KubernetesOnlineSize } from "./features/kubernetes/sizing";
export { GatewayBackends } from "./gateway/kubernetes/backends";
export { GatewayCache } from "./gateway/kubernetes/cache";
export { KubernetesAiGateway } from "./gateway/kubernetes/gateway";
export { GatewayNetwork } from "./gateway/kubernetes/network";
export {
  AiGatewayOperators,
  type AiGatewayOperatorsProps,
  type RateLimiter,
} from "./gateway/kubernetes/operators";
export { PoolGateway } from "./gateway/kubernetes/pools";
export type {
  ApiKeyAuthentication,
  AuditDataClass,
  AuditLog,
  CachedClass,
  CacheStore,
  ClassTools,
  GatewayTls,
  Guardrail,
  JwtAuthentication,
  KubernetesAiGatewayProps,
  ReplicaRange,
  ResponseCacheProps,
  ToolServer,
} from "./gateway/kubernetes/props";
export { GatewayProxy } from "./gateway/kubernetes/proxy";
export { ClassRouting } from "./gateway/kubernetes/routes";
export { ToolRoutes } from "./gateway/kubernetes/tools";
export {
  type ClusterAccess,
  clusterAccessOf,
  type EksAccess,
  type GkeAccess,
  type KubeconfigAccess,
} from "./kubernetes/cluster-access";
export {
  type ComponentVersions,
  VERSIONS_THAT_FIT,
  type VersionedComponent,
} from "./kubernetes/compatibility";
export {
  COMPONENTS,
  type ComponentFacts,
  type CrdDelivery,
  type CustomComponentProps,
  component,
} from "./kubernetes/components";
export {
  CustomResource,
  type CustomResourceProps,
  type CustomResourceWait,
} from "./kubernetes/custom-resource";
export { KubernetesErrors } from "./kubernetes/errors";
export { HelmComponent, type HelmComponentProps } from "./kubernetes/helm-component";
export { Namespace, type NamespaceProps, type PodSecurityLevel } from "./kubernetes/namespace";
export type { OtlpCollector, Tracing } from "./kubernetes/otlp";
export { guardPhases } from "./kubernetes/phase-guard";
export { attachCluster } from "./kubernetes/providers";
export { goDuration, quantity } from "./kubernetes/quantities";
export { type CertificateIssuer, ServiceTls } from "./kubernetes/service-tls";
export { Task } from "./kubernetes/task";
export type { KubernetesLakehouseAttributes } from "./lakehouse/kubernetes/adopted";
export { type CatalogBackup, type CatalogSettings, KubernetesCatalog } from "./lakehouse/kubernetes/catalog";
export { KubernetesCeph } from "./lakehouse/kubernetes/ceph";
export { type CopySettings, KubernetesCopies } from "./lakehouse/kubernetes/copies";
export { KubernetesLakehouseErrors } from "./lakehouse/kubernetes/errors";
export { KubernetesLakehouse } from "./lakehouse/kubernetes/lakehouse";
export { KubernetesNetwork } from "./lakehouse/kubernetes/network";
export {
  type CredentialsSecret,
  type EventEndpoint,
  type NewRookObjectStoreProps,
  ObjectStore,
  type RookObjectStoreProps,
  type S3CompatibleProps,
  type TierClasses,
  type VaultKeys,
} from "./lakehouse/kubernetes/object-store";
export {
  KubernetesLakehouseOperators,
  type KubernetesLakehouseOperatorsProps,
} from "./lakehouse/kubernetes/operators";
export type { KubernetesLakehouseProps } from "./lakehouse/kubernetes/props";
export { KubernetesSpark } from "./lakehouse/kubernetes/spark";
export { KubernetesStorage, type StoreAccess, type ZoneBucket } from "./lakehouse/kubernetes/storage";
export { KubernetesTables } from "./lakehouse/kubernetes/tables";
export { KubernetesTrino, type QuerySettings, type TrinoEndpoint } from "./lakehouse/kubernetes/trino";
export { KubernetesTrinoTls } from "./lakehouse/kubernetes/trino-tls";
export { KubernetesLakehouseWarnings } from "./lakehouse/kubernetes/warnings";
export { TelemetryCollector } from "./observability/kubernetes/collector";
export type { TelemetryCollectorProps } from "./observability/kubernetes/collector-props";
export { KubernetesObservability } from "./observability/kubernetes/observability";
export {
  ObservabilityOperators,
  type ObservabilityOperatorsProps,
  type PrometheusStorage,
  type RemoteWrite,
} from "./observability/kubernetes/operators";
export type {
  AlertReceiver,
  AlertReceivers,
  KubernetesObservabilityProps,
  SecretKey,
} from "./observability/kubernetes/props";
export { DeploymentVariant } from "./serving/kubernetes/deployment-variant";
export { type EndpointMirror, KubernetesModelEndpoint } from "./serving/kubernetes/endpoint";
export { KubernetesServingErrors } from "./serving/kubernetes/errors";
export { InferenceDefinitions } from "./serving/kubernetes/inference-definitions";
export { InferenceServiceVariant } from "./serving/kubernetes/inference-service";
export { LlmInferenceServiceVariant } from "./serving/kubernetes/llm-inference-service";
export { ServingNetwork } from "./serving/kubernetes/network";
export {
  KubernetesServingOperators,
  type KubernetesServingOperatorsProps,
} from "./serving/kubernetes/operators";
export { EndpointPicker } from "./serving/kubernetes/picker";
export type {
  CanaryStep,
  EngineSettings,
  KubernetesModelEndpointProps,
  KubernetesServingForm,
  KubernetesVariantProps,
  ObjectStorageAccess,
  PickerProps,
  RolloutAnalysis,
  RolloutProps,
  ScalingProps,
  StartTimes,
  VariantPlan,
  WeightsCache,
} from "./serving/kubernetes/props";
export { WarmPool } from "./serving/kubernetes/warm-pool";
export { InlineLogSink } from "./streaming/inline/log-sink";
export { InlineInferenceProcessor } from "./streaming/inline/processor";
export { KubernetesEventStream } from "./streaming/kubernetes/event-stream";
export type {
  FlinkArtefact,
  FlinkCheckpoints,
  FlinkResources,
  KubernetesStreamProcessorProps,
} from "./streaming/kubernetes/flink-props";
export {
  KubernetesStreamMirror,
  type KubernetesStreamMirrorProps,
  type MirrorCredentials,
  type MirrorSource,
} from "./streaming/kubernetes/mirror";
export {
  KubernetesStreamOperators,
  type KubernetesStreamOperatorsProps,
} from "./streaming/kubernetes/operators";
export { KubernetesStreamProcessor } from "./streaming/kubernetes/processor";
export type {
  BrokerSettings,
  ControllerSettings,
  ExternalListener,
  KubernetesEventStreamProps,
} from "./streaming/kubernetes/props";
export { VectorMilvus } from "./vectors/kubernetes/milvus";
export {
  KubernetesVectorOperators,
  type KubernetesVectorOperatorsProps,
} from "./vectors/kubernetes/operators";
export { VectorPostgres } from "./vectors/kubernetes/pgvector";
export type {
  KubernetesVectorEngine,
  KubernetesVectorStoreProps,
  MilvusObjectStorage,
  MilvusOptions,
  PgvectorOptions,
  QdrantOptions,
} from "./vectors/kubernetes/props";
export { VectorQdrant } from "./vectors/kubernetes/qdrant";
export { KubernetesVectorStore } from "./vectors/kubernetes/store";
export { KubernetesVectorWarnings } from "./vectors/kubernetes/warnings";
