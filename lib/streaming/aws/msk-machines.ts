import type { BrokerFacts } from "../sizing";

/** Broker machines of MSK. */
export const MSK_MACHINES = [
  "kafka.m7g.large",
  "kafka.m7g.xlarge",
  "kafka.m7g.2xlarge",
  "kafka.m7g.4xlarge",
  "kafka.m7g.8xlarge",
  "kafka.m7g.16xlarge",
] as const;

export type MskMachine = (typeof MSK_MACHINES)[number];

/**
 * What a broker gives all the time, not in a burst: the disk is the smaller of the machine's bandwidth to EBS and of the 250
 * MiB/s that a volume has without provisioned throughput.
 *
 * Sources: network, https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html through `lib/catalog` (read 2026-11);
 * partitions, https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html#partitions-per-broker (read
 * 2026-11); volumes, https://docs.aws.amazon.com/msk/latest/developerguide/msk-provision-throughput-management.html (read
 * 2026-11). Bandwidth of the machines to EBS is from the first page too, and was not read again: unverified.
 */
export const MSK_BROKERS: Readonly<Record<MskMachine, BrokerFacts>> = {
  "kafka.m7g.large": { diskMBps: 78, networkMBps: 117, maxPartitionReplicas: 1000 },
  "kafka.m7g.xlarge": { diskMBps: 156, networkMBps: 234, maxPartitionReplicas: 1000 },
  "kafka.m7g.2xlarge": { diskMBps: 262, networkMBps: 468, maxPartitionReplicas: 2000 },
  "kafka.m7g.4xlarge": { diskMBps: 262, networkMBps: 937, maxPartitionReplicas: 4000 },
  "kafka.m7g.8xlarge": { diskMBps: 262, networkMBps: 1875, maxPartitionReplicas: 4000 },
  "kafka.m7g.16xlarge": { diskMBps: 262, networkMBps: 3750, maxPartitionReplicas: 4000 },
};

/** GiB of one broker's volume. Source: https://docs.aws.amazon.com/msk/latest/developerguide/limits.html (read 2026-11) */
export const MSK_STORAGE_GIB = { min: 1, max: 16_384 };
