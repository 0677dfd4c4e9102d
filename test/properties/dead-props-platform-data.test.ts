import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "cdktf";
import { Identity, Residency } from "../../lib";
import type {
  HybridPlatform,
  PlatformFeatureLookup,
  PlatformFeatureStoreProps,
  PlatformInlineInferenceProps,
  PlatformStreamProps,
  PlatformVectorLookup,
  PlatformVectorStoreProps,
  StreamMirrorProps,
} from "../../stacks";
import { ACTIVITY_VIEW, ONLINE, PROFILE_VIEW, schema } from "../features/fixture";
import { addAwsCluster, addLakehouse, ISSUER, newPlatform, TOPICS } from "../stacks/data-fixture";
import { docs } from "../vectors/fixture";
import { googleNetwork } from "./recipes-of-google-cluster";
import { network } from "./subjects";
import { noDeadPropsIn, programOutcome } from "./support";

const FRANCE = Residency.countries("FR");
const CLICKS = { ...TOPICS[1]!, name: "clicks" };
const EXTERNAL = { bootstrap: "kafka.example.com:9094", allowedCidrs: ["10.0.0.0/8"] };
const MIRROR: StreamMirrorProps = {
  from: "frankfurt",
  to: "oslo",
  topics: ["bids"],
  credentials: { kind: "mtls", secretName: "mirror" },
  caSecretName: "fra-ca",
};

const TWO_SITES = {
  at: ["frankfurt", "oslo"],
  kubernetes: undefined,
  perSite: { frankfurt: { kubernetes: { external: EXTERNAL } } },
};

noDeadPropsIn<PlatformStreamProps>(
  "PlatformStreamProps",
  (props) => programOutcome((app, given) => void newPlatform(app).addStream("events", given), props),
  { at: ["frankfurt"], topics: TOPICS },
  {
    at: { to: [["oslo"], ["frankfurt", "oslo"]], refused: [[["mars"], "UnknownSite"]] },
    topics: { to: [[...TOPICS, CLICKS]] },
    residency: { refused: [[FRANCE, "ResidencyViolation"]] },
    delivery: {
      refused: [["exactly-once", "ExactlyOnceUnsupported"]],
      given: { at: ["ireland"], aws: { engine: "kinesis" } },
    },
    schemaRegistry: { refused: [[true, "UnsupportedByEngine"]], default: false },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    mirrors: {
      to: [
        [MIRROR],
        [{ ...MIRROR, topics: ["decisions"] }],
        [{ ...MIRROR, bootstrapServers: "other.example.com:9094" }],
        [{ ...MIRROR, caSecretName: "other-ca" }],
        [{ ...MIRROR, credentials: { kind: "mtls", secretName: "other" } }],
      ],
      refused: [[[{ ...MIRROR, from: "ireland" }], "MirrorNotAtSite"]],
      default: [],
      given: TWO_SITES,
    },
    aws: {
      to: [
        { engine: "msk-provisioned", network: network("vpc-1") },
        { engine: "kinesis", onDemand: true },
      ],
      refused: [[undefined, "MissingValue"]],
      given: { at: ["ireland"], aws: { engine: "kinesis" } },
    },
    google: {
      to: [{ engine: "pubsub", ackDeadlineSeconds: 20 }],
      refused: [[undefined, "MissingValue"]],
      given: { at: ["eemshaven"], google: { engine: "managed-kafka", network: googleNetwork() } },
    },
    kubernetes: {
      to: [{ namespace: "bidding" }, { operators: { strimzi: false } }, { operators: { flink: true } }],
      default: {},
    },
    perSite: {
      to: [{ frankfurt: { kubernetes: { clientAuth: "scram" } } }],
      refused: [
        [{ oslo: {} }, "UnknownSite"],
        [{ frankfurt: { aws: { engine: "kinesis" } } }, "OptionsWithoutSite"],
      ],
      default: {},
    },
  },
);

