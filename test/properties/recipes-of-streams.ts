import { type Recipe, recipe } from "./recipe";
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

const ISSUER = "https://oidc.example.com/fra";
const OIDC = { [ISSUER]: "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/fra" };
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1";
const CRYPTO_KEY = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
const COMMON = { name: "events", topics: [BIDS], delivery: "exactly-once" } as const;

/** Streams, mirrors and processors with as many props as go together. */
export const STREAM_RECIPES: readonly Recipe[] = [
  recipe("KubernetesEventStream", makeKubernetesStream, {
    ...COMMON,
    namespace: "kafka",
    brokers: {
      count: 3,
      storageGiB: 4000,
      storageClass: "fast",
      cpus: 4,
      memoryGiB: 16,
      diskMBps: 200,
      networkMBps: 600,
      nodeLabels: { role: "kafka" },
    },
    controllers: { count: 3, storageGiB: 30 },
    replicationFactor: 3,
    rackLabel: "acme.example/rack",
    clientAuth: "scram",
    external: {
      bootstrap: "k.example.com:9094",
      allowedCidrs: ["10.0.0.0/8"],
      loadBalancerClass: "internal",
    },
    kafkaVersion: "4.3.1",
  }),
  recipe(
    "AwsEventStream on MSK",
    makeMsk,
    {
      ...COMMON,
      encryptionKeyArn: KEY,
      oidcProviderArns: OIDC,
      brokers: { machine: "kafka.m7g.xlarge", count: 3, storageGiB: 2000, tieredAfterHours: 24 },
      kafkaVersion: "3.9.x.kraft",
      clientCertificateAuthorityArns: ["arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/a"],
      logRetentionDays: 30,
    },
    ["encryptionKeyArn", `oidcProviderArns.${ISSUER}`, "clientCertificateAuthorityArns.0"],
  ),
  recipe("AwsEventStream on MSK Serverless", makeServerless, { ...COMMON, oidcProviderArns: OIDC }, [
    `oidcProviderArns.${ISSUER}`,
  ]),
  recipe(
    "AwsEventStream on Kinesis",
    makeKinesis,
    { name: "events", topics: [{ ...BIDS, partitions: 8 }], encryptionKeyArn: KEY },
    ["encryptionKeyArn"],
  ),
  recipe(
    "GoogleEventStream on Managed Kafka",
    makeManagedKafka,
    { ...COMMON, kmsKey: CRYPTO_KEY, vcpus: 6, memoryGiB: 24 },
    ["kmsKey"],
  ),
  recipe("GoogleEventStream on Pub/Sub", makePubSub, {
    ...COMMON,
    keyRotationDays: 30,
    ackDeadlineSeconds: 30,
  }),
  recipe(
    "KubernetesStreamProcessor",
    makeFlink,
    {
      name: "features",
      namespace: "jobs",
      artefact: {
        image: "registry.example.com/jobs/features:1",
        jarUri: "local:///opt/job.jar",
        entryClass: "com.example.Job",
        arguments: ["--fast"],
        flinkVersion: "v2_2",
      },
      checkpoints: {
        location: "s3://acme-checkpoints",
        intervalSeconds: 30,
        s3Endpoint: "https://s3.example.com",
        credentialsSecretName: "s3",
      },
      parallelism: 4,
      maxParallelism: 64,
      slots: 2,
      taskManager: { cpus: 4, memoryMiB: 8192 },
      flinkConfiguration: { "web.timeout": "600000" },
    },
    ["checkpoints.location", "artefact.entryClass", "artefact.arguments.0"],
  ),
  recipe(
    "AwsStreamProcessor",
    makeManagedFlink,
    {
      name: "features",
      artefact: {
        bucketArn: "arn:aws:s3:::acme-jobs",
        key: "job.jar",
        objectVersion: "1",
        encryptionKeyArn: KEY,
      },
      checkpointIntervalSeconds: 30,
      parallelism: 4,
      parallelismPerKpu: 2,
      properties: { mode: "fast" },
      logRetentionDays: 30,
    },
    ["artefact.bucketArn", "artefact.objectVersion", "artefact.encryptionKeyArn", "properties.mode"],
  ),
  recipe(
    "GoogleStreamProcessor",
    makeDataflow,
    {
      name: "features",
      templatePath: "gs://acme-jobs/features",
      workBucket: "acme-work",
      parameters: { input: "{source:0}", mode: "fast" },
      kmsKey: CRYPTO_KEY,
      maxWorkers: 4,
      machineType: "n2-standard-4",
    },
    ["kmsKey", "parameters.mode"],
  ),
  recipe(
    "KubernetesStreamMirror",
    makeMirror,
    {
      name: "mirror",
      topics: ["bids"],
      source: {
        bootstrapServers: "b-1.example.com:9094",
        caSecretName: "ca",
        credentials: { kind: "scram", username: "mirror", secretName: "mirror", passwordKey: "pw" },
      },
      replicas: 3,
      tasks: 4,
    },
    ["source.bootstrapServers"],
  ),
];
