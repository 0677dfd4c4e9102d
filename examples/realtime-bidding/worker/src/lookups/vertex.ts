import type { FeatureLookupConfig } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi, RefusedByService } from "../http/json-api.js";
import { defaultsOf, featuresOf, keyReader } from "./feature-keys.js";
import { type Lookup, perDistinct } from "./lookup.js";

interface FetchFeatureValuesAnswer {
  readonly keyValues?: {
    readonly features?: readonly {
      readonly name: string;
      readonly value?: Readonly<Record<string, unknown>>;
    }[];
  };
}

/** `{ int64Value: "7" }` and its like: JSON of protobuf carries 64 bits as text. */
function typed(value: Readonly<Record<string, unknown>> | undefined): unknown {
  const [kind, content] = Object.entries(value ?? {})[0] ?? [];
  return kind === "int64Value" ? Number(content) : content;
}

/**
 * Vertex AI: `POST /v1/<feature view>:fetchFeatureValues`, one entity a call.
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.featureOnlineStores.featureViews/fetchFeatureValues,
 * read 2026-10.
 */
export function vertexLookup(config: FeatureLookupConfig, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const keysOf = keyReader(config);
  const url = `${config.endpoint.replace(/\/$/, "")}/v1/${config.view}:fetchFeatureValues`;
  const fetch = async (key: readonly unknown[]) => {
    const parts = key.map(String);
    const dataKey = parts.length === 1 ? { key: parts[0] } : { compositeKey: { parts } };
    try {
      const answer = await api.post(url, { dataKey, dataFormat: "KEY_VALUE" }, config.timeoutMs);
      const { keyValues } = answer as FetchFeatureValuesAnswer;
      const values = new Map((keyValues?.features ?? []).map(({ name, value }) => [name, typed(value)]));
      return featuresOf(config, (name) => values.get(name));
    } catch (error) {
      if (error instanceof RefusedByService && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  };
  return {
    name: config.name,
    onMissing: config.onMissing,
    defaults: defaultsOf(config),
    find(events) {
      const keys = events.map(keysOf);
      return perDistinct(
        keys.map((key) => (key === undefined ? undefined : JSON.stringify(key))),
        (distinct) => Promise.all(distinct.map((index) => fetch(keys[index]!))),
      );
    },
  };
}
