import { Construct } from "constructs";
import { renderFinding } from "../core/errors";
import { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import type { Identity } from "../fabric/identity";
import type { Residency } from "../fabric/residency";
import type { Site } from "../fabric/site";
import type { StreamEngineFacts } from "./engines";
import { StreamingErrors } from "./errors";
import type {
  ConsumeOptions,
  DeadLetterAccess,
  Delivery,
  IEventStream,
  IStreamTopic,
  SchemaReference,
  StreamGrant,
  StreamGrantRequest,
  StreamModel,
  TopicAccess,
} from "./streaming";
import type { StreamTopicModel } from "./topic";

/** Name of a consumer group that is valid for Kafka, Pub/Sub subscriptions and Kinesis applications. */
export const GROUP_NAME = {
  pattern: /^[a-z](-?[a-z0-9])*$/,
  maxLength: 63,
  form: "1 to 63 lower-case letters, digits and single hyphens, starting with a letter, not ending with a hyphen",
};

/** Messages are posted with a token that must not be read on the way. */
const HTTPS_ADDRESS = {
  pattern: /^https:\/\/[A-Za-z0-9.:-]+(\/[A-Za-z0-9._~/?&=+-]*)?$/,
  maxLength: 2048,
  form: "an https:// address",
};

/** Topics and the checks of grants, once for all sites. A site says how a right is given and how clients connect. */
export abstract class EventStreamBase extends Construct implements IEventStream {
  abstract readonly site: Site;
  abstract readonly streamName: string;
  abstract readonly engine: StreamEngineFacts;
  /** Set by the constructor of the site's class, before any topic is asked for. */
  protected abstract readonly model: StreamModel;
  /** Topics of other sites that a mirror copies here; nobody else writes to them. */
  protected readonly copies: StreamTopicModel[] = [];
  private nameClaimed?: string;

  /** Refuses, when the app is synthesized, a second stream that would make resources of the same names. */
  protected claimName(): void {
    this.nameClaimed = `${this.site.kind}/${this.site.name}/${this.streamName}`;
    this.node.addValidation({
      validate: () =>
        this.node.root.node
          .findAll()
          .filter(
            (node) =>
              node !== this && node instanceof EventStreamBase && node.nameClaimed === this.nameClaimed,
          )
          .map((twin) =>
            renderFinding({
              error: StreamingErrors.StreamNameTaken,
              subject: "name",
              given: this.streamName,
              allowed: `any but that of ${twin.node.path}`,
            }),
          ),
    });
  }

  get residency(): Residency {
    return this.model.residency;
  }

  get delivery(): Delivery {
    return this.model.delivery;
  }

  get topicNames(): readonly string[] {
    return this.model.topics.map(({ name }) => name);
  }

  explain(): readonly string[] {
    return [
      ...this.model.topics.flatMap(({ name, explain }) => explain.map((line) => `topic ${name}: ${line}`)),
      ...this.explainCluster(),
    ];
  }

  topic(name: string): IStreamTopic {
    const known = [...this.model.topics, ...this.copies];
    const model = known.find((candidate) => candidate.name === name);
    if (!model) {
      const problems = new Problems(this.node.path);
      problems.add(StreamingErrors.UnknownTopic, {
        subject: "topic",
        given: name,
        allowed: known.map((each) => each.name).join(", "),
      });
      problems.throwIfAny();
    }
    return {
      name,
      model: model!,
      grantProduce: (identity) => this.produce(model!, identity),
      grantConsume: (identity, options) => this.consume(model!, identity, options ?? {}),
    };
  }

  /** Gives a right. Asking twice for the same right returns the same resources. @throws IdentityKindMismatch */
  protected abstract grant(request: StreamGrantRequest): StreamGrant;

  /** Why brokers and storage are as they are. */
  protected abstract explainCluster(): readonly string[];

  /** What the access to a topic says at every site. */
  protected accessFacts(
    request: StreamGrantRequest,
    at: { readonly topic: string; readonly deadLetterTopic?: string; readonly schema?: SchemaReference },
  ): Omit<TopicAccess, "kind" | "auth"> {
    const { topic, consume } = request;
    return {
      topic: at.topic,
      partitions: topic.partitions,
      ordering: topic.ordering,
      key: topic.key,
      delivery: this.model.delivery,
      schema: at.schema,
      deadLetter: this.deadLetterOf(topic, at.deadLetterTopic),
      consumerGroup: consume?.group,
    };
  }

  /** The schema of a topic where nothing registers it. */
  protected unregisteredSchema({ schema }: StreamTopicModel): SchemaReference | undefined {
    if (!schema) {
      return undefined;
    }
    const { format, compatibility, definition } = schema;
    return { registry: "none", format, compatibility, definition };
  }

  private deadLetterOf(
    { deadLetter }: StreamTopicModel,
    topic: string | undefined,
  ): DeadLetterAccess | undefined {
    return (
      deadLetter && {
        topic: topic ?? deadLetter.topic,
        maxDeliveries: deadLetter.maxDeliveries,
        countedBy: this.engine.deadLetter.countedBy,
      }
    );
  }

  private produce(topic: StreamTopicModel, identity: Identity): StreamGrant {
    const problems = new Problems(this.node.path);
    if (this.copies.includes(topic)) {
      problems.add(StreamingErrors.CopyIsReadOnly, {
        subject: `topic "${topic.name}" identity "${identity.name}"`,
        given: "grantProduce",
        allowed: "grantConsume",
      });
    }
    problems.throwIfAny();
    return this.grant({ identity, topic });
  }

  private consume(topic: StreamTopicModel, identity: Identity, options: ConsumeOptions): StreamGrant {
    const problems = new Problems(this.node.path);
    const group = options.group ?? identity.name;
    problems.name(`topic "${topic.name}" group`, group, GROUP_NAME);
    if (topic.pii && !options.includePii) {
      problems.add(StreamingErrors.PiiTopicNotGranted, {
        subject: `topic "${topic.name}" identity "${identity.name}"`,
        given: options.includePii,
        allowed: "includePii: true",
      });
    }
    if (options.pushTo !== undefined) {
      this.checkPush(problems, topic, options.pushTo);
    }
    problems.throwIfAny();
    return this.grant({ identity, topic, consume: { group, pushTo: options.pushTo } });
  }

  private checkPush(problems: Problems, topic: StreamTopicModel, pushTo: string): void {
    const subject = `topic "${topic.name}" pushTo`;
    if (!isToken(pushTo)) {
      problems.name(subject, pushTo, HTTPS_ADDRESS);
    }
    if (this.engine.protocol !== "pubsub") {
      problems.add(StreamingErrors.UnsupportedByEngine, {
        subject,
        given: pushTo,
        allowed: `nothing: consumers of ${this.engine.engine} pull`,
      });
    } else if (this.delivery === "exactly-once") {
      problems.add(StreamingErrors.ExactlyOnceUnsupported, {
        subject,
        given: pushTo,
        allowed: "a consumer that pulls: Pub/Sub delivers exactly once to pull subscriptions only",
      });
    }
  }
}
