import type { VectorLookupOf } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import type { Lookup } from "./lookup.js";
import { neighbourLookup } from "./neighbours.js";

interface FindNeighborsAnswer {
  readonly nearestNeighbors?: readonly {
    /** Of the query's datapoint. */
    readonly id?: string;
    readonly neighbors?: readonly {
      readonly datapoint: { readonly datapointId: string };
      readonly distance?: number;
    }[];
  }[];
}

/**
 * Vector Search of Vertex AI: `POST /v1/<index endpoint>:findNeighbors`, one call for the batch, at the index endpoint's own
 * public domain. Ids and distances only: datapoints hold no payload. Private endpoints answer gRPC only, and are not for
 * this worker.
 * https://docs.cloud.google.com/vertex-ai/docs/vector-search/query-index-public-endpoint and
 * https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.indexEndpoints/findNeighbors,
 * read 2026-11-24.
 */
export function vertexVectorLookup(config: VectorLookupOf<"vertex">, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const { indexEndpoint, deployedIndexId, topK, timeoutMs } = config;
  const url = `${config.endpoint.replace(/\/$/, "")}/v1/${indexEndpoint}:findNeighbors`;
  return neighbourLookup(config, async (vectors) => {
    const queries = vectors.map((featureVector, row) => ({
      datapoint: { datapointId: `${row}`, featureVector },
      neighborCount: topK,
    }));
    const answer = await api.post(url, { deployedIndexId, queries }, timeoutMs);
    const { nearestNeighbors = [] } = answer as FindNeighborsAnswer;
    const byRow = new Map(nearestNeighbors.map(({ id, neighbors }) => [id, neighbors]));
    // JSON of protobuf leaves out what is zero or empty.
    return vectors.map((_, row) =>
      (byRow.get(`${row}`) ?? []).map(({ datapoint, distance = 0 }) => ({
        id: datapoint.datapointId,
        distance,
      })),
    );
  });
}
