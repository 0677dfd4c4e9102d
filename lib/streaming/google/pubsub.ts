import { PubsubSchema } from "@cdktf/provider-google/lib/pubsub-schema";
import { PubsubSchemaIamMember } from "@cdktf/provider-google/lib/pubsub-schema-iam-member";
import { PubsubSubscription } from "@cdktf/provider-google/lib/pubsub-subscription";
import { PubsubSubscriptionIamMember } from "@cdktf/provider-google/lib/pubsub-subscription-iam-member";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { PubsubTopicIamMember } from "@cdktf/provider-google/lib/pubsub-topic-iam-member";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import type { GoogleKey } from "../../core/google-key";
import type { GoogleProject } from "../../core/google-project";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { LakehouseErrors } from "../../lakehouse/index";
import type { SchemaReference, StreamGrantRequest, StreamModel } from "../streaming";
import type { StreamTopicModel } from "../topic";
import type { GooglePrincipal } from "./principals";
import type { PubSubProps } from "./props";

const SECONDS_PER_HOUR = 3600;

/** Longest name of a topic, a subscription and a schema. Source: https://cloud.google.com/pubsub/docs/pubsub-basics (read 2026-11) */
const NAME_LENGTH = 255;

const SCHEMA_TYPES = { avro: "AVRO", protobuf: "PROTOCOL_BUFFER" } as const;

export interface PubSubParts {
  readonly props: PubSubProps;
  readonly model: StreamModel;
  readonly ackDeadlineSeconds: number;
  readonly project: GoogleProject;
  readonly key: GoogleKey;
  readonly protect: boolean;
}

/**
 * Topics of Pub/Sub whose messages stay in the region of the site, encrypted with a customer key; a subscription for each
 * group of consumers, and one that holds the dead letters until somebody looks at them.
 *
 * Makes `google_pubsub_topic`, `google_pubsub_schema`, `google_pubsub_subscription`, `google_pubsub_topic_iam_member`,
 * `google_pubsub_subscription_iam_member`, `google_pubsub_schema_iam_member`.
 */
export class PubSubTopics extends Construct {
  /** By topic name, dead-letter topics included. */
  readonly topics: Readonly<Record<string, PubsubTopic>>;
  /** By topic name. */
  readonly schemas: Readonly<Record<string, PubsubSchema>>;
  private readonly subscriptions = new Map<
    string,
    { readonly subscription: PubsubSubscription; readonly pushTo?: string; readonly member: string }
  >();

  constructor(
    scope: Construct,
    id: string,
    private readonly parts: PubSubParts,
  ) {
    super(scope, id);
    const { model } = parts;
    this.schemas = model.schemaRegistry
      ? Object.fromEntries(
          model.topics.flatMap((topic) => (topic.schema ? [[topic.name, this.makeSchema(topic)]] : [])),
        )
      : {};
    this.topics = Object.fromEntries(
      model.topics.flatMap((topic) => [
        [topic.name, this.makeTopic(topic.name, topic.retentionHours, this.schemas[topic.name])],
        ...(topic.deadLetter ? [this.makeDeadLetters(topic.deadLetter)] : []),
      ]),
    );
  }

  /** Name of a topic in the project. Literal. */
  topicName(topic: string): string {
    return resourceName([this.parts.props.name, topic], { maxLength: NAME_LENGTH });
  }

  schema({ name, schema }: StreamTopicModel): SchemaReference | undefined {
    const registered = this.schemas[name];
    if (!schema || !registered) {
      return undefined;
    }
    const { format, compatibility, definition } = schema;
    return { registry: "pubsub", id: registered.id, format, compatibility, definition };
  }

  /** Full name of the subscription of a consumer, and the resources of the right. */
  allow(
    who: GooglePrincipal,
    { topic, consume }: StreamGrantRequest,
  ): { readonly subscription?: string; readonly resources: readonly TerraformResource[] } {
    const schema = this.schemas[topic.name];
    const { project } = this.parts.props.site;
    const shared = schema
      ? [
          this.once(
            who.scope,
            `schema-${topic.name}`,
            (id) =>
              new PubsubSchemaIamMember(who.scope, id, {
                project,
                schema: schema.name,
                role: "roles/pubsub.viewer",
                member: who.member,
              }),
          ),
        ]
      : [];
    if (consume === undefined) {
      const publisher = this.once(
        who.scope,
        `produce-${topic.name}`,
        (id) =>
          new PubsubTopicIamMember(who.scope, id, {
            project,
            topic: this.topics[topic.name]!.name,
            role: "roles/pubsub.publisher",
            member: who.member,
          }),
      );
      return { resources: [publisher, ...shared] };
    }
    const subscription = this.subscriptionOf(topic, consume.group, consume.pushTo, who.member);
    const subscriber = this.once(
      who.scope,
      `consume-${topic.name}-${consume.group}`,
      (id) =>
        new PubsubSubscriptionIamMember(who.scope, id, {
          project,
          subscription: subscription.name,
          role: "roles/pubsub.subscriber",
          member: who.member,
        }),
    );
    return {
      subscription: consume.pushTo === undefined ? subscription.id : undefined,
      resources: [subscription, subscriber, ...shared],
    };
  }

