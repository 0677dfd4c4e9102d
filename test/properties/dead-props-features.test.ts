import {
  type EmbeddingProps,
  type EntityKeyProps,
  type EntityProps,
  type FeatureProps,
  FeatureSchema,
  type FeatureViewProps,
  type MaterializationProps,
  type OnlineTargets,
  schemaLock,
} from "../../lib";
import type { AwsFeatureStoreProps, AwsMaterializationSpark, AwsOfflineStore } from "../../lib/aws";
import type { GoogleFeatureStoreProps } from "../../lib/google";
import type { FeatureTrino, KubernetesFeatureStoreProps, ValkeyPassword } from "../../lib/kubernetes";
import {
  AWS_FEATURES,
  GOOGLE_FEATURES,
  KUBERNETES_FEATURES,
  makeAwsFeatures,
  makeGoogleFeatures,
  makeKubernetesFeatures,
  ONLINE,
  SCHEMA,
} from "./recipes-of-features";
import { flag, noDeadProps } from "./support";

type Plain<P> = Omit<P, "site" | "schema" | "lakehouse"> & { readonly schema: typeof SCHEMA };

const VIEW = SCHEMA.views[0]!;
const OTHER = { ...SCHEMA, views: [{ ...VIEW, name: "other" }] };
const BROKEN = schemaLock(
  FeatureSchema.of({
    ...SCHEMA,
    views: [{ ...VIEW, entity: "user", features: [{ name: "gone", type: "long" }] }],
  }),
);
const busy = { activity: { ...ONLINE.activity!, readsPerSecond: 30_000 } };

const common = {
  namePrefix: { to: ["beta"] },
  schema: {
    to: [{ ...SCHEMA, views: [{ ...VIEW, owner: "others" }] }],
    refused: [[OTHER, "NotOneOf"]] as const,
  },
  lock: { refused: [[BROKEN, "IncompatibleSchema"]] as const },
  removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]] as const, default: "retain" as const },
  views: { refused: [[["none"], "NotOneOf"]] as const, default: ["activity"] },
  materialization: { to: [{ every: "5m", jobTime: "1m" }] },
} as const;

noDeadProps<Plain<AwsFeatureStoreProps>>("AwsFeatureStoreProps", makeAwsFeatures, AWS_FEATURES, {
  ...common,
  online: { refused: [[{}, "MissingValue"]] },
  encryptionKeyArn: { to: ["arn:aws:kms:eu-west-1:111122223333:key/def"], refused: [["key", "InvalidArn"]] },
  offlineStore: { to: [false], refused: [[{ zone: "curated" }, "OfflineZoneWithTables"]] },
  spark: { to: [{ applicationId: "00def" }] },
  alarmTopicArns: { to: [[]] },
});

const aws = <P extends object>(key: string, given: Partial<Plain<AwsFeatureStoreProps>> = {}) =>
  ((stack, value) => makeAwsFeatures(stack, { ...AWS_FEATURES, ...given, [key]: value } as never)) as (
    stack: Parameters<typeof makeAwsFeatures>[0],
    value: P,
  ) => void;

noDeadProps<AwsMaterializationSpark>(
  "AwsMaterializationSpark",
  aws("spark"),
  { applicationId: "00abc" },
  {
    applicationId: { to: ["00def"] },
    executorVcpu: { to: [4], default: 2 },
    maxExecutors: { to: [8], default: 4 },
  },
);

const scalarViews = { ...SCHEMA, views: [{ ...VIEW, embeddings: [] }] };

noDeadProps<AwsOfflineStore>(
  "AwsOfflineStore",
  aws("offlineStore", { schema: scalarViews }),
  { zone: "features" },
  {
    zone: { refused: [["curated", "OfflineZoneWithTables"]] },
    piiTagKey: { to: ["acme-lake-pii"] },
  },
);

