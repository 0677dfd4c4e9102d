import type { App } from "cdktf";
import { expectStable, findTokenLeaks, synthStack, type Template } from "../../lib/testing";
import { HybridPlatform, type PlatformInlineInferenceProps, type PlatformStream } from "../../stacks";
import { objects } from "../lakehouse/kubernetes/support";
import { configOf } from "../streaming/inline/support";
import { docs } from "../vectors/fixture";
import { MILVUS } from "../vectors/kubernetes/support";
import {
  charts,
  codes,
  EEMSHAVEN,
  FRANKFURT,
  IRELAND,
  OSLO,
  OWNERSHIP,
  refusal,
  S3,
  TOPICS,
  template,
} from "./data-fixture";
import { accountOf, frankfurt, lookup, PROMETHEUS } from "./worker-fixture";

describe("a worker at a Kubernetes site", () => {
  const { platform, props } = frankfurt();
  const made = platform.addInlineInference("scorer", props);
  const workloads = template(platform, "frankfurt", "workloads");
  const config = configOf({ resources: (type: string) => onlyWorker(workloads, type) } as Template);

  function onlyWorker(found: Template, type: string) {
    return Object.fromEntries(
      Object.entries(found.resources(type)).filter(([id]) => id.startsWith("scorer_")),
    );
  }

  test("is in the workloads stack, its scaler in the platform stack", () => {
    expect(made.node.path).toBe("acme-frankfurt-workloads/scorer");
    expect(charts(platform, "frankfurt")).toEqual([
      "cert-manager",
      "cloudnative-pg",
      "keda",
      "spark-operator",
      "strimzi-kafka-operator",
    ]);
    expect(Object.keys(objects(workloads, "ScaledObject"))).toEqual(["scorer"]);
  });

  test("reads and writes exactly its topics, as a user of its own", () => {
    const [user] = Object.values(objects(workloads, "KafkaUser"));
    const acls = user!.spec.authorization.acls as { resource: { name: string }; operations: string[] }[];
    expect(acls.map(({ resource, operations }) => [resource.name, operations.join()])).toEqual([
      ["scorer", "Describe,Read"],
      ["bids", "Describe,Read"],
      ["bids-dlq", "Describe,Write"],
      ["decisions", "Describe,Write"],
      ["scorer-", "Describe,Write"],
    ]);
    expect(config.delivery).toBe("exactly-once");
    expect(config.kafka).toMatchObject({ groupId: "scorer", transactionalIdPrefix: "scorer-" });
    expect(config.deadLetters).toEqual({ topic: "bids-dlq" });
  });

  test("looks features up at Feast by the token of its account", () => {
    expect(config.features).toEqual([
      expect.objectContaining({
        kind: "feast",
        view: "user_activity",
        endpoint: expect.stringMatching(/^https:\/\/.+\.bidding\.svc$/),
        keys: [{ name: "user_id", from: "user.id" }],
        features: [{ name: "clicks_7d", as: "clicks_7d", default: 0 }],
        auth: {
          kind: "bearer",
          token: { from: "file", path: "/var/run/inline-inference/service-account/token" },
        },
      }),
    ]);
    const bindings = Object.values(workloads.resources("kubernetes_role_binding_v1"));
    expect(bindings).toContainEqual(
      expect.objectContaining({
        role_ref: expect.objectContaining({ name: "acme-prod-features-frankfurt-user-activity-reader" }),
        subject: [{ kind: "ServiceAccount", name: "scorer", namespace: "bidding" }],
      }),
    );
  });

  test("looks vectors up at Qdrant by a key in a header", () => {
    expect(config.vectors).toEqual([
      expect.objectContaining({
        kind: "qdrant",
        collection: "docs",
        vector: "embedding",
        topK: 7,
        auth: {
          kind: "header",
          name: "api-key",
          value: { from: "file", path: "/var/run/inline-inference/lookup-ads/value" },
        },
      }),
    ]);
  });

  test("looks vectors up at Milvus as a user of its own", () => {
    const own = frankfurt();
    const songs = own.platform.addVectorStore("songs", {
      at: ["frankfurt"],
      collections: [docs({ topK: 3 })],
      kubernetes: { engine: "milvus", milvus: MILVUS },
    });
    own.platform.addInlineInference("scorer", {
      ...own.props,
      vectors: [{ name: "songs", store: songs, collection: "docs", vector: "embedding", payload: ["title"] }],
    });
    const found = template(own.platform, "frankfurt", "workloads");
    const [configMap] = Object.values(onlyWorker(found, "kubernetes_config_map_v1"));
    expect(JSON.parse((configMap!.data as Record<string, string>)["config.json"]!).vectors).toEqual([
      expect.objectContaining({
        kind: "milvus",
        endpoint: expect.stringMatching(/^https:\/\/.+:19530$/),
        collection: "docs",
        field: "embedding",
        payload: ["title"],
        auth: {
          kind: "login",
          user: expect.stringMatching(/^docs_scorer_read_/),
          password: { from: "file", path: "/var/run/inline-inference/lookup-songs/password" },
        },
      }),
    ]);
  });

  test("looks vectors up in pgvector as a user of its own, by the table and distance of the collection", () => {
    const own = frankfurt();
    const texts = own.platform.addVectorStore("texts", {
      at: ["frankfurt"],
      collections: [docs({ topK: 3 })],
      kubernetes: { engine: "pgvector" },
    });
    own.platform.addInlineInference("scorer", {
      ...own.props,
      vectors: [
        { name: "texts", store: texts, collection: "docs", vector: "embedding", payload: ["content"] },
      ],
    });
    const found = template(own.platform, "frankfurt", "workloads");
    const [configMap] = Object.values(onlyWorker(found, "kubernetes_config_map_v1"));
    const { vectors, trustedCaFiles } = JSON.parse(
      (configMap!.data as Record<string, string>)["config.json"]!,
    );
    expect(vectors).toEqual([
      expect.objectContaining({
        kind: "pgvector",
        endpoint: expect.stringMatching(/^postgresql:\/\/acme-prod-texts-postgres-rw\.[a-z-]+\.svc$/),
        database: "vectors",
        table: "docs",
        metric: "cosine",
        type: "vector",
        topK: 3,
        payload: ["content"],
        searchParameters: { "hnsw.ef_search": expect.any(Number) },
        auth: {
          kind: "login",
          user: expect.stringMatching(/^docs_scorer_read_/),
          password: { from: "file", path: "/var/run/inline-inference/lookup-texts/password" },
        },
      }),
    ]);
    expect(trustedCaFiles).toHaveLength(2);
    const roles = Object.values(objects(found, "DatabaseRole")).map(({ spec }) => spec.name);
    expect(roles).toContain(vectors[0].auth.user);
    expect(JSON.stringify(onlyWorker(found, "kubernetes_network_policy_v1"))).toContain(
      `"kubernetes.io/metadata.name":"${vectors[0].endpoint.split(".")[1]}"`,
    );
  });

  test("trusts the authorities of both stores, each once", () => {
    expect(config.trustedCaFiles).toEqual([
      "/var/run/inline-inference/trusted/0.crt",
      "/var/run/inline-inference/trusted/1.crt",
    ]);
    const deployment = JSON.stringify(onlyWorker(workloads, "kubernetes_deployment_v1"));
    expect(deployment).toContain("acme-prod-features-frankfurt-feast-tls");
    expect(deployment).toMatch(/acme-prod-ads-docs-scorer-read-\w+/);
  });

  test("lets KEDA's namespace reach the brokers, where KEDA asks them", () => {
    const entries = Object.keys(workloads.resources("kubernetes_network_policy_v1"));
    expect(entries.filter((id) => id.includes("from-keda"))).toHaveLength(1);
    const told = frankfurt();
    told.platform.addInlineInference("scorer", { ...told.props, scale: PROMETHEUS });
    expect(template(told.platform, "frankfurt", "workloads").text).not.toContain("from-keda");
  });

  test("gives its pods no cloud and no annotation", () => {
    expect(accountOf(workloads).metadata).not.toHaveProperty("annotations");
    expect(config.kafka.sasl).toEqual({ kind: "none" });
  });
});

