import type { Problems } from "../../core/problems";
import { type CollectionSizing, type SizingStep, shortNumber, type VertexDeployment } from "../sizing";
import { GIB } from "./bytes";
import { type NodeLimits, type Sized, step, sum, tooLarge, tooMuch, totals, USABLE_POSTGRES } from "./common";

const n = shortNumber;

/** Source: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.requirements.html (read 2026-11-24) */
const ACU_GIB = 2;
const MAX_ACU = 256;
const MAX_AURORA_INSTANCES = 16;
/** AWS states "about 2 GiB and corresponding CPU"; instances of the memory-optimised classes have 8 GiB per vCPU. */
const VCPUS_PER_ACU = 0.25;

const half = (value: number): number => Math.ceil(value * 2) / 2;

export function aurora(problems: Problems, collections: readonly CollectionSizing[]): Sized {
  const { memory, vcpus, disk } = totals(collections);
  const forMemory = Math.max(1, half(memory / GIB / USABLE_POSTGRES / ACU_GIB));
  const count = Math.max(2, Math.ceil(vcpus / VCPUS_PER_ACU / MAX_ACU));
  const forWork = half(vcpus / count / VCPUS_PER_ACU);
  // Building an index takes as much memory again.
  const max = Math.min(MAX_ACU, Math.max(2, 2 * forMemory, forWork));
  if (forMemory > MAX_ACU) {
    const given = `${n(forMemory)} ACUs to keep the indexes in memory`;
    tooLarge(
      problems,
      "collections",
      given,
      `at most ${MAX_ACU} ACUs (${MAX_ACU * ACU_GIB} GiB) per instance`,
    );
  }
  if (count > MAX_AURORA_INSTANCES) {
    tooMuch(problems, `${count} instances of ${MAX_ACU} ACUs`, `at most ${MAX_AURORA_INSTANCES} instances`);
  }
  return {
    capacity: {
      unit: "acu",
      count,
      copies: count,
      vcpusPerNode: max * VCPUS_PER_ACU,
      memoryGibPerNode: max * ACU_GIB,
      diskGibPerNode: Math.ceil(disk / GIB),
      minUnits: Math.min(MAX_ACU, forMemory),
      maxUnits: max,
    },
    steps: [
      step(
        "least ACUs per instance",
        `max(1, ${n(memory / GIB)} GiB / ${USABLE_POSTGRES} / ${ACU_GIB} GiB)`,
        forMemory,
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.requirements.html: about 2 GiB per ACU, up to 256 (read 2026-11-24); a smaller cache reads the graph from storage",
      ),
      step(
        "instances",
        `max(2, ceil(${n(vcpus)} vCPUs / ${VCPUS_PER_ACU} / ${MAX_ACU}))`,
        count,
        "a writer and a reader at least",
      ),
      step(
        "most ACUs per instance",
        `min(${MAX_ACU}, max(2, 2 x ${n(forMemory)}, ${n(vcpus)} / ${count} / ${VCPUS_PER_ACU}))`,
        max,
        `${VCPUS_PER_ACU} vCPU per ACU (assumption: the ratio of memory-optimised classes); building an index takes as much memory again`,
      ),
    ],
  };
}

/** Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-scaling.html (read 2026-11-24) */
const OCU_GIB = 6;
/** Share of a unit's memory for graphs; what OpenSearch's own circuit breaker allows outside the heap. */
const USABLE_OCU = 0.5;

/** Bytes of graphs that one compute unit holds. */
export function openSearchUnitBytes(): number {
  return USABLE_OCU * OCU_GIB * GIB;
}

export function openSearch(
  problems: Problems,
  collections: readonly CollectionSizing[],
  limits: Required<NodeLimits>,
): Sized {
  const { memory, vcpus, disk } = totals(collections);
  const forMemory = Math.ceil(memory / openSearchUnitBytes());
  const each = Math.max(1, forMemory, Math.ceil(vcpus / 2));
  const units = 2 * each;
  if (units > limits.maxSearchUnits) {
    const given = `${units} OCUs for search`;
    tooLarge(problems, "collections", given, `maxSearchUnits of the account: ${limits.maxSearchUnits}`);
  }
  return {
    capacity: {
      unit: "ocu",
      count: units,
      copies: 2,
      vcpusPerNode: 1,
      memoryGibPerNode: OCU_GIB,
      diskGibPerNode: Math.ceil(disk / GIB / each),
    },
    steps: [
      step(
        "OCUs for search",
        `2 x max(1, ceil(${n(memory / GIB)} GiB / (${USABLE_OCU} x ${OCU_GIB} GiB)), ceil(${n(vcpus)} vCPUs / 2))`,
        units,
        "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-scaling.html: 6 GiB per OCU, a standby for each (read 2026-11-24); half for graphs and one vCPU per OCU are assumptions; the service scales by itself up to the account's limit",
      ),
    ],
  };
}

