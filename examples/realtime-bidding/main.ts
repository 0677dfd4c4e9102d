import { join } from "node:path";
import { App } from "cdktf";
import { Identity, Residency, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { AwsNetwork } from "cdktf-hybrid-ai/aws";
import { Namespace, ObjectStore } from "cdktf-hybrid-ai/kubernetes";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";
import { bidding, billing, decisionLog, features, outcomes, userActivity, verdictLog } from "./schema";

/** The worker in `worker/`, built, pushed, and named by the digest that the push printed. */
const WORKER_IMAGE = `registry.acme.example/inline-inference@sha256:${"0".repeat(64)}`;
/** Namespace of everything that the worker mounts a Secret of. */
const NAMESPACE = "bidding";
/** A ClusterIssuer of Frankfurt's cert-manager that has a certificate authority. */
const ISSUER = { name: "internal-ca" };
const OIDC_ISSUER = "https://oidc.frankfurt.acme.example";

const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const IRELAND_CIDR = "10.40.0.0/16";

const app = new App();

const platform = new HybridPlatform(app, "rtb", {
  environment: "prod",
  owner: "ads-platform",
  costCentre: "cc-1043",
  dataClass: "confidential",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
  sites: [
    Site.kubernetes("frankfurt", {
      country: "DE",
      kubeconfig: { context: "frankfurt" },
      oidcIssuer: OIDC_ISSUER,
    }),
    IRELAND,
    Site.google("eemshaven", {
      region: "europe-west4",
      project: "acme-adtech-prod",
      projectNumber: "123456789012",
    }),
  ],
});

// In the stack that comes first: it is there, and can be given its Secret, before anything goes into it.
new Namespace(platform.stack("frankfurt", "platform"), NAMESPACE, {
  name: NAMESPACE,
  // What the pods of Feast's operator need.
  podSecurity: "baseline",
});

const lake = platform.addLakehouse("lake", {
  residency: Residency.EU,
  zones: [
    { name: "raw", at: ["frankfurt"], tables: [decisionLog] },
    { name: "curated", at: ["frankfurt"], tables: [userActivity] },
    // Filled by SageMaker with what it served.
    { name: "served", at: ["ireland"] },
    { name: "judged", at: ["ireland"], tables: [verdictLog] },
  ],
  shares: [{ zone: "curated", from: "frankfurt", to: ["ireland", "eemshaven"], mode: "replication" }],
  kubernetes: {
    objectStore: ObjectStore.rook({ storageClassName: "rook-ceph-bucket", objectStore: { name: "objects" } }),
    query: { certificateIssuer: ISSUER },
  },
});

const store = platform.addFeatureStore("features", {
  at: ["frankfurt", "ireland", "eemshaven"],
  schema: features,
  lakehouse: lake,
  // What all three can do: SageMaker's Standard store, Vertex AI on Bigtable, Feast on Valkey.
  online: {
    user_activity: { p99LatencyMs: 30, readsPerSecond: 2_000, writesPerSecond: 200, items: 5_000_000 },
  },
  lockFile: join(__dirname, "features.lock.json"),
  aws: { offlineStore: { zone: "served" } },
  kubernetes: {
    namespace: NAMESPACE,
    valkeyPassword: { secretName: "valkey-password" },
    certificateIssuer: ISSUER,
    operatorInstalled: true,
    clientNamespaces: [NAMESPACE],
  },
});

const creatives = platform.addVectorStore("creatives", {
  at: ["frankfurt"],
  residency: Residency.EU,
  collections: [
    {
      name: "creatives",
      dimension: 128,
      metric: "cosine",
      vectors: 200_000,
      queriesPerSecond: 2_000,
      p95LatencyMs: 20,
      topK: 5,
    },
  ],
  kubernetes: { engine: "qdrant", namespace: NAMESPACE, createNamespace: false },
});

const bids = platform.addStream("bids", {
  at: ["frankfurt"],
  topics: bidding,
  residency: Residency.EU,
  delivery: "exactly-once",
  kubernetes: { namespace: NAMESPACE, createNamespace: false },
});

const results = platform.addStream("results", {
  at: ["ireland", "eemshaven"],
  topics: outcomes,
  residency: Residency.EU,
  aws: { engine: "kinesis", onDemand: true },
  google: { engine: "pubsub" },
});

platform.addInlineInference("bidder", {
  at: "frankfurt",
  namespace: NAMESPACE,
  image: WORKER_IMAGE,
  stream: bids,
  input: "bid-requests",
  includePii: true,
  decisions: "decisions",
  log: {
    topic: "decision-log",
    sampleRate: 0.01,
    table: { lakehouse: lake, zone: "raw", table: "decision_log", includePii: true },
  },
  copy: ["auction.id", "user_id"],
  features: [
    {
      store,
      name: "user",
      view: "user_activity",
      keys: { user_id: "user_id" },
      includePii: true,
      features: [
        { name: "clicks_7d", default: 0 },
        { name: "ctr_7d", default: 0 },
      ],
      timeoutMs: 30,
    },
  ],
  vectors: [
    {
      store: creatives,
      collection: "creatives",
      name: "creatives",
      vector: "page.embedding",
      payload: ["campaign_id"],
      timeoutMs: 20,
    },
  ],
  // Whatever speaks the Open Inference Protocol.
  model: {
    protocol: "kserve-v2",
    endpoint: "http://bid-predictor.models.svc",
    name: "bid",
    timeoutMs: 20,
    inputs: [
      { name: "floor", datatype: "FP32", from: ["event.floor"] },
      { name: "user", datatype: "FP32", from: ["features.user.clicks_7d", "features.user.ctr_7d"] },
      { name: "creatives", datatype: "BYTES", from: ["vectors.creatives"] },
    ],
    outputs: [{ name: "price" }, { name: "campaign_id" }],
  },
  deadline: { ms: 90 },
  fallback: { price: 0 },
  scale: { min: 2 },
  monitoring: { namespace: "monitoring" },
});

// Ireland decides too, whether a click is billed: in a cluster of its own, with what SageMaker serves.
const network = new AwsNetwork(platform.stack("ireland", "foundation"), "network", {
  site: IRELAND,
  namePrefix: "rtb",
  cidrBlock: IRELAND_CIDR,
  availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
  internetEgress: "single-nat",
  // What the programs call: so they need no way out.
  interfaceEndpoints: ["athena", "sagemaker.featurestore-runtime"],
});
platform.addCluster("billing", {
  at: "ireland",
  pools: [{ name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) }],
  aws: { network },
});
new Namespace(platform.stack("ireland", "platform"), NAMESPACE, { name: NAMESPACE });
const clicks = platform.addStream("clicks", {
  at: ["ireland"],
  topics: billing,
  residency: Residency.EU,
  delivery: "exactly-once",
  aws: { engine: "msk-provisioned", network },
});
platform.addInlineInference("referee", {
  at: "ireland",
  namespace: NAMESPACE,
  image: WORKER_IMAGE,
  stream: clicks,
  input: "clicks",
  includePii: true,
  decisions: "verdicts",
  // Into Athena: a statement of 256 KiB every ten seconds or so.
  log: {
    topic: "verdict-log",
    sampleRate: 0.05,
    table: { lakehouse: lake, zone: "judged", table: "verdict_log", includePii: true },
  },
  copy: ["click_id"],
  features: [
    {
      store,
      name: "user",
      view: "user_activity",
      keys: { user_id: "user_id" },
      includePii: true,
      features: [{ name: "clicks_7d", default: 0 }],
      timeoutMs: 50,
    },
  ],
  model: {
    protocol: "kserve-v2",
    endpoint: "http://click-referee.models.svc",
    name: "referee",
    timeoutMs: 50,
    inputs: [
      { name: "since_impression_ms", datatype: "FP32", from: ["event.since_impression_ms"] },
      { name: "clicks_7d", datatype: "FP32", from: ["features.user.clicks_7d"] },
    ],
    outputs: [{ name: "billed" }],
  },
  deadline: { ms: 1_000 },
  fallback: { billed: 1 },
  egressCidrs: [IRELAND_CIDR],
});

// Who else may do what, in the cluster ...
const inCluster = (name: string) =>
  Identity.kubernetesServiceAccount(name, {
    namespace: NAMESPACE,
    serviceAccount: name,
    issuer: OIDC_ISSUER,
  });
const topics = bids.at("frankfurt");
topics.topic("bid-requests").grantProduce(inCluster("exchange"));
topics.topic("decisions").grantConsume(inCluster("responder"), { includePii: true });

// ... and in the clouds.
const awsRole = (name: string) => Identity.awsRole(name, `arn:aws:iam::111122223333:role/${name}`);
const googleAccount = (name: string) =>
  Identity.googleServiceAccount(name, `${name}@acme-adtech-prod.iam.gserviceaccount.com`);
for (const [site, identity] of [
  ["ireland", awsRole],
  ["eemshaven", googleAccount],
] as const) {
  const outcome = results.at(site).topic("outcomes");
  outcome.grantProduce(identity("collector"));
  outcome.grantConsume(identity("ranker"), { includePii: true });
  store.at(site).view("user_activity").grantRead(identity("ranker"), { includePii: true });
}

app.synth();
platform.writeLock();
