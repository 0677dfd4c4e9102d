import type { VectorLookupOf } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import type { Lookup } from "./lookup.js";
import { neighbourLookup, oneByOne, picked } from "./neighbours.js";

interface QueryVectorsAnswer {
  readonly vectors: readonly {
    readonly key: string;
    readonly distance?: number;
    readonly metadata?: Readonly<Record<string, unknown>>;
  }[];
}

/**
 * S3 Vectors: `POST /QueryVectors`, signed for `s3vectors`, one vector a call. Metadata is asked for only where fields of it
 * are wanted: it takes a further right, `s3vectors:GetVectors`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_QueryVectors.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_QueryOutputVector.html, read 2026-11-24.
 */
export function s3VectorsLookup(config: VectorLookupOf<"s3-vectors">, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const url = `${config.endpoint.replace(/\/$/, "")}/QueryVectors`;
  const search = oneByOne(async (float32) => {
    const query = {
      vectorBucketName: config.bucket,
      indexName: config.index,
      queryVector: { float32 },
      topK: config.topK,
      returnDistance: true,
      returnMetadata: config.payload.length > 0,
    };
    const { vectors } = (await api.post(url, query, config.timeoutMs)) as QueryVectorsAnswer;
    return vectors.map(({ key, distance, metadata }) => ({
      id: key,
      distance,
      ...picked(metadata, config.payload),
    }));
  });
  return neighbourLookup(config, search);
}