/** Machines of an AlloyDB instance: vCPUs and GiB. Source: https://cloud.google.com/alloydb/docs/choose-machine-type (N2 series, read 2026-11-24) */
const ALLOYDB: readonly (readonly [vcpus: number, gib: number])[] = [
  [2, 16],
  [4, 32],
  [8, 64],
  [16, 128],
  [32, 256],
  [64, 512],
  [96, 768],
  [128, 864],
];
/** Nodes of all read pools of a cluster. Source: https://cloud.google.com/alloydb/quotas (read 2026-11-24) */
const ALLOYDB_NODES = 20;

export function alloyDb(problems: Problems, collections: readonly CollectionSizing[]): Sized {
  const { memory: bytes, vcpus } = totals(collections);
  const memory = bytes / GIB;
  const fits = ALLOYDB.filter(([, gib]) => USABLE_POSTGRES * gib >= memory);
  const found = fits.find(([cpus]) => vcpus <= cpus * ALLOYDB_NODES) ?? fits.at(-1) ?? ALLOYDB.at(-1)!;
  const [cpus, gib] = found;
  const nodes = Math.ceil(vcpus / cpus);
  if (fits.length === 0) {
    tooLarge(
      problems,
      "collections",
      `${n(memory)} GiB of indexes`,
      `at most ${USABLE_POSTGRES} x ${gib} GiB`,
    );
  } else if (nodes > ALLOYDB_NODES) {
    tooMuch(problems, `${nodes} nodes of ${cpus} vCPUs`, `at most ${ALLOYDB_NODES} nodes in read pools`);
  }
  return {
    capacity: {
      unit: "node",
      // The primary answers alone what it can; more than that goes to a read pool.
      count: Math.max(nodes, 1),
      copies: Math.max(nodes, 1),
      vcpusPerNode: cpus,
      memoryGibPerNode: gib,
      diskGibPerNode: 0,
    },
    steps: [
      step(
        "vCPUs per instance",
        `smallest of ${ALLOYDB.map(([each]) => each).join(", ")} with ${n(memory)} GiB / ${USABLE_POSTGRES} of memory and ${n(vcpus)} vCPUs on ${ALLOYDB_NODES} nodes`,
        cpus,
        "https://cloud.google.com/alloydb/docs/choose-machine-type: 8 GiB per vCPU (read 2026-11-24)",
      ),
      step(
        "nodes that answer queries",
        `ceil(${n(vcpus)} vCPUs / ${cpus})`,
        Math.max(1, nodes),
        "one is the primary itself; more are a read pool",
      ),
    ],
  };
}

/** Source: https://docs.cloud.google.com/vertex-ai/docs/vector-search/create-manage-index, shard size and machine type (read 2026-11-24) */
const SHARDS = [
  { shardSize: "SHARD_SIZE_SMALL", gib: 2, machineType: "e2-standard-2", vcpus: 2 },
  { shardSize: "SHARD_SIZE_MEDIUM", gib: 20, machineType: "e2-standard-16", vcpus: 16 },
  { shardSize: "SHARD_SIZE_LARGE", gib: 50, machineType: "e2-highmem-16", vcpus: 16 },
] as const;

/** Into how many shards an index of Vertex AI is split, and of which size. */
export function vertexShards(bytes: number) {
  const gib = bytes / GIB;
  const size = gib <= 2 ? SHARDS[0] : gib <= 200 ? SHARDS[1] : SHARDS[2];
  return { ...size, shards: Math.max(1, Math.ceil(gib / size.gib)) };
}

/** Shards, machines and replicas of one index of Vertex AI. */
export function vertexDeployment(
  bytes: number,
  vcpus: number,
): VertexDeployment & { steps: readonly SizingStep[] } {
  const chosen = vertexShards(bytes);
  const { shards } = chosen;
  const gib = bytes / GIB;
  const replicas = Math.max(2, Math.ceil(vcpus / shards / chosen.vcpus));
  return {
    shardSize: chosen.shardSize,
    shards,
    machineType: chosen.machineType,
    replicas,
    steps: [
      step(
        "shards",
        `ceil(${n(gib)} GiB / ${chosen.gib} GiB)`,
        shards,
        `${chosen.shardSize} on ${chosen.machineType}: https://docs.cloud.google.com/vertex-ai/docs/vector-search/create-manage-index (read 2026-11-24)`,
      ),
      step(
        "replicas of each shard",
        `max(2, ceil(${n(vcpus)} vCPUs / ${shards} / ${chosen.vcpus}))`,
        replicas,
        "two at least, so that one may fail",
      ),
    ],
  };
}

export function vertex(collections: readonly CollectionSizing[]): Sized {
  const machines = sum(collections.map(({ deployment }) => deployment!.shards * deployment!.replicas));
  return {
    capacity: {
      unit: "node",
      count: machines,
      copies: 2,
      vcpusPerNode: 0,
      memoryGibPerNode: 0,
      diskGibPerNode: 0,
    },
    steps: [
      step("machines", "sum of shards x replicas", machines, "each index is deployed on machines of its own"),
    ],
  };
}
