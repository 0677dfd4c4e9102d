import type { TerraformStack } from "cdktf";
import type { IEventStream, ProcessorSink, ProcessorSource, TopicProps } from "../../lib";
import {
  AwsEventStream,
  type AwsEventStreamProps,
  AwsStreamProcessor,
  type AwsStreamProcessorProps,
  type KinesisProps,
  type MskProvisionedProps,
  type MskServerlessProps,
} from "../../lib/aws";
import {
  GoogleEventStream,
  GoogleStreamProcessor,
  type GoogleStreamProcessorProps,
  type ManagedKafkaProps,
  type PubSubProps,
} from "../../lib/google";
import {
  KubernetesEventStream,
  type KubernetesEventStreamProps,
  KubernetesStreamMirror,
  type KubernetesStreamMirrorProps,
  KubernetesStreamProcessor,
  type KubernetesStreamProcessorProps,
  type MirrorSource,
} from "../../lib/kubernetes";
import { googleNetwork } from "./recipes-of-google-cluster";
import { EEMSHAVEN, FRANKFURT, IRELAND, network, POD } from "./subjects";
import type { Make } from "./support";

/** A topic of which every engine can hold every part but those that are told in the tests. */
export const BIDS: TopicProps = {
  name: "bids",
  throughput: { messagesPerSecond: 2000, meanBytes: 1000, peakFactor: 2, readers: 1 },
  retentionHours: 96,
  key: { field: "user", type: "string" },
  ordering: "per-key",
  schema: {
    format: "avro",
    fields: [{ name: "user", type: "string" }],
    compatibility: "backward",
  },
  deadLetter: { maxDeliveries: 5, retentionHours: 168 },
};

const DECISIONS: TopicProps = {
  name: "decisions",
  throughput: { messagesPerSecond: 100, meanBytes: 1000 },
  retentionHours: 24,
};

function use(stream: IEventStream): void {
  stream.topic(stream.topicNames[0]!).grantConsume(POD, { includePii: true });
  stream.topic(stream.topicNames[0]!).grantProduce(POD);
}

type Few<P, K extends keyof P> = Partial<Omit<P, "engine">> & Pick<P, K>;

const COMMON = { name: "events", topics: [BIDS] };

export const makeKubernetesStream: Make<Partial<KubernetesEventStreamProps>> = (stack, props) =>
  use(new KubernetesEventStream(stack, "events", { site: FRANKFURT, ...COMMON, ...props }));

const aws = (stack: TerraformStack, props: AwsEventStreamProps) =>
  use(new AwsEventStream(stack, "events", props));

export const makeMsk: Make<Few<MskProvisionedProps, never>> = (stack, props) =>
  aws(stack, { site: IRELAND, network: network("vpc-1"), ...COMMON, ...props, engine: "msk-provisioned" });

export const makeServerless: Make<Few<MskServerlessProps, never>> = (stack, props) =>
  aws(stack, {
    site: IRELAND,
    network: network("vpc-1"),
    topicAdministrator: POD,
    ...COMMON,
    ...props,
    engine: "msk-serverless",
  });

export const makeKinesis: Make<Few<KinesisProps, never>> = (stack, props) =>
  aws(stack, { site: IRELAND, ...COMMON, ...props, engine: "kinesis" });

export const makeManagedKafka: Make<Few<ManagedKafkaProps, never>> = (stack, props) =>
  use(
    new GoogleEventStream(stack, "events", {
      site: EEMSHAVEN,
      network: googleNetwork(),
      ...COMMON,
      ...props,
      engine: "managed-kafka",
    }),
  );

export const makePubSub: Make<Few<PubSubProps, never>> = (stack, props) =>
  use(new GoogleEventStream(stack, "events", { site: EEMSHAVEN, ...COMMON, ...props, engine: "pubsub" }));

/** Sources and sinks of a processor as names of topics. */
export interface PlainEnds {
  readonly sources?: readonly string[];
  readonly sinks?: readonly string[];
  readonly exactlyOnceStream?: boolean;
}

function ends(stream: IEventStream, { sources = ["bids"], sinks = ["decisions"] }: PlainEnds) {
  return {
    sources: sources.map((topic): ProcessorSource => ({ stream, topic })),
    sinks: sinks.map((topic): ProcessorSink => ({ stream, topic })),
  };
}

type Job<P> = Partial<Omit<P, "site" | "sources" | "sinks">> & PlainEnds;

const TOPICS = { ...COMMON, topics: [BIDS, DECISIONS] };

export const makeFlink: Make<Job<KubernetesStreamProcessorProps>> = (
  stack,
  { exactlyOnceStream, ...props },
) => {
  const delivery = exactlyOnceStream ? "exactly-once" : "at-least-once";
  const stream = new KubernetesEventStream(stack, "events", { site: FRANKFURT, ...TOPICS, delivery });
  new KubernetesStreamProcessor(stack, "job", {
    site: FRANKFURT,
    name: "features",
    namespace: "jobs",
    artefact: { image: "registry.example.com/jobs/features:1", jarUri: "local:///opt/job.jar" },
    checkpoints: { location: "s3://acme-checkpoints" },
    parallelism: 4,
    ...props,
    ...ends(stream, props),
  });
};

export const makeManagedFlink: Make<Job<AwsStreamProcessorProps>> = (stack, props) => {
  const stream = new AwsEventStream(stack, "events", { site: IRELAND, ...TOPICS, engine: "kinesis" });
  new AwsStreamProcessor(stack, "job", {
    site: IRELAND,
    name: "features",
    artefact: { bucketArn: "arn:aws:s3:::acme-jobs", key: "job.jar" },
    parallelism: 4,
    ...props,
    ...ends(stream, props),
  });
};

export const makeDataflow: Make<Job<GoogleStreamProcessorProps>> = (stack, props) => {
  const stream = new GoogleEventStream(stack, "events", { site: EEMSHAVEN, ...TOPICS, engine: "pubsub" });
  new GoogleStreamProcessor(stack, "job", {
    site: EEMSHAVEN,
    name: "features",
    templatePath: "gs://acme-jobs/features",
    workBucket: "acme-work",
    network: googleNetwork(),
    maxWorkers: 4,
    ...props,
    ...ends(stream, props),
  });
};

/** A mirror whose source is told as plain data. */
export interface PlainMirror extends Partial<Omit<KubernetesStreamMirrorProps, "source" | "target">> {
  readonly source?: Partial<Omit<MirrorSource, "stream">>;
  readonly pii?: boolean;
}

export const makeMirror: Make<PlainMirror> = (stack, { source, pii, ...props }) => {
  const from = new AwsEventStream(stack, "events", {
    site: IRELAND,
    network: network("vpc-1"),
    ...TOPICS,
    engine: "msk-provisioned",
  });
  const origin = new KubernetesEventStream(stack, "origin", {
    site: { ...FRANKFURT, name: "paris" },
    name: "origin",
    topics: [{ ...BIDS, pii }, DECISIONS],
  });
  const target = new KubernetesEventStream(stack, "copies", { site: FRANKFURT, ...TOPICS, name: "copies" });
  new KubernetesStreamMirror(stack, "mirror", {
    name: "mirror",
    topics: ["bids"],
    target,
    ...props,
    source: {
      stream: pii === undefined ? from : origin,
      bootstrapServers: "b-1.example.com:9094",
      credentials: { kind: "mtls", secretName: "mirror" },
      ...source,
    },
  });
};
