import fc from "fast-check";
import { ENGINES } from "../../lib/streaming/engines";
import {
  type SizedTopic,
  sizeCluster,
  sizeManagedKafka,
  sizePartitions,
  storageGiB,
  throughputOf,
} from "../../lib/streaming/sizing";

const BROKER = { diskMBps: 100, networkMBps: 100, maxPartitionReplicas: 1000 };
const flow = (change: object = {}) => throughputOf({ messagesPerSecond: 10_000, meanBytes: 1000, ...change });
const topic = (change: Partial<SizedTopic> = {}): SizedTopic => ({
  throughput: flow(),
  partitions: 2,
  retentionHours: 24,
  compaction: false,
  ...change,
});
const cluster = (topics: readonly SizedTopic[]) =>
  sizeCluster(topics, { broker: BROKER, replicationFactor: 3 });

describe("partitions", () => {
  const kinesis = ENGINES.kinesis.partition!;

  test("follow the rule that needs most, which comes first in the explanation", () => {
    expect(sizePartitions(flow(), kinesis)).toEqual({
      required: 20,
      explain: [
        "20 partition(s) for writes: 20 MB/s at peak / 1 MB/s of one partition",
        "20 partition(s) for records: 20000 per second at peak / 1000 of one partition",
        "10 partition(s) for reads: 20 MB/s by 1 group(s) at peak / 2 MB/s of one partition",
      ],
    });
    expect(sizePartitions(flow({ readers: 3 }), kinesis).required).toBe(30);
    expect(sizePartitions(flow({ messagesPerSecond: 15_000, meanBytes: 100 }), kinesis).required).toBe(30);
    expect(sizePartitions(flow({ messagesPerSecond: 1 }), kinesis).required).toBe(1);
  });

  test("carry the peak and are not one more than needed", () => {
    fc.assert(
      fc.property(
        fc.record({
          messagesPerSecond: fc.integer({ min: 1, max: 1_000_000 }),
          meanBytes: fc.integer({ min: 1, max: 100_000 }),
          peakFactor: fc.integer({ min: 1, max: 5 }),
          readers: fc.integer({ min: 0, max: 10 }),
        }),
        (props) => {
          const { peakMBps, readers } = throughputOf(props);
          const { required } = sizePartitions(throughputOf(props), kinesis);
          const carries = (count: number) =>
            count + 1e-6 >= peakMBps &&
            count * 2 + 1e-6 >= peakMBps * readers &&
            count * 1000 + 1e-6 >= props.messagesPerSecond * props.peakFactor;
          expect(carries(required)).toBe(true);
          expect(required === 1 || !carries(required - 1)).toBe(true);
        },
      ),
    );
  });
});

test("the numbers in the README are what the formulas give", () => {
  const bids = throughputOf({ messagesPerSecond: 20_000, meanBytes: 800, peakFactor: 2, readers: 2 });
  const sized = topic({ throughput: bids, partitions: 4, deadLetter: { retentionHours: 168 } });
  const broker = { diskMBps: 100, networkMBps: 500, maxPartitionReplicas: 4000 };
  expect(bids.peakMBps).toBe(32);
  expect(sizePartitions(bids, ENGINES.strimzi.partition!).required).toBe(4);
  expect(sizePartitions(bids, ENGINES.kinesis.partition!).required).toBe(40);
  expect(sizeCluster([sized], { broker, replicationFactor: 3 })).toMatchObject({
    brokers: 3,
    storageGiB: 4863,
  });
  expect(sizeManagedKafka([sized]).vcpus).toBe(8);
});

describe("a cluster", () => {
  test("has storage for the retention time, the copies and a margin", () => {
    // 10 MB/s x 86400 s x 3 / 0.85 = 3.05 TB
    expect(storageGiB([topic()], { replicationFactor: 3 })).toBe(2840);
    expect(storageGiB([topic({ retentionHours: 48 })], { replicationFactor: 3 })).toBe(5680);
    // 1 % of the messages for 100 times as long: twice.
    expect(storageGiB([topic({ deadLetter: { retentionHours: 2400 } })], { replicationFactor: 3 })).toBe(
      5680,
    );
  });

  test("has as many brokers as the rule that needs most", () => {
    expect(cluster([topic()])).toMatchObject({ brokers: 3, storageGiBPerBroker: 947 });
    const disks = cluster([topic({ throughput: flow({ messagesPerSecond: 60_000 }) })]);
    // 120 MB/s x 3 copies / 80 MB/s
    expect(disks.brokers).toBe(5);
    expect(disks.explain[0]).toMatch(/^5 broker\(s\) for disks/);
    const network = cluster([topic({ throughput: flow({ readers: 30 }) })]);
    // 20 MB/s x 32 / 80 MB/s
    expect(network.brokers).toBe(8);
    expect(network.explain[0]).toMatch(/network/);
    const partitions = cluster([topic({ partitions: 1333, deadLetter: { retentionHours: 1 } })]);
    expect(partitions.brokers).toBe(5);
    expect(partitions.explain[0]).toMatch(/partitions: 4002 with copies/);
  });

  test("of Google is sized by its own formula", () => {
    // (60 + (20 + 40) / 4) / 16 = 4.7
    expect(sizeManagedKafka([topic()])).toMatchObject({ vcpus: 5, memoryGiB: 20 });
    expect(sizeManagedKafka([topic({ throughput: flow({ messagesPerSecond: 1 }) })]).vcpus).toBe(3);
  });
});
