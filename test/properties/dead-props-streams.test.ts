import {
  type ConsumeOptions,
  Identity,
  Residency,
  Site,
  type ThroughputProps,
  type TopicProps,
} from "../../lib";
import {
  AwsEventStream,
  type KinesisProps,
  type MskBrokerSettings,
  type MskProvisionedProps,
  type MskServerlessProps,
} from "../../lib/aws";
import { GoogleEventStream, type ManagedKafkaProps, type PubSubProps } from "../../lib/google";
import {
  type BrokerSettings,
  type ControllerSettings,
  type ExternalListener,
  type FlinkArtefact,
  type FlinkCheckpoints,
  type FlinkResources,
  type KubernetesEventStreamProps,
  KubernetesStreamOperators,
  type KubernetesStreamOperatorsProps,
} from "../../lib/kubernetes";
import { googleNetwork } from "./recipes-of-google-cluster";
import {
  BIDS,
  makeDataflow,
  makeFlink,
  makeKinesis,
  makeKubernetesStream,
  makeManagedFlink,
  makeManagedKafka,
  makeMirror,
  makeMsk,
  makePubSub,
  makeServerless,
} from "./streams";
import { EEMSHAVEN, IRELAND, network } from "./subjects";
import { flag, type Make, noDeadProps } from "./support";

const CLICKS: TopicProps = { ...BIDS, name: "clicks" };
const FRANCE = Residency.countries("FR");
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1";
const CRYPTO_KEY = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
const ADMIN = Identity.awsRole("admin", "arn:aws:iam::111122223333:role/admin");
const OIDC = {
  "https://oidc.example.com/fra": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/fra",
};

const common = {
  name: { to: ["other"] },
  topics: { to: [[BIDS, CLICKS]] },
  residency: { refused: [[FRANCE, "ResidencyViolation"]] },
  delivery: { to: ["exactly-once"], default: "at-least-once" },
  removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
} as const;

noDeadProps<Partial<KubernetesEventStreamProps>>("KubernetesEventStreamProps", makeKubernetesStream, {}, {
  ...common,
  site: {
    to: [],
    refused: [
      [
        Site.kubernetes("frankfurt", {
          country: "DE",
          kubeconfig: { context: "fra" },
          oidcIssuer: "https://oidc.example.com/other",
        }),
        "GrantNotApplicable",
      ],
    ],
  },
  schemaRegistry: { refused: [[true, "UnsupportedByEngine"]], default: false },
  namespace: { to: ["kafka"], default: "events" },
  createNamespace: flag(true),
  brokers: { to: [{ cpus: 4 }], default: {} },
  controllers: { to: [{ count: 5 }], default: {} },
  replicationFactor: { to: [2], default: 3 },
  rackLabel: { to: ["acme.example/rack"], default: "topology.kubernetes.io/zone" },
  clientAuth: { to: ["scram"], default: "mtls" },
  external: { to: [{ bootstrap: "k.example.com:9094", allowedCidrs: ["10.0.0.0/8"] }] },
  cruiseControl: flag(true),
  kafkaVersion: { to: ["4.2.1"], default: "4.3.1" },
} as never);

noDeadProps<BrokerSettings>(
  "BrokerSettings",
  (stack, brokers) => makeKubernetesStream(stack, { brokers }),
  {},
  {
    count: { to: [5], refused: [[2, "TooFewBrokers"]] },
    storageGiB: { to: [5000], refused: [[10, "StorageTooSmall"]] },
    storageClass: { to: ["fast"] },
    cpus: { to: [4], default: 2 },
    memoryGiB: { to: [16], default: 8 },
    diskMBps: { to: [3], default: 100 },
    networkMBps: { to: [3], default: 500 },
    nodeLabels: { to: [{ role: "kafka" }], default: {} },
  },
);

noDeadProps<ControllerSettings>(
  "ControllerSettings",
  (stack, controllers) => makeKubernetesStream(stack, { controllers }),
  {},
  { count: { to: [5], default: 3 }, storageGiB: { to: [40], default: 20 } },
);

