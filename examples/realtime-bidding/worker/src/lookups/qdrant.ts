import type { VectorLookupOf } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import type { Lookup } from "./lookup.js";
import { neighbourLookup } from "./neighbours.js";

interface QueryBatchAnswer {
  readonly result: readonly {
    readonly points: readonly {
      readonly id: string | number;
      readonly score: number;
      readonly payload?: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

/**
 * Qdrant: `POST /collections/<collection>/points/query/batch`, one search per event that carries a vector.
 * https://api.qdrant.tech/api-reference/search/query-batch-points, read 2026-10.
 */
export function qdrantLookup(config: VectorLookupOf<"qdrant">, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const collection = encodeURIComponent(config.collection);
  const url = `${config.endpoint.replace(/\/$/, "")}/collections/${collection}/points/query/batch`;
  const with_payload = config.payload.length > 0 ? config.payload : false;
  return neighbourLookup(config, async (vectors) => {
    const searches = vectors.map((query) => ({ query, limit: config.topK, with_payload }));
    const { result } = (await api.post(url, { searches }, config.timeoutMs)) as QueryBatchAnswer;
    return vectors.map((_, row) =>
      result[row]!.points.map(({ id, score, payload }) => ({ id, score, ...payload })),
    );
  });
}
