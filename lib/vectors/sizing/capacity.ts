import type { Problems } from "../../core/problems";
import type { VectorEngine } from "../collections";
import { type CollectionSizing, shortNumber } from "../sizing";
import { GIB } from "./bytes";
import { alloyDb, aurora, openSearch, vertex } from "./cloud-capacity";
import {
  COPIES,
  DISK_FACTOR,
  type NodeLimits,
  type Sized,
  step,
  tooLarge,
  tooMuch,
  totals,
  USABLE_MEMORY,
  USABLE_POSTGRES,
} from "./common";

const n = shortNumber;

/** Three voters of Raft, so that one may fail. */
const QDRANT_MIN_NODES = 3;

/** Shards of every collection of Qdrant: as many as nodes that its memory needs. */
export function qdrantShards(memory: number, { maxMemoryGib }: Required<NodeLimits>): number {
  return Math.max(QDRANT_MIN_NODES, Math.ceil((COPIES * memory) / (USABLE_MEMORY * maxMemoryGib * GIB)));
}

/** Nodes among which collections are spread: Qdrant, and the query nodes of Milvus. */
function spread(
  problems: Problems,
  engine: "qdrant" | "milvus",
  collections: readonly CollectionSizing[],
  limits: Required<NodeLimits>,
): Sized {
  const { memory, vcpus, disk } = totals(collections);
  const { maxMemoryGib, maxVcpus, maxNodes } = limits;
  const minNodes = engine === "qdrant" ? QDRANT_MIN_NODES : COPIES;
  const forMemory = Math.max(minNodes, Math.ceil((COPIES * memory) / (USABLE_MEMORY * maxMemoryGib * GIB)));
  const forWork = Math.ceil(vcpus / maxVcpus);
  // Shards of Qdrant stay whole: more work means more copies of all of them.
  const times = engine === "qdrant" ? Math.max(1, Math.ceil(forWork / forMemory)) : 1;
  const copies = COPIES * times;
  const nodes = engine === "qdrant" ? forMemory * times : Math.max(forMemory, forWork);
  const memoryGib = Math.max(2, Math.ceil((copies * memory) / nodes / USABLE_MEMORY / GIB));
  const cpus = Math.max(1, Math.ceil(vcpus / nodes));
  const diskGib = Math.max(10, Math.ceil((copies * disk * DISK_FACTOR) / nodes / GIB));
  if (nodes > maxNodes) {
    const given = `${nodes} nodes (${forMemory} for memory, ${forWork} for ${n(vcpus)} vCPUs)`;
    const allowed = `at most ${maxNodes} nodes of ${maxVcpus} vCPUs and ${maxMemoryGib} GiB`;
    tooLarge(problems, "collections", given, allowed);
  }
  return {
    capacity: {
      unit: "node",
      count: nodes,
      copies,
      vcpusPerNode: cpus,
      memoryGibPerNode: memoryGib,
      diskGibPerNode: diskGib,
    },
    steps: [
      step(
        "nodes for memory",
        `max(${minNodes}, ceil(${COPIES} copies x ${n(memory / GIB)} GiB / (${USABLE_MEMORY} x ${maxMemoryGib} GiB)))`,
        forMemory,
        `${COPIES} copies of every vector; ${USABLE_MEMORY} of a node's memory for vectors (assumption)`,
      ),
      step(
        "nodes",
        engine === "qdrant"
          ? `${forMemory} x max(1, ceil(ceil(${n(vcpus)} vCPUs / ${maxVcpus}) / ${forMemory}))`
          : `max(${forMemory}, ceil(${n(vcpus)} vCPUs / ${maxVcpus}))`,
        nodes,
        engine === "qdrant"
          ? "a shard per node that memory needs; more work means more copies of all shards"
          : "segments are spread over all query nodes",
      ),
      step(
        "GiB of memory per node",
        `max(2, ceil(${copies} x ${n(memory / GIB)} / ${nodes} / ${USABLE_MEMORY}))`,
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
        `max(10, ceil(${copies} x ${n(disk / GIB)} x ${DISK_FACTOR} / ${nodes}))`,
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
  const { memory, vcpus, disk } = totals(collections);
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
          diskGibPerNode: Math.ceil(totals(collections).disk / GIB),
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
    case "milvus":
      return spread(problems, engine, collections, limits);
    case "pgvector":
      return replicas(problems, collections, limits);
  }
}
