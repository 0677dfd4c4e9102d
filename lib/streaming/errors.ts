import { defineErrors } from "../core/errors";

export const StreamingErrors = defineErrors({
  UnknownTopic: {
    meaning: "the stream has no such topic",
    fix: "use one of its topics, or add the topic to `topics`",
  },
  StreamNameTaken: {
    meaning:
      "another stream of this app has the same name at the same site, so both would make the same resources",
    fix: "give each stream of a site a name of its own",
  },
  TopicNameTaken: {
    meaning: "two topics of the stream, or a topic and a dead-letter topic, would have the same name",
    fix: "rename one of them; the dead-letter topic of a topic is called <topic>-dlq",
  },
  UnsupportedByEngine: {
    meaning: "the chosen engine cannot express this",
    fix: "choose another engine, or leave it out at this site",
  },
  KeyFieldMissing: {
    meaning: "messages are keyed by a field that the schema does not have",
    fix: "add the field to the schema, or key by one that exists",
  },
  KeyTypeMismatch: {
    meaning: "the key has another type than the field of the schema",
    fix: "give the key the type of the field",
  },
  KeyTypeNotOrdered: {
    meaning: "two equal keys of this type need not be equal bytes, so they could reach two partitions",
    fix: "key by a string, an int, a long or bytes",
  },
  OrderingWithoutKey: {
    meaning: "order per key is asked for, but messages have no key",
    fix: 'give the topic a key, or ordering: "none"',
  },
  CompactionWithoutKey: {
    meaning: "compaction keeps the last message of each key, but messages have no key",
    fix: "give the topic a key, or leave compaction out",
  },
  SchemaFormUnclear: {
    meaning: "a schema is either a definition or a list of fields",
    fix: "give one of definition and fields",
  },
  InvalidSchemaDefinition: {
    meaning: "the definition is not a schema of its format",
    fix: "correct the definition; it is sent to the registry as it is",
  },
  TooFewPartitions: {
    meaning: "so few partitions cannot carry the stated throughput",
    fix: "give more partitions, leave them out to have them computed, or state a lower throughput",
  },
  TooManyPartitions: {
    meaning: "the engine does not take so many partitions",
    fix: "give fewer partitions, more or larger brokers, or split the topic",
  },
  TooFewBrokers: {
    meaning: "so few brokers cannot carry the stated throughput, partitions and copies",
    fix: "give more or larger brokers, or leave the number out to have it computed",
  },
  StorageTooSmall: {
    meaning: "the stated storage is full before the retention time of the stated throughput has passed",
    fix: "give more storage, leave it out to have it computed, or keep messages for less time",
  },
  CapacityTooSmall: {
    meaning: "the stated capacity cannot carry the stated throughput",
    fix: "give more, leave it out to have it computed, or state a lower throughput",
  },
  RetentionUnsupported: {
    meaning: "the engine does not keep messages for this long, or not for so short a time",
    fix: "choose a retention within the engine's bounds, and keep older messages in the lakehouse",
  },
  MessageTooLarge: {
    meaning: "the mean message is larger than what the engine takes",
    fix: "put the payload into the lakehouse and send a reference",
  },
  ExactlyOnceUnsupported: {
    meaning: "this path delivers a message at least once: after a failure it can arrive twice",
    fix: 'choose a path with transactions, or delivery: "at-least-once" and consumers that ignore repeats',
  },
  SchemaFormatUnsupported: {
    meaning: "the registry of this site does not hold schemas of this format",
    fix: "choose a format that the registry holds",
  },
  TopicResidencyWiderThanStream: {
    meaning: "a topic allows countries that its stream forbids",
    fix: "narrow the topic's residency, or widen the stream's",
  },
  MirrorBreaksResidency: {
    meaning: "messages would be copied to a country that the residency of their topic forbids",
    fix: "copy to a site in an allowed country, leave the topic out, or widen its residency",
  },
  CopyIsReadOnly: {
    meaning: "the topic is a copy of another site's, and only its mirror writes to it",
    fix: "write to the original, at the site that it comes from",
  },
  MirrorOfItself: {
    meaning: "a stream would be copied into itself",
    fix: "copy to a stream of another site",
  },
  SavepointWithoutCheckpoints: {
    meaning: "an upgrade that keeps state needs somewhere to keep it, and checkpoints are off",
    fix: 'turn checkpoints on, or choose upgrade: "stateless"',
  },
  CheckpointsWithoutReach: {
    meaning: "the job has no right to write files to this zone, so its checkpoints cannot be kept there",
    fix: "give `credentialsSecretName` with keys of the object store, or a zone of a lakehouse on AWS",
  },
  SourceAndSink: {
    meaning: "the processor would read what it writes, and never end",
    fix: "write to another topic",
  },
  PiiTopicNotGranted: {
    meaning: "the topic holds personal data, and this right does not say that the identity may see it",
    fix: "pass includePii: true if it may, or grant a topic without personal data",
  },
});
