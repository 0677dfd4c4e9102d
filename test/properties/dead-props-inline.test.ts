import { InlineLogSink } from "../../lib/streaming/inline/log-sink";
import type { InlineLogSinkProps } from "../../lib/streaming/inline/log-sink-props";
import type { InlineInferenceProps } from "../../lib/streaming/inline/props";
import { ATHENA, BIGQUERY, SINK, TRINO } from "../streaming/inline/log-sink-support";
import {
  ADS_LOOKUP,
  access,
  all,
  BASE,
  decisions,
  IAM,
  input,
  MILVUS_LOOKUP,
  MODEL,
  OPENSEARCH_LOOKUP,
  PGVECTOR_LOOKUP,
  processor,
  S3_LOOKUP,
  USER_LOOKUP,
  VERTEX_LOOKUP,
} from "../streaming/inline/support";
import { type Make, noDeadProps } from "./support";

const make: Make<Partial<InlineInferenceProps>> = (stack, props) => {
  processor(props, stack);
};
const LOGIN = { namespace: "bidding", name: "milvus", key: "password" };
const COLLECTOR = { service: "otlp", namespace: "monitoring" };
const LOG = { topic: access("log"), sampleRate: 0.1 };

noDeadProps<Partial<InlineInferenceProps>>(
  "InlineInferenceProps",
  make,
  {},
  {
    name: { to: ["bidder"], refused: [["Bidder", "InvalidName"]] },
    namespace: { refused: [["ml", "SecretInOtherNamespace"]] },
    image: { to: [`r/w@sha256:${"b".repeat(64)}`], refused: [["r/w:1", "ImageNotPinned"]] },
    input: { to: [input({ topic: "clicks" }), input({ consumerGroup: "b" }), input({ partitions: 6 })] },
    decisions: { to: [decisions({ topic: "answers" }), decisions({ transactionalIdPrefix: "x-" })] },
    deadLetters: { to: [access("dead")] },
    log: { to: [LOG, { ...LOG, sampleRate: 0.2 }, { ...LOG, topic: access("other") }] },
    delivery: { to: ["at-least-once"], default: "exactly-once", refused: [["never" as never, "NotOneOf"]] },
    startFrom: { to: ["latest"], default: "earliest" },
    copy: { to: [["auction"]], default: [] },
    features: {
      to: [
        [{ ...USER_LOOKUP, view: "v" }],
        [{ ...USER_LOOKUP, endpoint: "http://feast.other.svc" }],
        [{ ...USER_LOOKUP, timeoutMs: 10 }],
        [{ ...USER_LOOKUP, onMissing: "fallback" }],
        [{ ...USER_LOOKUP, auth: { kind: "google" } }],
        [{ ...USER_LOOKUP, keys: [{ name: "u", from: "user" }] }],
        [{ ...USER_LOOKUP, kind: "vertex" }],
      ],
      refused: [[[], "UnknownFeature"]],
    },
    vectors: {
      to: [
        [ADS_LOOKUP],
        [{ ...ADS_LOOKUP, topK: 6 }],
        [{ ...ADS_LOOKUP, collection: "c" }],
        [{ ...ADS_LOOKUP, vector: "v" }],
        [{ ...ADS_LOOKUP, payload: ["brand"] }],
        [MILVUS_LOOKUP],
        [{ ...MILVUS_LOOKUP, collection: "c" }],
        [{ ...MILVUS_LOOKUP, field: "f" }],
        [{ ...MILVUS_LOOKUP, payload: ["artist"] }],
        [{ ...MILVUS_LOOKUP, auth: { kind: "login", user: "a", password: LOGIN } }],
        [{ ...MILVUS_LOOKUP, auth: { kind: "login", user: "b", password: LOGIN } }],
        [S3_LOOKUP],
        [{ ...S3_LOOKUP, bucket: "b" }],
        [{ ...S3_LOOKUP, index: "i" }],
        [{ ...S3_LOOKUP, payload: ["title"] }],
        [{ ...S3_LOOKUP, auth: { ...S3_LOOKUP.auth, region: "eu-west-3" } }],
        [OPENSEARCH_LOOKUP],
        [{ ...OPENSEARCH_LOOKUP, index: "i" }],
        [{ ...OPENSEARCH_LOOKUP, field: "f" }],
        [{ ...OPENSEARCH_LOOKUP, payload: ["title"] }],
        [VERTEX_LOOKUP],
        [{ ...VERTEX_LOOKUP, indexEndpoint: "projects/p/locations/l/indexEndpoints/4" }],
        [{ ...VERTEX_LOOKUP, deployedIndexId: "d" }],
        [PGVECTOR_LOOKUP],
        [{ ...PGVECTOR_LOOKUP, endpoint: "postgresql://other.vectors.svc" }],
        [{ ...PGVECTOR_LOOKUP, database: "d" }],
        [{ ...PGVECTOR_LOOKUP, table: "t" }],
        [{ ...PGVECTOR_LOOKUP, metric: "dot" }],
        [{ ...PGVECTOR_LOOKUP, precision: "float16" }],
        [{ ...PGVECTOR_LOOKUP, connections: 5 }],
        [{ ...PGVECTOR_LOOKUP, searchParameters: { "hnsw.ef_search": 80 } }],
        [{ ...PGVECTOR_LOOKUP, payload: ["content"] }],
        [{ ...PGVECTOR_LOOKUP, auth: { kind: "login", user: "b", password: LOGIN } }],
      ],
      default: [],
    },
    model: {
      to: [
        { ...MODEL, name: "other" },
        { ...MODEL, timeoutMs: 10 },
        { ...MODEL, endpoint: "http://other.models.svc" },
        { ...MODEL, outputs: [{ name: "score", as: "bid" }] },
      ],
    },
    batch: {
      to: [{ size: 10 }, { lingerMs: 1 }, { concurrency: 2 }, { maxInFlight: 100 }],
      default: { size: 64, lingerMs: 5, concurrency: 4, maxInFlight: 2_048 },
    },
    deadline: { to: [{ ms: 200 }, { ms: 100, hard: false }], default: { ms: 100, hard: true } },
    maxAttempts: { to: [1], default: 2, refused: [[0, "NumberOutOfRange"]] },
    retryBudget: { to: [{ ratio: 0.2 }, { minPerSecond: 2 }], default: { ratio: 0.1, minPerSecond: 1 } },
    breaker: {
      to: [{ failureRatio: 0.1 }, { window: 60 }, { minimumCalls: 10 }, { openMs: 1 }, { probes: 1 }],
      default: { failureRatio: 0.5, window: 50, minimumCalls: 20, openMs: 10_000, probes: 3 },
    },
    fallback: { to: [{ score: 1 }], refused: [[undefined, "FallbackMissing"]] },
    drainMs: { to: [1_000], default: 20_000, refused: [[-1, "NumberOutOfRange"]] },
    sessionTimeoutMs: { to: [6_000], default: 10_000 },
    logLevel: { to: ["debug"], default: "info", refused: [["loud" as never, "NotOneOf"]] },
    resources: { to: [{ cpu: "2" }, { memory: "1Gi" }], default: { cpu: "1", memory: "512Mi" } },
    scale: {
      to: [
        { min: 2 },
        { max: 6 },
        { lagPerReplica: 10 },
        { cooldownSeconds: 10 },
        { prometheus: "http://prometheus.monitoring.svc" },
      ],
      default: { min: 1, max: 12, lagPerReplica: 1_000, cooldownSeconds: 300 },
    },
    awsRegion: {
      to: ["eu-central-1"],
      given: { ...all(IAM), awsRegion: "eu-west-1" },
      refused: [[undefined, "MissingValue"]],
    },
    serviceAccount: {
      to: [{ name: "bidder" }, { annotations: { "iam.gke.io/gcp-service-account": "a@b.iam" } }],
      default: { name: "scorer" },
    },
    trustedCas: {
      to: [
        [{ namespace: "bidding", name: "ca", key: "ca.crt" }],
        [{ namespace: "bidding", name: "other-ca", key: "ca.crt" }],
      ],
      refused: [
        [[{ namespace: "ml", name: "ca", key: "ca.crt" }], "SecretInOtherNamespace"],
        [["-----BEGIN CERTIFICATE-----" as never], "SecretAsText"],
      ],
    },
    egressCidrs: {
      to: [["10.0.0.0/8"]],
      given: { features: [{ ...USER_LOOKUP, endpoint: "https://feast.example.com" }] },
      refused: [[["all"], "InvalidCidr"]],
    },
    monitoring: { to: [{ namespace: "monitoring" }, { namespace: "monitoring", podMonitor: false }] },
    tracing: {
      to: [
        { collector: COLLECTOR },
        { collector: { ...COLLECTOR, service: "other" } },
        { collector: { ...COLLECTOR, namespace: "traces" } },
        { collector: { ...COLLECTOR, port: 1 } },
        { collector: COLLECTOR, samplingPercent: 2 },
        { collector: COLLECTOR, ca: { ...LOGIN, key: "ca.crt" } },
      ],
      refused: [[{ collector: COLLECTOR, samplingPercent: 101 }, "NumberOutOfRange"]],
    },
  },
);

