export { ENGINES, type EngineFacts, type StreamEngine } from "./engines";
export { StreamingErrors } from "./errors";
export { InlineErrors } from "./inline/errors";
export type {
  FeatureLookup,
  InlineBatching,
  InlineBreaker,
  InlineInferenceProps,
  InlineScale,
  OnMissing,
  PromptModel,
  ServiceAuth,
  TensorModel,
  VectorLookup,
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
