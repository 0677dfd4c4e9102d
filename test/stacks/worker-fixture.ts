import type { Template } from "../../lib/testing";
import type { HybridPlatform, PlatformInlineInferenceProps, PlatformLakehouse } from "../../stacks";
import { ONLINE, schema } from "../features/fixture";
import { docs } from "../vectors/fixture";
import { addLakehouse, ISSUER, newPlatform, TOPICS } from "./data-fixture";

export const PROMETHEUS = { prometheus: "http://prometheus.monitoring.svc:9090" };
export const MODEL = {
  protocol: "kserve-v2",
  endpoint: "http://bid-predictor.models.svc",
  name: "bid",
  timeoutMs: 20,
  inputs: [{ name: "x", datatype: "FP32", from: ["event.price"] }],
  outputs: [{ name: "score" }],
} as const;

export const WORKER = {
  namespace: "bidding",
  image: `registry.example.com/inline-inference@sha256:${"a".repeat(64)}`,
  input: "bids",
  decisions: "decisions",
  model: MODEL,
  deadline: { ms: 200 },
  fallback: { score: 0 },
};

export const featuresOf = (platform: HybridPlatform, at: readonly string[], lakehouse: PlatformLakehouse) =>
  platform.addFeatureStore("features", {
    at,
    schema: schema(),
    lakehouse,
    online: ONLINE,
    ...(at.includes("ireland") ? { aws: { offlineStore: false } } : {}),
    ...(at.includes("frankfurt")
      ? {
          kubernetes: {
            namespace: "bidding",
            valkeyPassword: { secretName: "valkey-password" },
            certificateIssuer: ISSUER,
            operatorInstalled: true,
          },
        }
      : {}),
  });

export const lookup = (store: ReturnType<typeof featuresOf>) => ({
  name: "user",
  store,
  view: "user_activity",
  keys: { user_id: "user.id" },
  features: [{ name: "clicks_7d", default: 0 }],
});

/** Topics, features and vectors at a Kubernetes site, without a worker. */
export function frankfurt(platform = newPlatform()) {
  const features = featuresOf(platform, ["frankfurt"], addLakehouse(platform, ["frankfurt"]));
  const vectors = platform.addVectorStore("ads", {
    at: ["frankfurt"],
    collections: [docs({ topK: 7 })],
    kubernetes: { engine: "qdrant" },
  });
  const stream = platform.addStream("events", {
    at: ["frankfurt"],
    topics: TOPICS,
    delivery: "exactly-once",
    kubernetes: { namespace: "bidding", createNamespace: false },
  });
  const props: PlatformInlineInferenceProps = {
    ...WORKER,
    at: "frankfurt",
    stream,
    features: [lookup(features)],
    vectors: [{ name: "ads", store: vectors, collection: "docs", vector: "embedding" }],
  };
  return { platform, stream, features, vectors, props };
}

/** Policies of a role or grant, as one text. */
export const policies = (found: Template) => JSON.stringify(found.resources("aws_iam_role_policy"));

/** The worker's parts in the workloads stack. */
export const accountOf = (found: Template) =>
  found.resource("kubernetes_service_account_v1", "scorer_account") as { metadata: Record<string, unknown> };
