import type { VectorLookupConfig } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import { type Lookup, steps, valueAt } from "./lookup.js";

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
export function qdrantLookup(config: VectorLookupConfig, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const path = steps(config.vector);
  const collection = encodeURIComponent(config.collection);
  const url = `${config.endpoint.replace(/\/$/, "")}/collections/${collection}/points/query/batch`;
  const with_payload = config.payload.length > 0 ? config.payload : false;
  return {
    name: config.name,
    onMissing: config.onMissing,
    defaults: { neighbours: [] },
    async find(events) {
      const vectors = events.map((event) => valueAt(event, path));
      const asked = vectors.flatMap((vector, index) => (Array.isArray(vector) ? [index] : []));
      if (asked.length === 0) {
        return events.map(() => undefined);
      }
      const searches = asked.map((index) => ({ query: vectors[index], limit: config.topK, with_payload }));
      const answer = (await api.post(url, { searches }, config.timeoutMs)) as QueryBatchAnswer;
      const found = new Map(asked.map((index, row) => [index, answer.result[row]!.points]));
      return events.map((_, index) => {
        const points = found.get(index);
        return points && { neighbours: points.map(({ id, score, payload }) => ({ id, score, ...payload })) };
      });
    },
  };
}