noDeadProps<ExternalListener>(
  "ExternalListener",
  (stack, external) => makeKubernetesStream(stack, { external }),
  { bootstrap: "k.example.com:9094", allowedCidrs: ["10.0.0.0/8"] },
  {
    bootstrap: { to: ["other.example.com:9094"] },
    allowedCidrs: { to: [["10.0.0.0/8", "192.168.0.0/16"]] },
    loadBalancerClass: { to: ["internal"] },
  },
);

const makeTopic: Make<TopicProps> = (stack, topic) => {
  const props = { site: IRELAND, name: "events", topics: [topic], engine: "kinesis" } as const;
  new AwsEventStream(stack, "events", props).topic(topic.name).grantConsume(ADMIN);
};

noDeadProps<TopicProps>("TopicProps", makeTopic, BIDS, {
  name: { to: ["other"] },
  throughput: { to: [{ messagesPerSecond: 9000, meanBytes: 1000 }] },
  retentionHours: { to: [120] },
  partitions: { to: [9], default: 4 },
  key: { to: [], refused: [[{ field: "none", type: "string" }, "KeyFieldMissing"]] },
  ordering: {
    given: { key: undefined, ordering: "none" },
    refused: [["per-key", "OrderingWithoutKey"]],
    default: "none",
  },
  schema: { to: [undefined, { format: "json", fields: [{ name: "user", type: "string" }] }] },
  compaction: { refused: [[true, "UnsupportedByEngine"]], default: false },
  deadLetter: { to: [undefined, { maxDeliveries: 5, retentionHours: 48 }] },
  residency: { refused: [[FRANCE, "ResidencyViolation"]] },
  pii: { refused: [[true, "PiiTopicNotGranted"]], default: false },
});

noDeadProps<ThroughputProps>(
  "ThroughputProps",
  (stack, throughput) => makeKinesis(stack, { topics: [{ ...BIDS, throughput }] }),
  { messagesPerSecond: 2000, meanBytes: 1000 },
  {
    messagesPerSecond: { to: [9000] },
    meanBytes: { to: [9000] },
    peakFactor: { to: [4], default: 2 },
    readers: { to: [8], default: 1 },
  },
);

noDeadProps<ConsumeOptions>(
  "ConsumeOptions",
  (stack, options) => {
    const stream = new GoogleEventStream(stack, "events", {
      site: EEMSHAVEN,
      name: "events",
      engine: "pubsub",
      topics: [{ ...BIDS, pii: true }],
    });
    stream
      .topic("bids")
      .grantConsume(Identity.googleServiceAccount("reader", "r@p.iam.gserviceaccount.com"), options);
  },
  { includePii: true },
  {
    group: { to: ["other"], default: "reader" },
    includePii: { refused: [[false, "PiiTopicNotGranted"]] },
    pushTo: { to: ["https://example.com/in"] },
  },
);

const awsCommon = {
  ...common,
  site: { to: [Site.aws("ireland", { region: "eu-west-1", account: "999922223333" })] },
  schemaRegistry: flag(true),
  oidcProviderArns: { to: [OIDC], default: {} },
} as const;

noDeadProps<Partial<Omit<MskProvisionedProps, "engine">>>("MskProvisionedProps", makeMsk, {}, {
  ...awsCommon,
  encryptionKeyArn: { to: [KEY] },
  network: { to: [network("vpc-2")] },
  brokers: { to: [{ machine: "kafka.m7g.xlarge" }], default: {} },
  kafkaVersion: { to: ["4.0.x.kraft"], default: "3.9.x.kraft" },
  clientCertificateAuthorityArns: {
    to: [["arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/a"]],
    default: [],
  },
  logRetentionDays: { to: [30], default: 90 },
  replicatedAcrossRegions: flag(false),
} as never);

noDeadProps<MskBrokerSettings>(
  "MskBrokerSettings",
  (stack, brokers) => makeMsk(stack, { brokers }),
  {},
  {
    machine: { to: ["kafka.m7g.xlarge"], default: "kafka.m7g.large" },
    count: { to: [6], refused: [[4, "UnsupportedByEngine"]] },
    storageGiB: { to: [2000], refused: [[10, "StorageTooSmall"]] },
    maxStorageGiB: { to: [9000] },
    tieredAfterHours: { to: [24] },
  },
);

