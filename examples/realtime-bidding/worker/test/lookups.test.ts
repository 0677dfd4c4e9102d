import assert from "node:assert/strict";
import { createHash } from "node:crypto";
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

test("Milvus: one search an event; a vector that it refuses finds nothing, another refusal fails all", async () => {
  const config = {
    kind: "milvus",
    ...COMMON,
    name: "ads",
    vector: "embedding",
    topK: 2,
    collection: "songs",
    field: "embedding",
    payload: ["artist"],
  } as const;
  const { http, requests } = recording(({ body }) =>
    body!.includes("[0.3]")
      ? { code: 1100, message: "vector dimension mismatch" }
      : { code: 0, cost: 0, data: [{ id: "s1", distance: 0.9, artist: "x", other: 1 }] },
  );
  const found = await vectorLookup(config, http).find([{ embedding: [0.1, 0.2] }, {}, { embedding: [0.3] }]);
  assert.equal(requests[0]!.url, "http://store/v2/vectordb/entities/search");
  assert.deepEqual(JSON.parse(requests[0]!.body!), {
    collectionName: "songs",
    data: [[0.1, 0.2]],
    annsField: "embedding",
    limit: 2,
    outputFields: ["artist"],
  });
  assert.deepEqual(found, [{ neighbours: [{ id: "s1", distance: 0.9, artist: "x" }] }, undefined, undefined]);
  const busy = recording(() => ({ code: 8, message: "service resource insufficient" }));
  await assert.rejects(vectorLookup(config, busy.http).find([{ embedding: [0.1] }]), /Milvus answered 8/);
});

const NEIGHBOURS = { ...COMMON, name: "ads", vector: "embedding", topK: 2 } as const;
/** Two events of three carry a vector. */
const CARRYING = [{ embedding: [0.1, 0.2] }, {}, { embedding: [0.3, 0.4] }];
const bodies = (requests: readonly HttpRequest[]) => requests.map(({ body }) => JSON.parse(body!));

test("S3 Vectors: one query an event, metadata only where fields of it are wanted", async () => {
  const config = { kind: "s3-vectors", ...NEIGHBOURS, bucket: "acme", index: "docs" } as const;
  const { http, requests } = recording(() => ({
    distanceMetric: "cosine",
    vectors: [{ key: "a", distance: 0.25, metadata: { title: "A", other: 1 } }],
  }));
  const found = await vectorLookup({ ...config, payload: ["title"] }, http).find(CARRYING);
  assert.deepEqual(
    requests.map(({ url }) => url),
    ["http://store/QueryVectors", "http://store/QueryVectors"],
  );
  const query = {
    vectorBucketName: "acme",
    indexName: "docs",
    topK: 2,
    returnDistance: true,
    returnMetadata: true,
  };
  assert.deepEqual(bodies(requests), [
    { ...query, queryVector: { float32: [0.1, 0.2] } },
    { ...query, queryVector: { float32: [0.3, 0.4] } },
  ]);
  const neighbours = { neighbours: [{ id: "a", distance: 0.25, title: "A" }] };
  assert.deepEqual(found, [neighbours, undefined, neighbours]);

  const plain = recording(() => ({ distanceMetric: "cosine", vectors: [{ key: "a", distance: 0.25 }] }));
  await vectorLookup({ ...config, payload: [] }, plain.http).find(CARRYING.slice(0, 1));
  assert.equal(bodies(plain.requests)[0].returnMetadata, false);
});

test("OpenSearch Serverless: one k-NN search an event, the hash of the body as a signed header", async () => {
  process.env.AWS_ACCESS_KEY_ID = "AKIDEXAMPLE";
  process.env.AWS_SECRET_ACCESS_KEY = "example";
  const { http, requests } = recording(() => ({
    took: 3,
    timed_out: false,
    hits: {
      total: { value: 1, relation: "eq" },
      max_score: 0.9,
      hits: [{ _index: "docs", _id: "7", _score: 0.9, _source: { title: "A" } }],
    },
  }));
  const config = {
    kind: "opensearch-serverless",
    ...NEIGHBOURS,
    index: "docs",
    field: "embedding",
    payload: ["title"],
    auth: { kind: "aws", region: "eu-west-1", service: "aoss" },
  } as const;
  const found = await vectorLookup(config, http).find(CARRYING);
  assert.equal(requests.length, 2);
  // Signed one by one, so either may be sent first.
  const { url, body, headers } = requests.find((request) => request.body!.includes("0.1"))!;
  assert.equal(url, "http://store/docs/_search");
  assert.deepEqual(JSON.parse(body!), {
    size: 2,
    _source: ["title"],
    query: { knn: { embedding: { vector: [0.1, 0.2], k: 2 } } },
  });
  assert.equal(headers!["x-amz-content-sha256"], createHash("sha256").update(body!).digest("hex"));
  assert.match(
    headers!.authorization!,
    /\/eu-west-1\/aoss\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date,/,
  );
  const neighbours = { neighbours: [{ id: "7", score: 0.9, title: "A" }] };
  assert.deepEqual(found, [neighbours, undefined, neighbours]);
});

test("Vertex AI vectors: one call for the batch, answers are told apart by id, zero is left out", async () => {
  const { http, requests } = recording(() => ({
    nearestNeighbors: [
      { id: "1", neighbors: [{ datapoint: { datapointId: "far", crowdingTag: {} }, distance: 0.7 }] },
      { id: "0", neighbors: [{ datapoint: { datapointId: "same", crowdingTag: {} } }] },
    ],
  }));
  const indexEndpoint = "projects/p/locations/l/indexEndpoints/3";
  const config = { kind: "vertex", ...NEIGHBOURS, indexEndpoint, deployedIndexId: "d" } as const;
  const found = await vectorLookup(config, http).find(CARRYING);
  assert.equal(requests[0]!.url, `http://store/v1/${indexEndpoint}:findNeighbors`);
  assert.deepEqual(bodies(requests), [
    {
      deployedIndexId: "d",
      queries: [
        { datapoint: { datapointId: "0", featureVector: [0.1, 0.2] }, neighborCount: 2 },
        { datapoint: { datapointId: "1", featureVector: [0.3, 0.4] }, neighborCount: 2 },
      ],
    },
  ]);
  assert.deepEqual(found, [
    { neighbours: [{ id: "same", distance: 0 }] },
    undefined,
    { neighbours: [{ id: "far", distance: 0.7 }] },
  ]);
});

test("an event whose vector is refused costs the others nothing; one that all are refused for fails the look-up", async () => {
  const config = { kind: "s3-vectors", ...NEIGHBOURS, bucket: "acme", index: "docs", payload: [] } as const;
  const refusing = (refused: (body: string) => number | undefined) =>
    vectorLookup(config, recording(({ body }) => refused(body!) ?? { vectors: [] }).http).find(CARRYING);
  assert.deepEqual(await refusing((body) => (body.includes("0.3") ? 400 : undefined)), [
    { neighbours: [] },
    undefined,
    undefined,
  ]);
  await assert.rejects(
    refusing(() => 400),
    /answered 400/,
  );
  await assert.rejects(
    refusing((body) => (body.includes("0.3") ? 403 : undefined)),
    /answered 403/,
  );
});

test("a batch without a vector asks nobody", async () => {
  const { http, requests } = recording(() => ({}));
  const config = { kind: "vertex", ...NEIGHBOURS, indexEndpoint: "x", deployedIndexId: "d" } as const;
  assert.deepEqual(await vectorLookup(config, http).find([{}, { embedding: "no" }]), [undefined, undefined]);
  assert.equal(requests.length, 0);
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
