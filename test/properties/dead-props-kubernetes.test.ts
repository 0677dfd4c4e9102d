import {
  type FederatedAccess,
  type ForeignCatalog,
  Identity,
  Residency,
  Site,
  type ZoneCopy,
} from "../../lib";
import {
  type CatalogBackup,
  type CatalogSettings,
  type CertificateIssuer,
  type CopySettings,
  type CredentialsSecret,
  type EventEndpoint,
  KubernetesLakehouseOperators,
  type KubernetesLakehouseOperatorsProps,
  type KubernetesLakehouseProps,
  type NewRookObjectStoreProps,
  ObjectStore,
  type QuerySettings,
  type RookObjectStoreProps,
  type S3CompatibleProps,
  type TierClasses,
  type VaultKeys,
} from "../../lib/kubernetes";
import { EVENTS, makeKubernetes } from "./subjects";
import { flag, type Make, noDeadProps } from "./support";

const ADMIN = Identity.kubernetesServiceAccount("admin", { namespace: "ops", serviceAccount: "admin" });
const AWS: FederatedAccess = { kind: "aws", roleArn: "arn:aws:iam::111122223333:role/copy" };
const GLUE = { kind: "glue", region: "eu-west-1", database: "d", location: "s3://b" } as const;
const COPY: ZoneCopy = { zone: "curated", toSite: "ireland", target: GLUE, access: AWS };
const REST: ForeignCatalog = {
  name: "par",
  endpoint: { kind: "iceberg-rest", uri: "https://lake.example.com", warehouse: "w", namespace: "main" },
};
const FRANCE = Residency.countries("FR");
const CEPH = ObjectStore.newRook({ deviceFilter: "^nvme1n1$" });
const EVENTFUL = ObjectStore.rook({
  storageClassName: "rook-bucket",
  objectStore: { name: "s3" },
  eventsTo: { http: { uri: "https://events.example.com" } },
});