  private subscriptionOf(
    topic: StreamTopicModel,
    group: string,
    pushTo: string | undefined,
    member: string,
  ): PubsubSubscription {
    const id = `subscription-${topic.name}-${group}`;
    const known = this.subscriptions.get(id);
    if (known) {
      this.requireSame(topic.name, group, known, { pushTo, member });
      return known.subscription;
    }
    const { props, model, ackDeadlineSeconds, project } = this.parts;
    const { deadLetter } = topic;
    const subscription = new PubsubSubscription(this, id, {
      project: props.site.project,
      name: resourceName([props.name, topic.name, group], { maxLength: NAME_LENGTH }),
      topic: this.topics[topic.name]!.id,
      ackDeadlineSeconds,
      enableMessageOrdering: topic.ordering === "per-key",
      enableExactlyOnceDelivery: model.delivery === "exactly-once",
      messageRetentionDuration: seconds(topic.retentionHours),
      // A group that is away for a month is not forgotten.
      expirationPolicy: { ttl: "" },
      retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
      deadLetterPolicy: deadLetter && {
        deadLetterTopic: this.topics[deadLetter.topic]!.id,
        maxDeliveryAttempts: deadLetter.maxDeliveries,
      },
      pushConfig:
        pushTo === undefined
          ? undefined
          : {
              pushEndpoint: pushTo,
              oidcToken: { serviceAccountEmail: member.replace(/^serviceAccount:/, ""), audience: pushTo },
            },
      lifecycle: { preventDestroy: this.parts.protect || undefined },
    });
    this.subscriptions.set(id, { subscription, pushTo, member });
    if (deadLetter) {
      // Pub/Sub takes undeliverable messages out of the subscription itself.
      new PubsubSubscriptionIamMember(this, `${id}-dead-letters`, {
        project: props.site.project,
        subscription: subscription.name,
        role: "roles/pubsub.subscriber",
        member: project.agent("pubsub"),
      });
    }
    return subscription;
  }

  /** One subscription either pushes, to one address in the name of one account, or is pulled from. */
  private requireSame(
    topic: string,
    group: string,
    known: { readonly pushTo?: string; readonly member: string },
    asked: { readonly pushTo?: string; readonly member: string },
  ): void {
    const differs =
      known.pushTo !== asked.pushTo || (asked.pushTo !== undefined && known.member !== asked.member);
    if (differs) {
      const problems = new Problems(this.node.path);
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject: `topic "${topic}" group "${group}"`,
        given: asked.pushTo === undefined ? "a consumer that pulls" : `messages pushed to ${asked.pushTo}`,
        allowed:
          known.pushTo === undefined
            ? "consumers that pull, as the group's others do"
            : `messages pushed to ${known.pushTo} in the name of the first identity`,
        fix: "give the consumer a group of its own",
      });
      problems.throwIfAny();
    }
  }

  private makeDeadLetters({
    topic,
    retentionHours,
  }: NonNullable<StreamTopicModel["deadLetter"]>): [string, PubsubTopic] {
    const { props, project, protect } = this.parts;
    const made = this.makeTopic(topic, retentionHours);
    new PubsubTopicIamMember(this, `${topic}-from-pubsub`, {
      project: props.site.project,
      topic: made.name,
      role: "roles/pubsub.publisher",
      member: project.agent("pubsub"),
    });
    // Without a subscription nobody could read them.
    new PubsubSubscription(this, `${topic}-kept`, {
      project: props.site.project,
      name: resourceName([props.name, topic, "kept"], { maxLength: NAME_LENGTH }),
      topic: made.id,
      messageRetentionDuration: seconds(retentionHours),
      expirationPolicy: { ttl: "" },
      lifecycle: { preventDestroy: protect || undefined },
    });
    return [topic, made];
  }

  private makeTopic(topic: string, retentionHours: number, schema?: PubsubSchema): PubsubTopic {
    const { props, project, key, protect } = this.parts;
    return new PubsubTopic(this, `topic-${topic}`, {
      project: props.site.project,
      name: this.topicName(topic),
      kmsKeyName: key.keyName,
      messageRetentionDuration: seconds(retentionHours),
      messageStoragePolicy: { allowedPersistenceRegions: [props.site.region], enforceInTransit: true },
      schemaSettings: schema && { schema: schema.id, encoding: "BINARY" },
      lifecycle: { preventDestroy: protect || undefined },
      dependsOn: [...project.dependencies("pubsub"), ...key.dependencies("pubsub")],
    });
  }

  private makeSchema({ name, schema }: StreamTopicModel): PubsubSchema {
    const { props, project, protect } = this.parts;
    return new PubsubSchema(this, `schema-${name}`, {
      project: props.site.project,
      name: this.topicName(name),
      type: SCHEMA_TYPES[schema!.format as keyof typeof SCHEMA_TYPES],
      definition: escapeTemplate(schema!.definition),
      lifecycle: { preventDestroy: protect || undefined },
      dependsOn: project.dependencies("pubsub"),
    });
  }

  private once<T extends TerraformResource>(scope: Construct, id: string, make: (id: string) => T): T {
    return (scope.node.tryFindChild(id) as T | undefined) ?? make(id);
  }
}

function seconds(hours: number): string {
  return `${hours * SECONDS_PER_HOUR}s`;
}