test("the base of these recipes is whole", () => {
  expect(BASE.features).toHaveLength(1);
});

noDeadProps<Partial<InlineLogSinkProps>>(
  "InlineLogSinkProps",
  (stack, props) => {
    new InlineLogSink(stack, "sink", { ...SINK, ...props });
  },
  {},
  {
    name: { to: ["bidder-log"], refused: [["Bidder", "InvalidName"]] },
    namespace: { refused: [["ml", "SecretInOtherNamespace"]] },
    image: { to: [`r/w@sha256:${"b".repeat(64)}`], refused: [["r/w:1", "ImageNotPinned"]] },
    input: {
      to: [
        access("other", { consumerGroup: "scorer-log" }),
        access("log", { consumerGroup: "b" }),
        access("log", { consumerGroup: "scorer-log", deadLetter: { topic: "log-dlq" } as never }),
      ],
    },
    table: {
      to: [
        { ...TRINO, endpoint: "https://trino.example.com" },
        { ...TRINO, user: "me" },
        { ...TRINO, auth: undefined },
        { ...TRINO, auth: { ...TRINO.auth, audience: "other" } },
        { ...TRINO, catalog: "curated" },
        { ...TRINO, schema: "logs" },
        { ...TRINO, table: "log" },
        BIGQUERY,
        { ...BIGQUERY, project: "acme-other" },
        { ...BIGQUERY, location: "EU" },
        { ...BIGQUERY, dataset: "other" },
        { ...BIGQUERY, table: "log" },
        { ...BIGQUERY, endpoint: "https://bigquery-acme.p.googleapis.com" },
        ATHENA,
        { ...ATHENA, region: "eu-west-3" },
        { ...ATHENA, workgroup: "other" },
        { ...ATHENA, catalog: "other" },
        { ...ATHENA, database: "other" },
        { ...ATHENA, table: "log" },
        { ...ATHENA, endpoint: "https://athena.example.com" },
      ],
    },
    startFrom: { to: ["latest"], default: "earliest" },
    batch: { to: [{ size: 10 }, { lingerMs: 10 }], default: { size: 1_000, lingerMs: 60_000 } },
    statementTimeoutMs: { to: [60_000], default: 300_000 },
    drainMs: { to: [1_000], default: 60_000 },
    sessionTimeoutMs: { to: [6_000], default: 30_000 },
    logLevel: { to: ["debug"], default: "info", refused: [["loud" as never, "NotOneOf"]] },
    resources: { to: [{ cpu: "2" }, { memory: "1Gi" }], default: { cpu: "250m", memory: "512Mi" } },
    awsRegion: {
      to: ["eu-central-1"],
      given: { input: access("log", { ...IAM, consumerGroup: "log" }), awsRegion: "eu-west-1" },
      refused: [[undefined, "MissingValue"]],
    },
    serviceAccount: {
      to: [{ name: "bidder" }, { annotations: { "iam.gke.io/gcp-service-account": "a@b.iam" } }],
      default: { name: "scorer-log" },
    },
    trustedCas: {
      to: [[{ namespace: "bidding", name: "ca", key: "ca.crt" }]],
      refused: [[[{ namespace: "ml", name: "ca", key: "ca.crt" }], "SecretInOtherNamespace"]],
    },
    certificateIssuer: { to: [{ name: "ca" }, { name: "other" }, { name: "ca", kind: "Issuer" }] },
    egressCidrs: { to: [["10.0.0.0/8"]], given: { table: BIGQUERY }, refused: [[["all"], "InvalidCidr"]] },
    monitoring: { to: [{ namespace: "monitoring" }, { namespace: "monitoring", podMonitor: false }] },
    tracing: {
      to: [
        { collector: COLLECTOR },
        { collector: { ...COLLECTOR, service: "other" } },
        { collector: { ...COLLECTOR, namespace: "traces" } },
        { collector: { ...COLLECTOR, port: 1 } },
        { collector: COLLECTOR, samplingPercent: 2 },
        { collector: COLLECTOR, ca: { ...LOGIN, key: "ca.crt" } },
      ],
      refused: [[{ collector: COLLECTOR, samplingPercent: 101 }, "NumberOutOfRange"]],
    },
  },
);
