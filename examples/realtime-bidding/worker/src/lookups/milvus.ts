import type { VectorLookupOf } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi, RefusedByService } from "../http/json-api.js";
import type { Lookup } from "./lookup.js";
import { neighbourLookup, oneByOne, picked } from "./neighbours.js";

interface SearchAnswer {
  /** 0 is good, whatever the status. */
  readonly code: number;
  readonly message?: string;
  readonly data?: readonly (Readonly<Record<string, unknown>> & {
    readonly id: string | number;
    readonly distance: number;
  })[];
}

/** "invalid parameter": a vector of another dimension is one. Source: `pkg/util/merr/errors.go` of Milvus, read 2026-11-24. */
const INVALID_PARAMETER = 1100;

/**
 * Milvus: `POST /v2/vectordb/entities/search`, one vector a call: answers to several are one flat list. `distance` is the
 * metric of the collection: with COSINE and IP the higher the nearer, with L2 the lower.
 * https://milvus.io/api-reference/restful/v2.6.x/v2/Vector%20(v2)/Search.md, read 2026-11-24.
 */
export function milvusLookup(config: VectorLookupOf<"milvus">, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const url = `${config.endpoint.replace(/\/$/, "")}/v2/vectordb/entities/search`;
  const search = oneByOne(async (vector) => {
    const query = {
      collectionName: config.collection,
      data: [vector],
      annsField: config.field,
      limit: config.topK,
      outputFields: [...config.payload],
    };
    const { code, message, data = [] } = (await api.post(url, query, config.timeoutMs)) as SearchAnswer;
    if (code !== 0) {
      throw new RefusedByService(
        code === INVALID_PARAMETER ? 400 : 502,
        `Milvus answered ${code}: ${message}`,
      );
    }
    return data.map(({ id, distance, ...fields }) => ({ id, distance, ...picked(fields, config.payload) }));
  });
  return neighbourLookup(config, search);
}
