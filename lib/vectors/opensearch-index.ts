import type { FilterType, VectorCollectionModel, VectorMetric } from "./collections";
import { chosenIndex } from "./engines";

/** Source: https://docs.opensearch.org/latest/mappings/supported-field-types/knn-spaces/ (read 2026-11-24) */
const SPACES: Readonly<Record<VectorMetric, string>> = {
  cosine: "cosinesimil",
  dot: "innerproduct",
  euclidean: "l2",
};

/** Field that is searched by nearness. */
export const OPENSEARCH_VECTOR_FIELD = "embedding";

const FIELDS: Readonly<Record<FilterType, string>> = {
  string: "keyword",
  integer: "long",
  float: "double",
  boolean: "boolean",
  timestamp: "date",
  // Any field of OpenSearch may hold a list.
  "string-list": "keyword",
};

/** Body of `PUT /{index}`: Faiss HNSW, the filterable fields, and the content, which is kept but not searched. */
export function openSearchIndex(collection: VectorCollectionModel): Readonly<Record<string, unknown>> {
  const { m, efConstruction } = chosenIndex("opensearch-serverless", collection);
  const half = collection.precision === "float16";
  return {
    settings: { index: { knn: true } },
    mappings: {
      properties: {
        [OPENSEARCH_VECTOR_FIELD]: {
          type: "knn_vector",
          dimension: collection.dimension,
          method: {
            name: "hnsw",
            engine: "faiss",
            space_type: SPACES[collection.metric],
            parameters: {
              m,
              ef_construction: efConstruction,
              ...(half ? { encoder: { name: "sq", parameters: { type: "fp16" } } } : {}),
            },
          },
        },
        content: { type: "text", index: false },
        ...Object.fromEntries(collection.filterable.map(({ name, type }) => [name, { type: FIELDS[type] }])),
      },
    },
  };
}
