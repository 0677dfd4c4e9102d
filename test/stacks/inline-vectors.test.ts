import { type AwsSite, Site, Slice, StateBackend } from "../../lib";
import { AwsNetwork, CLUSTER_ENDPOINTS } from "../../lib/aws";
import { captureValidationError, findTokenLeaks, synthStack, testApp } from "../../lib/testing";
import { HybridPlatform, type PlatformVectorStoreProps } from "../../stacks";

const SITE = Site.aws("dublin", { region: "eu-west-1", account: "111122223333" });
const TOPIC = { throughput: { messagesPerSecond: 1_000, meanBytes: 600 }, retentionHours: 24 };

/** A worker at AWS that looks passages up. */
function platformWith(
  engine: NonNullable<PlatformVectorStoreProps["aws"]>["engine"],
  { pii = false, includePii = false } = {},
) {
  const platform = new HybridPlatform(testApp(), "acme", {
    environment: "prod",
    owner: "ads",
    costCentre: "cc-1",
    backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
    sites: [SITE],
  });
  const network = new AwsNetwork(platform.stack("dublin", "foundation"), "network", {
    site: SITE as AwsSite,
    namePrefix: "acme",
    cidrBlock: "10.0.0.0/16",
    availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    interfaceEndpoints: [...CLUSTER_ENDPOINTS, "s3vectors"],
  });
  platform.addCluster("bidding", {
    at: "dublin",
    pools: [{ name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) }],
    aws: { network },
  });
  const vectors = platform.addVectorStore("passages", {
    at: ["dublin"],
    collections: [
      {
        name: "ads",
        dimension: 256,
        metric: "cosine",
        vectors: 1_000_000,
        queriesPerSecond: 20,
        p95LatencyMs: 500,
        topK: 7,
        pii,
      },
    ],
    aws: { engine, ...(engine === "s3-vectors" ? {} : { network }) },
  });
  const stream = platform.addStream("bids", {
    at: ["dublin"],
    topics: [
      { name: "requests", ...TOPIC, deadLetter: { maxDeliveries: 3, retentionHours: 168 } },
      { name: "decisions", ...TOPIC },
    ],
    aws: { engine: "msk-provisioned", network },
  });
  platform.addInlineInference("bidder", {
    at: "dublin",
    namespace: "bidding",
    image: `registry.acme.example/bidder@sha256:${"0".repeat(64)}`,
    stream,
    input: "requests",
    decisions: "decisions",
    vectors: [
      {
        name: "ads",
        store: vectors,
        collection: "ads",
        vector: "embedding",
        payload: ["brand"],
        timeoutMs: 30,
        includePii,
      },
    ],
    model: {
      protocol: "kserve-v2",
      endpoint: "http://bids.models.svc",
      name: "bids",
      timeoutMs: 20,
      inputs: [{ name: "x", datatype: "BYTES", from: ["vectors.ads"] }],
      outputs: [{ name: "price" }],
    },
    deadline: { ms: 100 },
    fallback: { price: 0 },
  });
  return platform;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
type Json = any;

function synthesized(platform: HybridPlatform): { vectors: Json; foundation: Json; workloads: Json } {
  const workloads: Json = synthStack(platform.stack("dublin", "workloads"));
  const [configMap] = Object.values<Json>(workloads.resource.kubernetes_config_map_v1);
  const { vectors } = JSON.parse(configMap.data["config.json"]);
  const foundation: Json = synthStack(platform.stack("dublin", "foundation"));
  return { vectors, foundation, workloads };
}

/** Statements of the worker's own role. */
const rights = (foundation: Json): readonly Json[] =>
  Object.values<Json>(foundation.resource.aws_iam_role_policy).flatMap(
    ({ policy }) => JSON.parse(policy).Statement,
  );

describe("vectors for a worker at AWS", () => {
  test("S3 Vectors: bucket and index by name, requests signed by the pod's role, which may read them", () => {
    const { vectors, foundation, workloads } = synthesized(platformWith("s3-vectors"));
    expect(vectors).toEqual([
      {
        kind: "s3-vectors",
        name: "ads",
        endpoint: "https://s3vectors.eu-west-1.api.aws",
        bucket: "acme-prod-passages-vectors",
        index: "ads",
        vector: "embedding",
        topK: 7,
        payload: ["brand"],
        timeoutMs: 30,
        onMissing: "default",
        auth: { kind: "aws", region: "eu-west-1", service: "s3vectors" },
      },
    ]);
    expect(rights(foundation)).toContainEqual(
      expect.objectContaining({
        Action: expect.arrayContaining(["s3vectors:GetVectors", "s3vectors:QueryVectors"]),
        Resource: ["arn:aws:s3vectors:eu-west-1:111122223333:bucket/acme-prod-passages-vectors/index/ads"],
      }),
    );
    expect(findTokenLeaks(workloads)).toEqual([]);
  });

  test("OpenSearch Serverless: the collection's own endpoint, read from the foundation's state", () => {
    const { vectors, foundation, workloads } = synthesized(platformWith("opensearch-serverless"));
    expect(vectors).toEqual([
      expect.objectContaining({
        kind: "opensearch-serverless",
        endpoint: expect.stringMatching(/^\$\{data\.terraform_remote_state\..*vectors_ads_endpoint.*\}$/),
        index: "ads",
        field: "embedding",
        topK: 7,
        auth: { kind: "aws", region: "eu-west-1", service: "aoss" },
      }),
    ]);
    const [index] = Object.values<Json>(foundation.output).filter(({ value }) =>
      `${value}`.includes("knn_vector"),
    );
    expect(Object.keys(JSON.parse(index.value).ads.mappings.properties)).toContain(vectors[0].field);
    const [access] = Object.values<Json>(foundation.resource.aws_opensearchserverless_access_policy);
    expect(JSON.parse(access.policy)[0].Rules[0].Permission).toContain("aoss:ReadDocument");
    expect(findTokenLeaks(workloads)).toEqual([]);
  });

  test("a database is refused, and it is said what is not", () => {
    const error = captureValidationError(() => platformWith("aurora-pgvector"));
    expect(error.codes).toEqual(["VectorsNotForWorker"]);
    expect(error.message).toContain(
      "qdrant, milvus, pgvector on CloudNativePG, s3-vectors, opensearch-serverless, vertex with publicEndpoint",
    );
  });

  test("personal vectors need to be asked for", () => {
    const refused = captureValidationError(() => platformWith("s3-vectors", { pii: true }));
    expect(refused.codes).toEqual(["PersonalVectorsNotGranted"]);
    expect(() => platformWith("s3-vectors", { pii: true, includePii: true })).not.toThrow();
  });
});