noDeadProps<Partial<Omit<MskServerlessProps, "engine">>>("MskServerlessProps", makeServerless, {}, {
  ...awsCommon,
  encryptionKeyArn: { refused: [[KEY, "NoEffect"]] },
  network: { to: [network("vpc-2")] },
  topicAdministrator: { to: [ADMIN] },
} as never);

noDeadProps<Partial<Omit<KinesisProps, "engine">>>("KinesisProps", makeKinesis, {}, {
  ...awsCommon,
  delivery: { refused: [["exactly-once", "ExactlyOnceUnsupported"]], default: "at-least-once" },
  encryptionKeyArn: { to: [KEY] },
  onDemand: flag(false),
} as never);

noDeadProps<{ readonly engine: string }>(
  "the engine of AWS",
  (stack, { engine }) => {
    new AwsEventStream(stack, "events", { site: IRELAND, name: "events", topics: [BIDS], engine } as never);
  },
  { engine: "kinesis" },
  { engine: { refused: [["rabbit", "NotOneOf"]] } },
);

const googleCommon = {
  ...common,
  site: {
    to: [Site.google("eemshaven", { region: "europe-west4", project: "other-ai", projectNumber: "1" })],
  },
  kmsKey: { to: [CRYPTO_KEY] },
  keyRotationDays: { to: [30], default: 90 },
  enableServices: flag(true),
} as const;

noDeadProps<Partial<Omit<ManagedKafkaProps, "engine">>>("ManagedKafkaProps", makeManagedKafka, {}, {
  ...googleCommon,
  schemaRegistry: { refused: [[true, "UnsupportedByEngine"]], default: false },
  network: { to: [googleNetwork({ networkName: "other", subnetworkName: "other" })] },
  vcpus: { to: [9], default: 3 },
  memoryGiB: { to: [24], default: 12 },
} as never);

noDeadProps<Partial<Omit<PubSubProps, "engine">>>("PubSubProps", makePubSub, {}, {
  ...googleCommon,
  schemaRegistry: flag(true),
  ackDeadlineSeconds: { to: [30], default: 60 },
} as never);

noDeadProps<KubernetesStreamOperatorsProps>(
  "KubernetesStreamOperatorsProps",
  (stack, props) => {
    new KubernetesStreamOperators(stack, "operators", props);
  },
  { flink: true },
  {
    strimzi: flag(true),
    flink: { given: { flink: undefined }, ...flag(false) },
    flinkNamespaces: { to: [["jobs"]] },
    certManager: flag(true),
  },
);

const IMAGE = "registry.example.com/jobs/features:1";

noDeadProps<Parameters<typeof makeFlink>[1]>("KubernetesStreamProcessorProps", makeFlink, {}, {
  name: { to: ["other"] },
  sources: { refused: [[[], "MissingValue"]], default: ["bids"] },
  sinks: { to: [[]], default: ["decisions"] },
  exactlyOnceStream: flag(false),
  delivery: { given: { exactlyOnceStream: true }, to: ["exactly-once"], default: "at-least-once" },
  upgrade: { to: ["stateless"], default: "savepoint" },
  namespace: { to: ["other"] },
  artefact: { to: [{ image: IMAGE, jarUri: "local:///other.jar" }] },
  checkpoints: { to: [{ location: "gs://other" }], refused: [[false, "SavepointWithoutCheckpoints"]] },
  parallelism: { to: [8] },
  scaling: { to: ["fixed"], default: "autoscaler" },
  maxParallelism: { to: [64], default: 32 },
  taskManager: { to: [{ cpus: 4, memoryMiB: 8192 }], default: { cpus: 2, memoryMiB: 4096 } },
  slots: { to: [4], default: 2 },
  highAvailability: flag(true),
  flinkConfiguration: { to: [{ "web.timeout": "600000" }], default: {} },
} as never);

noDeadProps<FlinkArtefact>(
  "FlinkArtefact",
  (stack, artefact) => makeFlink(stack, { artefact }),
  { image: IMAGE, jarUri: "local:///opt/job.jar" },
  {
    image: { to: ["registry.example.com/jobs/features:2"] },
    jarUri: { to: ["local:///other.jar"] },
    entryClass: { to: ["com.example.Job"] },
    arguments: { to: [["--fast"]] },
    flinkVersion: { to: ["v1_20"], default: "v2_2" },
  },
);