noDeadPropsIn<PlatformVectorStoreProps>(
  "PlatformVectorStoreProps",
  (props) => programOutcome((app, given) => void newPlatform(app).addVectorStore("ads", given), props),
  { at: ["frankfurt"], collections: [docs()], kubernetes: { engine: "qdrant" } },
  {
    at: { to: [["oslo"], ["frankfurt", "oslo"]], refused: [[["mars"], "UnknownSite"]] },
    collections: { to: [[docs(), docs({ name: "more" })], [docs({ dimension: 384 })]] },
    residency: { refused: [[FRANCE, "CollectionOutsideResidency"]] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    aws: {
      to: [{ engine: "s3-vectors" }],
      refused: [[undefined, "MissingValue"]],
      given: {
        at: ["ireland"],
        kubernetes: undefined,
        aws: { engine: "aurora-pgvector", network: network("vpc-1") },
      },
    },
    google: {
      to: [{ engine: "vertex", network: googleNetwork() }],
      refused: [[undefined, "MissingValue"]],
      given: {
        at: ["eemshaven"],
        kubernetes: undefined,
        google: {
          engine: "alloydb",
          network: googleNetwork(),
          alloydb: {
            administrator: Identity.googleServiceAccount("admin", "admin@acme-ai.iam.gserviceaccount.com"),
          },
        },
      },
    },
    kubernetes: {
      to: [{ engine: "pgvector" }, { engine: "qdrant", operatorsInstalled: true }],
      refused: [[undefined, "MissingValue"]],
    },
    perSite: {
      to: [{ frankfurt: { kubernetes: { storageClass: "fast" } } }, { frankfurt: { namePrefix: "ads" } }],
      refused: [[{ oslo: {} }, "UnknownSite"]],
      default: {},
    },
  },
);

const folder = mkdtempSync(join(tmpdir(), "dead-props-"));
const BROKEN = join(folder, "broken.json");
writeFileSync(BROKEN, "{");
afterAll(() => rmSync(folder, { recursive: true }));

const FEAST = {
  namespace: "features",
  valkeyPassword: { secretName: "valkey-password" },
  certificateIssuer: ISSUER,
  operatorInstalled: true,
};

/** Where the lakehouse is, in place of the lakehouse. */
type PlainFeatures = Omit<PlatformFeatureStoreProps, "lakehouse"> & { readonly lakehouse: readonly string[] };

function featureStore(platform: HybridPlatform, { lakehouse: at, ...props }: PlainFeatures) {
  return platform.addFeatureStore("features", { ...props, lakehouse: addLakehouse(platform, at) });
}

noDeadPropsIn<PlainFeatures>(
  "PlatformFeatureStoreProps",
  (props) => programOutcome((app, given) => void featureStore(newPlatform(app), given), props),
  { at: ["frankfurt"], lakehouse: ["frankfurt"], schema: schema(), online: ONLINE, kubernetes: FEAST },
  {
    at: { to: [["oslo"]], refused: [[["mars"], "UnknownSite"]], given: { lakehouse: ["frankfurt", "oslo"] } },
    lakehouse: { refused: [[["oslo"], "NoPartAtSite"]] },
    schema: { to: [schema({ views: [{ ...ACTIVITY_VIEW, owner: "other" }, PROFILE_VIEW] })] },
    online: { to: [{ ...ONLINE, user_profile: { ...ONLINE.user_profile, items: 20_000_000 } }] },
    views: {
      refused: [
        [["nope"], "NotOneOf"],
        // Targets of a view that is not served would do nothing.
        [["user_profile"], "NotOneOf"],
      ],
    },
    materialization: { to: [{ every: "10m" } as never] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    lockFile: { refused: [[BROKEN, "SchemaLockUnreadable"]] },
    aws: {
      to: [{ offlineStore: false }],
      refused: [[undefined, "MissingValue"]],
      given: {
        at: ["ireland"],
        lakehouse: ["ireland"],
        kubernetes: undefined,
        aws: { offlineStore: { zone: "features" } },
      },
    },
    google: {
      refused: [[{ nothing: true } as never, "OptionsWithoutSite"]],
    },
    kubernetes: {
      to: [{ ...FEAST, registryInstances: 1 }],
      refused: [[undefined, "MissingValue"]],
    },
    perSite: {
      to: [{ frankfurt: { kubernetes: { storageClass: "fast" } } }],
      refused: [[{ oslo: {} }, "UnknownSite"]],
      default: {},
    },
  },
);

/** Names in place of what was declared before. */
type PlainInline = Omit<PlatformInlineInferenceProps, "stream" | "features" | "vectors"> & {
  readonly stream: string;
  readonly features?: readonly Omit<PlatformFeatureLookup, "store">[];
  readonly vectors?: readonly Omit<PlatformVectorLookup, "store">[];
};

const SECRETS = { namespace: "bidding", createNamespace: false };

function worker(app: App, { stream: name, features, vectors, ...props }: PlainInline): void {
  const platform = newPlatform(app);
  const at = [props.at];
  const more = ["dead", "seen"].map((topic) => ({ ...CLICKS, name: topic }));
  const topics = [...TOPICS, CLICKS, { ...TOPICS[0]!, name: "people", pii: true }, ...more];
  if (props.at === "ireland") {
    addAwsCluster(platform);
  }
  const stream = platform.addStream(name, {
    at,
    topics,
    delivery: "exactly-once",
    ...(props.at === "ireland"
      ? { aws: { engine: "msk-provisioned", network: network("vpc-1") } }
      : { kubernetes: SECRETS }),
  });
  const store =
    features &&
    featureStore(platform, {
      at,
      lakehouse: at,
      schema: schema(),
      online: ONLINE,
      kubernetes: { ...FEAST, namespace: "bidding" },
    });
  const index =
    vectors &&
    platform.addVectorStore("ads", {
      at,
      collections: [docs(), docs({ name: "more" })],
      kubernetes: { engine: "qdrant" },
    });
  platform.addInlineInference("scorer", {
    ...props,
    stream,
    features: features?.map((lookup) => ({ ...lookup, store: store! })),
    vectors: vectors?.map((lookup) => ({ ...lookup, store: index! })),
  });
}

const MODEL = {
  protocol: "kserve-v2",
  endpoint: "http://bid.models.svc",
  name: "bid",
  timeoutMs: 20,
  inputs: [{ name: "x", datatype: "FP32", from: ["event.price"] }],
  outputs: [{ name: "score" }],
} as const;
const USER = {
  name: "user",
  view: "user_activity",
  keys: { user_id: "user" },
  features: [{ name: "clicks_7d" }],
};
const ADS = { name: "ads", collection: "docs", vector: "embedding" };
const CA = { namespace: "bidding", name: "ca", key: "ca.crt" };

noDeadPropsIn<PlainInline>(
  "PlatformInlineInferenceProps",
  (props) => programOutcome(worker, props),
  {
    at: "frankfurt",
    stream: "events",
    namespace: "bidding",
    image: `r/w@sha256:${"a".repeat(64)}`,
    input: "bids",
    decisions: "decisions",
    model: MODEL,
    deadline: { ms: 200 },
    fallback: { score: 0 },
  },
  {
    at: { to: ["oslo", "ireland"], refused: [["mars", "UnknownSite"]] },
    stream: { to: ["others"] },
    namespace: { refused: [["models", "SecretInOtherNamespace"]] },
    image: { to: [`r/w@sha256:${"b".repeat(64)}`], refused: [["r/w:1", "ImageNotPinned"]] },
    input: { to: ["people"], given: { includePii: true }, refused: [["nope", "UnknownTopic"]] },
    includePii: {
      refused: [[undefined, "PiiTopicNotGranted"]],
      given: { input: "people", includePii: true },
    },
    decisions: { to: ["clicks"], refused: [["nope", "UnknownTopic"]] },
    deadLetters: { to: ["dead"] },
    log: {
      to: [
        { topic: "seen", sampleRate: 0.1 },
        { topic: "dead", sampleRate: 0.1 },
        { topic: "seen", sampleRate: 0.2 },
      ],
    },
    delivery: { to: ["at-least-once"], default: "exactly-once" },
    startFrom: { to: ["latest"], default: "earliest" },
    copy: { to: [["auction"]], default: [] },
    features: {
      to: [
        [USER],
        [{ ...USER, name: "person" }],
        [{ ...USER, keys: { user_id: "id" } }],
        [{ ...USER, timeoutMs: 10 }],
        [{ ...USER, onMissing: "fallback" }],
        [{ ...USER, features: [{ name: "spend_30d" }] }],
        [{ ...USER, view: "user_profile", features: [{ name: "interests" }], includePii: true }],
      ],
      refused: [
        [[{ ...USER, keys: { user: "id" } }], "NotOneOf"],
        [[{ ...USER, view: "user_profile", features: [{ name: "interests" }] }], "PiiNotGranted"],
      ],
    },
    vectors: {
      to: [
        [ADS],
        [{ ...ADS, topK: 3 }],
        [{ ...ADS, collection: "more" }],
        [{ ...ADS, vector: "other" }],
        [{ ...ADS, payload: ["brand"] }],
      ],
    },
    kedaInstalled: { to: [true], default: false },
    model: { to: [{ ...MODEL, name: "other" }] },
    batch: { to: [{ size: 10 }], default: { size: 64, lingerMs: 5, concurrency: 4, maxInFlight: 2_048 } },
    deadline: { to: [{ ms: 300 }], default: { ms: 200, hard: true } },
    maxAttempts: { to: [1], default: 2 },
    retryBudget: { to: [{ ratio: 0.2 }], default: { ratio: 0.1, minPerSecond: 1 } },
    breaker: { to: [{ probes: 1 }] },
    fallback: { to: [{ score: 1 }], refused: [[undefined, "FallbackMissing"]] },
    drainMs: { to: [1_000], default: 20_000 },
    sessionTimeoutMs: { to: [6_000], default: 10_000 },
    logLevel: { to: ["debug"], default: "info" },
    resources: { to: [{ cpu: "2" }], default: { cpu: "1", memory: "512Mi" } },
    scale: { to: [{ min: 0 }, { prometheus: "http://prometheus.monitoring.svc" }] },
    trustedCas: { to: [[CA]], default: [] },
    egressCidrs: {
      to: [["10.0.0.0/8"]],
      given: { model: { ...MODEL, endpoint: "https://models.example.com" } },
    },
    tracing: { to: [{ collector: { service: "otlp", namespace: "monitoring" } }] },
    monitoring: { to: [{ namespace: "monitoring" }] },
  },
);
