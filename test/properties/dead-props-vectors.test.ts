import { Identity, Residency, Site, type VectorCollectionProps } from "../../lib";
import { type AuroraOptions, AwsNetwork, AwsVectorStore, type AwsVectorStoreProps } from "../../lib/aws";
import {
  type AlloyDbOptions,
  GoogleNetwork,
  GoogleVectorStore,
  type GoogleVectorStoreProps,
} from "../../lib/google";
import {
  KubernetesVectorOperators,
  type KubernetesVectorOperatorsProps,
  KubernetesVectorStore,
  type KubernetesVectorStoreProps,
  type MilvusObjectStorage,
  type MilvusOptions,
  type PgvectorOptions,
  type QdrantOptions,
} from "../../lib/kubernetes";
import { flag, type Make, noDeadProps } from "./support";

const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
const PARIS = Site.kubernetes("paris", { country: "FR", kubeconfig: { context: "par" } });
const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const EEMSHAVEN = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});
const RAG = Identity.kubernetesServiceAccount("retriever", { namespace: "rag", serviceAccount: "app" });
const ADMIN = Identity.googleServiceAccount("admin", "admin@acme-ai.iam.gserviceaccount.com");
const FRANCE = Residency.countries("FR");

const DOCS: VectorCollectionProps = {
  name: "docs",
  dimension: 768,
  metric: "cosine",
  vectors: 10_000_000,
  queriesPerSecond: 500,
  p95LatencyMs: 100,
};
const FAQ = { ...DOCS, name: "faq" };
const STORAGE: MilvusObjectStorage = { endpoint: "s3.example.com", bucket: "b", credentialsSecret: "key" };

const makeKubernetes: Make<Partial<KubernetesVectorStoreProps>> = (stack, props) => {
  const collections = props.collections ?? [DOCS];
  const store = new KubernetesVectorStore(stack, "vectors", {
    site: FRANKFURT,
    namePrefix: "acme",
    engine: "qdrant",
    ...props,
    collections,
  });
  store.collection(collections[0]!.name).grantRead(RAG);
};

const HNSW = { kind: "hnsw" } as const;

// With a right, because a look-up is part of what its holder gets.
noDeadProps<VectorCollectionProps>(
  "VectorCollectionProps",
  (stack, collection) => makeKubernetes(stack, { collections: [collection] }),
  DOCS,
  {
    name: { to: ["faq"] },
    dimension: { to: [1024] },
    metric: { to: ["dot", "euclidean"] },
    vectors: { to: [20_000_000] },
    filterable: {
      to: [[{ name: "tenant", type: "string" }], [{ name: "tenant", type: "integer" }]],
      default: [],
    },
    queriesPerSecond: { to: [5000] },
    p95LatencyMs: { to: [7], refused: [[1, "LatencyOutOfReach"]] },
    recall: { to: [0.99], default: 0.95 },
    topK: { to: [20], default: 10 },
    writesPerSecond: { to: [5000], default: 0 },
    measuredQueryMs: { to: [20] },
    precision: { to: ["float16", "int8"], default: "float32" },
    index: {
      to: [
        { ...HNSW, m: 32 },
        { ...HNSW, efConstruction: 256 },
      ],
      default: HNSW,
    },
    pii: { refused: [[true, "PersonalVectorsNotGranted"]], default: false },
    residency: { refused: [[FRANCE, "CollectionOutsideResidency"]], default: Residency.ANYWHERE },
  },
);

noDeadProps<Partial<KubernetesVectorStoreProps>>(
  "KubernetesVectorStoreProps",
  makeKubernetes,
  {},
  {
    site: {
      refused: [[PARIS, "CollectionOutsideResidency"]],
      given: { residency: Residency.countries("DE") },
    },
    namePrefix: { to: ["beta"] },
    collections: { to: [[DOCS, FAQ]] },
    residency: { refused: [[FRANCE, "CollectionOutsideResidency"]], default: Residency.ANYWHERE },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    engine: { to: ["pgvector"] },
    namespace: { to: ["data"], default: "acme-vectors" },
    createNamespace: flag(true),
    limits: { to: [{ maxMemoryGib: 16 }], default: {} },
    storageClass: { to: ["fast"] },
    certificateIssuer: { to: [{ name: "acme" }] },
    jobImage: {
      to: ["registry.example.com/python:3.13"],
      default: "docker.io/library/python:3.13.7-slim-bookworm",
    },
    qdrant: { to: [{ snapshots: false }], default: {} },
    milvus: { refused: [[{ objectStorage: STORAGE }, "VectorOptionMismatch"]] },
    pgvector: { refused: [[{}, "VectorOptionMismatch"]] },
  },
);

noDeadProps<QdrantOptions>(
  "QdrantOptions",
  (stack, qdrant) => makeKubernetes(stack, { qdrant }),
  {},
  { snapshots: flag(true) },
);

const makeMilvus: Make<MilvusOptions> = (stack, milvus) =>
  makeKubernetes(stack, { engine: "milvus", milvus });

noDeadProps<MilvusOptions>(
  "MilvusOptions",
  makeMilvus,
  { objectStorage: STORAGE },
  {
    objectStorage: { to: [{ ...STORAGE, bucket: "c" }] },
    etcdStorageGib: { to: [20], default: 10 },
    image: { to: ["registry.example.com/milvus:v2.6"], default: "docker.io/milvusdb/milvus:v2.6.15" },
  },
);

noDeadProps<MilvusObjectStorage>(
  "MilvusObjectStorage",
  (stack, objectStorage) => makeMilvus(stack, { objectStorage }),
  STORAGE,
  {
    endpoint: { to: ["s3.example.com:9000"] },
    bucket: { to: ["c"] },
    credentialsSecret: { to: ["other"] },
    region: { to: ["eu-west-1"], default: "us-east-1" },
  },
);