noDeadProps<Partial<KubernetesLakehouseProps>>(
  "KubernetesLakehouseProps",
  makeKubernetes,
  {},
  {
    site: {
      to: [
        Site.kubernetes("frankfurt", {
          country: "DE",
          kubeconfig: { context: "fra" },
          oidcIssuer: "https://oidc.example.com/other",
        }),
      ],
    },
    namePrefix: { to: ["beta"] },
    zones: { to: [[{ name: "raw" }]] },
    residency: { refused: [[FRANCE, "ResidencyViolation"]] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    accessLogs: { ...flag(true), given: { objectStore: CEPH } },
    accessLogRetentionDays: { refused: [[30, "UnsupportedByCatalog"]] },
    dataEvents: {
      refused: [[true, "UnsupportedByCatalog"]],
    },
    noncurrentVersionDays: { to: [7], default: 30 },
    foreignCatalogs: { to: [[REST]], default: [] },
    objectStore: { to: [CEPH, EVENTFUL] },
    namespace: { to: ["lake"], default: "acme" },
    createNamespace: flag(true),
    catalog: { to: [{ replicas: 3 }], default: {} },
    query: { to: [{ workers: 3 }], default: {} },
    administrators: { to: [[ADMIN]], default: [] },
    catalogUri: { to: ["https://lake.example.com"] },
    catalogClientCidrs: {
      given: { catalogUri: "https://lake.example.com" },
      to: [["10.0.0.0/8"]],
    },
    copies: { to: [[COPY]], default: [] },
    copySettings: { given: { copies: [COPY] }, to: [{ executors: 5 }], default: {} },
    maintenanceSchedule: { to: ["0 4 * * *"], default: "0 3 * * *" },
    jobImage: {
      to: ["registry.example.com/python:3.13"],
      default: "docker.io/library/python:3.13.7-slim-bookworm",
    },
  },
);

noDeadProps<Partial<KubernetesLakehouseProps>>(
  "events of an object store that has them",
  makeKubernetes,
  { objectStore: EVENTFUL },
  { dataEvents: { default: true, refused: [[false, "ContradictingOptions"]] } } as never,
);

noDeadProps<CatalogSettings>(
  "CatalogSettings",
  (stack, catalog) => makeKubernetes(stack, { catalog }),
  {},
  {
    databaseInstances: { to: [1], default: 3 },
    databaseStorage: { to: ["40Gi"], default: "20Gi" },
    databaseStorageClass: { to: ["fast"] },
    backup: { to: [{ barmanObjectName: "store" }] },
    replicas: { to: [1], default: 2 },
  },
);

noDeadProps<CatalogBackup>(
  "CatalogBackup",
  (stack, backup) => makeKubernetes(stack, { catalog: { backup } }),
  { barmanObjectName: "store" },
  { barmanObjectName: { to: ["other"] }, schedule: { to: ["0 0 3 * * *"], default: "0 0 2 * * *" } },
);

noDeadProps<QuerySettings>(
  "QuerySettings",
  (stack, query) => makeKubernetes(stack, { query }),
  {},
  {
    workers: { to: [5], default: 2 },
    memory: { to: ["32Gi"], default: "16Gi" },
    cpus: { to: [8], default: 4 },
    certificateIssuer: { to: [{ name: "acme" }] },
    jwksUri: { to: ["https://keys.example.com"], default: "https://oidc.example.com/fra/openid/v1/jwks" },
  },
);

noDeadProps<CertificateIssuer>(
  "CertificateIssuer",
  (stack, certificateIssuer) => makeKubernetes(stack, { query: { certificateIssuer } }),
  { name: "acme" },
  { name: { to: ["other"] }, kind: { to: ["Issuer"], default: "ClusterIssuer" } },
);

noDeadProps<CopySettings>(
  "CopySettings",
  (stack, copySettings) => makeKubernetes(stack, { copies: [COPY], copySettings }),
  {},
  {
    image: { to: ["registry.example.com/spark:4"] },
    executors: { to: [5], default: 2 },
    memory: { to: ["8g"], default: "4g" },
  },
);

noDeadProps<ZoneCopy>(
  "ZoneCopy",
  (stack, copy) =>
    makeKubernetes(stack, {
      zones: [
        { name: "curated", tables: [EVENTS] },
        { name: "raw", tables: [EVENTS] },
      ],
      copies: [copy],
    }),
  COPY,
  {
    zone: { to: ["raw"] },
    toSite: { to: ["paris"] },
    target: {
      to: [
        { ...GLUE, database: "e" },
        { ...GLUE, location: "s3://c" },
        { ...GLUE, region: "eu-north-1" },
      ],
    },
    access: { to: [{ ...AWS, roleArn: "arn:aws:iam::111122223333:role/other" }] },
    schedule: { to: ["30 * * * *"], default: "15 * * * *" },
  },
);

const GOOGLE: FederatedAccess = {
  kind: "google",
  serviceAccount: "copy@acme.iam.gserviceaccount.com",
  audience: "//iam.googleapis.com/x",
};
const BIGQUERY = {
  kind: "bigquery",
  project: "acme",
  location: "europe-west4",
  dataset: "d",
  warehouse: "gs://b",
} as const;

noDeadProps<ZoneCopy>(
  "ZoneCopy to Google",
  (stack, copy) => makeKubernetes(stack, { copies: [copy] }),
  { ...COPY, target: BIGQUERY, access: GOOGLE },
  {
    target: {
      to: [
        { ...BIGQUERY, project: "beta" },
        { ...BIGQUERY, location: "europe-west1" },
        { ...BIGQUERY, dataset: "e" },
        { ...BIGQUERY, warehouse: "gs://c" },
      ],
    },
    access: {
      to: [
        { ...GOOGLE, serviceAccount: "a@b" },
        { ...GOOGLE, audience: "//iam.googleapis.com/y" },
      ],
    },
  } as never,
);

const makeForeign: Make<ForeignCatalog> = (stack, catalog) =>
  makeKubernetes(stack, { foreignCatalogs: [catalog] });

noDeadProps<ForeignCatalog>("ForeignCatalog in Trino", makeForeign, REST, {
  name: { to: ["ber"] },
  endpoint: {
    to: [
      { ...REST.endpoint, uri: "https://other.example.com" } as never,
      { ...REST.endpoint, warehouse: "v" } as never,
    ],
  },
  access: { refused: [[AWS, "UnsupportedShare"]] },
});

const tiers = [{ name: "raw", tiering: { warmAfterDays: 30, coldAfterDays: 60, archiveAfterDays: 90 } }];

noDeadProps<TierClasses>(
  "TierClasses",
  (stack, tierClasses) =>
    makeKubernetes(stack, {
      zones: tiers,
      objectStore: ObjectStore.s3Compatible({ ...COMPATIBLE, tierClasses }),
    }),
  { warm: "W", cold: "C", archive: "A" },
  {
    warm: { to: ["X"], refused: [[undefined, "UnsupportedByCatalog"]] },
    cold: { to: ["X"], refused: [[undefined, "UnsupportedByCatalog"]] },
    archive: { to: ["X"], refused: [[undefined, "UnsupportedByCatalog"]] },
  },
);

const COMPATIBLE: S3CompatibleProps = {
  endpoint: "https://s3.example.com",
  credentialsSecret: { name: "key" },
};
const OPTIONS = {
  tierClasses: {
    refused: [[{}, "UnsupportedByCatalog"]] as const,
    to: [{ warm: "X", cold: "C", archive: "A" }],
  },
};
const given = { tierClasses: { warm: "W", cold: "C", archive: "A" } };

noDeadProps<S3CompatibleProps>(
  "S3CompatibleProps",
  (stack, props) =>
    makeKubernetes(stack, {
      zones: props.tierClasses ? tiers : [{ name: "raw" }],
      objectStore: ObjectStore.s3Compatible(props),
    }),
  COMPATIBLE,
  {
    region: { to: ["eu"], default: "us-east-1" },
    tierClasses: { ...OPTIONS.tierClasses, given },
    defaultEncryption: flag(false),
    endpoint: { to: ["https://s3.example.com:9000"] },
    credentialsSecret: { to: [{ name: "other" }] },
    buckets: { to: [{ raw: "mine" }], default: {} },
    sts: flag(false),
  },
);

noDeadProps<CredentialsSecret>(
  "CredentialsSecret",
  (stack, credentialsSecret) =>
    makeKubernetes(stack, { objectStore: ObjectStore.s3Compatible({ ...COMPATIBLE, credentialsSecret }) }),
  { name: "key" },
  {
    name: { to: ["other"] },
    accessKeyIdKey: { to: ["id"], default: "AWS_ACCESS_KEY_ID" },
    secretAccessKeyKey: { to: ["secret"], default: "AWS_SECRET_ACCESS_KEY" },
  },
);

noDeadProps<RookObjectStoreProps>(
  "RookObjectStoreProps",
  (stack, props) =>
    makeKubernetes(stack, {
      zones: props.tierClasses ? tiers : [{ name: "raw" }],
      objectStore: ObjectStore.rook(props),
    }),
  { storageClassName: "rook-bucket", objectStore: { name: "s3" } },
  {
    region: { to: ["eu"], default: "us-east-1" },
    tierClasses: { ...OPTIONS.tierClasses, given },
    defaultEncryption: flag(false),
    storageClassName: { to: ["other"] },
    objectStore: { to: [{ name: "objects" }, { name: "s3", namespace: "ceph" }] },
    endpoint: { to: ["https://s3.example.com"], default: "http://rook-ceph-rgw-s3.rook-ceph.svc" },
    eventsTo: { to: [{ http: { uri: "https://events.example.com" } }] },
  },
);

noDeadProps<NewRookObjectStoreProps>(
  "NewRookObjectStoreProps",
  (stack, props) =>
    makeKubernetes(stack, {
      zones: props.tierClasses ? tiers : [{ name: "raw" }],
      objectStore: ObjectStore.newRook(props),
    }),
  { deviceFilter: "^nvme1n1$" },
  {
    region: { to: ["eu"], default: "us-east-1" },
    tierClasses: { ...OPTIONS.tierClasses, given },
    defaultEncryption: flag(false),
    deviceFilter: { to: ["^sdb$"] },
    replicas: { to: [4], default: 3 },
    erasureCoding: {
      to: [
        { dataChunks: 4, codingChunks: 2 },
        { dataChunks: 4, codingChunks: 3 },
      ],
    },
    gateways: { to: [3], default: 2 },
    encryptDevices: flag(true),
    encryptTraffic: flag(true),
    customerKeys: { to: [{ address: "https://vault.example.com", tokenSecretName: "t" }] },
    cephImage: { to: ["quay.io/ceph/ceph:v20.2.5"], default: "quay.io/ceph/ceph:v20.2.4" },
    rookNamespace: { to: ["ceph"], default: "rook-ceph" },
    eventsTo: { to: [{ http: { uri: "https://events.example.com" } }] },
  },
);

noDeadProps<VaultKeys>(
  "VaultKeys",
  (stack, customerKeys) =>
    makeKubernetes(stack, { objectStore: ObjectStore.newRook({ deviceFilter: "^sdb$", customerKeys }) }),
  { address: "https://vault.example.com", tokenSecretName: "t" },
  {
    address: { to: ["https://vault2.example.com"] },
    transitPath: { to: ["other"], default: "transit" },
    tokenSecretName: { to: ["u"] },
  },
);

noDeadProps<EventEndpoint>(
  "EventEndpoint",
  (stack, eventsTo) =>
    makeKubernetes(stack, {
      objectStore: ObjectStore.rook({ storageClassName: "c", objectStore: { name: "s3" }, eventsTo }),
    }),
  { kafka: { uri: "kafka://broker:9093" } },
  {
    kafka: { to: [{ uri: "kafka://other:9093" }, { uri: "kafka://broker:9093", tls: false }] },
    http: {
      given: { kafka: undefined, http: { uri: "https://a.example.com" } },
      to: [{ uri: "https://b.example.com" }],
    },
  },
);

noDeadProps<KubernetesLakehouseOperatorsProps>(
  "KubernetesLakehouseOperatorsProps",
  (stack, props) => {
    new KubernetesLakehouseOperators(stack, "operators", props);
  },
  {},
  {
    cloudNativePg: flag(true),
    barmanCloudPlugin: flag(false),
    certManager: flag(true),
    sparkOperator: flag(true),
    sparkJobNamespaces: { to: [["jobs"]] },
    rookCeph: flag(false),
    rookNamespace: { given: { rookCeph: true }, to: ["ceph"], default: "rook-ceph" },
    removalPolicy: {
      given: { rookCeph: true },
      refused: [["destroy", "RemovalNeedsTwoKeys"]],
      default: "retain",
    },
  },
);
