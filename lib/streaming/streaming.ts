import type { TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import { COMMON_NAME, type Problems } from "../core/problems";
import type { RemovalPolicy } from "../core/removal-policy";
import type { Identity } from "../fabric/identity";
import { Residency } from "../fabric/residency";
import type { Site } from "../fabric/site";
import type { FederatedAccess } from "../lakehouse/index";
import type { StreamEngineFacts } from "./engines";
import { StreamingErrors } from "./errors";
import type { SchemaCompatibility, SchemaFormat } from "./message-schema";
import { resolveTopic, type StreamTopicModel, type TopicProps } from "./topic";

/** How often a consumer sees a message when something fails. */
export type Delivery = "at-least-once" | "exactly-once";

/** What every stream shares, wherever it is. */
export interface EventStreamProps<S extends Site = Site> {
  readonly site: S;
  /** Start of every resource name: 1 to 32 lower-case letters, digits and hyphens. Literal. */
  readonly name: string;
  /** One or more. */
  readonly topics: readonly TopicProps[];
  /** @default Residency.ANYWHERE */
  readonly residency?: Residency;
  /**
   * `exactly-once`: transactions of Kafka, or exactly-once pull subscriptions of Pub/Sub. Clients have to take part, see
   * `TopicAccess.delivery`. Refused where the engine cannot.
   * @default "at-least-once"
   */
  readonly delivery?: Delivery;
  /**
   * Register the topics' schemas. Refused where the site has no registry.
   * @default - true if the site has a registry
   */
  readonly schemaRegistry?: boolean;
  /**
   * `destroy` needs the app's consent too, see `mayDestroy`.
   * @default "retain"
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A stream after validation, every default filled in. */
export interface StreamModel {
  /** Sorted by name. */
  readonly topics: readonly StreamTopicModel[];
  readonly residency: Residency;
  readonly delivery: Delivery;
  readonly schemaRegistry: boolean;
}

/** Where the schema of a topic is kept. Strings may be tokens. */
export interface SchemaReference {
  readonly registry: "glue" | "pubsub" | "none";
  /** Name or ARN in the registry; undefined without a registry. */
  readonly id?: string;
  readonly format: SchemaFormat;
  readonly compatibility: SchemaCompatibility;
  /** The text, for producers that hold no copy. Literal. */
  readonly definition: string;
}

/** Where messages go that could not be handled. */
export interface DeadLetterAccess {
  /** Name of the topic (Kinesis: stream) at the site. May be a token. */
  readonly topic: string;
  readonly maxDeliveries: number;
  /** `client`: the consumer counts and writes there itself; it was granted the right to. */
  readonly countedBy: "service" | "client";
}

interface AccessFacts {
  /** Name at the site, as clients give it; may be a token. */
  readonly topic: string;
  readonly partitions: number;
  readonly ordering: StreamTopicModel["ordering"];
  readonly key?: StreamTopicModel["key"];
  /**
   * `exactly-once`: producers of Kafka set `transactional.id` (with the prefix given) and consumers
   * `isolation.level=read_committed`; consumers of Pub/Sub wait for the answer to each acknowledgement.
   */
  readonly delivery: Delivery;
  readonly schema?: SchemaReference;
  readonly deadLetter?: DeadLetterAccess;
  /** Group (Pub/Sub: subscription; Kinesis: application) of a consumer. Undefined for producers. */
  readonly consumerGroup?: string;
}

/** One key of a Secret in the cluster. */
export interface SecretKeyReference {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** How a client of a Kafka topic connects; always by TLS. */
export interface KafkaTopicAccess extends AccessFacts {
  readonly kind: "kafka";
  /** `host:port,…`; may be a token. */
  readonly bootstrapServers: string;
  /**
   * `sasl-iam`: IAM of AWS; `oauthbearer`: tokens of Google Cloud; `scram`: SCRAM-SHA-512; `mtls`: a certificate.
   */
  readonly auth: "sasl-iam" | "scram" | "mtls" | "oauthbearer";
  /** Transactional ids that the identity may use start with this. Undefined without exactly-once. */
  readonly transactionalIdPrefix?: string;
  /** Certificate of the brokers' authority. @default - a public one */
  readonly caCertificate?: SecretKeyReference;
  /** With `scram`: name of the user. Literal. */
  readonly username?: string;
  /** With `mtls` certificate and private key, with `scram` the password. @default - the workload's own identity */
  readonly credentials?: {
    readonly certificate?: SecretKeyReference;
    readonly privateKey?: SecretKeyReference;
    readonly password?: SecretKeyReference;
  };
}

export interface KinesisTopicAccess extends AccessFacts {
  readonly kind: "kinesis";
  readonly auth: "sigv4";
  /** Literal. */
  readonly region: string;
  readonly streamArn: string;
}

export interface PubSubTopicAccess extends AccessFacts {
  readonly kind: "pubsub";
  readonly auth: "oauthbearer";
  /** Literal. */
  readonly project: string;
  /** Host of the region: messages and order stay there. Literal. */
  readonly endpoint: string;
  /** Full name, for consumers that pull. */
  readonly subscription?: string;
}

/** All that a client needs to connect, without any secret. */
export type TopicAccess = KafkaTopicAccess | KinesisTopicAccess | PubSubTopicAccess;

/** What was done to give a right on a topic. */
export interface StreamGrant {
  /** Resources that carry the right. */
  readonly resources: readonly TerraformResource[];
  readonly access: TopicAccess;
  /** Set when an identity of a cluster got a right in a cloud: how its pods use it. */
  readonly federation?: FederatedAccess;
}

export interface ConsumeOptions {
  /**
   * Consumer group; each group sees every message. 1 to 63 lower-case letters, digits and hyphens.
   * @default - the name of the identity
   */
  readonly group?: string;
  /** The identity may see personal data. Needed for topics with `pii`. @default false */
  readonly includePii?: boolean;
  /** Pub/Sub only: `https://` address to which messages are posted. @default - the consumer pulls */
  readonly pushTo?: string;
}

/** A right that a site is asked to give. */
export interface StreamGrantRequest {
  readonly identity: Identity;
  readonly topic: StreamTopicModel;
  /** `undefined`: a producer. */
  readonly consume?: { readonly group: string; readonly pushTo?: string };
}

export interface IStreamTopic {
  readonly name: string;
  readonly model: StreamTopicModel;
  /** Lets `identity` write messages. @throws CopyIsReadOnly */
  grantProduce(identity: Identity): StreamGrant;
  /** Lets `identity` read messages as a group, and write to the dead-letter topic where clients do that. */
  grantConsume(identity: Identity, options?: ConsumeOptions): StreamGrant;
}

/** Topics of one engine at one site. */
export interface IEventStream extends IConstruct {
  readonly site: Site;
  /** The name given. */
  readonly streamName: string;
  readonly engine: StreamEngineFacts;
  readonly residency: Residency;
  readonly delivery: Delivery;
  /** Sorted, without copies of other sites' topics. */
  readonly topicNames: readonly string[];
  /** A topic, or the copy of another site's: `<site>.<topic>`. @throws UnknownTopic */
  topic(name: string): IStreamTopic;
  /** Why partitions, brokers and storage are as they are, one rule per line. */
  explain(): readonly string[];
}

function checkTopicNames(problems: Problems, topics: readonly StreamTopicModel[]): void {
  const names = topics.map(({ name }) => name);
  problems.unique("topics", names);
  for (const { name, deadLetter } of topics) {
    if (deadLetter && names.includes(deadLetter.topic)) {
      problems.add(StreamingErrors.TopicNameTaken, {
        subject: `topic "${name}" deadLetter`,
        given: deadLetter.topic,
        allowed: "a name that no topic has",
      });
    }
  }
}

/** Checks what all streams share and fills in defaults. What is wrong goes to `problems`. */
export function resolveStream(
  problems: Problems,
  props: EventStreamProps,
  engine: StreamEngineFacts,
): StreamModel {
  problems.name("name", props.name, COMMON_NAME);
  problems.required("topics", props.topics?.[0], "one topic or more");
  const delivery = props.delivery ?? "at-least-once";
  problems.oneOf("delivery", delivery, ["at-least-once", "exactly-once"]);
  if (delivery === "exactly-once" && engine.noExactlyOnce !== undefined) {
    problems.add(StreamingErrors.ExactlyOnceUnsupported, {
      subject: "delivery",
      given: delivery,
      allowed: `at-least-once: ${engine.noExactlyOnce}`,
    });
  }
  const hasRegistry = engine.schemaFormats.length > 0;
  if (props.schemaRegistry && !hasRegistry) {
    problems.add(StreamingErrors.UnsupportedByEngine, {
      subject: "schemaRegistry",
      given: true,
      allowed: `false: ${engine.engine} has no registry that this library can declare`,
    });
  }
  const schemaRegistry = props.schemaRegistry ?? hasRegistry;
  const residency = props.residency ?? Residency.ANYWHERE;
  const context = { site: props.site, residency, engine, registry: schemaRegistry && hasRegistry };
  const topics = [...(props.topics ?? [])]
    .map((topic) => resolveTopic(problems, topic, context))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  checkTopicNames(problems, topics);
  return { topics, residency, delivery, schemaRegistry };
}
