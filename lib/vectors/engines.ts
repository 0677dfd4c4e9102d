import {
  FILTER_TYPES,
  type FilterType,
  type VectorCollectionModel,
  type VectorEngine,
  type VectorIndexKind,
  type VectorMetric,
  type VectorPrecision,
} from "./collections";

/** A limit with where it comes from. */
export interface Limit {
  readonly value: number;
  readonly source: string;
}

/** What one engine can index and answer. A limit that is left out is one that its publisher does not state. */
export interface VectorEngineFacts {
  /** Kinds of index, the engine's default first. */
  readonly indexes: readonly VectorIndexKind[];
  readonly metrics: readonly VectorMetric[];
  /** By kind of index. */
  readonly precisions: Readonly<Partial<Record<VectorIndexKind, readonly VectorPrecision[]>>>;
  readonly filters: readonly FilterType[];
  /** Where metrics, indexes, precisions and filters come from. */
  readonly source: string;
  readonly minDimension?: Limit;
  /** By precision. */
  readonly maxDimension?: Readonly<Partial<Record<VectorPrecision, Limit>>>;
  readonly maxTopK?: Limit;
  readonly maxVectors?: Limit;
  readonly maxFilterable?: Limit;
  readonly maxQueriesPerSecond?: Limit;
  readonly maxWritesPerSecond?: Limit;
  /** Milliseconds that no query of this engine beats. */
  readonly minLatencyMs?: Limit;
}

const ALL_METRICS: readonly VectorMetric[] = ["cosine", "dot", "euclidean"];
const FLOATS: readonly VectorPrecision[] = ["float32", "float16"];

const S3_LIMITS =
  "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html (read 2026-11-24)";
const S3_PRACTICE =
  "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-best-practices.html (read 2026-11-24)";
const PGVECTOR = "https://github.com/pgvector/pgvector README, pgvector 0.8 (read 2026-11-24)";
const MILVUS_LIMITS = "https://milvus.io/docs/limitations.md (read 2026-11-24)";

/** pgvector indexes at most one page per vector. */
const PGVECTOR_DIMENSIONS = {
  float32: { value: 2000, source: `${PGVECTOR}: vector` },
  float16: { value: 4000, source: `${PGVECTOR}: halfvec` },
} as const;

