import { Identity, type Residency, type TableGrantOptions } from "../../lib";
import { AwsLakehouse, type AwsLakehouseProps } from "../../lib/aws";
import { GoogleLakehouse, type GoogleLakehouseProps } from "../../lib/google";
import { KubernetesLakehouse, type KubernetesLakehouseProps } from "../../lib/kubernetes";
import { type Recipe, recipe } from "./recipe";
import { AWS_CLUSTER_RECIPES } from "./recipes-of-aws-cluster";
import { GOOGLE_CLUSTER_RECIPES } from "./recipes-of-google-cluster";
import { KUBERNETES_CLUSTER_RECIPES } from "./recipes-of-kubernetes-cluster";
import { customResource, helmComponent, namespace, network } from "./recipes-of-objects";
import { STREAM_RECIPES } from "./recipes-of-streams";
import {
  EEMSHAVEN,
  FRANKFURT,
  IRELAND,
  type PlainStore,
  type PlainZone,
  POD,
  storeOf,
  zonesOf,
} from "./subjects";
import type { Make } from "./support";

type Plain<P> = Omit<P, "site" | "zones" | "objectStore" | "residency"> & {
  readonly zones: readonly PlainZone[];
  readonly residency?: Residency;
};

const ZONES: readonly PlainZone[] = [
  {
    name: "raw",
    dataClass: "internal",
    retentionDays: 900,
    tiering: { warmAfterDays: 30, coldAfterDays: 100, archiveAfterDays: 300 },
  },
  {
    name: "curated",
    tables: [
      {
        name: "events",
        comment: "What happened",
        columns: [
          { name: "id", type: "long", required: true, comment: "Unique" },
          { name: "ip", type: "string", pii: true, comment: "Of the device" },
        ],
        partitionBy: [{ bucket: "id", buckets: 8 }],
        sortBy: [{ column: "id", direction: "asc", nulls: "first" }],
        snapshotRetentionDays: 5,
      },
      { name: "visits", columns: [{ name: "id", type: "long" }], snapshotRetentionDays: 5 },
    ],
  },
  { name: "copied", copyOf: "paris" },
];

const COMMON = {
  namePrefix: "acme",
  zones: ZONES,
  accessLogRetentionDays: 60,
  noncurrentVersionDays: 14,
};

const REST = {
  name: "berlin",
  endpoint: {
    kind: "iceberg-rest",
    uri: "https://lake.example.com",
    warehouse: "curated",
    namespace: "main",
  },
} as const;

const ALL: TableGrantOptions = { includePii: true };

const aws = recipe<Plain<AwsLakehouseProps>>(
  "AwsLakehouse",
  (stack, props) => {
    const lake = new AwsLakehouse(stack, "lake", { ...props, site: IRELAND, zones: zonesOf(props.zones) });
    lake.zone(lake.zoneNames[0]!).grantRead(POD, ALL);
  },
  {
    ...COMMON,
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    tableOptimizers: ["compaction"],
    lakeFormation: { administrators: ["arn:aws:iam::111122223333:role/admin"] },
    athena: { bytesScannedCutoffPerQuery: 20_000_000, resultRetentionDays: 3 },
    spark: {
      releaseLabel: "emr-7.9.0",
      maximumVcpu: 8,
      maximumMemoryGb: 64,
      maximumDiskGb: 100,
      idleTimeoutMinutes: 5,
      writeZones: ["raw"],
    },
    foreignCatalogs: [
      REST,
      {
        name: "paris",
        endpoint: { kind: "glue", region: "eu-west-3", database: "d", location: "s3://b" },
        access: { kind: "aws", roleArn: "arn:aws:iam::111122223333:role/paris" },
      },
    ],
    oidcProviderArns: {
      "https://oidc.example.com/fra": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/fra",
    },
  },
  [
    "encryptionKeyArn",
    "lakeFormation.administrators.0",
    "foreignCatalogs.0.endpoint.uri",
    "foreignCatalogs.0.endpoint.warehouse",
    "foreignCatalogs.1.endpoint.location",
    "foreignCatalogs.1.access.roleArn",
    "oidcProviderArns.https://oidc.example.com/fra",
  ],
);

const google = recipe<Plain<GoogleLakehouseProps>>(
  "GoogleLakehouse",
  (stack, props) => {
    const lake = new GoogleLakehouse(stack, "lake", {
      ...props,
      site: EEMSHAVEN,
      zones: zonesOf(props.zones),
    });
    lake.zone(lake.zoneNames[0]!).grantRead(POD, ALL);
  },
  {
    ...COMMON,
    kmsKey: "projects/acme-ai/locations/europe-west4/keyRings/ring/cryptoKeys/key",
    partitioning: "cluster",
    sorting: "cluster",
    etl: { runtimeVersion: "2.3", subnetwork: "subnet-a", idleMinutes: 60, maxHours: 12, stagingDays: 3 },
    foreignCatalogs: [
      REST,
      {
        name: "paris",
        endpoint: { kind: "bigquery", project: "acme-fr", location: "eu", dataset: "d", warehouse: "gs://b" },
      },
    ],
  },
  [
    "kmsKey",
    "etl.subnetwork",
    "foreignCatalogs.0.endpoint.uri",
    "foreignCatalogs.0.endpoint.warehouse",
    "foreignCatalogs.0.endpoint.namespace",
    "foreignCatalogs.1.endpoint.dataset",
  ],
);

type PlainKubernetes = Plain<KubernetesLakehouseProps> & {
  readonly store: PlainStore;
  readonly admins?: readonly { readonly namespace: string; readonly serviceAccount: string }[];
};

