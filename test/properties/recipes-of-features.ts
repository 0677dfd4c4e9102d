import {
  FeatureSchema,
  type FeatureSchemaProps,
  FeatureSource,
  type OnlineTargets,
  type TableProps,
} from "../../lib";
import { AwsFeatureStore, type AwsFeatureStoreProps, AwsLakehouse } from "../../lib/aws";
import { GoogleFeatureStore, type GoogleFeatureStoreProps, GoogleLakehouse } from "../../lib/google";
import {
  KubernetesFeatureStore,
  type KubernetesFeatureStoreProps,
  KubernetesLakehouse,
  ObjectStore,
} from "../../lib/kubernetes";
import { recipe } from "./recipe";
import { EEMSHAVEN, FRANKFURT, IRELAND } from "./subjects";
import type { Make } from "./support";

const ACTIVITY: TableProps = {
  name: "user_activity",
  columns: [
    { name: "user_id", type: "string" },
    { name: "event_time", type: "timestamptz" },
    { name: "loaded_at", type: "timestamptz" },
    { name: "clicks", type: "long" },
    { name: "mail", type: "string", pii: true },
    { name: "vector", type: "list<float>" },
  ],
};
const ZONES = [{ name: "curated", tables: [ACTIVITY] }, { name: "features" }];

/** A schema as plain data, which uses as many props as go together. */
export const SCHEMA: FeatureSchemaProps = {
  entities: [{ name: "user", keys: [{ name: "user_id", type: "string" }], description: "An account" }],
  views: [
    {
      name: "activity",
      entity: "user",
      source: {
        kind: "table",
        zone: "curated",
        table: "user_activity",
        eventTime: "event_time",
        createdTime: "loaded_at",
      },
      features: [
        { name: "clicks_7d", type: "long", column: "clicks", description: "Clicks", owner: "growth" },
        { name: "mail", type: "string", pii: true, deprecated: true },
      ],
      embeddings: [{ name: "taste", column: "vector", dimension: 64, metric: "cosine" }],
      freshness: "1h",
      owner: "ads",
      description: "What users did",
    },
  ],
};

export const ONLINE: Readonly<Record<string, OnlineTargets>> = {
  activity: {
    p99LatencyMs: 40,
    readsPerSecond: 1000,
    writesPerSecond: 100,
    items: 1_000_000,
    meanBytes: 2000,
  },
};

type Plain<P> = Omit<P, "site" | "schema" | "lakehouse"> & { readonly schema: FeatureSchemaProps };

function schemaOf(props: FeatureSchemaProps): FeatureSchema {
  return FeatureSchema.of({
    ...props,
    views: props.views.map((view) =>
      view.source.kind === "table"
        ? { ...view, source: FeatureSource.table(view.source.zone, view.source.table, view.source) }
        : view,
    ),
  });
}

export const makeAwsFeatures: Make<Plain<AwsFeatureStoreProps>> = (stack, props) => {
  const lakehouse = new AwsLakehouse(stack, "lake", {
    site: IRELAND,
    namePrefix: "acme-lake",
    removalPolicy: props.removalPolicy,
    zones: ZONES,
    athena: false,
    spark: false,
    lakeFormation: false,
    tableOptimizers: [],
  });
  new AwsFeatureStore(stack, "features", {
    ...props,
    schema: schemaOf(props.schema),
    site: IRELAND,
    lakehouse,
  });
};

export const makeGoogleFeatures: Make<Plain<GoogleFeatureStoreProps>> = (stack, props) => {
  const lakehouse = new GoogleLakehouse(stack, "lake", {
    site: EEMSHAVEN,
    namePrefix: "acme-lake",
    removalPolicy: props.removalPolicy,
    zones: ZONES,
    dataplex: false,
    etl: false,
  });
  new GoogleFeatureStore(stack, "features", {
    ...props,
    schema: schemaOf(props.schema),
    site: EEMSHAVEN,
    lakehouse,
  });
};

export const makeKubernetesFeatures: Make<Plain<KubernetesFeatureStoreProps>> = (stack, props) => {
  const lakehouse = new KubernetesLakehouse(stack, "lake", {
    site: FRANKFURT,
    namePrefix: "acme-lake",
    removalPolicy: props.removalPolicy,
    objectStore: ObjectStore.rook({ storageClassName: "rook-bucket", objectStore: { name: "s3" } }),
    zones: ZONES,
    query: { certificateIssuer: { name: "company-ca" } },
  });
  new KubernetesFeatureStore(stack, "features", {
    ...props,
    schema: schemaOf(props.schema),
    site: FRANKFURT,
    lakehouse,
  });
};

export const AWS_FEATURES: Plain<AwsFeatureStoreProps> = {
  namePrefix: "acme",
  schema: SCHEMA,
  online: ONLINE,
  offlineStore: { zone: "features" },
  spark: { applicationId: "00abc", executorVcpu: 2, maxExecutors: 4 },
  materialization: { jobTime: "5m" },
  encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/abc",
  alarmTopicArns: ["arn:aws:sns:eu-west-1:111122223333:oncall"],
};

export const GOOGLE_FEATURES: Plain<GoogleFeatureStoreProps> = {
  namePrefix: "acme",
  schema: SCHEMA,
  online: ONLINE,
  materialization: { jobTime: "10m" },
  notificationChannels: ["projects/acme-ai/notificationChannels/1"],
};

export const KUBERNETES_FEATURES: Plain<KubernetesFeatureStoreProps> = {
  namePrefix: "acme",
  namespace: "features",
  schema: SCHEMA,
  online: ONLINE,
  trino: {
    uri: "https://acme-lake-trino-query.acme-lake.svc:8443",
    audience: "acme-lake-trino",
    namespace: "acme-lake",
    schema: "main",
    catalogs: { curated: "curated", features: "features" },
    certificateIssuer: { name: "company-ca" },
  },
  valkeyPassword: { secretName: "valkey-password", key: "secret" },
  certificateIssuer: { name: "company-ca" },
  operatorInstalled: true,
  materialization: { jobTime: "4m" },
  storageClass: "fast",
  registryInstances: 2,
  clientNamespaces: ["bidding"],
  ruleLabels: { release: "prometheus" },
};

export const FEATURE_RECIPES = [
  recipe("AwsFeatureStore", makeAwsFeatures, AWS_FEATURES, [
    "encryptionKeyArn",
    "alarmTopicArns.0",
    "spark.applicationId",
  ]),
  recipe("GoogleFeatureStore", makeGoogleFeatures, GOOGLE_FEATURES, ["notificationChannels.0"]),
  recipe("KubernetesFeatureStore", makeKubernetesFeatures, KUBERNETES_FEATURES),
];