export const VECTOR_ENGINES: Readonly<Record<VectorEngine, VectorEngineFacts>> = {
  "s3-vectors": {
    // The index is the service's own; it has no kind that could be chosen.
    indexes: [],
    metrics: ["cosine", "euclidean"],
    precisions: {},
    filters: ["string", "integer", "float", "boolean", "string-list"],
    source:
      "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-indexes.html and s3-vectors-metadata-filtering.html (read 2026-11-24); data type float32 only",
    minDimension: { value: 1, source: S3_LIMITS },
    maxDimension: { float32: { value: 4096, source: S3_LIMITS } },
    maxTopK: { value: 100, source: S3_LIMITS },
    maxVectors: { value: 2_000_000_000, source: S3_LIMITS },
    maxFilterable: { value: 50, source: `${S3_LIMITS}: metadata keys per vector` },
    maxWritesPerSecond: { value: 2500, source: S3_LIMITS },
    maxQueriesPerSecond: {
      value: 200,
      source: `${S3_PRACTICE} says "hundreds" per index: 200 is the least that this can mean`,
    },
    minLatencyMs: {
      value: 100,
      source: `${S3_PRACTICE}: as low as 100 ms when warm, under a second when cold`,
    },
  },
  "opensearch-serverless": {
    indexes: ["hnsw"],
    metrics: ALL_METRICS,
    precisions: { hnsw: FLOATS },
    filters: FILTER_TYPES,
    source:
      "https://docs.opensearch.org/latest/mappings/supported-field-types/knn-methods-engines/ (read 2026-11-24); serverless vector collections take Faiss HNSW",
    maxDimension: {
      float32: {
        value: 16_000,
        source:
          "https://docs.opensearch.org/latest/mappings/supported-field-types/knn-vector/ (read 2026-11-24)",
      },
      float16: {
        value: 16_000,
        source:
          "https://docs.opensearch.org/latest/mappings/supported-field-types/knn-vector/ (read 2026-11-24)",
      },
    },
    maxTopK: {
      value: 10_000,
      source: "https://docs.opensearch.org/latest/query-dsl/specialized/k-nn/ (read 2026-11-24)",
    },
  },
  "aurora-pgvector": {
    indexes: ["hnsw", "ivf"],
    metrics: ALL_METRICS,
    precisions: { hnsw: FLOATS, ivf: FLOATS },
    filters: FILTER_TYPES,
    source: PGVECTOR,
    maxDimension: PGVECTOR_DIMENSIONS,
    maxTopK: {
      value: 1000,
      source: `${PGVECTOR}: hnsw.ef_search, which bounds the results, is at most 1000`,
    },
  },
  vertex: {
    indexes: ["scann", "flat"],
    metrics: ALL_METRICS,
    precisions: { scann: ["float32"], flat: ["float32"] },
    filters: ["string", "integer", "float", "string-list"],
    source:
      "https://docs.cloud.google.com/vertex-ai/docs/vector-search/configuring-indexes and /filtering (token restricts, numeric restricts of type int, float and double; read 2026-11-24)",
  },
  alloydb: {
    indexes: ["hnsw", "ivf", "scann"],
    metrics: ALL_METRICS,
    precisions: { hnsw: FLOATS, ivf: FLOATS, scann: ["float32", "int8"] },
    filters: FILTER_TYPES,
    source:
      "https://docs.cloud.google.com/alloydb/docs/ai/create-scann-index (quantizer FLAT or SQ8; read 2026-11-24)",
    maxDimension: { ...PGVECTOR_DIMENSIONS, int8: PGVECTOR_DIMENSIONS.float32 },
    maxTopK: {
      value: 1000,
      source: `${PGVECTOR}: hnsw.ef_search, which bounds the results, is at most 1000`,
    },
  },
  qdrant: {
    indexes: ["hnsw"],
    metrics: ALL_METRICS,
    precisions: { hnsw: ["float32", "float16", "int8"] },
    filters: FILTER_TYPES,
    source:
      "https://qdrant.tech/documentation/concepts/indexing/ and /guides/quantization/ (read 2026-11-24); int8 is scalar quantisation: copies of 8 bits in memory, the vectors themselves on disk",
    maxDimension: dimensions(
      65_535,
      "https://qdrant.tech/documentation/faq/qdrant-fundamentals/ (read 2026-11-24)",
    ),
  },
  milvus: {
    indexes: ["hnsw", "ivf", "disk-ann", "flat"],
    metrics: ALL_METRICS,
    precisions: {
      hnsw: ["float32", "float16", "int8"],
      ivf: ["float32", "float16", "int8"],
      "disk-ann": ["float32"],
      flat: FLOATS,
    },
    filters: ["string", "integer", "float", "boolean", "string-list"],
    source:
      "https://milvus.io/docs/index-explained.md (HNSW, HNSW_SQ, IVF_FLAT, IVF_SQ8, DISKANN, FLAT), Milvus 2.6 (read 2026-11-24)",
    minDimension: { value: 2, source: MILVUS_LIMITS },
    maxDimension: dimensions(32_768, MILVUS_LIMITS),
    maxTopK: { value: 16_384, source: MILVUS_LIMITS },
    // Of 64 fields three are taken: id, vector and content.
    maxFilterable: { value: 61, source: `${MILVUS_LIMITS}: 64 fields` },
  },
  pgvector: {
    indexes: ["hnsw", "ivf"],
    metrics: ALL_METRICS,
    precisions: { hnsw: FLOATS, ivf: FLOATS },
    filters: FILTER_TYPES,
    source: PGVECTOR,
    maxDimension: PGVECTOR_DIMENSIONS,
    maxTopK: {
      value: 1000,
      source: `${PGVECTOR}: hnsw.ef_search, which bounds the results, is at most 1000`,
    },
  },
};

function dimensions(value: number, source: string): Readonly<Record<VectorPrecision, Limit>> {
  const limit = { value, source };
  return { float32: limit, float16: limit, int8: limit };
}

/** The index that a collection gets, every parameter filled in. */
export interface ChosenIndex {
  /** `managed` where the service decides. */
  readonly kind: VectorIndexKind | "managed";
  readonly m: number;
  readonly efConstruction: number;
}

const DEFAULT_M = 16;
const DEFAULT_EF_CONSTRUCTION = 128;

export function chosenIndex(engine: VectorEngine, { index }: VectorCollectionModel): ChosenIndex {
  const kind = index?.kind ?? VECTOR_ENGINES[engine].indexes[0] ?? "managed";
  const hnsw = index?.kind === "hnsw" ? index : undefined;
  return {
    kind,
    m: hnsw?.m ?? DEFAULT_M,
    efConstruction: hnsw?.efConstruction ?? DEFAULT_EF_CONSTRUCTION,
  };
}
