import type { FilterType, VectorCollectionModel, VectorMetric } from "./collections";
import { chosenIndex } from "./engines";
import { QDRANT_SEGMENTS } from "./sizing/work";

/** Source: https://api.qdrant.tech/api-reference/collections/create-collection (read 2026-11-24) */
const DISTANCES: Readonly<Record<VectorMetric, string>> = {
  cosine: "Cosine",
  dot: "Dot",
  euclidean: "Euclid",
};

/** Source: https://qdrant.tech/documentation/concepts/indexing/ (read 2026-11-24). Keywords also index lists of them. */
const FIELDS: Readonly<Record<FilterType, string>> = {
  string: "keyword",
  integer: "integer",
  float: "float",
  boolean: "bool",
  timestamp: "datetime",
  "string-list": "keyword",
};

/** A collection as Qdrant's API takes it. */
export interface QdrantCollection {
  readonly name: string;
  /** Body of `PUT /collections/{name}`. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Bodies of `PUT /collections/{name}/index`. */
  readonly fields: readonly { readonly field_name: string; readonly field_schema: string }[];
}

export function qdrantCollection(
  collection: VectorCollectionModel,
  placement: { readonly shards: number; readonly copies: number },
): QdrantCollection {
  const { m, efConstruction } = chosenIndex("qdrant", collection);
  const { precision } = collection;
  return {
    name: collection.name,
    body: {
      vectors: {
        size: collection.dimension,
        distance: DISTANCES[collection.metric],
        ...(precision === "float16" ? { datatype: "float16" } : {}),
        // Searches compare the copies in memory and look at the originals of the best only.
        ...(precision === "int8" ? { on_disk: true } : {}),
      },
      ...(precision === "int8"
        ? { quantization_config: { scalar: { type: "int8", quantile: 0.99, always_ram: true } } }
        : {}),
      hnsw_config: { m, ef_construct: efConstruction },
      optimizers_config: { default_segment_number: QDRANT_SEGMENTS },
      shard_number: placement.shards,
      replication_factor: placement.copies,
      on_disk_payload: true,
    },
    fields: collection.filterable.map(({ name, type }) => ({ field_name: name, field_schema: FIELDS[type] })),
  };
}
