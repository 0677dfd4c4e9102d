import type { TerraformStack } from "cdktf";
import type { KafkaTopicAccess } from "../../../lib/streaming";
import { InlineInferenceProcessor } from "../../../lib/streaming/inline/processor";
import type { InlineInferenceProps } from "../../../lib/streaming/inline/props";
import { Template } from "../../../lib/testing";
import { kubernetesStack } from "../../lakehouse/kubernetes/support";

const secret = (key: string) => ({ namespace: "bidding", name: "events-scorer", key });

export function access(topic: string, change: Partial<KafkaTopicAccess> = {}): KafkaTopicAccess {
  return {
    kind: "kafka",
    topic,
    partitions: 12,
    ordering: "per-key",
    delivery: "exactly-once",
    bootstrapServers: "events-kafka-bootstrap.kafka.svc:9093",
    auth: "mtls",
    caCertificate: { namespace: "bidding", name: "events-cluster-ca-cert", key: "ca.crt" },
    credentials: { certificate: secret("user.crt"), privateKey: secret("user.key") },
    ...change,
  };
}

/** Events of a consumer; everything else is written. */
export const input = (change: Partial<KafkaTopicAccess> = {}): KafkaTopicAccess =>
  access("bids", {
    consumerGroup: "scorer",
    deadLetter: { topic: "bids-dlq", maxDeliveries: 5, countedBy: "client" },
    ...change,
  });

export const decisions = (change: Partial<KafkaTopicAccess> = {}): KafkaTopicAccess =>
  access("decisions", { transactionalIdPrefix: "scorer-", ...change });

/** Topics whose brokers ask for something else. */
export const all = (change: Partial<KafkaTopicAccess>): Partial<InlineInferenceProps> => ({
  input: input(change),
  decisions: decisions(change),
});

export const SCRAM: Partial<KafkaTopicAccess> = {
  auth: "scram",
  username: "scorer",
  credentials: { password: secret("password") },
};
export const IAM: Partial<KafkaTopicAccess> = {
  auth: "sasl-iam",
  caCertificate: undefined,
  credentials: undefined,
};
export const GOOGLE: Partial<KafkaTopicAccess> = { ...IAM, auth: "oauthbearer" };

export const USER_LOOKUP = {
  kind: "feast",
  name: "user",
  endpoint: "http://feast.features.svc:6566",
  view: "user_stats",
  keys: [{ name: "user_id", from: "user" }],
  features: [{ name: "ctr", default: 0 }],
} as const;

export const ADS_LOOKUP = {
  kind: "qdrant",
  name: "ads",
  endpoint: "https://qdrant.example.com:6333",
  collection: "ads",
  vector: "embedding",
  topK: 5,
} as const;

export const MILVUS_LOOKUP = {
  kind: "milvus",
  name: "songs",
  endpoint: "https://milvus.vectors.svc:19530",
  collection: "songs",
  field: "embedding",
  vector: "embedding",
  topK: 5,
} as const;

const NEIGHBOURS = { vector: "embedding", topK: 5 } as const;

export const S3_LOOKUP = {
  kind: "s3-vectors",
  name: "docs",
  endpoint: "https://s3vectors.eu-west-1.api.aws",
  bucket: "acme-vectors",
  index: "docs",
  auth: { kind: "aws", region: "eu-west-1", service: "s3vectors" },
  ...NEIGHBOURS,
} as const;

export const OPENSEARCH_LOOKUP = {
  kind: "opensearch-serverless",
  name: "shops",
  endpoint: "https://x1.eu-west-1.aoss.amazonaws.com",
  index: "shops",
  field: "embedding",
  auth: { kind: "aws", region: "eu-west-1", service: "aoss" },
  ...NEIGHBOURS,
} as const;

export const VERTEX_LOOKUP = {
  kind: "vertex",
  name: "users",
  endpoint: "https://1.europe-west4-2.vdb.vertexai.goog",
  indexEndpoint: "projects/acme-ai/locations/europe-west4/indexEndpoints/3",
  deployedIndexId: "acme_users",
  auth: { kind: "google" },
  ...NEIGHBOURS,
} as const;

export const PGVECTOR_LOOKUP = {
  kind: "pgvector",
  name: "places",
  endpoint: "postgresql://acme-postgres-rw.vectors.svc",
  database: "vectors",
  table: "places",
  metric: "cosine",
  auth: {
    kind: "login",
    user: "scorer",
    password: { namespace: "bidding", name: "places-scorer", key: "password" },
  },
  ...NEIGHBOURS,
} as const;

export const MODEL = {
  protocol: "kserve-v2",
  endpoint: "http://bid-predictor.models.svc",
  name: "bid",
  timeoutMs: 20,
  inputs: [{ name: "x", datatype: "FP32", from: ["event.price", "features.user.ctr"] }],
  outputs: [{ name: "score" }],
} as const;

export const BASE: InlineInferenceProps = {
  name: "scorer",
  namespace: "bidding",
  image: `registry.example.com/inline-inference@sha256:${"a".repeat(64)}`,
  input: input(),
  decisions: decisions(),
  features: [USER_LOOKUP],
  model: MODEL,
  deadline: { ms: 100 },
  fallback: { score: 0 },
};

export function processor(
  props: Partial<InlineInferenceProps> = {},
  stack: TerraformStack = kubernetesStack(),
  id = "scorer",
): InlineInferenceProcessor {
  return new InlineInferenceProcessor(stack, id, { ...BASE, ...props });
}

export function synthesized(props: Partial<InlineInferenceProps> = {}): Template {
  const stack = kubernetesStack();
  processor(props, stack);
  return Template.of(stack);
}

/** The configuration as a pod reads it. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
export function configOf(template: Template): any {
  const [configMap] = Object.values(template.resources("kubernetes_config_map_v1"));
  const text = (configMap!.data as Record<string, string>)["config.json"]!;
  return JSON.parse(text.replaceAll("$${", "${").replaceAll("%%{", "%{"));
}
