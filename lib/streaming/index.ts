export { STREAM_ENGINES, type StreamEngine, type StreamEngineFacts } from "./engines";
export { StreamingErrors } from "./errors";
export { InlineErrors } from "./inline/errors";
export type {
  AthenaLogTable,
  BigQueryLogTable,
  InlineLogSinkProps,
  LogTable,
  TrinoLogTable,
} from "./inline/log-sink-props";
export { type DecisionLogTableProps, decisionLogTable } from "./inline/log-table";
export type {
  InlineBatching,
  InlineBreaker,
  InlineFeatureLookup,
  InlineInferenceProps,
  InlineScale,
  InlineTracing,
  InlineVectorLookup,
  OnMissing,
  PgvectorLookup,
  PromptModel,
  ServiceAuth,
  TensorModel,
} from "./inline/props";
export type { FieldType, MessageField, MessageSchemaProps } from "./message-schema";
export type {
  IStreamProcessor,
  ProcessorSink,
  ProcessorSource,
  StreamProcessorProps,
  UpgradeMode,
} from "./processor";
export { sizeCluster, sizePartitions, type ThroughputProps, throughputOf } from "./sizing";
export type {
  ConsumeOptions,
  Delivery,
  EventStreamProps,
  IEventStream,
  IStreamTopic,
  KafkaTopicAccess,
  KinesisTopicAccess,
  PubSubTopicAccess,
  SchemaReference,
  StreamGrant,
  TopicAccess,
} from "./streaming";
export type { StreamTopicModel, TopicKey, TopicProps } from "./topic";
