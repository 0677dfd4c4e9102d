import { COMPONENTS } from "../../../lib/kubernetes/components";
import type { InlineInferenceProps, ServiceAuth } from "../../../lib/streaming/inline/props";
import { captureValidationError } from "../../../lib/testing";
import {
  ADS_LOOKUP,
  access,
  all,
  configOf,
  GOOGLE,
  IAM,
  input,
  MILVUS_LOOKUP,
  MODEL,
  OPENSEARCH_LOOKUP,
  PGVECTOR_LOOKUP,
  S3_LOOKUP,
  SCRAM,
  synthesized,
  USER_LOOKUP,
  VERTEX_LOOKUP,
} from "./support";

const SECRET = { namespace: "bidding", name: "keys", key: "token" };

/** Between them they use every way of saying something. */
const VARIANTS: Readonly<Record<string, Partial<InlineInferenceProps>>> = {
  "as small as can be": {},
  "every lookup, a log, a copy": {
    features: [
      { ...USER_LOOKUP, auth: { kind: "bearer", secret: SECRET } },
      {
        ...USER_LOOKUP,
        kind: "sagemaker",
        name: "site",
        endpoint: "https://featurestore-runtime.sagemaker.eu-west-1.amazonaws.com",
        auth: { kind: "aws", region: "eu-west-1", service: "sagemaker" },
        onMissing: "fallback",
      },
      {
        ...USER_LOOKUP,
        kind: "vertex",
        name: "page",
        auth: { kind: "google" },
        features: [{ name: "age", as: "years" }],
      },
    ],
    vectors: [
      {
        ...ADS_LOOKUP,
        auth: { kind: "header", name: "api-key", secret: SECRET },
        payload: ["brand"],
        timeoutMs: 30,
      },
      { ...S3_LOOKUP, payload: ["title"] },
      { ...OPENSEARCH_LOOKUP, onMissing: "dead-letter" },
      VERTEX_LOOKUP,
      PGVECTOR_LOOKUP,
      {
        ...PGVECTOR_LOOKUP,
        name: "halves",
        endpoint: "postgresql://db.example.com:6432",
        metric: "dot",
        precision: "float16",
        connections: 2,
        searchParameters: { "hnsw.ef_search": 100, "ivfflat.probes": 10 },
        payload: ["content"],
      },
      { ...MILVUS_LOOKUP, payload: ["artist"], auth: { kind: "login", user: "scorer", password: SECRET } },
    ],
    log: { topic: access("bids-log"), sampleRate: 0.01 },
    copy: ["auction.id"],
    tracing: { collector: { service: "otlp", namespace: "monitoring" }, ca: { ...SECRET, key: "otlp.crt" } },
    trustedCas: [{ ...SECRET, key: "ca.crt" }],
    model: {
      ...MODEL,
      inputs: [{ name: "x", datatype: "BYTES", from: ["vectors.ads", "features.page.years"] }],
    },
    deadline: { ms: 200, hard: false },
  },
  "a prompt": {
    model: {
      protocol: "openai",
      endpoint: "https://vllm.example.com",
      name: "m",
      timeoutMs: 20,
      prompt: "Rate ${event.title} {features.user.ctr}",
      maxTokens: 8,
      auth: { kind: "bearer", secret: SECRET },
    },
  },
  "SCRAM, at least once": { ...all(SCRAM), delivery: "at-least-once" },
  MSK: { ...all(IAM), awsRegion: "eu-west-1" },
  "Managed Service for Apache Kafka": {
    ...all(GOOGLE),
    scale: { prometheus: "http://prometheus.monitoring.svc:9090" },
  },
  "every number": {
    batch: { size: 10, lingerMs: 1, concurrency: 2, maxInFlight: 100 },
    breaker: { failureRatio: 0.2, window: 10, minimumCalls: 5, openMs: 100, probes: 1 },
    retryBudget: { ratio: 0.2, minPerSecond: 0 },
    maxAttempts: 1,
    drainMs: 1_000,
    sessionTimeoutMs: 6_000,
    logLevel: "debug",
    startFrom: "latest",
    deadLetters: access("dead"),
  },
};

const AUTHS: readonly ServiceAuth[] = [
  { kind: "bearer", secret: SECRET },
  { kind: "header", name: "api-key", secret: SECRET },
  { kind: "login", user: "scorer", password: SECRET },
  { kind: "service-account" },
  { kind: "service-account", audience: "feast" },
  { kind: "google" },
  { kind: "aws", region: "eu-west-1", service: "sagemaker" },
];
const EVERYTHING: Readonly<Record<string, Partial<InlineInferenceProps>>> = {
  ...VARIANTS,
  ...Object.fromEntries(
    AUTHS.map((auth) => [
      `all services by ${auth.kind}`,
      {
        features: [{ ...USER_LOOKUP, auth }],
        vectors: [{ ...ADS_LOOKUP, auth }],
        model: { ...MODEL, auth },
      },
    ]),
  ),
};

/** For programs outside of a cluster only: pods get files. */
const NOT_EMITTED = /\.(token|value|password)\.name$/;

const worker = () => import("../../../examples/realtime-bidding/worker/src/config/config.js");

/** Paths as the worker's schema has them. */
function pathsOf(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((entry) => pathsOf(entry, `${path}[]`));
  }
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, entry]) => pathsOf(entry, path === "" ? key : `${path}.${key}`))
    : [path];
}

describe("what the construct writes is what the worker reads", () => {
  test.each(Object.entries(EVERYTHING))("%s", async (_, props) => {
    const { parseConfig } = await worker();
    const config = configOf(synthesized(props));
    expect(parseConfig(config)).toEqual(config);
  });

  test("every field of the worker's configuration can be set by a prop", async () => {
    const { configPaths } = await worker();
    const written = new Set(
      Object.values(EVERYTHING).flatMap((props) => pathsOf(configOf(synthesized(props)))),
    );
    // Below these, the content is the user's.
    const free = [...written].map((path) => (path.startsWith("fallback.output.") ? "fallback.output" : path));
    const missing = configPaths().filter((path) => !free.includes(path) && !NOT_EMITTED.test(path));
    expect(missing).toEqual([]);
  });

  test("the most neighbours that a store gives are the same to both", async () => {
    const { parseConfig } = await worker();
    for (const [lookup, most] of [
      [ADS_LOOKUP, 1_000],
      [MILVUS_LOOKUP, 1_000],
      [S3_LOOKUP, 100],
      [OPENSEARCH_LOOKUP, 1_000],
      [VERTEX_LOOKUP, 1_000],
      [PGVECTOR_LOOKUP, 1_000],
    ] as const) {
      const config = configOf(synthesized({ vectors: [{ ...lookup, topK: most }] }));
      expect(parseConfig(config).vectors[0]!.topK).toBe(most);
      config.vectors[0].topK += 1;
      expect(() => parseConfig(config)).toThrow(/topK/);
      expect(
        captureValidationError(() => synthesized({ vectors: [{ ...lookup, topK: most + 1 }] })).codes,
      ).toEqual(["NumberOutOfRange"]);
    }
  });

  test("a sign of Terraform in a prompt stays what it is", () => {
    expect(configOf(synthesized(VARIANTS["a prompt"])).model.prompt).toBe(
      "Rate ${event.title} {features.user.ctr}",
    );
  });

  test("its scaler is a chart that the library knows", () => {
    expect(COMPONENTS.keda.apiGroups).toContain("keda.sh");
    expect(input().kind).toBe("kafka");
  });
});
