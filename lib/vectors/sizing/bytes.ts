import type { VectorCollectionModel, VectorEngine, VectorPrecision } from "../collections";
import { chosenIndex } from "../engines";
import { type SizingStep, shortNumber } from "../sizing";

export const GIB = 1024 ** 3;

export const BYTES_PER_NUMBER: Readonly<Record<VectorPrecision, number>> = {
  float32: 4,
  float16: 2,
  int8: 1,
};

/** Bytes of an indexed field and its entry in the index, on average. */
const BYTES_PER_FIELD = 32;
/** Identifier of a vector. */
const BYTES_PER_ID = 16;

const OPENSEARCH_MEMORY =
  "https://docs.opensearch.org/latest/vector-search/optimizing-storage/ and .../knn-methods-engines/: 1.1 x (bytes x d + 8 x M) per vector (read 2026-11-24)";
const QDRANT_MEMORY =
  "https://qdrant.tech/documentation/capacity-planning/: vectors x dimension x 4 bytes x 1.5 (read 2026-11-24)";
const HNSWLIB =
  "hnswlib keeps 2M links of 4 bytes in the lowest layer (nmslib/hnswlib hnswalg.h); 10 % for the layers above";
const MILVUS_LOAD =
  "https://milvus.io/docs/limitations.md: loaded data under 90 % of the query nodes' memory (read 2026-11-24)";
const MILVUS_DISKANN =
  "https://milvus.io/docs/disk_index.md: PQCodeBudgetGBRatio 0.125 and SearchCacheBudgetGBRatio 0.1 of the raw vectors (read 2026-11-24)";
const PGVECTOR_PAGES =
  "pgvector 0.8 src/hnsw.h: tuples of 72 + vector and 4 + 12M bytes in pages of 8 KiB, of which 8160 can be used; a tuple never spans pages. Measured: 384, 768, 1536 and 2000 dimensions give these sizes and one page more";
const IVFFLAT =
  "pgvector README: lists = rows / 1000 up to a million rows, then the square root of rows (read 2026-11-24)";
const SCANN =
  "ScaNN keeps vectors quantised to 8 bits (SQ8) or as they are, and one centroid per leaf; 10 % for the tree";
const S3_VECTORS = "https://aws.amazon.com/s3/pricing/: logical size of vector, key and metadata";

/** Bytes of one copy of a collection. */
export interface CollectionBytes {
  readonly memory: number;
  readonly disk: number;
  readonly steps: readonly SizingStep[];
}

const PAGE = 8192;
const USABLE = 8160;

/** Bytes of a pgvector HNSW index. */
function hnswPages(vectors: number, dimension: number, bytes: number, m: number): SizingStep {
  const element = 72 + 8 + bytes * dimension + 4;
  const neighbours = 4 + 12 * m + 4;
  const together = Math.floor(USABLE / (element + neighbours));
  if (together > 0) {
    const pages = Math.ceil(vectors / together);
    return step(
      "index bytes",
      `ceil(${n(vectors)} / floor(${USABLE} / (84 + ${bytes}x${n(dimension)} + 8 + 12x${m}))) x ${PAGE}`,
      pages * PAGE,
      PGVECTOR_PAGES,
    );
  }
  // The links take a page of their own, in which the next vector finds no room.
  return step("index bytes", `${n(vectors)} x 2 x ${PAGE}`, vectors * 2 * PAGE, PGVECTOR_PAGES);
}

const n = shortNumber;

function step(what: string, formula: string, result: number, source: string): SizingStep {
  return { what, formula, result, source };
}

/** Centroids of an IVF index. */
export function ivfLists(vectors: number): number {
  return Math.max(1, Math.round(vectors <= 1_000_000 ? vectors / 1000 : Math.sqrt(vectors)));
}

/** Vectors in one leaf of ScaNN's tree, as the library sets it. Vertex's own default is 1000. */
export const SCANN_LEAF = 1000;