const makeKubernetes: Make<PlainKubernetes> = (stack, { store, admins, ...props }) => {
  const lake = new KubernetesLakehouse(stack, "lake", {
    ...props,
    site: FRANKFURT,
    zones: zonesOf(props.zones),
    objectStore: storeOf(store),
    administrators: admins?.map((admin) => Identity.kubernetesServiceAccount("admin", admin)),
  });
  lake.zone(lake.zoneNames[0]!).grantRead(POD, ALL);
};

const KUBERNETES: Omit<PlainKubernetes, "store"> = {
  namePrefix: "acme",
  zones: ZONES,
  noncurrentVersionDays: 14,
  namespace: "lake",
  catalog: {
    databaseInstances: 2,
    databaseStorage: "30Gi",
    databaseStorageClass: "fast",
    replicas: 3,
    backup: { barmanObjectName: "store", schedule: "0 0 3 * * *" },
  },
  query: {
    workers: 3,
    memory: "32Gi",
    cpus: 8,
    certificateIssuer: { name: "acme" },
    jwksUri: "https://keys.example.com",
  },
  admins: [{ namespace: "ops", serviceAccount: "admin" }],
  catalogUri: "https://lake.example.com",
  catalogClientCidrs: ["10.0.0.0/8"],
  foreignCatalogs: [
    REST,
    {
      name: "paris",
      endpoint: { kind: "glue", region: "eu-west-3", database: "d", location: "s3://b" },
      access: { kind: "aws", roleArn: "arn:aws:iam::111122223333:role/paris" },
    },
    {
      name: "milan",
      endpoint: { kind: "bigquery", project: "acme-it", location: "eu", dataset: "d", warehouse: "gs://b" },
      access: {
        kind: "google",
        serviceAccount: "a@acme.iam.gserviceaccount.com",
        audience: "//iam.googleapis.com/x",
      },
    },
  ],
  copies: [
    {
      zone: "curated",
      toSite: "ireland",
      target: { kind: "glue", region: "eu-west-1", database: "d", location: "s3://b" },
      access: { kind: "aws", roleArn: "arn:aws:iam::111122223333:role/copy" },
      schedule: "30 * * * *",
    },
    {
      zone: "curated",
      toSite: "eemshaven",
      target: { kind: "bigquery", project: "acme-ai", location: "eu", dataset: "d", warehouse: "gs://b" },
      access: {
        kind: "google",
        serviceAccount: "b@acme.iam.gserviceaccount.com",
        audience: "//iam.googleapis.com/y",
      },
    },
  ],
  copySettings: { image: "registry.example.com/spark:4", executors: 3, memory: "8g" },
  maintenanceSchedule: "0 4 * * *",
  jobImage: "registry.example.com/python:3.13",
};

const tierClasses = { warm: "WARM", cold: "COLD", archive: "DEEP" };

const kubernetes = recipe<PlainKubernetes>(
  "KubernetesLakehouse",
  makeKubernetes,
  {
    ...KUBERNETES,
    store: {
      s3Compatible: {
        endpoint: "https://s3.example.com:9000",
        region: "eu",
        tierClasses,
        credentialsSecret: { name: "key", accessKeyIdKey: "id", secretAccessKeyKey: "secret" },
        buckets: { raw: "mine" },
      },
    },
  },
  [
    "foreignCatalogs.0.endpoint.uri",
    "foreignCatalogs.0.endpoint.warehouse",
    "foreignCatalogs.1.access.roleArn",
    "foreignCatalogs.2.access.serviceAccount",
    "foreignCatalogs.2.access.audience",
    "copies.0.target.database",
    "copies.0.target.location",
    "copies.0.access.roleArn",
    "copies.1.target.dataset",
    "copies.1.target.warehouse",
    "copies.1.access.serviceAccount",
    "copies.1.access.audience",
  ],
);

const FEW: Omit<PlainKubernetes, "store"> = {
  namePrefix: "acme",
  zones: [{ name: "raw", tiering: { warmAfterDays: 30, coldAfterDays: 60, archiveAfterDays: 90 } }],
};

const rook = recipe<PlainKubernetes>("KubernetesLakehouse on Rook", makeKubernetes, {
  ...FEW,
  store: {
    rook: {
      storageClassName: "rook-bucket",
      objectStore: { name: "s3", namespace: "ceph" },
      endpoint: "https://rgw.example.com",
      region: "eu",
      tierClasses,
      eventsTo: { http: { uri: "https://events.example.com" } },
    },
  },
});

const newRook = recipe<PlainKubernetes>("KubernetesLakehouse on a new Ceph", makeKubernetes, {
  ...FEW,
  store: {
    newRook: {
      deviceFilter: "^sdb$",
      erasureCoding: { dataChunks: 4, codingChunks: 2 },
      gateways: 3,
      cephImage: "quay.io/ceph/ceph:v20.2.5",
      rookNamespace: "ceph",
      region: "eu",
      tierClasses,
      customerKeys: { address: "https://vault.example.com", transitPath: "transit", tokenSecretName: "t" },
      eventsTo: { kafka: { uri: "kafka://broker:9093" } },
    },
  },
});

export const RECIPES: readonly Recipe[] = [
  aws,
  google,
  kubernetes,
  rook,
  newRook,
  network,
  customResource,
  helmComponent,
  namespace,
  ...AWS_CLUSTER_RECIPES,
  ...GOOGLE_CLUSTER_RECIPES,
  ...KUBERNETES_CLUSTER_RECIPES,
  ...STREAM_RECIPES,
];
