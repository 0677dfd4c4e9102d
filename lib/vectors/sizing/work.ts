import type { Problems } from "../../core/problems";
import type { VectorCollectionModel, VectorEngine } from "../collections";
import { chosenIndex } from "../engines";
import { VectorErrors } from "../errors";
import { type SizingStep, shortNumber } from "../sizing";
import { BYTES_PER_NUMBER, GIB, ivfLists, SCANN_LEAF } from "./bytes";

/** Random reads of whole vectors from memory by one vCPU (one hyperthread). Measure yours: `measuredQueryMs`. */
const BYTES_PER_SECOND_PER_VCPU = 5e9;

/** Milliseconds of a vCPU for a request beside the search itself: protocol, plan, filter, merge of results. */
const REQUEST_MS: Readonly<Record<VectorEngine, number>> = {
  "s3-vectors": 0,
  "opensearch-serverless": 3,
  "aurora-pgvector": 1,
  vertex: 1,
  alloydb: 1,
  qdrant: 0.5,
  milvus: 1,
  pgvector: 1,
};

/** There and back inside one site, milliseconds. */
const NETWORK_MS = 1;
/** Beyond that share of busy vCPUs queues grow faster than the model knows. */
const MAX_UTILISATION = 0.6;
/** With less than this the machines would stand idle to be quick: refused. */
const MIN_UTILISATION = 0.05;
/** ln(20): 95 of 100 waits of an M/M/1 queue are shorter than this many mean times. */
const P95_FACTOR = Math.log(20);

const MODEL = "assumption: a search is bound by reading vectors from memory, 5 GB/s per vCPU";
/** Why a query walks more than one graph. */
const GRAPHS: Readonly<Partial<Record<VectorEngine, string>>> = {
  qdrant: "a graph in each of two segments (default_segment_number) of each shard",
  milvus: "a graph per sealed segment of 1 GiB (dataCoord.segment.maxSize)",
  "opensearch-serverless": "a graph per compute unit that the collection fills (assumption)",
};
const QUEUE = "M/M/1 queue: p95 = ln(20) x t / (1 - busy); many servers do better";

/** Milvus and Qdrant search each segment's graph of its own. */
const MILVUS_SEGMENT = GIB;
export const QDRANT_SEGMENTS = 2;

/** A random read of a local NVMe SSD, and reads that Disk-ANN has under way. */
const SSD_READ_MS = 0.1;
const SSD_READS_AT_ONCE = 8;