function graphMemory(engine: VectorEngine, collection: VectorCollectionModel): SizingStep {
  const { vectors, dimension, precision } = collection;
  const { m } = chosenIndex(engine, collection);
  const bytes = BYTES_PER_NUMBER[precision];
  if (engine === "qdrant") {
    const formula = `${n(vectors)} x ${n(dimension)} x ${bytes} x 1.5`;
    return step("memory bytes", formula, vectors * dimension * bytes * 1.5, QDRANT_MEMORY);
  }
  return step(
    "memory bytes",
    `1.1 x (${bytes}x${n(dimension)} + 8x${m}) x ${n(vectors)}`,
    1.1 * (bytes * dimension + 8 * m) * vectors,
    engine === "opensearch-serverless" ? OPENSEARCH_MEMORY : HNSWLIB,
  );
}

const POSTGRES: readonly VectorEngine[] = ["pgvector", "aurora-pgvector", "alloydb"];

/** What the index of a collection takes in memory, one copy. */
function indexMemory(engine: VectorEngine, collection: VectorCollectionModel): readonly SizingStep[] {
  const { vectors, dimension, precision } = collection;
  const { kind, m } = chosenIndex(engine, collection);
  const bytes = BYTES_PER_NUMBER[precision];
  switch (kind) {
    case "managed":
      return [];
    case "hnsw":
      return POSTGRES.includes(engine)
        ? [hnswPages(vectors, dimension, bytes, m)]
        : [graphMemory(engine, collection)];
    case "ivf": {
      const lists = ivfLists(vectors);
      return [
        step(
          "memory bytes",
          `${n(vectors)} x (${bytes}x${n(dimension)} + ${BYTES_PER_ID}) + ${n(lists)} x 4x${n(dimension)}`,
          vectors * (bytes * dimension + BYTES_PER_ID) + lists * 4 * dimension,
          IVFFLAT,
        ),
      ];
    }
    case "disk-ann":
      return [
        step(
          "memory bytes",
          `${n(vectors)} x 4x${n(dimension)} x (0.125 + 0.1)`,
          vectors * 4 * dimension * 0.225,
          MILVUS_DISKANN,
        ),
      ];
    case "scann":
      return [
        step(
          "memory bytes",
          `1.1 x ${bytes}x${n(dimension)} x ${n(vectors)}`,
          1.1 * bytes * dimension * vectors,
          SCANN,
        ),
      ];
    case "flat":
      return [
        step(
          "memory bytes",
          `${bytes}x${n(dimension)} x ${n(vectors)}`,
          bytes * dimension * vectors,
          "every vector is compared, so every vector is kept in memory",
        ),
      ];
  }
}

/** Bytes of one copy of a collection, in memory and on disk. */
export function collectionBytes(engine: VectorEngine, collection: VectorCollectionModel): CollectionBytes {
  const { vectors, dimension, precision, filterable } = collection;
  const index = indexMemory(engine, collection);
  let memory = index[0]?.result ?? 0;
  const steps = [...index];
  if (engine === "milvus") {
    memory /= 0.9;
    steps.push(step("memory bytes with room to load", `${n(index[0]!.result)} / 0.9`, memory, MILVUS_LOAD));
  }
  // What is quantised in memory has its original on disk.
  const stored = precision === "float16" ? 2 : 4;
  const row = stored * dimension + BYTES_PER_ID + filterable.length * BYTES_PER_FIELD;
  const formula = `${n(vectors)} x (${stored}x${n(dimension)} + ${BYTES_PER_ID} + ${filterable.length}x${BYTES_PER_FIELD})`;
  const raw = vectors * row;
  if (engine === "s3-vectors") {
    return {
      memory: 0,
      disk: raw,
      steps: [...steps, step("stored bytes", formula, raw, S3_VECTORS)],
    };
  }
  const disk = raw + (index[0]?.result ?? 0);
  steps.push(
    step(
      "disk bytes",
      `${formula} + ${n(index[0]?.result ?? 0)}`,
      disk,
      `vectors, ids of ${BYTES_PER_ID} bytes, ${BYTES_PER_FIELD} bytes per filterable field (assumption), and the index; content that is not filtered by comes on top`,
    ),
  );
  return { memory, disk, steps };
}
