import type { Problems } from "../../core/problems";
import type { VectorEngine } from "../collections";
import { VectorErrors } from "../errors";
import {
  type CollectionSizing,
  type SizingStep,
  type StoreCapacity,
  shortNumber,
  type VertexDeployment,
} from "../sizing";
import { GIB } from "./bytes";

/** The largest machine that a node of the store may be, and how many nodes there may be. */
export interface NodeLimits {
  /** @default 16 */
  readonly maxVcpus?: number;
  /** @default 64 */
  readonly maxMemoryGib?: number;
  /** @default 32 */
  readonly maxNodes?: number;
  /** Largest number of OpenSearch compute units for search that the account allows. @default 10 */
  readonly maxSearchUnits?: number;
}

interface Sized {
  readonly capacity: StoreCapacity;
  readonly steps: readonly SizingStep[];
}

const n = shortNumber;
/** Share of a node's memory that vectors may take; the rest is the process, queries and the page cache. */
const USABLE_MEMORY = 0.8;
/** Share of an instance's memory that an index of PostgreSQL may take, shared buffers and page cache together. */
const USABLE_POSTGRES = 0.75;
/** Room on disk for compaction, write-ahead log and snapshots in the making. */
const DISK_FACTOR = 2;
/** Copies of each vector, so that a node may fail or be upgraded. */
const COPIES = 2;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function step(what: string, formula: string, result: number, source: string): SizingStep {
  return { what, formula, result, source };
}

function tooLarge(problems: Problems, subject: string, given: string, allowed: string): void {
  problems.add(VectorErrors.StoreTooLarge, { subject, given, allowed });
}

function tooMuch(problems: Problems, given: string, allowed: string): void {
  problems.add(VectorErrors.ThroughputOutOfReach, { subject: "collections", given, allowed });
}

/** Nodes among which collections are spread: Qdrant, and the query nodes of Milvus. */
function spread(
  problems: Problems,
  collections: readonly CollectionSizing[],
  minNodes: number,
  limits: Required<NodeLimits>,
): Sized {
  const memory = sum(collections.map(({ memoryBytes }) => memoryBytes));
  const vcpus = sum(collections.map((collection) => collection.vcpus));
  const disk = sum(collections.map(({ diskBytes }) => diskBytes));
  const { maxMemoryGib, maxVcpus, maxNodes } = limits;
  const forMemory = Math.ceil((COPIES * memory) / (USABLE_MEMORY * maxMemoryGib * GIB));
  const forWork = Math.ceil(vcpus / maxVcpus);
  const nodes = Math.max(minNodes, forMemory, forWork);
  const memoryGib = Math.max(2, Math.ceil((COPIES * memory) / nodes / USABLE_MEMORY / GIB));
  const cpus = Math.max(1, Math.ceil(vcpus / nodes));
  const diskGib = Math.max(10, Math.ceil((COPIES * disk * DISK_FACTOR) / nodes / GIB));
  if (nodes > maxNodes) {
    const given = `${nodes} nodes (${forMemory} for memory, ${forWork} for ${n(vcpus)} vCPUs)`;
    const allowed = `at most ${maxNodes} nodes of ${maxVcpus} vCPUs and ${maxMemoryGib} GiB`;
    tooLarge(problems, "collections", given, allowed);
  }
  return {
    capacity: {
      unit: "node",
      count: nodes,
      copies: COPIES,
      vcpusPerNode: cpus,
      memoryGibPerNode: memoryGib,
      diskGibPerNode: diskGib,
    },
    steps: [
      step(
        "nodes",
        `max(${minNodes}, ceil(${COPIES} copies x ${n(memory / GIB)} GiB / (${USABLE_MEMORY} x ${maxMemoryGib} GiB)), ceil(${n(vcpus)} vCPUs / ${maxVcpus}))`,
        nodes,
        `${COPIES} copies of every vector; ${USABLE_MEMORY} of a node's memory for vectors (assumption)`,
      ),
      step(
        "GiB of memory per node",
        `max(2, ceil(${COPIES} x ${n(memory / GIB)} / ${nodes} / ${USABLE_MEMORY}))`,
        memoryGib,
        "collections are spread evenly",
      ),
      step(
        "vCPUs per node",
        `max(1, ceil(${n(vcpus)} / ${nodes}))`,
        cpus,
        "queries are spread over the copies",
      ),
      step(
        "GiB of disk per node",
        `max(10, ceil(${COPIES} x ${n(disk / GIB)} x ${DISK_FACTOR} / ${nodes}))`,
        diskGib,
        "twice the data: merging segments and snapshots write copies",
      ),
    ],
  };
}

