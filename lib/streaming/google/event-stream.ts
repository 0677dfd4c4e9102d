import type { Construct } from "constructs";
import { checkKeyChoice, GoogleKey } from "../../core/google-key";
import { type GoogleApi, GoogleProject } from "../../core/google-project";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { GoogleSite } from "../../fabric/site";
import { LakehouseErrors } from "../../lakehouse/index";
import { refuseForeignOptions } from "../engine-options";
import { STREAM_ENGINES, type StreamEngineFacts } from "../engines";
import { StreamingErrors } from "../errors";
import { EventStreamBase } from "../event-stream-base";
import { transactionalPrefix } from "../kafka-topics";
import { sizeManagedKafka } from "../sizing";
import { resolveStream, type StreamGrant, type StreamGrantRequest, type StreamModel } from "../streaming";
import { ManagedKafka } from "./managed-kafka";
import { type GooglePrincipal, StreamPrincipals } from "./principals";
import type { GoogleEventStreamProps, ManagedKafkaProps } from "./props";
import { PubSubTopics } from "./pubsub";

/** Names of topics and clusters that Google keeps for itself. */
const NOT_GOOGLE = {
  pattern: /^(?!goog)/,
  maxLength: 32,
  form: 'not beginning with "goog", which Google keeps for itself',
};

/** To find the cluster and its topics; what may be done with them is decided by ACLs. */
const KAFKA_ROLES = ["roles/managedkafka.client"];

/**
 * Topics in one region of Google Cloud, for the `foundation` stack: on Managed Kafka or on Pub/Sub.
 *
 * Makes `google_project_service`, `google_kms_*`, `google_project_iam_member`, what {@link ManagedKafka} or
 * {@link PubSubTopics} make, and for service accounts of a cluster `google_iam_workload_identity_pool*`,
 * `google_service_account`, `google_service_account_iam_member`.
 *
 * @throws all errors of the contract, CapacityTooSmall, NoEffect, IdentityKindMismatch, MissingOidcIssuer,
 *   GrantNotApplicable, RemovalNeedsTwoKeys
 */
export class GoogleEventStream extends EventStreamBase {
  readonly site: GoogleSite;
  readonly streamName: string;
  readonly engine: StreamEngineFacts;
  readonly project: GoogleProject;
  readonly key: GoogleKey;
  /** With `managed-kafka`. */
  readonly kafka?: ManagedKafka;
  /** With `pubsub`. */
  readonly pubsub?: PubSubTopics;
  readonly principals: StreamPrincipals;
  protected readonly model: StreamModel;

  constructor(scope: Construct, id: string, props: GoogleEventStreamProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.site;
    this.streamName = props.name;
    checkEngine(problems, props);
    problems.throwIfAny();
    this.engine = STREAM_ENGINES[props.engine];
    this.model = resolveStream(problems, props, this.engine);
    problems.name("name", props.name, NOT_GOOGLE);
    checkKeyChoice(problems, props.site, props, "the stream");
    const protect = !mayDestroy(this, props.removalPolicy, problems);
    problems.throwIfAny();
    const capacity =
      props.engine === "managed-kafka" ? kafkaCapacity(problems, props, this.model) : undefined;
    problems.throwIfAny();
    this.claimName();
    const service: GoogleApi & ("managedkafka" | "pubsub") = capacity ? "managedkafka" : "pubsub";
    this.project = new GoogleProject(this, "project", {
      site: props.site,
      apis: ["cloudkms", "cloudresourcemanager", "iam", "iamcredentials", "sts", service],
      enableServices: props.enableServices ?? true,
    });
    this.key = new GoogleKey(this, "key", {
      site: props.site,
      namePrefix: props.name,
      project: this.project,
      agents: [service],
      kmsKey: props.kmsKey,
      rotationDays: props.keyRotationDays ?? 90,
      protect,
      waitForAgents: true,
      purpose: "stream",
    });
    const parts = { model: this.model, project: this.project, key: this.key, protect };
    if (props.engine === "managed-kafka") {
      this.kafka = new ManagedKafka(this, "kafka", { ...parts, ...capacity!, props });
    } else {
      this.pubsub = new PubSubTopics(this, "pubsub", {
        ...parts,
        props,
        ackDeadlineSeconds: props.ackDeadlineSeconds ?? 60,
      });
    }
    this.principals = new StreamPrincipals(this, "grants", {
      site: props.site,
      name: props.name,
      project: this.project,
      projectRoles: this.kafka ? KAFKA_ROLES : [],
    });
  }