test("KEDA is installed once for two workers, and not at all where it is there", () => {
  const { platform, props } = frankfurt();
  platform.addInlineInference("scorer", props);
  platform.addInlineInference("ranker", { ...props, vectors: undefined });
  expect(charts(platform, "frankfurt").filter((chart) => chart === "keda")).toHaveLength(1);
  const other = frankfurt();
  other.platform.addInlineInference("scorer", { ...other.props, kedaInstalled: true });
  expect(charts(other.platform, "frankfurt")).not.toContain("keda");
});

test("dead letters, log and neighbours may be named", () => {
  const { platform, props, vectors } = frankfurt();
  const stream = platform.addStream("more", {
    at: ["frankfurt"],
    topics: [
      ...TOPICS,
      { name: "dead", throughput: { messagesPerSecond: 1, meanBytes: 100 }, retentionHours: 24 },
      { name: "seen", throughput: { messagesPerSecond: 1, meanBytes: 100 }, retentionHours: 24 },
    ],
    kubernetes: { namespace: "bidding", createNamespace: false },
  });
  platform.addInlineInference("scorer", {
    ...props,
    stream,
    deadLetters: "dead",
    log: { topic: "seen", sampleRate: 0.1 },
    vectors: [{ name: "ads", store: vectors, collection: "docs", vector: "embedding", topK: 3 }],
    trustedCas: [{ namespace: "bidding", name: "models-ca", key: "ca.crt" }],
  });
  const found = template(platform, "frankfurt", "workloads");
  const config = JSON.parse(
    (found.resource("kubernetes_config_map_v1", "scorer_config").data as Record<string, string>)[
      "config.json"
    ]!,
  );
  expect(config).toMatchObject({
    delivery: "at-least-once",
    deadLetters: { topic: "dead" },
    log: { topic: "seen", sampleRate: 0.1 },
    vectors: [{ topK: 3 }],
  });
  expect(config.trustedCaFiles).toHaveLength(3);
});