/** A primary and its replicas, each with the whole of every index: PostgreSQL on CloudNativePG. */
function replicas(
  problems: Problems,
  collections: readonly CollectionSizing[],
  limits: Required<NodeLimits>,
): Sized {
  const memory = sum(collections.map(({ memoryBytes }) => memoryBytes));
  const vcpus = sum(collections.map((collection) => collection.vcpus));
  const disk = sum(collections.map(({ diskBytes }) => diskBytes));
  const memoryGib = Math.max(2, Math.ceil(memory / USABLE_POSTGRES / GIB));
  const count = Math.max(3, Math.ceil(vcpus / limits.maxVcpus));
  const cpus = Math.max(1, Math.ceil(vcpus / count));
  if (memoryGib > limits.maxMemoryGib) {
    const given = `${memoryGib} GiB on every instance`;
    tooLarge(
      problems,
      "collections",
      given,
      `at most ${limits.maxMemoryGib} GiB: PostgreSQL spreads no index`,
    );
  }
  if (count > limits.maxNodes) {
    tooMuch(
      problems,
      `${count} instances for ${n(vcpus)} vCPUs`,
      `at most ${limits.maxNodes} instances of ${limits.maxVcpus} vCPUs`,
    );
  }
  const diskGib = Math.max(10, Math.ceil((disk * DISK_FACTOR) / GIB));
  return {
    capacity: {
      unit: "node",
      count,
      copies: count,
      vcpusPerNode: cpus,
      memoryGibPerNode: memoryGib,
      diskGibPerNode: diskGib,
    },
    steps: [
      step(
        "GiB of memory per instance",
        `max(2, ceil(${n(memory / GIB)} / ${USABLE_POSTGRES}))`,
        memoryGib,
        `every instance holds all indexes; ${USABLE_POSTGRES} of its memory for them (assumption)`,
      ),
      step(
        "instances",
        `max(3, ceil(${n(vcpus)} vCPUs / ${limits.maxVcpus}))`,
        count,
        "a primary and two replicas at least, so that one may fail while another is upgraded",
      ),
      step("vCPUs per instance", `max(1, ceil(${n(vcpus)} / ${count}))`, cpus, "replicas answer queries too"),
      step(
        "GiB of disk per instance",
        `max(10, ceil(${n(disk / GIB)} x ${DISK_FACTOR}))`,
        diskGib,
        "twice the data: write-ahead log, and a new index while the old one serves",
      ),
    ],
  };
}

/** Source: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.requirements.html (read 2026-11-24) */
const ACU_GIB = 2;
const MAX_ACU = 256;
const MAX_AURORA_INSTANCES = 16;
/** AWS states "about 2 GiB and corresponding CPU"; instances of the memory-optimised classes have 8 GiB per vCPU. */
const VCPUS_PER_ACU = 0.25;

const half = (value: number): number => Math.ceil(value * 2) / 2;

function aurora(problems: Problems, collections: readonly CollectionSizing[]): Sized {
  const memory = sum(collections.map(({ memoryBytes }) => memoryBytes));
  const vcpus = sum(collections.map((collection) => collection.vcpus));
  const disk = sum(collections.map(({ diskBytes }) => diskBytes));
  const forMemory = Math.max(1, half(memory / GIB / USABLE_POSTGRES / ACU_GIB));
  const count = Math.max(2, Math.ceil(vcpus / VCPUS_PER_ACU / MAX_ACU));
  const forWork = half(vcpus / count / VCPUS_PER_ACU);
  // Headroom to grow under load even where memory decides.
  const max = Math.min(MAX_ACU, Math.max(forMemory, forWork, 2));
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
        `max(2, ${n(forMemory)}, ${n(vcpus)} / ${count} / ${VCPUS_PER_ACU})`,
        max,
        `${VCPUS_PER_ACU} vCPU per ACU (assumption: the ratio of memory-optimised classes)`,
      ),
    ],
  };
}

/** Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-scaling.html (read 2026-11-24) */
const OCU_GIB = 6;
/** Share of a unit's memory for graphs; what OpenSearch's own circuit breaker allows outside the heap. */
const USABLE_OCU = 0.5;

function openSearch(
  problems: Problems,
  collections: readonly CollectionSizing[],
  limits: Required<NodeLimits>,
): Sized {
  const memory = sum(collections.map(({ memoryBytes }) => memoryBytes));
  const vcpus = sum(collections.map((collection) => collection.vcpus));
  const forMemory = Math.ceil(memory / (USABLE_OCU * OCU_GIB * GIB));
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
      diskGibPerNode: Math.ceil(sum(collections.map(({ diskBytes }) => diskBytes)) / GIB / each),
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

function alloyDb(problems: Problems, collections: readonly CollectionSizing[]): Sized {
  const memory = sum(collections.map(({ memoryBytes }) => memoryBytes)) / GIB;
  const vcpus = sum(collections.map((collection) => collection.vcpus));
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

function vertex(collections: readonly CollectionSizing[]): Sized {
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

/** Machines or units for all collections of a store. What none can hold or answer goes to `problems`. */
export function storeCapacity(
  problems: Problems,
  engine: VectorEngine,
  collections: readonly CollectionSizing[],
  limits: Required<NodeLimits>,
): Sized {
  switch (engine) {
    case "s3-vectors":
      return {
        capacity: {
          unit: "none",
          count: 0,
          copies: 1,
          vcpusPerNode: 0,
          memoryGibPerNode: 0,
          diskGibPerNode: Math.ceil(sum(collections.map(({ diskBytes }) => diskBytes)) / GIB),
        },
        steps: [],
      };
    case "opensearch-serverless":
      return openSearch(problems, collections, limits);
    case "aurora-pgvector":
      return aurora(problems, collections);
    case "vertex":
      return vertex(collections);
    case "alloydb":
      return alloyDb(problems, collections);
    case "qdrant":
      // Three voters of Raft, so that one may fail.
      return spread(problems, collections, 3, limits);
    case "milvus":
      return spread(problems, collections, COPIES, limits);
    case "pgvector":
      return replicas(problems, collections, limits);
  }
}