noDeadProps<OnlineTargets>(
  "OnlineTargets on AWS",
  (stack, targets) =>
    makeAwsFeatures(stack, { ...AWS_FEATURES, schema: scalarViews, online: { activity: targets } }),
  { ...ONLINE.activity!, traffic: "steady" },
  {
    p99LatencyMs: { to: [10], refused: [[4, "OnlineUnreachable"]], given: { traffic: "bursty" } },
    readsPerSecond: { to: [2000] },
    writesPerSecond: { to: [200] },
    items: { refused: [[0, "NumberOutOfRange"]] },
    meanBytes: { to: [5000] },
    traffic: { to: ["bursty"] },
  },
);

noDeadProps<Plain<GoogleFeatureStoreProps>>("GoogleFeatureStoreProps", makeGoogleFeatures, GOOGLE_FEATURES, {
  ...common,
  online: { to: [busy] },
  materialization: { to: [{ every: "20m" }] },
  servingEndpoint: {
    refused: [["https://a.example.com", "NoEffect"]],
  },
  notificationChannels: { to: [[]], refused: [[["oncall"], "InvalidName"]] },
  enableServices: flag(true),
});

noDeadProps<OnlineTargets>(
  "OnlineTargets on Google Cloud",
  (stack, targets) => makeGoogleFeatures(stack, { ...GOOGLE_FEATURES, online: { activity: targets } }),
  ONLINE.activity!,
  {
    p99LatencyMs: { refused: [[20, "ServingEndpointMissing"]] },
    readsPerSecond: { to: [40_000] },
    writesPerSecond: { to: [40_000] },
    items: { to: [100_000_000], given: { meanBytes: 500_000, readsPerSecond: 10 } },
    meanBytes: { to: [500_000] },
    traffic: { refused: [["steady", "NoEffect"]], default: "bursty" },
  },
);

// Whether the operator is there is asked at synth: see the tests of the room.
noDeadProps<Omit<Plain<KubernetesFeatureStoreProps>, "operatorInstalled">>(
  "KubernetesFeatureStoreProps",
  (stack, props) => makeKubernetesFeatures(stack, { ...props, operatorInstalled: true }),
  KUBERNETES_FEATURES,
  {
    ...common,
    online: { to: [busy] },
    namespace: { to: ["other"] },
    trino: { refused: [[undefined as never, "MissingValue"]] },
    valkeyPassword: { to: [{ secretName: "other" }] },
    certificateIssuer: { refused: [[{ name: "other" }, "TrinoCertificateUntrusted"]] },
    storageClass: { to: ["slow"] },
    registryInstances: { to: [1] },
    clientNamespaces: { to: [["other"], undefined as never] },
    ruleLabels: { to: [{}] },
  },
);

const kubernetes = <P extends object>(key: string) =>
  ((stack, value) => makeKubernetesFeatures(stack, { ...KUBERNETES_FEATURES, [key]: value } as never)) as (
    stack: Parameters<typeof makeKubernetesFeatures>[0],
    value: P,
  ) => void;

noDeadProps<FeatureTrino>("FeatureTrino", kubernetes("trino"), KUBERNETES_FEATURES.trino, {
  uri: { to: ["https://trino.example.com:443"], refused: [["http://trino", "InvalidName"]] },
  audience: { to: ["other"] },
  namespace: { to: ["other"] },
  schema: { to: ["other"] },
  catalogs: { to: [{ curated: "other" }] },
  certificateIssuer: { refused: [[{ name: "other" }, "TrinoCertificateUntrusted"]] },
});

noDeadProps<ValkeyPassword>(
  "ValkeyPassword",
  kubernetes("valkeyPassword"),
  { secretName: "a" },
  {
    secretName: { to: ["b"] },
    key: { to: ["secret"], refused: [["a b", "InvalidName"]], default: "password" },
  },
);

noDeadProps<OnlineTargets>(
  "OnlineTargets on Kubernetes",
  (stack, targets) =>
    makeKubernetesFeatures(stack, { ...KUBERNETES_FEATURES, online: { activity: targets } }),
  ONLINE.activity!,
  {
    p99LatencyMs: { refused: [[19, "OnlineUnreachable"]] },
    readsPerSecond: { to: [5000] },
    writesPerSecond: { refused: [[90_000, "OnlineUnreachable"]] },
    items: { to: [5_000_000] },
    meanBytes: { to: [8000] },
    traffic: { refused: [["steady", "NoEffect"]], default: "bursty" },
  },
);

