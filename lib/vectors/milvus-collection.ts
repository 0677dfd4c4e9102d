import type { FilterType, VectorCollectionModel, VectorIndexKind, VectorMetric } from "./collections";
import { chosenIndex } from "./engines";
import { ivfLists } from "./sizing/bytes";

const METRICS: Readonly<Record<VectorMetric, string>> = { cosine: "COSINE", dot: "IP", euclidean: "L2" };

/** Field that holds the vectors. */
export const MILVUS_VECTOR_FIELD = "embedding";

/** Limits of a text. Source: https://milvus.io/docs/limitations.md (read 2026-11-24) */
const ID_LENGTH = 512;
const CONTENT_LENGTH = 65_535;
const FIELD_LENGTH = 1024;
const LIST_CAPACITY = 256;

type Json = Readonly<Record<string, unknown>>;

/** Source: https://milvus.io/api-reference/restful/v2.6.x/ Collection create (read 2026-11-24) */
const FIELDS: Readonly<Partial<Record<FilterType, Json>>> = {
  string: { dataType: "VarChar", elementTypeParams: { max_length: FIELD_LENGTH } },
  integer: { dataType: "Int64" },
  float: { dataType: "Double" },
  boolean: { dataType: "Bool" },
  "string-list": {
    dataType: "Array",
    elementDataType: "VarChar",
    elementTypeParams: { max_length: FIELD_LENGTH, max_capacity: LIST_CAPACITY },
  },
};

/** Milvus takes letters, digits and underscores. Names of collections hold no underscore, so no two become the same. */
export function milvusName(collection: string): string {
  return collection.replaceAll("-", "_");
}

function vectorIndex(collection: VectorCollectionModel): Json {
  const { kind, m, efConstruction } = chosenIndex("milvus", collection);
  const quantised = collection.precision === "int8";
  const graph = { M: m, efConstruction };
  const lists = { nlist: ivfLists(collection.vectors) };
  const forms: Readonly<Partial<Record<VectorIndexKind | "managed", Json>>> = {
    hnsw: quantised
      ? { indexType: "HNSW_SQ", params: { ...graph, sq_type: "SQ8" } }
      : { indexType: "HNSW", params: graph },
    ivf: { indexType: quantised ? "IVF_SQ8" : "IVF_FLAT", params: lists },
    "disk-ann": { indexType: "DISKANN", params: {} },
    flat: { indexType: "FLAT", params: {} },
  };
  return {
    fieldName: MILVUS_VECTOR_FIELD,
    indexName: MILVUS_VECTOR_FIELD,
    metricType: METRICS[collection.metric],
    ...forms[kind],
  };
}

/** Body of `POST /v2/vectordb/collections/create`. */
export function milvusCollection(collection: VectorCollectionModel): Json {
  const { dimension, precision, filterable } = collection;
  return {
    collectionName: milvusName(collection.name),
    schema: {
      autoId: false,
      enabledDynamicField: false,
      fields: [
        {
          fieldName: "id",
          dataType: "VarChar",
          isPrimary: true,
          elementTypeParams: { max_length: ID_LENGTH },
        },
        {
          fieldName: MILVUS_VECTOR_FIELD,
          dataType: precision === "float16" ? "Float16Vector" : "FloatVector",
          elementTypeParams: { dim: dimension },
        },
        {
          fieldName: "content",
          dataType: "VarChar",
          nullable: true,
          elementTypeParams: { max_length: CONTENT_LENGTH },
        },
        ...filterable.map(({ name, type }) => ({ fieldName: name, nullable: true, ...FIELDS[type] })),
      ],
    },
    indexParams: [
      vectorIndex(collection),
      ...filterable.map(({ name }) => ({ fieldName: name, indexName: name, indexType: "INVERTED" })),
    ],
  };
}
