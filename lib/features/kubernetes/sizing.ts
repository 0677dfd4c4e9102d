import type { Problems } from "../../core/problems";
import { type OnlineLoad, refuseSteady, unreachable } from "../sizing";

/** The online store of all views in the cluster. */
export interface KubernetesOnlineSize {
  /** Limit of each Valkey pod, for example `3Gi`. */
  readonly valkeyMemory: string;
  /** `maxmemory` of Valkey, in MiB: what is left is for buffers and copies on write. */
  readonly valkeyMaxMemoryMb: number;
  /** Disk of each Valkey pod: the log of writes and one rewrite of it. */
  readonly valkeyDisk: string;
  /** Copies beside the primary. */
  readonly valkeyReplicas: number;
  /** Pods of Feast's feature server. */
  readonly serverReplicas: number;
  /** Processes of each pod; each asks for one CPU. */
  readonly serverWorkers: number;
  readonly because: readonly string[];
}

/**
 * Planning values. Feast keeps one hash per entity key: about 120 bytes of the key and its object, and per feature a
 * 4-byte name, a protobuf value and about 24 bytes of the hash's entry. A tenth is for fragmentation.
 * Source of the layout: https://docs.feast.dev/reference/online-stores/redis and the Redis store's code, v0.66.
 */
const KEY_BYTES = 120;
const FIELD_BYTES = 24;
const FRAGMENTATION = 1.1;
/** Share of a pod's memory that data may take, as Valkey's own advice for writes during a save to disk. */
const DATA_SHARE = 0.6;
const DISK_PER_MEMORY = 3;
/** Beyond this a primary takes minutes to load or copy: shard by views into several stores. */
const MAX_PRIMARY_MB = 64 * 1024;
/** One thread of one primary. */
const VALKEY_OPS_PER_SECOND = 80_000;

/** Look-ups of one process of Feast's Python server that still keep the latency. A planning value: measure yours. */
const READS_PER_WORKER = 150;
const WORKERS_PER_POD = 4;
const MAX_PODS = 100;
const P99_MS = 20;
const MAX_RECORD_BYTES = 1024 ** 2;

function bytesOf(load: OnlineLoad): number {
  const fields = load.view.features.length + 1;
  return load.items * (load.meanBytes + KEY_BYTES + fields * FIELD_BYTES) * FRAGMENTATION;
}

function checkLoad(problems: Problems, load: OnlineLoad): void {
  refuseSteady(problems, load, "pods are paid by the hour, not by the request");
  if (load.p99LatencyMs < P99_MS) {
    unreachable(
      problems,
      load,
      "p99LatencyMs",
      load.p99LatencyMs,
      `${P99_MS} or more from Feast's feature server`,
    );
  }
  if (load.meanBytes > MAX_RECORD_BYTES) {
    unreachable(problems, load, "meanBytes", load.meanBytes, `up to ${MAX_RECORD_BYTES}`);
  }
}

/** Sizes that reach the targets of all views. What none reaches goes to `problems` (OnlineUnreachable, NoEffect). */
export function kubernetesOnlineSize(problems: Problems, loads: readonly OnlineLoad[]): KubernetesOnlineSize {
  for (const load of loads) {
    checkLoad(problems, load);
  }
  const busiest = [...loads].sort((a, b) => b.readsPerSecond - a.readsPerSecond)[0];
  const reads = loads.reduce((sum, load) => sum + load.readsPerSecond, 0);
  const writes = loads.reduce((sum, load) => sum + load.writesPerSecond, 0);
  const data = Math.ceil(loads.reduce((sum, load) => sum + bytesOf(load), 0) / 1024 ** 2);
  const memory = Math.max(512, Math.ceil(data / DATA_SHARE / 256) * 256);
  const pods = Math.max(2, Math.ceil(reads / (READS_PER_WORKER * WORKERS_PER_POD)));
  if (busiest !== undefined && memory > MAX_PRIMARY_MB) {
    unreachable(
      problems,
      busiest,
      "items",
      busiest.items,
      `${MAX_PRIMARY_MB} MiB in one primary; all views need ${memory} MiB`,
    );
  }
  if (busiest !== undefined && reads + writes > VALKEY_OPS_PER_SECOND) {
    unreachable(
      problems,
      busiest,
      "readsPerSecond",
      reads,
      `${VALKEY_OPS_PER_SECOND} reads and writes in all: one primary`,
    );
  }
  if (busiest !== undefined && pods > MAX_PODS) {
    unreachable(
      problems,
      busiest,
      "readsPerSecond",
      reads,
      `up to ${MAX_PODS * WORKERS_PER_POD * READS_PER_WORKER}: ${MAX_PODS} pods`,
    );
  }
  return {
    valkeyMemory: `${memory}Mi`,
    valkeyMaxMemoryMb: Math.floor(memory * DATA_SHARE) + Math.ceil(memory * 0.15),
    valkeyDisk: `${Math.max(2, Math.ceil((memory * DISK_PER_MEMORY) / 1024))}Gi`,
    valkeyReplicas: 2,
    serverReplicas: pods,
    serverWorkers: WORKERS_PER_POD,
    because: [
      `Valkey: ${data} MiB of data at ${DATA_SHARE * 100}% of ${memory} MiB; two copies beside the primary`,
      `Feast: ${pods} pods of ${WORKERS_PER_POD} processes for ${reads} look-ups per second at ${READS_PER_WORKER} each`,
    ],
  };
}
