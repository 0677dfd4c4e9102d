import type { FeatureLookupConfig, VectorLookupConfig } from "../config/config.js";
import type { Http } from "../http/http.js";
import { feastLookup } from "./feast.js";
import type { Lookup } from "./lookup.js";
import { qdrantLookup } from "./qdrant.js";
import { sagemakerLookup } from "./sagemaker.js";
import { vertexLookup } from "./vertex.js";

const FEATURES = { feast: feastLookup, sagemaker: sagemakerLookup, vertex: vertexLookup };
const VECTORS = { qdrant: qdrantLookup };

export const featureLookup = (config: FeatureLookupConfig, http: Http): Lookup =>
  FEATURES[config.kind](config, http);
export const vectorLookup = (config: VectorLookupConfig, http: Http): Lookup =>
  VECTORS[config.kind](config, http);
