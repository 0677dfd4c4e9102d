import type { FeatureLookupConfig, VectorLookupConfig } from "../config/config.js";
import type { Http } from "../http/http.js";
import { feastLookup } from "./feast.js";
import type { Lookup } from "./lookup.js";
import { milvusLookup } from "./milvus.js";
import { openSearchLookup } from "./opensearch.js";
import { pgvectorLookup } from "./pgvector.js";
import { qdrantLookup } from "./qdrant.js";
import { s3VectorsLookup } from "./s3-vectors.js";
import { sagemakerLookup } from "./sagemaker.js";
import { vertexLookup } from "./vertex.js";
import { vertexVectorLookup } from "./vertex-vectors.js";

const FEATURES = { feast: feastLookup, sagemaker: sagemakerLookup, vertex: vertexLookup };

export const featureLookup = (config: FeatureLookupConfig, http: Http): Lookup =>
  FEATURES[config.kind](config, http);

/** @param trusted certificates of authorities beside the public ones, PEM, for what is not asked by HTTP */
export function vectorLookup(
  config: VectorLookupConfig,
  http: Http,
  trusted: readonly string[] = [],
): Lookup {
  switch (config.kind) {
    case "qdrant":
      return qdrantLookup(config, http);
    case "s3-vectors":
      return s3VectorsLookup(config, http);
    case "opensearch-serverless":
      return openSearchLookup(config, http);
    case "milvus":
      return milvusLookup(config, http);
    case "pgvector":
      return pgvectorLookup(config, trusted);
    case "vertex":
      return vertexVectorLookup(config, http);
  }
}
