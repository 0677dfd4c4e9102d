import type { FeatureLookupConfig } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import { defaultsOf, featuresOf, keyReader } from "./feature-keys.js";
import { type Lookup, perDistinct } from "./lookup.js";

/** Limit of BatchGetRecord: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchGetRecord.html, read 2026-10. */
const MAX_RECORDS = 100;

interface BatchGetRecordAnswer {
  readonly Records?: readonly {
    readonly RecordIdentifierValueAsString: string;
    readonly Record: readonly { readonly FeatureName: string; readonly ValueAsString?: string }[];
  }[];
}

/** SageMaker stores text: a feature that is a number is given back as one. */
function typed(value: string | undefined): unknown {
  if (value === undefined || value.trim() === "") {
    return undefined;
  }
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}

/** SageMaker FeatureStore runtime: `POST /BatchGetRecord`, signed. Records have one identifier. */
export function sagemakerLookup(config: FeatureLookupConfig, http: Http): Lookup {
  const api = new JsonApi(http, config.auth);
  const keysOf = keyReader(config);
  const url = `${config.endpoint.replace(/\/$/, "")}/BatchGetRecord`;
  const FeatureNames = config.features.map(({ name }) => name);
  const fetch = async (ids: readonly string[]) => {
    const Identifiers = [
      { FeatureGroupName: config.view, RecordIdentifiersValueAsString: ids, FeatureNames },
    ];
    const { Records = [] } = (await api.post(url, { Identifiers }, config.timeoutMs)) as BatchGetRecordAnswer;
    return Records;
  };
  return {
    name: config.name,
    onMissing: config.onMissing,
    defaults: defaultsOf(config),
    find(events) {
      const ids = events.map((event) => {
        const key = keysOf(event)?.[0];
        return key === undefined ? undefined : String(key);
      });
      return perDistinct(ids, async (distinct) => {
        const wanted = distinct.map((index) => ids[index]!);
        const calls = Array.from({ length: Math.ceil(wanted.length / MAX_RECORDS) }, (_, call) =>
          fetch(wanted.slice(call * MAX_RECORDS, (call + 1) * MAX_RECORDS)),
        );
        const records = new Map(
          (await Promise.all(calls)).flat().map((each) => [each.RecordIdentifierValueAsString, each.Record]),
        );
        return wanted.map((id) => {
          const record = records.get(id);
          return (
            record &&
            featuresOf(config, (name) =>
              typed(record.find(({ FeatureName }) => FeatureName === name)?.ValueAsString),
            )
          );
        });
      });
    },
  };
}