interface Search {
  /** Reads of an SSD. @default - none */
  readonly reads?: number;
  readonly bytes: number;
  readonly formula: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** Share of the tree or lists that is looked at, in square roots of their number. Rules of thumb; measure on your data. */
function probeFactor(recall: number): number {
  return recall <= 0.9 ? 1 : recall <= 0.95 ? 2 : recall <= 0.99 ? 4 : 8;
}

/** Candidates of an HNSW search. Rules of thumb from published benchmarks; measure on your data. */
function efSearch(recall: number, topK: number): number {
  const candidates = recall <= 0.9 ? 64 : recall <= 0.95 ? 128 : recall <= 0.99 ? 256 : 512;
  return Math.max(candidates, topK);
}

/** The engine's own name of the parameter that trades speed for recall. */
const EF_NAMES: Readonly<Partial<Record<VectorEngine, string>>> = {
  "opensearch-serverless": "ef_search",
  "aurora-pgvector": "hnsw.ef_search",
  alloydb: "hnsw.ef_search",
  pgvector: "hnsw.ef_search",
  qdrant: "hnsw_ef",
  milvus: "ef",
};

const PROBE_NAMES: Readonly<Partial<Record<VectorEngine, string>>> = {
  "aurora-pgvector": "ivfflat.probes",
  alloydb: "ivfflat.probes",
  pgvector: "ivfflat.probes",
  milvus: "nprobe",
};

const n = shortNumber;

function searchOf(engine: VectorEngine, collection: VectorCollectionModel): Search {
  const { vectors, dimension, precision, recall, topK } = collection;
  const { kind, m } = chosenIndex(engine, collection);
  const bytes = BYTES_PER_NUMBER[precision];
  switch (kind) {
    case "managed":
      return { bytes: 0, formula: "0", parameters: {} };
    case "hnsw":
    case "disk-ann": {
      const ef = efSearch(recall, topK);
      const compared = kind === "disk-ann" ? 4 * 0.125 : bytes;
      return {
        bytes: ef * m * compared * dimension,
        formula: `${ef} candidates x ${m} links x ${compared}x${n(dimension)} bytes`,
        reads: kind === "disk-ann" ? ef : undefined,
        parameters: { [kind === "disk-ann" ? "search_list" : EF_NAMES[engine]!]: ef },
      };
    }
    case "ivf": {
      const lists = ivfLists(vectors);
      const probes = Math.min(lists, Math.ceil(probeFactor(recall) * Math.sqrt(lists)));
      return {
        bytes: (probes / lists) * vectors * bytes * dimension,
        formula: `${n(probes)} of ${n(lists)} lists x ${n(vectors)} x ${bytes}x${n(dimension)} bytes`,
        parameters: { [PROBE_NAMES[engine]!]: probes },
      };
    }
    case "scann":
      return scannSearch(engine, collection);
    case "flat":
      return {
        bytes: vectors * bytes * dimension,
        formula: `${n(vectors)} x ${bytes}x${n(dimension)} bytes`,
        parameters: {},
      };
  }
}

function scannSearch(
  engine: VectorEngine,
  { vectors, dimension, recall, precision }: VectorCollectionModel,
): Search {
  const leaves = Math.max(1, Math.ceil(vectors / SCANN_LEAF));
  const wanted = Math.min(leaves, Math.ceil(probeFactor(recall) * Math.sqrt(leaves)));
  if (engine !== "vertex") {
    return {
      bytes: (wanted / leaves) * vectors * BYTES_PER_NUMBER[precision] * dimension,
      formula: `${n(wanted)} of ${n(leaves)} leaves x ${n(vectors)} x ${BYTES_PER_NUMBER[precision]}x${n(dimension)} bytes`,
      parameters: { "scann.num_leaves_to_search": wanted },
    };
  }
  // Asymmetric hashing compares codes of 4 bits per pair of dimensions; Vertex takes whole percents of the leaves.
  const percent = Math.min(100, Math.max(1, Math.ceil((100 * wanted) / leaves)));
  return {
    bytes: (percent / 100) * vectors * 0.25 * dimension,
    formula: `${percent} % of ${n(vectors)} x 0.25x${n(dimension)} bytes`,
    parameters: { leafNodesToSearchPercent: percent },
  };
}

/** Graphs that a query searches, each with its own walk. A list or tree is split without more work. */
function graphsOf(engine: VectorEngine, collection: VectorCollectionModel, shards: number): number {
  const { kind } = chosenIndex(engine, collection);
  if (kind !== "hnsw" && kind !== "disk-ann") {
    return 1;
  }
  if (engine === "qdrant") {
    return shards * QDRANT_SEGMENTS;
  }
  if (engine === "milvus") {
    const raw = collection.vectors * collection.dimension * 4;
    return Math.max(shards, Math.ceil(raw / MILVUS_SEGMENT));
  }
  return shards;
}

/** Work of a collection at its peak. */
export interface CollectionWork {
  readonly queryMs: number;
  readonly graphs: number;
  readonly utilisation: number;
  readonly vcpus: number;
  readonly p95Ms: number;
  readonly searchParameters: Readonly<Record<string, number>>;
  readonly steps: readonly SizingStep[];
}

interface Times {
  /** From request to answer on an idle machine, graphs in parallel: ms. */
  readonly queryMs: number;
  /** vCPU time of a query over all graphs: ms. */
  readonly workMs: number;
  readonly steps: readonly SizingStep[];
}

function timesOf(
  engine: VectorEngine,
  collection: VectorCollectionModel,
  search: Search,
  graphs: number,
  pieces: number,
): Times {
  if (collection.measuredQueryMs !== undefined) {
    const measured = collection.measuredQueryMs;
    const what = "vCPU ms per query";
    const steps = [{ what, formula: `${measured}`, result: measured, source: "measured" }];
    return { queryMs: measured, workMs: measured, steps };
  }
  const request = REQUEST_MS[engine];
  const walkMs = (1000 * search.bytes) / BYTES_PER_SECOND_PER_VCPU;
  // Disk-ANN asks the SSD for several links at once, and waits.
  const waitMs = search.reads === undefined ? 0 : (search.reads / SSD_READS_AT_ONCE) * SSD_READ_MS;
  const queryMs = request + walkMs / pieces + waitMs;
  const workMs = request + walkMs * graphs;
  return {
    queryMs,
    workMs,
    steps: [
      {
        what: "vCPU ms per search",
        formula: `${search.formula} / 5 GB/s`,
        result: walkMs,
        source: MODEL,
      },
      {
        what: "ms per query",
        formula: `${request} + ${n(walkMs)}${pieces > 1 ? ` / ${pieces} shards` : ""}${waitMs > 0 ? ` + ${search.reads} / ${SSD_READS_AT_ONCE} x ${SSD_READ_MS}` : ""}`,
        result: queryMs,
        source: `${request} ms per request (assumption); graphs and shards are searched side by side${waitMs > 0 ? "; SSD reads of 0.1 ms, 8 at once (assumption)" : ""}`,
      },
      {
        what: "vCPU ms per query",
        formula: `${request} + ${graphs} graphs x ${n(walkMs)}`,
        result: workMs,
        source: GRAPHS[engine] ?? "one index per collection",
      },
    ],
  };
}

/**
 * vCPUs that answer the queries in time. What no number of vCPUs can do goes to `problems`: one search on one vCPU is
 * the least that a query takes.
 */
export function collectionWork(
  problems: Problems,
  engine: VectorEngine,
  collection: VectorCollectionModel,
  shards: number,
): CollectionWork {
  const search = searchOf(engine, collection);
  const graphs = graphsOf(engine, collection, shards);
  // Vertex splits the tree over its shards; a graph's walk cannot be split.
  const pieces = engine === "vertex" ? shards : 1;
  const { queryMs, workMs, steps: times } = timesOf(engine, collection, search, graphs, pieces);
  const budget = collection.p95LatencyMs - NETWORK_MS;
  const utilisation = Math.min(MAX_UTILISATION, 1 - (P95_FACTOR * queryMs) / budget);
  if (budget <= 0 || utilisation < MIN_UTILISATION) {
    const least = NETWORK_MS + (P95_FACTOR * queryMs) / (1 - MIN_UTILISATION);
    problems.add(VectorErrors.LatencyOutOfReach, {
      subject: `collection "${collection.name}" p95LatencyMs`,
      given: collection.p95LatencyMs,
      allowed: `at least ${n(Math.ceil(least * 10) / 10)} with ${engine}: ${n(queryMs)} ms per query without a queue (${times[0]!.formula}), ${QUEUE}`,
    });
  }
  const busy = Math.max(MIN_UTILISATION, utilisation);
  const writeMs = writeTime(engine, collection);
  const forQueries = (collection.queriesPerSecond * workMs) / 1000 / busy;
  const forWrites = (collection.writesPerSecond * writeMs) / 1000 / MAX_UTILISATION;
  const p95Ms = NETWORK_MS + (P95_FACTOR * queryMs) / (1 - busy);
  const steps: SizingStep[] = [
    ...times,
    {
      what: "share of vCPUs that may be busy",
      formula: `min(${MAX_UTILISATION}, 1 - 3.0 x ${n(queryMs)} / (${n(collection.p95LatencyMs)} - ${NETWORK_MS}))`,
      result: busy,
      source: QUEUE,
    },
    {
      what: "vCPUs",
      formula: `${n(collection.queriesPerSecond)}/s x ${n(workMs)} ms / ${n(busy)} + ${n(collection.writesPerSecond)}/s x ${n(writeMs)} ms / ${MAX_UTILISATION}`,
      result: forQueries + forWrites,
      source: "a written vector is searched for its neighbours",
    },
    {
      what: "p95 ms at the peak",
      formula: `${NETWORK_MS} + 3.0 x ${n(queryMs)} / (1 - ${n(busy)})`,
      result: p95Ms,
      source: QUEUE,
    },
  ];
  return {
    queryMs,
    graphs,
    utilisation: busy,
    vcpus: forQueries + forWrites,
    p95Ms,
    searchParameters: search.parameters,
    steps,
  };
}

/** Milliseconds of a vCPU to put one vector into the index. */
function writeTime(engine: VectorEngine, collection: VectorCollectionModel): number {
  const { kind, m, efConstruction } = chosenIndex(engine, collection);
  const graph = kind === "hnsw" || kind === "disk-ann";
  const bytes = graph ? efConstruction * m * 4 * collection.dimension : 0;
  return REQUEST_MS[engine] + (1000 * bytes) / BYTES_PER_SECOND_PER_VCPU;
}
