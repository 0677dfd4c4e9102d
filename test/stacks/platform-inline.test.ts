import type { App } from "cdktf";
import { Identity } from "../../lib";
import { expectStable, findTokenLeaks, synthStack, type Template } from "../../lib/testing";
import {
  HybridPlatform,
  type PlatformInlineInferenceProps,
  type PlatformLakehouse,
  type PlatformStream,
} from "../../stacks";
import { ONLINE, schema } from "../features/fixture";
import { objects } from "../lakehouse/kubernetes/support";
import { configOf } from "../streaming/inline/support";
import { docs } from "../vectors/fixture";
import {
  addAwsCluster,
  addGoogleCluster,
  addLakehouse,
  awsNetwork,
  charts,
  codes,
  EEMSHAVEN,
  FRANKFURT,
  googleNetwork,
  IRELAND,
  ISSUER,
  newPlatform,
  OSLO,
  OWNERSHIP,
  refusal,
  S3,
  TOPICS,
  template,
} from "./data-fixture";

const PROMETHEUS = { prometheus: "http://prometheus.monitoring.svc:9090" };
const MODEL = {
  protocol: "kserve-v2",
  endpoint: "http://bid-predictor.models.svc",
  name: "bid",
  timeoutMs: 20,
  inputs: [{ name: "x", datatype: "FP32", from: ["event.price"] }],
  outputs: [{ name: "score" }],
} as const;

const WORKER = {
  namespace: "bidding",
  image: `registry.example.com/inline-inference@sha256:${"a".repeat(64)}`,
  input: "bids",
  decisions: "decisions",
  model: MODEL,
  deadline: { ms: 200 },
  fallback: { score: 0 },
};

const featuresOf = (platform: HybridPlatform, at: readonly string[], lakehouse: PlatformLakehouse) =>
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

const lookup = (store: ReturnType<typeof featuresOf>) => ({
  name: "user",
  store,
  view: "user_activity",
  keys: { user_id: "user.id" },
  features: [{ name: "clicks_7d", default: 0 }],
});