describe("a worker is refused", () => {
  type Change = (made: ReturnType<typeof frankfurt>) => Partial<PlatformInlineInferenceProps>;
  const elsewhere = (platform: HybridPlatform): PlatformStream =>
    platform.addStream("other", { at: ["oslo"], topics: TOPICS });

  test.each<[string, Change, string, string]>([
    ["at a site that nobody knows", () => ({ at: "mars" }), "UnknownSite", "mars"],
    [
      "where the stream has no part",
      ({ platform }) => ({ stream: elsewhere(platform) }),
      "NoPartAtSite",
      "other",
    ],
    ["of a topic that there is not", () => ({ input: "clicks" }), "UnknownTopic", "clicks"],
    [
      "with keys that are not the entity's",
      ({ features }) => ({ features: [{ ...lookup(features), keys: { user: "user.id" } }] }),
      "NotOneOf",
      "exactly the keys of the entity: user_id",
    ],
    [
      "with more keys than the entity has",
      ({ features }) => ({ features: [{ ...lookup(features), keys: { user_id: "a", other: "b" } }] }),
      "NotOneOf",
      "other",
    ],
    [
      "with a view that there is not",
      ({ features }) => ({ features: [{ ...lookup(features), view: "nope" }] }),
      "UnknownView",
      "nope",
    ],
    [
      "with a feature that the view has not",
      ({ features }) => ({ features: [{ ...lookup(features), features: [{ name: "nope" }] }] }),
      "UnknownFeature",
      "nope",
    ],
    [
      "with personal data that it was not given",
      ({ features }) => ({
        features: [{ ...lookup(features), view: "user_profile", features: [{ name: "interests" }] }],
      }),
      "PiiNotGranted",
      "user_profile",
    ],
    [
      "outside the namespace of its Secrets",
      () => ({ namespace: "models" }),
      "SecretInOtherNamespace",
      "bidding",
    ],
  ])("%s", (_, change, code, text) => {
    const made = frankfurt();
    const error = refusedWith(() =>
      made.platform.addInlineInference("scorer", { ...made.props, ...change(made) }),
    );
    expect(error.codes).toContain(code);
    expect(error.message).toContain(text);
  });

  test("where features and vectors have no part, all of it said at once", () => {
    const { platform, props } = frankfurt();
    const stream = platform.addStream("other", { at: ["oslo"], topics: TOPICS });
    expect(codes(() => platform.addInlineInference("scorer", { ...props, at: "oslo", stream }))).toEqual([
      "NoPartAtSite",
      "NoPartAtSite",
    ]);
  });

  test("under a name that is taken, or that is none", () => {
    const { platform, props } = frankfurt();
    platform.addInlineInference("scorer", props);
    expect(codes(() => platform.addInlineInference("scorer", props))).toEqual(["DuplicateName"]);
    expect(codes(() => platform.addInlineInference("events", props))).toEqual(["DuplicateName"]);
    expect(codes(() => platform.addInlineInference("Scorer", props))).toEqual(["InvalidName"]);
  });
});

function refusedWith(make: () => unknown) {
  let found: { codes: readonly string[]; message: string } | undefined;
  const message = refusal(() => {
    try {
      make();
    } catch (error) {
      found = error as { codes: readonly string[]; message: string };
      throw error;
    }
  });
  return { codes: found!.codes, message };
}

test("the output is the same in every run", () => {
  const sites = [IRELAND, EEMSHAVEN, FRANKFURT, OSLO];
  expectStable((app: App) => {
    const made = frankfurt(new HybridPlatform(app, "acme", { ...OWNERSHIP, backend: S3, sites }));
    made.platform.addInlineInference("scorer", made.props);
  });
  const { platform, props } = frankfurt();
  platform.addInlineInference("scorer", props);
  expect(findTokenLeaks(synthStack(platform.stack("frankfurt", "workloads")))).toEqual([]);
});