noDeadProps<PgvectorOptions>(
  "PgvectorOptions",
  (stack, pgvector) => makeKubernetes(stack, { engine: "pgvector", pgvector }),
  {},
  {
    image: {
      to: ["registry.example.com/postgres:18"],
      default: "ghcr.io/cloudnative-pg/postgresql:17.6-standard-bookworm",
    },
    extensionImage: { to: ["registry.example.com/pgvector:18"] },
    backup: {
      to: [
        { barmanObjectName: "a" },
        { barmanObjectName: "b" },
        { barmanObjectName: "a", schedule: "0 0 3 * * *" },
      ],
    },
  },
);

noDeadProps<KubernetesVectorOperatorsProps>(
  "KubernetesVectorOperatorsProps",
  (stack, props) => void new KubernetesVectorOperators(stack, "operators", props),
  { engines: ["qdrant", "milvus", "pgvector"] },
  {
    engines: { to: [["pgvector"], ["qdrant"]] },
    certManager: flag(true),
    cloudNativePg: flag(true),
    milvusOperator: flag(true),
  },
);

const APP = Identity.awsRole("app", "arn:aws:iam::111122223333:role/app");
const POD = Identity.kubernetesServiceAccount("rag", {
  namespace: "rag",
  serviceAccount: "app",
  issuer: "https://oidc.example.com/fra",
});

const makeAws: Make<Partial<AwsVectorStoreProps>> = (stack, props) => {
  const network = AwsNetwork.fromAttributes(stack, "network", {
    vpcId: "vpc-1",
    cidrBlock: "10.0.0.0/16",
    subnetsByZone: { "eu-west-1a": { subnetId: "subnet-a", cidrBlock: "10.0.0.0/24" } },
  });
  const collections = props.collections ?? [DOCS];
  const store = new AwsVectorStore(stack, "vectors", {
    site: IRELAND,
    namePrefix: "acme",
    engine: "aurora-pgvector",
    network,
    ...props,
    collections,
  });
  store.collection("docs").grantRead(APP);
  store.collection("docs").grantWrite(POD);
};

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/a";

noDeadProps<Partial<AwsVectorStoreProps>>(
  "AwsVectorStoreProps",
  makeAws,
  {},
  {
    site: { to: [Site.aws("ireland", { region: "eu-west-1" })] },
    namePrefix: { to: ["beta"] },
    collections: { to: [[DOCS, FAQ]] },
    residency: { refused: [[FRANCE, "CollectionOutsideResidency"]], default: Residency.ANYWHERE },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    engine: { to: ["opensearch-serverless"], given: { collections: [{ ...DOCS, vectors: 1_000_000 }] } },
    network: { refused: [[undefined as never, "MissingValue"]] },
    encryptionKeyArn: { to: [KEY] },
    oidcProviderArns: {
      to: [
        { "https://oidc.example.com/fra": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/fra" },
      ],
      default: {},
    },
    maxSearchUnits: { refused: [[4, "VectorOptionMismatch"]] },
    aurora: { to: [{ backupRetentionDays: 30 }], default: {} },
  },
);

noDeadProps<Partial<AwsVectorStoreProps>>(
  "AwsVectorStoreProps with OpenSearch",
  makeAws,
  { engine: "opensearch-serverless", maxSearchUnits: 100 },
  { maxSearchUnits: { refused: [[10, "StoreTooLarge"]] } } as never,
);

noDeadProps<AuroraOptions>(
  "AuroraOptions",
  (stack, aurora) => makeAws(stack, { aurora }),
  {},
  {
    engineVersion: { to: ["16.9"], default: "17.5" },
    backupRetentionDays: { to: [30], default: 14 },
  },
);

const makeGoogle: Make<Partial<GoogleVectorStoreProps>> = (stack, props) => {
  const network = new GoogleNetwork(stack, "network", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.4.0.0/14",
    servicesCidr: "10.8.0.0/20",
  });
  new GoogleVectorStore(stack, "vectors", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    engine: "alloydb",
    network: props.publicEndpoint ? undefined : network,
    collections: [DOCS],
    ...(props.engine === "vertex" ? {} : { alloydb: { administrator: ADMIN } }),
    ...props,
  });
};

noDeadProps<Partial<GoogleVectorStoreProps>>(
  "GoogleVectorStoreProps",
  makeGoogle,
  {},
  {
    site: { to: [Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" })] },
    namePrefix: { to: ["beta"] },
    collections: { to: [[DOCS, FAQ]] },
    residency: { refused: [[FRANCE, "CollectionOutsideResidency"]], default: Residency.ANYWHERE },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    engine: { to: ["vertex"] },
    network: { refused: [[undefined as never, "MissingValue"]] },
    publicEndpoint: { ...flag(false), given: { engine: "vertex" } },
    kmsKey: { to: ["projects/acme-ai/locations/europe-west4/keyRings/r/cryptoKeys/k"] },
    keyRotationDays: { to: [30], default: 90 },
    enableServices: flag(true),
    alloydb: { to: [{ administrator: ADMIN, recoveryWindowDays: 7 }] },
  },
);

noDeadProps<AlloyDbOptions>(
  "AlloyDbOptions",
  (stack, alloydb) => makeGoogle(stack, { alloydb }),
  { administrator: ADMIN },
  {
    administrator: { to: [Identity.googleServiceAccount("b", "b@acme-ai.iam.gserviceaccount.com")] },
    recoveryWindowDays: { to: [7], default: 14 },
  },
);
