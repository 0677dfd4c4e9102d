import { PubsubSubscription } from "@cdktf/provider-google/lib/pubsub-subscription";
import { PubsubSubscriptionIamMember } from "@cdktf/provider-google/lib/pubsub-subscription-iam-member";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { PubsubTopicIamMember } from "@cdktf/provider-google/lib/pubsub-topic-iam-member";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import type { Identity } from "../../fabric/identity";
import { LakehouseErrors } from "../errors";
import type { Grant } from "../lakehouse";
import { checkKeyPrefix } from "../object-queue";
import type { GoogleLakehouse } from "./lakehouse";
import { tablesFolder } from "./tables";

/** New objects of a zone as messages, for example for jobs that compute embeddings. */
export interface GoogleObjectQueueProps {
  readonly lakehouse: GoogleLakehouse;
  /** Zone of the lakehouse. */
  readonly zone: string;
  /** Start of the names, unique in the project: 2 to 48 lower-case letters, digits and hyphens. */
  readonly namePrefix: string;
  /** Only objects whose name starts so, for example `images/`. Needed in a zone with tables, whose files are objects too. @default - all */
  readonly keyPrefix?: string;
  /** Seconds that a consumer has for one message before another gets it, 10 to 600. @default 300 */
  readonly ackSeconds?: number;
  /** Tries after which a message goes to the topic of those that nobody could handle, 5 to 100. @default 5 */
  readonly maxDeliveries?: number;
}

const NAME_LENGTH = 255;
const RETENTION = "604800s";

/**
 * A subscription to new objects of one zone. What fails again and again goes to a topic of its own, with a subscription that
 * keeps it for a week. Both are encrypted with the key of the lakehouse.
 *
 * Makes `google_pubsub_subscription` (two), `google_pubsub_topic`, `google_pubsub_topic_iam_member`,
 * `google_pubsub_subscription_iam_member`.
 *
 * @throws UnknownZone, NoEventsToQueue, QueueSeesTables, InvalidName, NumberOutOfRange; of grants IdentityKindMismatch
 */
export class GoogleObjectQueue extends Construct {
  readonly deadLetterTopic: PubsubTopic;
  readonly deadLetterPublisher: PubsubTopicIamMember;
  readonly deadLetters: PubsubSubscription;
  readonly subscription: PubsubSubscription;
  /** Lets Pub/Sub take a message out of the subscription when it goes to the dead letters. */
  readonly forwarder: PubsubSubscriptionIamMember;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleObjectQueueProps,
  ) {
    super(scope, id);
    const { lakehouse, zone } = props;
    const topic = this.check();
    const { project } = lakehouse.site;
    const name = resourceName([props.namePrefix, zone, "objects"], { maxLength: NAME_LENGTH });
    const agent = lakehouse.project.agent("pubsub");
    this.deadLetterTopic = new PubsubTopic(this, "dead-letter-topic", {
      project,
      name: `${name}-failed`,
      kmsKeyName: lakehouse.key.keyName,
      messageStoragePolicy: { allowedPersistenceRegions: [lakehouse.site.region], enforceInTransit: true },
      dependsOn: lakehouse.key.dependencies("pubsub"),
    });
    this.deadLetterPublisher = new PubsubTopicIamMember(this, "dead-letter-publisher", {
      project,
      topic: this.deadLetterTopic.name,
      role: "roles/pubsub.publisher",
      member: agent,
    });
    const keep = { messageRetentionDuration: RETENTION, expirationPolicy: { ttl: "" } };
    this.deadLetters = new PubsubSubscription(this, "dead-letters", {
      project,
      name: `${name}-failed`,
      topic: this.deadLetterTopic.id,
      ...keep,
    });
    this.subscription = new PubsubSubscription(this, "subscription", {
      project,
      name,
      topic,
      ...keep,
      ackDeadlineSeconds: props.ackSeconds ?? 300,
      filter:
        props.keyPrefix === undefined
          ? undefined
          : `hasPrefix(attributes.objectId, ${JSON.stringify(props.keyPrefix)})`,
      deadLetterPolicy: {
        deadLetterTopic: this.deadLetterTopic.id,
        maxDeliveryAttempts: props.maxDeliveries ?? 5,
      },
      retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
      dependsOn: [this.deadLetterPublisher],
    });
    this.forwarder = new PubsubSubscriptionIamMember(this, "forwarder", {
      project,
      subscription: this.subscription.name,
      role: "roles/pubsub.subscriber",
      member: agent,
    });
  }

  /**
   * Lets an identity take messages. Rights on the objects come from the zone; for a service account of a cluster pass the
   * Google service account that the zone's grant names (`access.serviceAccount`).
   */
  grantConsume(identity: Identity): Grant {
    if (identity.kind !== "google-member") {
      const problems = new Problems(this.node.path);
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "google-member",
      });
      problems.throwIfAny();
    }
    const id = `consumer-${identity.name}`;
    const known = this.node.tryFindChild(id) as PubsubSubscriptionIamMember | undefined;
    const { member } = identity as Extract<Identity, { kind: "google-member" }>;
    const made =
      known ??
      new PubsubSubscriptionIamMember(this, id, {
        project: this.props.lakehouse.site.project,
        subscription: this.subscription.name,
        role: "roles/pubsub.subscriber",
        member,
      });
    return { resources: [made] };
  }

  /** The topic of the zone. */
  private check(): string {
    const { lakehouse, zone, namePrefix, keyPrefix, ackSeconds, maxDeliveries } = this.props;
    const problems = new Problems(this.node.path);
    // Throws for a zone that does not exist.
    lakehouse.zone(zone);
    const found = lakehouse.zones.get(zone);
    const topic = found?.topic;
    if (topic === undefined) {
      problems.add(LakehouseErrors.NoEventsToQueue, {
        subject: `zone "${zone}"`,
        given: "a lakehouse without dataEvents",
        allowed: "a lakehouse with dataEvents",
      });
    }
    problems.name("namePrefix", namePrefix, {
      pattern: /^[a-z](-?[a-z0-9])+$/,
      maxLength: 48,
      form: "2 to 48 lower-case letters, digits and single hyphens, starting with a letter",
    });
    checkKeyPrefix(problems, keyPrefix, found?.managedTables ? [tablesFolder(found.datasetId)] : []);
    problems.literalInteger("ackSeconds", ackSeconds ?? 300, { min: 10, max: 600 });
    problems.literalInteger("maxDeliveries", maxDeliveries ?? 5, { min: 5, max: 100 });
    problems.throwIfAny();
    return topic!.id;
  }
}
