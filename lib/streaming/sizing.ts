import type { PartitionLimits } from "./engines";

/** What flows through a topic. */
export interface ThroughputProps {
  /** Mean over a busy hour. */
  readonly messagesPerSecond: number;
  /** Mean size of a message on the wire, key and value, after compression. */
  readonly meanBytes: number;
  /** Highest second over the mean. @default 2 */
  readonly peakFactor?: number;
  /** Consumer groups that each read everything. @default 1 */
  readonly readers?: number;
}

/** Throughput with every default filled in. MB are 10^6 bytes. */
export interface Throughput {
  readonly messagesPerSecond: number;
  readonly meanBytes: number;
  readonly peakFactor: number;
  readonly readers: number;
  readonly meanMBps: number;
  readonly peakMBps: number;
}

const MB = 1_000_000;

/** Bytes of one GiB. */
const GIB = 1024 ** 3;

const SECONDS_PER_HOUR = 3600;

export function throughputOf(props: ThroughputProps): Throughput {
  const { messagesPerSecond, meanBytes, peakFactor = 2, readers = 1 } = props;
  const meanMBps = (messagesPerSecond * meanBytes) / MB;
  return { messagesPerSecond, meanBytes, peakFactor, readers, meanMBps, peakMBps: meanMBps * peakFactor };
}

/** How many partitions a throughput needs, and why. */
export interface PartitionSizing {
  readonly required: number;
  /** One line per rule, the deciding one first. */
  readonly explain: readonly string[];
}

const show = (value: number): string => String(Number(value.toPrecision(4)));

/** Whole units, forgiving the last bits of a float: 3.0000000001 units are 3. */
const units = (value: number): number => Math.max(1, Math.ceil(value - 1e-9));

/**
 * Partitions for a throughput: the largest of writes / write limit, reads / read limit and records / record limit, all at
 * the peak. This is max(t/p, t/c) of the source, with one more term where an engine counts records, and one where it
 * limits what a partition keeps: mean bytes per second x retention / limit.
 *
 * Source: https://www.confluent.io/blog/how-choose-number-topics-partitions-kafka-cluster/ (read 2026-11)
 */
export function sizePartitions(
  flow: Throughput,
  limits: PartitionLimits,
  retentionHours = 0,
): PartitionSizing {
  const reads = flow.peakMBps * flow.readers;
  const rules: [number, string][] = [
    [
      units(flow.peakMBps / limits.writeMBps),
      `writes: ${show(flow.peakMBps)} MB/s at peak / ${limits.writeMBps} MB/s of one partition`,
    ],
    [
      units(reads / limits.readMBps),
      `reads: ${show(reads)} MB/s by ${flow.readers} group(s) at peak / ${limits.readMBps} MB/s of one partition`,
    ],
  ];
  if (limits.recordsPerSecond !== undefined) {
    const records = flow.messagesPerSecond * flow.peakFactor;
    rules.push([
      units(records / limits.recordsPerSecond),
      `records: ${show(records)} per second at peak / ${limits.recordsPerSecond} of one partition`,
    ]);
  }
  if (limits.storageGB !== undefined) {
    const kept = (flow.meanMBps * retentionHours * SECONDS_PER_HOUR) / 1000;
    rules.push([
      units(kept / limits.storageGB),
      `storage: ${show(kept)} GB until messages expire / ${limits.storageGB} GB of one partition`,
    ]);
  }
  // Stable: rules that need the same number keep their order.
  rules.sort(([a], [b]) => b - a);
  return {
    required: rules[0]![0],
    explain: rules.map(([count, why]) => `${count} partition(s) for ${why}`),
  };
}

/** One topic, as the sizing of a cluster needs it. */
export interface SizedTopic {
  readonly throughput: Throughput;
  readonly partitions: number;
  readonly retentionHours: number;
  /** A compacted topic keeps one message per key and not the whole flow; its size is not known from the flow. */
  readonly compaction: boolean;
  readonly deadLetter?: { readonly retentionHours: number };
}

/** What one broker gives. MB are 10^6 bytes. */
export interface BrokerFacts {
  /** To the disk, replication included. */
  readonly diskMBps: number;
  /** Out of the machine, replication included. */
  readonly networkMBps: number;
  /** Partitions, copies included. */
  readonly maxPartitionReplicas: number;
}

export interface ClusterSizingOptions {
  readonly broker: BrokerFacts;
  readonly replicationFactor: number;
  /** Part of the messages that ends in dead-letter topics. @default 0.01 */
  readonly deadLetterShare?: number;
}

/** Part of a broker's throughput that is planned with; the rest is for catching up and for a broker that is away. */
const PLANNED_LOAD = 0.8;

/** Part of a disk that may fill: MSK's guide alarms at 85 %. */
const PLANNED_FILL = 0.85;