/** Topics, features and vectors at a Kubernetes site, without a worker. */
function frankfurt(platform = newPlatform()) {
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
const policies = (found: Template) => JSON.stringify(found.resources("aws_iam_role_policy"));

/** The worker's parts in the workloads stack. */
const accountOf = (found: Template) =>
  found.resource("kubernetes_service_account_v1", "scorer_account") as { metadata: Record<string, unknown> };

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

describe("a worker at an AWS site", () => {
  const ireland = () => {
    const platform = newPlatform();
    addAwsCluster(platform);
    const features = featuresOf(platform, ["ireland"], addLakehouse(platform, ["ireland"]));
    const stream = platform.addStream("events", {
      at: ["ireland"],
      topics: TOPICS,
      delivery: "exactly-once",
      aws: { engine: "msk-provisioned", network: awsNetwork(platform) },
    });
    const props = { ...WORKER, at: "ireland", stream, features: [lookup(features)] };
    return { platform, props };
  };
  const { platform, props } = ireland();
  platform.addInlineInference("scorer", props);
  const foundation = template(platform, "ireland", "foundation");
  const workloads = template(platform, "ireland", "workloads");

  test("has a role of its own, with the rights of its topics and features", () => {
    expect(foundation.resource("aws_eks_pod_identity_association", "pod-role-bidding")).toMatchObject({
      namespace: "bidding",
      service_account: "scorer",
    });
    const text = policies(foundation);
    expect(text).toContain("topic/acme-prod-events-ireland/*/bids");
    expect(text).toContain("topic/acme-prod-events-ireland/*/decisions");
    expect(text).toContain("group/acme-prod-events-ireland/*/scorer");
    expect(text).toContain("transactional-id/acme-prod-events-ireland/*/scorer-*");
    expect(text).toContain("sagemaker:GetRecord");
  });

  test("gets brokers and feature group through one output each of the foundation, which is applied before", () => {
    expect(foundation.json.output).toHaveProperty("scorer_brokers");
    const outputs = Object.keys(foundation.json.output ?? {}).filter((name) => name.startsWith("scorer"));
    expect(outputs).toEqual(["scorer_brokers", "scorer_features_user_resource"]);
    expect(workloads.text).toContain(
      "data.terraform_remote_state.state-of-acme-ireland-foundation.outputs.scorer_brokers",
    );
    const order = platform.stack("ireland", "workloads").dependencies.map(({ node }) => node.id);
    expect(order).toEqual(expect.arrayContaining(["acme-ireland-foundation", "acme-ireland-platform"]));
    expect(workloads.text).not.toContain("cross-stack-output");
    expect(findTokenLeaks(workloads.json)).toEqual([]);
  });

  test("signs by the region of its site", () => {
    const text = (workloads.resource("kubernetes_config_map_v1", "scorer").data as Record<string, string>)[
      "config.json"
    ]!;
    expect(text).toContain('"sasl":{"kind":"aws-iam","region":"eu-west-1"}');
    expect(text).toContain('"auth":{"kind":"aws","region":"eu-west-1","service":"sagemaker"}');
    expect(text).toContain('"delivery":"exactly-once"');
  });

  test("lets KEDA ask how far the group is, and read nothing", () => {
    expect(charts(platform, "ireland")).toContain("keda");
    expect(foundation.resource("aws_eks_pod_identity_association", "pod-role-keda")).toMatchObject({
      namespace: "keda",
      service_account: "keda-operator",
    });
    const { policy } = foundation.resource("aws_iam_role_policy", "events_grants_keda");
    const { Statement } = JSON.parse(String(policy)) as { Statement: { Action: string[] | string }[] };
    expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual([
      "kafka-cluster:Connect",
      "kafka-cluster:DescribeGroup",
      "kafka-cluster:DescribeTopic",
    ]);
    const trigger = Object.values(objects(workloads, "ScaledObject"))[0]!.spec.triggers[0];
    expect(trigger.metadata).toMatchObject({ saslTokenProvider: "aws_msk_iam", awsRegion: "eu-west-1" });
  });

  test("shares KEDA's role with other workers, and needs none without it", () => {
    const two = ireland();
    two.platform.addInlineInference("scorer", two.props);
    two.platform.addInlineInference("ranker", { ...two.props, features: [] });
    const roles = (made: HybridPlatform) =>
      Object.keys(
        template(made, "ireland", "foundation").resources("aws_eks_pod_identity_association"),
      ).filter((id) => id.includes("pod-role-keda"));
    expect(roles(two.platform)).toHaveLength(1);
    for (const change of [{ kedaInstalled: true }, { scale: PROMETHEUS }]) {
      const own = ireland();
      own.platform.addInlineInference("scorer", { ...own.props, ...change });
      expect(roles(own.platform)).toEqual([]);
    }
  });

  test("needs a cluster there", () => {
    const bare = newPlatform();
    const stream = bare.addStream("events", {
      at: ["ireland"],
      topics: TOPICS,
      aws: { engine: "msk-provisioned", network: awsNetwork(bare) },
    });
    const declare = () => bare.addInlineInference("scorer", { ...WORKER, at: "ireland", stream });
    expect(codes(declare)).toEqual(["NoClusterAtSite"]);
    expect(refusal(declare)).toContain("addCluster");
  });

  test("does not read Kinesis", () => {
    const other = newPlatform();
    addAwsCluster(other);
    const stream = other.addStream("events", { at: ["ireland"], topics: TOPICS, aws: { engine: "kinesis" } });
    expect(codes(() => other.addInlineInference("scorer", { ...WORKER, at: "ireland", stream }))).toContain(
      "InlinePathUnsupported",
    );
  });
});

describe("a worker at a Google site", () => {
  const eemshaven = () => {
    const platform = newPlatform();
    addGoogleCluster(platform);
    const stream = platform.addStream("events", {
      at: ["eemshaven"],
      topics: TOPICS,
      google: { engine: "managed-kafka", network: googleNetwork(platform) },
    });
    return { platform, stream };
  };
  const { platform, stream } = eemshaven();
  const props = { ...WORKER, at: "eemshaven", stream, scale: PROMETHEUS };
  const features = featuresOf(platform, ["eemshaven"], addLakehouse(platform, ["eemshaven"]));
  platform.addInlineInference("scorer", { ...props, features: [lookup(features)] });
  const foundation = template(platform, "eemshaven", "foundation");
  const workloads = template(platform, "eemshaven", "workloads");

  test("acts as a Google service account of its own, which the brokers can name", () => {
    const [[id, account]] = Object.entries(foundation.resources("google_service_account")).filter(([key]) =>
      key.includes("scorer"),
    ) as [[string, Record<string, unknown>]];
    expect(account).toMatchObject({ project: "acme-ai" });
    expect(String(account.account_id).length).toBeLessThanOrEqual(30);
    const acls = JSON.stringify(foundation.resources("google_managed_kafka_acl"));
    expect(acls).toContain(`User:\${google_service_account.${id}.email}`);
    expect(acls).not.toContain("principal://");
    expect(foundation.resource("google_service_account_iam_member", "scorer")).toMatchObject({
      role: "roles/iam.workloadIdentityUser",
      member: "serviceAccount:acme-ai.svc.id.goog[bidding/scorer]",
    });
  });

  test("has the annotation that binds it, through an output of the foundation", () => {
    expect(accountOf(workloads).metadata.annotations).toEqual({
      "iam.gke.io/gcp-service-account": expect.stringContaining(
        "data.terraform_remote_state.state-of-acme-eemshaven-foundation.outputs.scorer_account",
      ),
    });
    expect(workloads.text).not.toContain("cross-stack-output");
    expect(findTokenLeaks(workloads.json)).toEqual([]);
  });

  test("signs in at brokers and Vertex AI by tokens of Google", () => {
    const text = (workloads.resource("kubernetes_config_map_v1", "scorer").data as Record<string, string>)[
      "config.json"
    ]!;
    expect(text).toContain('"sasl":{"kind":"google"}');
    expect(text).toContain('"auth":{"kind":"google"}');
    expect(text).toContain('"kind":"vertex"');
  });

  test("is scaled by what Prometheus knows: KEDA cannot sign in at these brokers", () => {
    const other = eemshaven();
    const declare = () =>
      other.platform.addInlineInference("scorer", { ...WORKER, at: "eemshaven", stream: other.stream });
    expect(codes(declare)).toEqual(["ScalerCannotAuthenticate"]);
  });

  test("pods that act as themselves are refused by the stream, with the way out", () => {
    const itself = {
      kind: "google-member",
      name: "itself",
      member: "principal://iam.googleapis.com/projects/1/subject/ns/bidding/sa/scorer",
    } as const;
    const grant = () => eemshaven().stream.at("eemshaven").topic("bids").grantConsume(itself);
    expect(codes(grant)).toEqual(["GrantNotApplicable"]);
    expect(refusal(grant)).toContain("podServiceAccount");
    const account = Identity.googleServiceAccount("sa", "scorer@acme-ai.iam.gserviceaccount.com");
    expect(eemshaven().stream.at("eemshaven").topic("bids").grantConsume(account).access.kind).toBe("kafka");
  });
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
      "with vectors in a store that it does not speak to",
      ({ platform }) => ({
        vectors: [
          {
            name: "ads",
            store: platform.addVectorStore("texts", {
              at: ["frankfurt"],
              collections: [docs()],
              kubernetes: { engine: "pgvector" },
            }),
            collection: "docs",
            vector: "embedding",
          },
        ],
      }),
      "VectorsNotForWorker",
      "qdrant",
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
