import type { FeatureLookupConfig } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import { defaultsOf, featuresOf, keyReader } from "./feature-keys.js";
import { type Lookup, perDistinct } from "./lookup.js";

interface FeastAnswer {
  readonly metadata: { readonly feature_names: readonly string[] };
  /** One per feature, in the order of `feature_names`; values in the order of the entities. */
  readonly results: readonly { readonly values: readonly unknown[]; readonly statuses?: readonly string[] }[];
}

/**
 * Feast's feature server: `POST /get-online-features` with columns of entities, `view:feature` names.
 * https://docs.feast.dev/reference/feature-servers/python-feature-server, read 2026-10.
 */
export function feastLookup(config: FeatureLookupConfig, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const keysOf = keyReader(config);
  const url = `${config.endpoint.replace(/\/$/, "")}/get-online-features`;
  const features = config.features.map(({ name }) => `${config.view}:${name}`);
  return {
    name: config.name,
    onMissing: config.onMissing,
    defaults: defaultsOf(config),
    find(events) {
      const keys = events.map(keysOf);
      return perDistinct(
        keys.map((key) => (key === undefined ? undefined : JSON.stringify(key))),
        async (distinct) => {
          const entities = Object.fromEntries(
            config.keys.map(({ name }, column) => [name, distinct.map((index) => keys[index]![column])]),
          );
          const answer = (await api.post(url, { features, entities }, config.timeoutMs)) as FeastAnswer;
          const column = new Map(
            answer.metadata.feature_names.map((name, index) => [name, answer.results[index]!]),
          );
          return distinct.map((_, row) =>
            featuresOf(config, (name) => {
              const results = column.get(name) ?? column.get(`${config.view}__${name}`);
              const status = results?.statuses?.[row] ?? "PRESENT";
              return status === "PRESENT" ? results?.values[row] : undefined;
            }),
          );
        },
      );
    },
  };
}