export interface ClusterSizing {
  readonly brokers: number;
  readonly storageGiBPerBroker: number;
  /** Over all brokers, copies included. */
  readonly storageGiB: number;
  readonly explain: readonly string[];
}

/**
 * Storage of topics with all copies: mean bytes per second x retention x copies, over the part of a disk that may fill.
 * Compacted topics count as if they kept everything, because nothing is known of their keys.
 *
 * Source of the fill: https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html (read 2026-11)
 */
export function storageGiB(
  topics: readonly SizedTopic[],
  options: Omit<ClusterSizingOptions, "broker">,
): number {
  const { replicationFactor, deadLetterShare = 0.01 } = options;
  const bytes = topics
    .map(({ throughput, retentionHours, deadLetter }) => {
      const hours = retentionHours + (deadLetter?.retentionHours ?? 0) * deadLetterShare;
      return throughput.meanMBps * MB * hours * SECONDS_PER_HOUR;
    })
    .reduce((sum, each) => sum + each, 0);
  return Math.max(1, Math.ceil((bytes * replicationFactor) / PLANNED_FILL / GIB));
}

/**
 * Brokers and storage of a Kafka cluster. With r copies, n brokers and c consumer groups a cluster takes
 * min(disk x n / r, network x n / (c + r - 1)); n is the smallest number for which 80 % of that is the peak, that holds all
 * copies of all partitions, and is not below r.
 *
 * Source: https://aws.amazon.com/blogs/big-data/best-practices-for-right-sizing-your-apache-kafka-clusters-to-optimize-performance-and-cost/
 * (read 2026-11)
 */
export function sizeCluster(topics: readonly SizedTopic[], options: ClusterSizingOptions): ClusterSizing {
  const { broker, replicationFactor: copies } = options;
  const peak = sum(topics.map(({ throughput }) => throughput.peakMBps));
  const out = sum(topics.map(({ throughput }) => throughput.peakMBps * (throughput.readers + copies - 1)));
  const replicas = sum(
    topics.map(
      ({ partitions, deadLetter }) => (partitions + (deadLetter ? DEAD_LETTER_PARTITIONS : 0)) * copies,
    ),
  );
  const rules: [number, string][] = [
    [
      units((peak * copies) / (broker.diskMBps * PLANNED_LOAD)),
      `disks: ${show(peak)} MB/s at peak x ${copies} copies / ${PLANNED_LOAD * 100} % of ${broker.diskMBps} MB/s`,
    ],
    [
      units(out / (broker.networkMBps * PLANNED_LOAD)),
      `network: ${show(out)} MB/s to consumers and copies / ${PLANNED_LOAD * 100} % of ${broker.networkMBps} MB/s`,
    ],
    [
      units(replicas / broker.maxPartitionReplicas),
      `partitions: ${replicas} with copies / ${broker.maxPartitionReplicas} of one broker`,
    ],
    [copies, `copies: each of ${copies} on a broker of its own`],
  ];
  rules.sort(([a], [b]) => b - a);
  const brokers = rules[0]![0];
  const total = storageGiB(topics, options);
  const each = Math.ceil(total / brokers);
  return {
    brokers,
    storageGiB: total,
    storageGiBPerBroker: each,
    explain: [
      ...rules.map(([count, why]) => `${count} broker(s) for ${why}`),
      `${total} GiB for retention x ${copies} copies at ${PLANNED_FILL * 100} % fill, ${each} GiB on each of ${brokers}`,
    ],
  };
}

/** Dead letters are few: they need no more than what a single reader needs. */
export const DEAD_LETTER_PARTITIONS = 1;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * vCPUs of Google's Managed Kafka: (writes x copies + (reads + writes x (copies - 1)) / 4) / 20 MB/s / planned load, at the
 * peak, three at least; a load of 1 - the rest is in the peak factor already.
 *
 * Source: https://cloud.google.com/managed-service-for-apache-kafka/docs/plan-cluster-size (read 2026-11)
 */
export function sizeManagedKafka(topics: readonly SizedTopic[]): {
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly explain: readonly string[];
} {
  const copies = 3;
  const writes = sum(topics.map(({ throughput }) => throughput.peakMBps)) * copies;
  const reads = sum(topics.map(({ throughput }) => throughput.peakMBps * (throughput.readers + copies - 1)));
  const equivalent = writes + reads / 4;
  const vcpus = Math.max(3, units(equivalent / (20 * PLANNED_LOAD)));
  return {
    vcpus,
    memoryGiB: vcpus * 4,
    explain: [
      `${vcpus} vCPU for ${show(writes)} MB/s written with copies + ${show(reads)} MB/s read / 4 = ${show(equivalent)} MB/s, / 20 MB/s of one vCPU at ${PLANNED_LOAD * 100} %, three at least`,
      `${vcpus * 4} GiB of memory, 4 per vCPU`,
    ],
  };
}
