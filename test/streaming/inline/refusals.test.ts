import { TerraformVariable } from "cdktf";
import type { InlineInferenceProps } from "../../../lib/streaming/inline/props";
import { captureValidationError } from "../../../lib/testing";
import { kubernetesStack } from "../../lakehouse/kubernetes/support";
import {
  ADS_LOOKUP,
  access,
  all,
  decisions,
  GOOGLE,
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
} from "./support";

const KINESIS = {
  kind: "kinesis",
  topic: "bids",
  partitions: 4,
  ordering: "per-key",
  delivery: "at-least-once",
  auth: "sigv4",
  region: "eu-west-1",
  streamArn: "arn:aws:kinesis:eu-west-1:111122223333:stream/bids",
} as const;

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ["events of Kinesis", { input: KINESIS }, "InlinePathUnsupported"],
  ["exactly-once over Kinesis", { input: KINESIS, delivery: "exactly-once" }, "ExactlyOnceUnsupported"],
  [
    "exactly-once over topics that do not say so",
    { input: input({ delivery: "at-least-once" }), delivery: "exactly-once" },
    "ExactlyOnceUnsupported",
  ],
  [
    "exactly-once without transactional ids",
    { decisions: decisions({ transactionalIdPrefix: undefined }), delivery: "exactly-once" },
    "ExactlyOnceUnsupported",
  ],
  [
    "decisions at other brokers",
    { decisions: decisions({ bootstrapServers: "b:9093" }) },
    "InlineTopicsApart",
  ],
  ["the input of a producer", { input: input({ consumerGroup: undefined }) }, "InlineAccessIncomplete"],
  ["no place for dead letters", { input: input({ deadLetter: undefined }) }, "InlineAccessIncomplete"],
  ["decisions into the input", { decisions: decisions({ topic: "bids" }) }, "SourceAndSink"],
  ["an image by tag", { image: "registry.example.com/worker:1.2" }, "ImageNotPinned"],
  ["a token as text", { model: { ...MODEL, auth: { kind: "bearer", secret: "s3cret" } } }, "SecretAsText"],
  [
    "a login as text",
    { vectors: [{ ...MILVUS_LOOKUP, auth: { kind: "login", user: "me", password: "s3cret" } }] },
    "SecretAsText",
  ],
  [
    "a login of nobody",
    {
      vectors: [
        {
          ...MILVUS_LOOKUP,
          auth: { kind: "login", password: { namespace: "bidding", name: "m", key: "password" } },
        },
      ],
    },
    "MissingValue",
  ],
  [
    "a user with a colon",
    {
      vectors: [
        {
          ...MILVUS_LOOKUP,
          auth: {
            kind: "login",
            user: "a:b",
            password: { namespace: "bidding", name: "m", key: "password" },
          },
        },
      ],
    },
    "InvalidName",
  ],
  ["Milvus without a collection", { vectors: [{ ...MILVUS_LOOKUP, collection: undefined }] }, "MissingValue"],
  [
    "a password in an address",
    { model: { ...MODEL, endpoint: "https://me:s3cret@models.example.com" } },
    "SecretAsText",
  ],
  [
    "a Secret of another namespace",
    { model: { ...MODEL, auth: { kind: "bearer", secret: { namespace: "ml", name: "k", key: "t" } } } },
    "SecretInOtherNamespace",
  ],
  [
    "credentials in the namespace of the stream",
    all({ caCertificate: { namespace: "kafka", name: "ca", key: "ca.crt" } }),
    "SecretInOtherNamespace",
  ],
  ["attempts that take longer than the deadline", { maxAttempts: 4 }, "DeadlineUnreachable"],
  ["a batch that waits longer than the deadline", { batch: { lingerMs: 50 } }, "DeadlineUnreachable"],
  ["a hard deadline without a fallback", { fallback: undefined }, "FallbackMissing"],
  [
    "a look-up that falls back to nothing",
    {
      fallback: undefined,
      deadline: { ms: 100, hard: false },
      features: [{ ...USER_LOOKUP, onMissing: "fallback" }],
    },
    "FallbackMissing",
  ],
  [
    "a feature that nobody looks up",
    { model: { ...MODEL, inputs: [{ name: "x", datatype: "FP32", from: ["features.user.age"] }] } },
    "UnknownFeature",
  ],
  [
    "a feature that the view has not",
    { features: [{ ...USER_LOOKUP, available: ["cvr"] }] },
    "UnknownFeature",
  ],
  ["a sample of more than all", { log: { topic: access("log"), sampleRate: 1.2 } }, "RateOutOfRange"],
  ["a sample of less than nothing", { log: { topic: access("log"), sampleRate: -0.1 } }, "RateOutOfRange"],
  ["a retry budget above all requests", { retryBudget: { ratio: 1.5 } }, "RateOutOfRange"],
  ["a breaker that opens without failures", { breaker: { failureRatio: 0 } }, "RateOutOfRange"],
  ["more replicas than partitions", { scale: { max: 13 } }, "TooManyReplicas"],
  ["fewer replicas at most than at least", { scale: { min: 5, max: 4 } }, "NumberOutOfRange"],
  ["a batch that never fits", { batch: { size: 100, maxInFlight: 50 } }, "NumberOutOfRange"],
  ["scaling at Google's brokers", all(GOOGLE), "ScalerCannotAuthenticate"],
  ["MSK without its region", all(IAM), "MissingValue"],
  ["a region without MSK", { awsRegion: "eu-west-1" }, "NoEffect"],
  [
    "two keys for SageMaker",
    {
      features: [
        {
          ...USER_LOOKUP,
          kind: "sagemaker",
          keys: [
            { name: "a", from: "a" },
            { name: "b", from: "b" },
          ],
        },
      ],
    },
    "NoEffect",
  ],
  ["SCRAM without a user", all({ auth: "scram", credentials: undefined }), "InlineAccessIncomplete"],
  ["another kind of look-up", { features: [{ ...USER_LOOKUP, kind: "redis" }] }, "NotOneOf"],
  ["vectors in a database", { vectors: [{ ...ADS_LOOKUP, kind: "aurora-pgvector" }] }, "NotOneOf"],
  ["pgvector by HTTP", { vectors: [{ ...PGVECTOR_LOOKUP, endpoint: "https://db" }] }, "InvalidName"],
  [
    "a password in a database's address",
    { vectors: [{ ...PGVECTOR_LOOKUP, endpoint: "postgresql://me:s3cret@db" }] },
    "SecretAsText",
  ],
  ["pgvector as nobody", { vectors: [{ ...PGVECTOR_LOOKUP, auth: undefined }] }, "NotOneOf"],
  ["pgvector without a table", { vectors: [{ ...PGVECTOR_LOOKUP, table: "" }] }, "MissingValue"],
  ["pgvector without a database", { vectors: [{ ...PGVECTOR_LOOKUP, database: undefined }] }, "MissingValue"],
  ["a distance of no operator", { vectors: [{ ...PGVECTOR_LOOKUP, metric: "hamming" }] }, "NotOneOf"],
  ["a column of bytes", { vectors: [{ ...PGVECTOR_LOOKUP, precision: "int8" }] }, "NotOneOf"],
  ["no connection", { vectors: [{ ...PGVECTOR_LOOKUP, connections: 0 }] }, "NumberOutOfRange"],
  ["too many connections", { vectors: [{ ...PGVECTOR_LOOKUP, connections: 101 }] }, "NumberOutOfRange"],
  [
    "a setting that is none of an index",
    { vectors: [{ ...PGVECTOR_LOOKUP, searchParameters: { work_mem: 1 } }] },
    "NotOneOf",
  ],
  [
    "more candidates than pgvector looks at",
    { vectors: [{ ...PGVECTOR_LOOKUP, searchParameters: { "hnsw.ef_search": 1_001 } }] },
    "NumberOutOfRange",
  ],
  ["no neighbour", { vectors: [{ ...ADS_LOOKUP, topK: 0 }] }, "NumberOutOfRange"],
  ["vectors of no collection", { vectors: [{ ...ADS_LOOKUP, collection: "" }] }, "MissingValue"],
  ["S3 Vectors without a bucket", { vectors: [{ ...S3_LOOKUP, bucket: undefined }] }, "MissingValue"],
  ["S3 Vectors unsigned", { vectors: [{ ...S3_LOOKUP, auth: undefined }] }, "NotOneOf"],
  [
    "OpenSearch signed for another service",
    { vectors: [{ ...OPENSEARCH_LOOKUP, auth: { ...OPENSEARCH_LOOKUP.auth, service: "es" } }] },
    "NotOneOf",
  ],
  ["OpenSearch without a field", { vectors: [{ ...OPENSEARCH_LOOKUP, field: undefined }] }, "MissingValue"],
  [
    "Vertex AI with a number for a name",
    { vectors: [{ ...VERTEX_LOOKUP, indexEndpoint: "1234567890" }] },
    "InvalidName",
  ],
  [
    "Vertex AI without a deployment",
    { vectors: [{ ...VERTEX_LOOKUP, deployedIndexId: undefined }] },
    "MissingValue",
  ],
  ["fields of neighbours of Vertex AI", { vectors: [{ ...VERTEX_LOOKUP, payload: ["x"] }] }, "NoEffect"],
  ["two look-ups of one name", { features: [USER_LOOKUP, USER_LOOKUP] }, "DuplicateValue"],
];

describe("a processor is refused", () => {
  test.each(REFUSED)("%s", (_, props, code) => {
    const error = captureValidationError(() => processor(props as Partial<InlineInferenceProps>));
    expect(error.codes).toContain(code);
    expect(error.message).not.toContain("s3cret");
  });

  test("all that is wrong is said at once", () => {
    const { codes } = captureValidationError(() =>
      processor({ image: "x", fallback: undefined, maxAttempts: 9 }),
    );
    expect(codes).toEqual(
      expect.arrayContaining(["ImageNotPinned", "FallbackMissing", "DeadlineUnreachable"]),
    );
  });
});

test("brokers that only Terraform knows are taken as they are: two tokens may be one address", () => {
  const stack = kubernetesStack();
  const servers = (name: string) => new TerraformVariable(stack, name, {}).stringValue;
  const props = {
    input: input({ ...IAM, bootstrapServers: servers("a") }),
    decisions: decisions({ ...IAM, bootstrapServers: servers("b") }),
    awsRegion: "eu-west-1",
  };
  expect(() => processor(props, stack)).not.toThrow();
});
