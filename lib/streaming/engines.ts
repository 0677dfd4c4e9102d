import type { SchemaFormat } from "./message-schema";

export type StreamEngine =
  | "strimzi"
  | "msk-provisioned"
  | "msk-serverless"
  | "kinesis"
  | "managed-kafka"
  | "pubsub";

/** What one partition (Kinesis: shard) carries. MB are 10^6 bytes. */
export interface PartitionLimits {
  readonly writeMBps: number;
  /** Of all readers together. */
  readonly readMBps: number;
  /** @default - bytes are the only limit */
  readonly recordsPerSecond?: number;
  /** GB (10^9 bytes) that one partition keeps. @default - the disks are the only limit */
  readonly storageGB?: number;
}

/** What an engine can hold; a topic that needs more is refused. */
export interface StreamEngineFacts {
  readonly engine: StreamEngine;
  readonly protocol: "kafka" | "kinesis" | "pubsub";
  /** Undefined: the engine has no partitions that anybody chooses. */
  readonly partition?: PartitionLimits;
  /** Largest number of partitions of one topic. @default - no limit of its own */
  readonly maxPartitions?: number;
  readonly retentionHours: { readonly min: number; readonly max: number };
  readonly maxMessageBytes: number;
  /** Undefined: transactions from producer to consumer. Else why not. */
  readonly noExactlyOnce?: string;
  /** Keeps the last message of each key. */
  readonly compaction: boolean;
  /** Formats that the registry of the site checks. */
  readonly schemaFormats: readonly SchemaFormat[];
  /** Who counts deliveries before a message goes to the dead-letter topic, and the counts that can be asked for. */
  readonly deadLetter: {
    readonly countedBy: "service" | "client";
    readonly maxDeliveries: { readonly min: number; readonly max: number };
  };
  readonly source: string;
}

/** A hundred years: Kafka's own limit is 2^63 ms. */
const NO_LIMIT_HOURS = 876_000;

/**
 * A Kafka partition gives tens of MB/s on one producer and one consumer; half of the smaller number that the source
 * names is taken, so that a topic also keeps up while one broker is replaced.
 *
 * Source: https://www.confluent.io/blog/how-choose-number-topics-partitions-kafka-cluster/ (read 2026-11)
 */
const KAFKA_PARTITION: PartitionLimits = { writeMBps: 10, readMBps: 20 };

const KAFKA_DEAD_LETTER = { countedBy: "client", maxDeliveries: { min: 1, max: 1000 } } as const;

/** `max.message.bytes` of Kafka by default. Source: https://kafka.apache.org/documentation/#topicconfigs (read 2026-11) */
const KAFKA_MESSAGE_BYTES = 1_048_588;

export const STREAM_ENGINES: Readonly<Record<StreamEngine, StreamEngineFacts>> = {
  strimzi: {
    engine: "strimzi",
    protocol: "kafka",
    partition: KAFKA_PARTITION,
    retentionHours: { min: 1, max: NO_LIMIT_HOURS },
    maxMessageBytes: KAFKA_MESSAGE_BYTES,
    compaction: true,
    // Strimzi brings no registry; see README.
    schemaFormats: [],
    deadLetter: KAFKA_DEAD_LETTER,
    source:
      "https://kafka.apache.org/documentation/ and https://strimzi.io/docs/operators/1.2.0/ (read 2026-11)",
  },
  "msk-provisioned": {
    engine: "msk-provisioned",
    protocol: "kafka",
    partition: KAFKA_PARTITION,
    retentionHours: { min: 1, max: NO_LIMIT_HOURS },
    maxMessageBytes: KAFKA_MESSAGE_BYTES,
    compaction: true,
    schemaFormats: ["avro", "json", "protobuf"],
    deadLetter: KAFKA_DEAD_LETTER,
    source: "https://docs.aws.amazon.com/msk/latest/developerguide/limits.html (read 2026-11)",
  },
  "msk-serverless": {
    engine: "msk-serverless",
    protocol: "kafka",
    partition: { writeMBps: 5, readMBps: 10, storageGB: 250 },
    maxPartitions: 2400,
    retentionHours: { min: 1, max: NO_LIMIT_HOURS },
    maxMessageBytes: 8_388_608,
    compaction: true,
    schemaFormats: ["avro", "json", "protobuf"],
    deadLetter: KAFKA_DEAD_LETTER,
    source:
      "https://docs.aws.amazon.com/msk/latest/developerguide/limits.html#serverless-quota (read 2026-11)",
  },
  kinesis: {
    engine: "kinesis",
    protocol: "kinesis",
    partition: { writeMBps: 1, readMBps: 2, recordsPerSecond: 1000 },
    maxPartitions: 20_000,
    retentionHours: { min: 24, max: 8760 },
    maxMessageBytes: 1_048_576,
    noExactlyOnce: "Kinesis has no transactions: a producer that retries writes twice",
    compaction: false,
    schemaFormats: ["avro", "json", "protobuf"],
    deadLetter: KAFKA_DEAD_LETTER,
    source: "https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html (read 2026-11)",
  },
  "managed-kafka": {
    engine: "managed-kafka",
    protocol: "kafka",
    partition: KAFKA_PARTITION,
    retentionHours: { min: 1, max: NO_LIMIT_HOURS },
    maxMessageBytes: KAFKA_MESSAGE_BYTES,
    compaction: true,
    // Its registry is in preview and not in google 6.50.
    schemaFormats: [],
    deadLetter: KAFKA_DEAD_LETTER,
    source: "https://cloud.google.com/managed-service-for-apache-kafka/quotas (read 2026-11)",
  },
  pubsub: {
    engine: "pubsub",
    protocol: "pubsub",
    retentionHours: { min: 1, max: 744 },
    maxMessageBytes: 10_000_000,
    compaction: false,
    schemaFormats: ["avro", "protobuf"],
    deadLetter: { countedBy: "service", maxDeliveries: { min: 5, max: 100 } },
    source: "https://cloud.google.com/pubsub/quotas and /docs/subscription-properties (read 2026-11)",
  },
};