  protected explainCluster(): readonly string[] {
    return this.kafka ? sizeManagedKafka(this.model.topics).explain.map((line) => `cluster: ${line}`) : [];
  }

  protected grant(request: StreamGrantRequest): StreamGrant {
    const problems = new Problems(this.node.path);
    const { identity, consume } = request;
    if (this.kafka && identity.kind === "google-member" && identity.member.startsWith("principal:")) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject: `identity "${identity.name}"`,
        given: "pods that act as themselves",
        allowed: "a service account: ACLs of Kafka name e-mail addresses",
        fix: "let the pods act as a Google service account, by GoogleCluster.podServiceAccount, and grant to that",
      });
    }
    const isGroup = identity.kind === "google-member" && identity.member.startsWith("group:");
    if (isGroup && (this.kafka || consume?.pushTo !== undefined)) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject: `identity "${identity.name}"`,
        given: "a Google group",
        allowed: this.kafka
          ? "a service account: ACLs of Kafka know no groups"
          : "a service account: messages are pushed in the name of one",
        fix: "grant to a service account",
      });
    }
    problems.throwIfAny();
    const who = this.principals.principal(identity);
    return this.kafka
      ? this.kafkaGrant(this.kafka, who, request)
      : this.pubsubGrant(this.pubsub!, who, request);
  }

  private kafkaGrant(kafka: ManagedKafka, who: GooglePrincipal, request: StreamGrantRequest): StreamGrant {
    const email = who.member.replace(/^serviceAccount:/, "");
    const made = kafka.allow(`User:${email}`, request);
    const produces = request.consume === undefined;
    return {
      resources: [...who.resources, ...made],
      federation: who.federation,
      access: {
        kind: "kafka",
        auth: "oauthbearer",
        ...this.accessFacts(request, {
          topic: request.topic.name,
          schema: this.unregisteredSchema(request.topic),
        }),
        bootstrapServers: kafka.bootstrapServers,
        transactionalIdPrefix:
          produces && this.model.delivery === "exactly-once"
            ? transactionalPrefix(request.identity.name)
            : undefined,
      },
    };
  }

  private pubsubGrant(pubsub: PubSubTopics, who: GooglePrincipal, request: StreamGrantRequest): StreamGrant {
    const { topic } = request;
    const { subscription, resources } = pubsub.allow(who, request);
    return {
      resources: [...who.resources, ...resources],
      federation: who.federation,
      access: {
        kind: "pubsub",
        auth: "oauthbearer",
        ...this.accessFacts(request, {
          topic: pubsub.topicName(topic.name),
          deadLetterTopic: topic.deadLetter && pubsub.topicName(topic.deadLetter.topic),
          schema: pubsub.schema(topic) ?? this.unregisteredSchema(topic),
        }),
        project: this.site.project,
        endpoint: `${this.site.region}-pubsub.googleapis.com:443`,
        subscription,
      },
    };
  }
}

function checkEngine(problems: Problems, props: GoogleEventStreamProps): void {
  refuseForeignOptions(problems, props, {
    "managed-kafka": ["memoryGiB", "network", "vcpus"],
    pubsub: ["ackDeadlineSeconds"],
  });
  if (props.engine === "managed-kafka") {
    problems.required("network", props.network, "a network with a subnet in the region");
  } else if (props.ackDeadlineSeconds !== undefined) {
    problems.literalInteger("ackDeadlineSeconds", props.ackDeadlineSeconds, { min: 10, max: 600 });
  }
}

function kafkaCapacity(problems: Problems, props: ManagedKafkaProps, model: StreamModel) {
  const sizing = sizeManagedKafka(model.topics);
  const vcpus = props.vcpus ?? sizing.vcpus;
  if (problems.literalInteger("vcpus", vcpus, { min: 3, max: 10_000 }) && vcpus < sizing.vcpus) {
    problems.add(StreamingErrors.CapacityTooSmall, {
      subject: "vcpus",
      given: vcpus,
      allowed: `${sizing.vcpus} or more: ${sizing.explain[0]}`,
    });
  }
  const memoryGiB = props.memoryGiB ?? vcpus * 4;
  problems.literalInteger("memoryGiB", memoryGiB, { min: vcpus, max: vcpus * 8 });
  return { vcpus, memoryGiB };
}
