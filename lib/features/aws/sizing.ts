import type { Problems } from "../../core/problems";
import { type OnlineLoad, refuseSteady, unreachable } from "../sizing";

/** The online store of one feature group. */
export interface AwsOnlineSize {
  readonly storageType: "Standard" | "InMemory";
  readonly throughputMode: "OnDemand" | "Provisioned";
  /** With `Provisioned`. */
  readonly readCapacityUnits?: number;
  /** With `Provisioned`. */
  readonly writeCapacityUnits?: number;
  /** How the choice came about, one sentence each. */
  readonly because: readonly string[];
}

/**
 * Units and limits: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html (read 2026-11).
 * A read unit is 4 KB of a record, a write unit 1 KB.
 */
const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;
const MAX_UNITS_PER_GROUP = 40_000;
const MAX_RECORD_BYTES = 350 * 1024;

/**
 * Planning values, because SageMaker promises no latency: a Standard record is a read of a key-value store over HTTPS,
 * an InMemory record one of a cache over HTTPS. Measure yours with the bench of your own client.
 */
const STANDARD_P99_MS = 15;
const IN_MEMORY_P99_MS = 5;

function units(load: OnlineLoad): { readonly read: number; readonly write: number } {
  return {
    read: Math.ceil(load.readsPerSecond * Math.ceil(load.meanBytes / READ_UNIT_BYTES)),
    write: Math.ceil(load.writesPerSecond * Math.ceil(load.meanBytes / WRITE_UNIT_BYTES)),
  };
}

function inMemory(problems: Problems, load: OnlineLoad, because: string): AwsOnlineSize {
  refuseSteady(
    problems,
    load,
    `this view needs the InMemory store (${because}), for which SageMaker sells no provisioned throughput`,
  );
  return {
    storageType: "InMemory",
    throughputMode: "OnDemand",
    because: [
      `InMemory: ${because}`,
      `about ${Math.ceil((load.items * load.meanBytes) / 1024 ** 2)} MiB for ${load.items} records of ${load.meanBytes} bytes`,
      "on demand: InMemory groups have no provisioned throughput",
    ],
  };
}

/** The online store that reaches the targets of a view. What none reaches goes to `problems` (OnlineUnreachable). */
export function awsOnlineSize(problems: Problems, load: OnlineLoad): AwsOnlineSize {
  if (load.meanBytes > MAX_RECORD_BYTES) {
    unreachable(
      problems,
      load,
      "meanBytes",
      load.meanBytes,
      `up to ${MAX_RECORD_BYTES}: the largest record of SageMaker`,
    );
  }
  if (load.p99LatencyMs < IN_MEMORY_P99_MS) {
    unreachable(
      problems,
      load,
      "p99LatencyMs",
      load.p99LatencyMs,
      `${IN_MEMORY_P99_MS} or more on SageMaker`,
    );
  }
  const collection = load.view.features.find(({ type }) => type.list);
  if (collection !== undefined) {
    return inMemory(
      problems,
      load,
      `feature "${collection.name}" is a collection, which Standard cannot hold`,
    );
  }
  if (load.p99LatencyMs < STANDARD_P99_MS) {
    return inMemory(
      problems,
      load,
      `p99 of ${load.p99LatencyMs} ms is below the ${STANDARD_P99_MS} ms of Standard`,
    );
  }
  const { read, write } = units(load);
  for (const [what, needed] of [
    ["readsPerSecond", read],
    ["writesPerSecond", write],
  ] as const) {
    if (needed > MAX_UNITS_PER_GROUP) {
      const unit = what === "readsPerSecond" ? "read units of 4 KB" : "write units of 1 KB";
      unreachable(
        problems,
        load,
        what,
        load[what],
        `up to ${MAX_UNITS_PER_GROUP} ${unit} per group; this needs ${needed}`,
      );
    }
  }
  const steady = load.traffic === "steady";
  return {
    storageType: "Standard",
    throughputMode: steady ? "Provisioned" : "OnDemand",
    ...(steady ? { readCapacityUnits: read, writeCapacityUnits: write } : {}),
    because: [
      `Standard: p99 of ${load.p99LatencyMs} ms is within its ${STANDARD_P99_MS} ms, and it costs less than InMemory`,
      `${read} read units and ${write} write units per second for records of ${load.meanBytes} bytes`,
      steady ? "provisioned: the traffic is steady" : "on demand: the traffic is bursty",
    ],
  };
}
