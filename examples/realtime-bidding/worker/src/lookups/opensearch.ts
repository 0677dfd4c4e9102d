import type { VectorLookupOf } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import type { Lookup } from "./lookup.js";
import { neighbourLookup, oneByOne, picked } from "./neighbours.js";

interface SearchAnswer {
  readonly hits: {
    readonly hits: readonly {
      readonly _id: string;
      readonly _score: number;
      readonly _source?: Readonly<Record<string, unknown>>;
    }[];
  };
}

/**
 * OpenSearch Serverless: `POST /<index>/_search` with a k-NN query, signed for `aoss`, one vector a call.
 * https://docs.opensearch.org/latest/query-dsl/specialized/k-nn/index/ and
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html, read 2026-11-24.
 */
export function openSearchLookup(config: VectorLookupOf<"opensearch-serverless">, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const url = `${config.endpoint.replace(/\/$/, "")}/${encodeURIComponent(config.index)}/_search`;
  const { topK, field, payload, timeoutMs } = config;
  const search = oneByOne(async (vector) => {
    const query = {
      size: topK,
      _source: payload.length > 0 ? payload : false,
      query: { knn: { [field]: { vector, k: topK } } },
    };
    const { hits } = (await api.post(url, query, timeoutMs)) as SearchAnswer;
    return hits.hits.map(({ _id, _score, _source }) => ({
      id: _id,
      score: _score,
      ...picked(_source, payload),
    }));
  });
  return neighbourLookup(config, search);
}