noDeadProps<MaterializationProps>(
  "MaterializationProps",
  aws("materialization"),
  { jobTime: "5m" },
  {
    every: { to: ["10m"], refused: [["7m", "NotOneOf"]] },
    jobTime: { to: ["30m"], refused: [["50m", "FreshnessUnreachable"]] },
    streamLag: {
      refused: [
        ["soon", "InvalidDuration"],
        ["5s", "NoEffect"],
      ],
    },
  },
);

/** Feast's definitions hold all that a schema says. */
const inView = <P extends object>(part: (value: P) => Partial<FeatureViewProps>) =>
  ((stack, value) =>
    makeKubernetesFeatures(stack, {
      ...KUBERNETES_FEATURES,
      online: { activity: ONLINE.activity!, other: ONLINE.activity! },
      schema: {
        ...SCHEMA,
        views: [
          { ...VIEW, ...part(value) },
          { ...VIEW, name: "other" },
        ],
      },
    })) as (stack: Parameters<typeof makeKubernetesFeatures>[0], value: P) => void;

noDeadProps<FeatureProps>(
  "FeatureProps",
  inView((feature) => ({ features: [feature] })),
  { name: "clicks", type: "long" },
  {
    name: { refused: [["none", "SourceColumnMissing"]] },
    type: { refused: [["int", "SourceColumnType"]] },
    column: { refused: [["none", "SourceColumnMissing"]], default: "clicks" },
    pii: flag(false),
    deprecated: flag(false),
    description: { to: ["Clicks"] },
    owner: { to: ["growth"], default: "ads" },
  },
);

noDeadProps<EmbeddingProps>(
  "EmbeddingProps",
  inView((embedding) => ({ embeddings: [embedding] })),
  { name: "vector", dimension: 64, metric: "cosine" },
  {
    name: { refused: [["none", "SourceColumnMissing"]] },
    dimension: { to: [128] },
    metric: { to: ["dot", "euclidean"] },
    column: { refused: [["none", "SourceColumnMissing"]], default: "vector" },
    pii: flag(false),
    deprecated: flag(false),
    description: { to: ["What one likes"] },
    owner: { to: ["growth"], default: "ads" },
  },
);

noDeadProps<FeatureViewProps>(
  "FeatureViewProps",
  inView((view) => view),
  VIEW,
  {
    name: { refused: [["none", "NotOneOf"]] },
    entity: { refused: [["none", "UnknownEntity"]] },
    source: { to: [{ ...VIEW.source, createdTime: undefined }] },
    features: { to: [[]] },
    embeddings: { to: [[]] },
    freshness: { to: ["2h"], refused: [["1m", "FreshnessUnreachable"]] },
    ttl: { to: ["48h", "72h"] },
    owner: { to: ["others"] },
    deprecated: flag(false),
    description: { to: ["Other"] },
  },
);

noDeadProps<EntityProps>(
  "EntityProps",
  (stack, entity) =>
    makeKubernetesFeatures(stack, { ...KUBERNETES_FEATURES, schema: { ...SCHEMA, entities: [entity] } }),
  SCHEMA.entities[0]!,
  {
    name: { refused: [["other", "UnknownEntity"]] },
    keys: { refused: [[[], "EntityWithoutKey"]] },
    description: { to: ["Other"] },
  },
);

noDeadProps<EntityKeyProps>(
  "EntityKeyProps",
  (stack, key) =>
    makeKubernetesFeatures(stack, {
      ...KUBERNETES_FEATURES,
      schema: { ...SCHEMA, entities: [{ name: "user", keys: [key] }] },
    }),
  SCHEMA.entities[0]!.keys[0]!,
  {
    name: { refused: [["none", "KeyColumnMissing"]] },
    type: { refused: [["long", "SourceColumnType"]] },
    pii: flag(false),
  },
);