noDeadProps<FlinkCheckpoints>(
  "FlinkCheckpoints",
  (stack, checkpoints) => makeFlink(stack, { checkpoints }),
  { location: "s3://acme-checkpoints" },
  {
    location: { to: ["s3://other"] },
    intervalSeconds: { to: [30], default: 60 },
    s3Endpoint: { to: ["https://s3.example.com"] },
    credentialsSecretName: { to: ["s3"] },
  },
);

noDeadProps<FlinkResources>(
  "FlinkResources",
  (stack, taskManager) => makeFlink(stack, { taskManager }),
  { cpus: 2, memoryMiB: 4096 },
  { cpus: { to: [4] }, memoryMiB: { to: [8192] } },
);

noDeadProps<Parameters<typeof makeManagedFlink>[1]>("AwsStreamProcessorProps", makeManagedFlink, {}, {
  name: { to: ["other"] },
  sinks: { to: [[]], default: ["decisions"] },
  delivery: { refused: [["exactly-once", "ExactlyOnceUnsupported"]], default: "at-least-once" },
  upgrade: { to: ["stateless"], default: "savepoint" },
  artefact: {
    to: [
      { bucketArn: "arn:aws:s3:::other", key: "job.jar" },
      { bucketArn: "arn:aws:s3:::acme-jobs", key: "other.jar" },
      { bucketArn: "arn:aws:s3:::acme-jobs", key: "job.jar", objectVersion: "2" },
      { bucketArn: "arn:aws:s3:::acme-jobs", key: "job.jar", encryptionKeyArn: KEY },
    ],
  },
  network: { to: [network("vpc-1")] },
  runtime: { to: ["FLINK-1_19"], default: "FLINK-1_20" },
  checkpointIntervalSeconds: { to: [30], default: 60, refused: [[false, "SavepointWithoutCheckpoints"]] },
  parallelism: { to: [8] },
  parallelismPerKpu: { to: [2], default: 1 },
  scaling: { to: ["fixed"], default: "autoscaler" },
  properties: { to: [{ mode: "fast" }] },
  logRetentionDays: { to: [30], default: 90 },
  start: flag(true),
} as never);

noDeadProps<Parameters<typeof makeDataflow>[1]>("GoogleStreamProcessorProps", makeDataflow, {}, {
  name: { to: ["other"] },
  sinks: { to: [[]], default: ["decisions"] },
  delivery: { given: { sinks: [] }, to: ["exactly-once"], default: "at-least-once" },
  upgrade: { refused: [["stateless", "UnsupportedByEngine"]], default: "savepoint" },
  templatePath: { to: ["gs://acme-jobs/other"] },
  workBucket: { to: ["other-work"] },
  parameters: { to: [{ input: "{source:0}" }], default: {} },
  network: { to: [googleNetwork({ networkName: "other", subnetworkName: "other" })] },
  kmsKey: { to: [CRYPTO_KEY] },
  maxWorkers: { to: [8] },
  machineType: { to: ["n2-standard-4"], default: "n2-standard-2" },
  enableServices: flag(true),
} as never);

noDeadProps<Parameters<typeof makeMirror>[1]>("KubernetesStreamMirrorProps", makeMirror, {}, {
  name: { to: ["other"] },
  topics: { to: [["bids", "decisions"]] },
  source: {
    to: [
      { bootstrapServers: "b-2.example.com:9094" },
      { caSecretName: "ca" },
      { credentials: { kind: "mtls", secretName: "other" } },
      { credentials: { kind: "mtls", secretName: "mirror", certificateKey: "tls.crt" } },
      { credentials: { kind: "mtls", secretName: "mirror", privateKeyKey: "tls.key" } },
      { credentials: { kind: "scram", username: "m", secretName: "mirror" } },
      { credentials: { kind: "scram", username: "n", secretName: "mirror" } },
      { credentials: { kind: "scram", username: "m", secretName: "mirror", passwordKey: "pw" } },
    ],
  },
  includePii: { given: { pii: true, includePii: true }, refused: [[false, "PiiTopicNotGranted"]] },
  consumerGroups: { to: [["ranker"]], refused: [[[], "MissingValue"]] },
  replicas: { to: [3], default: 2 },
  tasks: { to: [9] },
} as never);
