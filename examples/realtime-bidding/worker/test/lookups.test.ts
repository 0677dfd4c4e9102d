import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../src/http/http.js";
import { featureLookup, vectorLookup } from "../src/lookups/lookups.js";
import { feastAnswer } from "./support/stub-services.js";

const COMMON = {
  endpoint: "http://store/",
  timeoutMs: 100,
  auth: { kind: "none" },
  onMissing: "default",
} as const;
const FEATURES = {
  ...COMMON,
  name: "user",
  view: "stats",
  keys: [{ name: "user_id", from: "user.id" }],
  features: [
    { name: "ctr", as: "rate", default: 0.1 },
    { name: "age", as: "age" },
  ],
} as const;
const event = (id: unknown) => ({ user: { id } });

function recording(answer: (request: HttpRequest) => unknown) {
  const requests: HttpRequest[] = [];
  return {
    requests,
    http: async (request: HttpRequest) => {
      requests.push(request);
      const body = answer(request);
      return typeof body === "number"
        ? { status: body, body: "" }
        : { status: 200, body: JSON.stringify(body) };
    },
  };
}

test("Feast: one request for the batch, each user once", async () => {
  const { http, requests } = recording(({ body }) => JSON.parse(feastAnswer(body!)));
  const found = await featureLookup({ kind: "feast", ...FEATURES }, http).find(
    ["a", "b", "a", "nobody", undefined].map(event),
  );
  assert.equal(requests.length, 1);
  assert.deepEqual(JSON.parse(requests[0]!.body!), {
    features: ["stats:ctr", "stats:age"],
    entities: { user_id: ["a", "b", "nobody"] },
  });
  const known = { rate: 0.5, age: 0.5 };
  // `nobody` has a default for one feature and none for the other: the entity is missing.
  assert.deepEqual(found, [known, known, known, undefined, undefined]);
});

test("SageMaker: a hundred records a call, numbers out of text", async () => {
  const { http, requests } = recording(({ body }) => ({
    Records: JSON.parse(body!).Identifiers[0].RecordIdentifiersValueAsString.map((id: string) => ({
      RecordIdentifierValueAsString: id,
      Record: [{ FeatureName: "age", ValueAsString: "42" }],
    })),
  }));
  const events = Array.from({ length: 150 }, (_, id) => event(id));
  const found = await featureLookup({ kind: "sagemaker", ...FEATURES }, http).find(events);
  assert.deepEqual(
    requests.map(({ url, body }) => [
      url,
      JSON.parse(body!).Identifiers[0].RecordIdentifiersValueAsString.length,
    ]),
    [
      ["http://store/BatchGetRecord", 100],
      ["http://store/BatchGetRecord", 50],
    ],
  );
  assert.deepEqual(found[149], { rate: 0.1, age: 42 });
});

test("Vertex AI: one call an entity, 404 is an entity that is not there", async () => {
  const { http, requests } = recording(({ body }) =>
    body!.includes('"b"') ? 404 : { keyValues: { features: [{ name: "age", value: { int64Value: "7" } }] } },
  );
  const view = "projects/p/locations/l/featureOnlineStores/s/featureViews/v";
  const found = await featureLookup({ kind: "vertex", ...FEATURES, view }, http).find(
    ["a", "b", "a"].map(event),
  );
  assert.equal(requests[0]!.url, `http://store/v1/${view}:fetchFeatureValues`);
  assert.equal(requests.length, 2);
  assert.deepEqual(found, [{ rate: 0.1, age: 7 }, undefined, { rate: 0.1, age: 7 }]);
});

test("Qdrant: one search per event that carries a vector", async () => {
  const { http, requests } = recording(() => ({
    result: [{ points: [{ id: 9, score: 0.8, payload: { brand: "x" } }] }],
  }));
  const lookup = vectorLookup(
    {
      kind: "qdrant",
      ...COMMON,
      name: "ads",
      collection: "ads",
      vector: "embedding",
      topK: 3,
      payload: ["brand"],
    },
    http,
  );
  const found = await lookup.find([{}, { embedding: [0.1, 0.2] }]);
  assert.equal(requests[0]!.url, "http://store/collections/ads/points/query/batch");
  assert.deepEqual(JSON.parse(requests[0]!.body!), {
    searches: [{ query: [0.1, 0.2], limit: 3, with_payload: ["brand"] }],
  });
  assert.deepEqual(found, [undefined, { neighbours: [{ id: 9, score: 0.8, brand: "x" }] }]);
});

test("signed requests carry a signature of version 4, secrets of files are read again when they change", async () => {
  process.env.AWS_ACCESS_KEY_ID = "AKIDEXAMPLE";
  process.env.AWS_SECRET_ACCESS_KEY = "example";
  const { http, requests } = recording(() => ({ Records: [] }));
  const auth = { kind: "aws", region: "eu-west-1", service: "sagemaker" } as const;
  await featureLookup({ kind: "sagemaker", ...FEATURES, auth }, http).find([event("a")]);
  assert.match(
    requests[0]!.headers!.authorization!,
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sagemaker\/aws4_request, SignedHeaders=.*host/,
  );
});
