import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { App } from "cdktf";
import {
  coldArchiveZone,
  Identity,
  logZone,
  multimodalZone,
  Residency,
  Site,
  StateBackend,
} from "cdktf-hybrid-ai";
import { type AwsLakehouse, AwsNetwork, AwsObjectQueue } from "cdktf-hybrid-ai/aws";
import { type GoogleLakehouse, GoogleNetwork, GoogleObjectQueue } from "cdktf-hybrid-ai/google";
import { Namespace, ObjectStore } from "cdktf-hybrid-ai/kubernetes";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const frankfurt = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "frankfurt" },
  oidcIssuer: "https://oidc.frankfurt.acme.example",
});
const ireland = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const eemshaven = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-rag-prod",
  projectNumber: "123456789012",
});

const app = new App();

const platform = new HybridPlatform(app, "rag", {
  environment: "prod",
  owner: "assistants",
  costCentre: "cc-3007",
  dataClass: "confidential",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
  sites: [frankfurt, ireland, eemshaven],
});

/** Namespaces in Frankfurt. The embedder is in that of the lakehouse, because keys of buckets do not leave it. */
const LIBRARY = "library";
const ASSISTANT = "assistant";
const PASSAGES = "passages";
/** Where documents are in a zone. Beside it are the files of its table, which nobody embeds. */
const FILES = "files/";

// In the stack before: rights are Secrets in the namespaces of those who hold them.
for (const name of [LIBRARY, ASSISTANT]) {
  new Namespace(platform.stack("frankfurt", "platform"), name, { name });
}

// Each site keeps the documents of its own tenants, and the passages that are cut from them.
const library = platform.addLakehouse("library", {
  residency: Residency.EU,
  zones: [
    multimodalZone({
      name: "documents",
      columns: [
        { name: "tenant", type: "string", required: true },
        { name: "author", type: "string", pii: true, comment: "Who wrote the document" },
      ],
    }),
    // Tiers of Frankfurt's store are its own business, so logs and archives are kept in the clouds.
    { ...logZone({ name: "prompts" }), at: ["ireland", "eemshaven"] },
    { ...coldArchiveZone({ name: "answers" }), at: ["ireland"] },
  ],
  kubernetes: {
    namespace: LIBRARY,
    createNamespace: false,
    objectStore: ObjectStore.rook({
      storageClassName: "rook-ceph-bucket",
      objectStore: { name: "objects" },
      eventsTo: { http: { uri: `https://embedder.${LIBRARY}.svc:8443/objects` } },
    }),
  },
  // BigQuery has no partitions for Iceberg tables in general: their columns become clustering columns.
  google: { partitioning: "cluster", sorting: "cluster" },
});

const vpc = new AwsNetwork(platform.stack("ireland", "foundation"), "network", {
  site: ireland,
  namePrefix: "rag-prod",
  cidrBlock: "10.40.0.0/20",
  availabilityZones: ["eu-west-1a", "eu-west-1b"],
  interfaceEndpoints: ["bedrock-runtime", "glue", "kms", "lakeformation", "logs", "sqs", "sts"],
});
const googleNetwork = new GoogleNetwork(platform.stack("eemshaven", "foundation"), "network", {
  site: eemshaven,
  namePrefix: "rag-prod",
  nodesCidr: "10.41.0.0/20",
  podsCidr: "10.44.0.0/16",
  servicesCidr: "10.41.16.0/20",
});

// One declaration: what one site cannot express is refused for all, so that the retriever is one program.
const vectors = platform.addVectorStore("passages", {
  at: ["frankfurt", "ireland", "eemshaven"],
  residency: Residency.EU,
  collections: [
    {
      name: "passages",
      dimension: 1024,
      metric: "cosine",
      vectors: 2_000_000,
      filterable: [
        { name: "tenant", type: "string" },
        { name: "groups", type: "string-list" },
        { name: "language", type: "string" },
        { name: "year", type: "integer" },
      ],
      queriesPerSecond: 50,
      p95LatencyMs: 100,
      topK: 20,
      writesPerSecond: 20,
      // Texts name people, and vectors can be turned back into texts in part.
      pii: true,
    },
  ],
  kubernetes: { engine: "qdrant", namespace: PASSAGES },
  aws: { engine: "opensearch-serverless", network: vpc },
  google: { engine: "vertex", network: googleNetwork },
});

/** Who embeds documents and who looks passages up, at each site. */
const identities = {
  frankfurt: {
    embedder: Identity.kubernetesServiceAccount("embedder", {
      namespace: LIBRARY,
      serviceAccount: "embedder",
    }),
    retriever: Identity.kubernetesServiceAccount("retriever", {
      namespace: ASSISTANT,
      serviceAccount: "retriever",
    }),
  },
  ireland: {
    embedder: Identity.awsRole("embedder", "arn:aws:iam::111122223333:role/rag-embedder"),
    retriever: Identity.awsRole("retriever", "arn:aws:iam::111122223333:role/rag-retriever"),
  },
  eemshaven: {
    embedder: Identity.googleServiceAccount("embedder", "embedder@acme-rag-prod.iam.gserviceaccount.com"),
    retriever: Identity.googleServiceAccount("retriever", "retriever@acme-rag-prod.iam.gserviceaccount.com"),
  },
};
for (const [site, { embedder, retriever }] of Object.entries(identities)) {
  const passages = vectors.at(site).collection("passages");
  passages.grantWrite(embedder, { includePii: true });
  passages.grantRead(retriever, { includePii: true });
  library.at(site).zone("documents").grantWrite(embedder);
}
library.zone("prompts").grantWrite(identities.ireland.retriever);
library.zone("prompts").grantWrite(identities.eemshaven.retriever);
library.zone("answers").grantWrite(identities.ireland.retriever);

// New documents become messages for the embedder: by queues in the clouds, by a call from Ceph in Frankfurt.
new AwsObjectQueue(platform.stack("ireland", "foundation"), "to-embed", {
  lakehouse: library.at("ireland") as AwsLakehouse,
  zone: "documents",
  namePrefix: "rag-prod",
  keyPrefix: FILES,
}).grantConsume(identities.ireland.embedder);
new GoogleObjectQueue(platform.stack("eemshaven", "foundation"), "to-embed", {
  lakehouse: library.at("eemshaven") as GoogleLakehouse,
  zone: "documents",
  namePrefix: "rag-prod",
  keyPrefix: FILES,
}).grantConsume(identities.eemshaven.embedder);
const NAMESPACE_NAME = "kubernetes.io/metadata.name";
new NetworkPolicyV1(platform.stack("frankfurt", "workloads"), "embedder", {
  metadata: { name: "embedder", namespace: LIBRARY },
  spec: {
    podSelector: { matchLabels: { app: "embedder" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: "rook-ceph" } } }],
        ports: [{ port: "8443", protocol: "TCP" }],
      },
    ],
    egress: [
      {
        to: [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: PASSAGES } } }],
        ports: [{ port: "6333", protocol: "TCP" }],
      },
    ],
  },
});

app.synth();
