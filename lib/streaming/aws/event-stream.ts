import type { Construct } from "constructs";
import { awsFacts } from "../../core/aws-facts";
import { AwsGrantees } from "../../core/aws-grantees";
import { AwsKey, logsMayUseKey } from "../../core/aws-key";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { SiteErrors } from "../../fabric/errors";
import type { Identity } from "../../fabric/identity";
import type { AwsSite } from "../../fabric/site";
import { LakehouseErrors } from "../../lakehouse/index";
import { STREAM_ENGINES, type StreamEngineFacts } from "../engines";
import { StreamingErrors } from "../errors";
import { EventStreamBase } from "../event-stream-base";
import { kafkaTopics, transactionalPrefix } from "../kafka-topics";
import {
  resolveStream,
  type SchemaReference,
  type StreamGrant,
  type StreamGrantRequest,
  type StreamModel,
  type TopicAccess,
} from "../streaming";
import type { StreamTopicModel } from "../topic";
import { KinesisStreams } from "./kinesis";
import { lagStatements, mskStatements, topicAdministration } from "./msk-access";
import { MskKafka } from "./msk-cluster";
import { MskServerlessKafka } from "./msk-serverless";
import { MskTopics } from "./msk-topics";
import type {
  AwsEventStreamProps,
  MskProvisionedProps,
  MskReplicationEnd,
  MskServerlessProps,
} from "./props";
import { checkEngineProps, checkServerless, type ResolvedMsk, resolveMsk } from "./resolve";
import { StreamSchemas } from "./schemas";

/**
 * Topics in one region of AWS, for the `foundation` stack: on MSK with chosen brokers, on MSK Serverless, or each a
 * Kinesis data stream. Clients prove who they are by IAM; schemas are kept in Glue.
 *
 * With `msk-serverless` no API of AWS makes topics: `topicAdministrator` gets the right to, and the list of them is in
 * `serverless.topicListParameter`.
 *
 * Makes `aws_kms_key`, `aws_kms_alias`, `aws_glue_registry`, `aws_glue_schema`, `aws_iam_role_policy`, `aws_iam_role`,
 * `aws_iam_openid_connect_provider`, and what {@link MskKafka}, {@link MskTopics}, {@link MskServerlessKafka} or
 * {@link KinesisStreams} make.
 *
 * @throws all errors of the contract, TooFewBrokers, StorageTooSmall, NoEffect, IdentityKindMismatch, MissingOidcIssuer,
 *   GrantNotApplicable, InvalidPrincipal, InvalidArn, RemovalNeedsTwoKeys; at synth ProviderOfOtherPlace
 */
export class AwsEventStream extends EventStreamBase {
  readonly site: AwsSite;
  readonly streamName: string;
  readonly engine: StreamEngineFacts;
  /** Undefined if a key was given, and with `msk-serverless`. */
  readonly key?: AwsKey;
  /** With `msk-provisioned`. */
  readonly kafka?: MskKafka;
  /** With `msk-provisioned`. */
  readonly topics?: MskTopics;
  /** With `msk-serverless`. */
  readonly serverless?: MskServerlessKafka;
  /** With `kinesis`. */
  readonly kinesis?: KinesisStreams;
  /** Undefined if no topic has a schema, or without registry. */
  readonly schemas?: StreamSchemas;
  readonly grantees: AwsGrantees;
  protected readonly model: StreamModel;
  private readonly msk?: ResolvedMsk;
  /** Names of copies in the cluster, by the name that this library gives them; tokens. */
  private readonly namesOfCopies = new Map<string, string>();
  private readonly facts;

  constructor(scope: Construct, id: string, props: AwsEventStreamProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.site;
    this.streamName = props.name;
    checkEngineProps(problems, props);
    problems.throwIfAny();
    this.engine = STREAM_ENGINES[props.engine];
    this.model = resolveStream(problems, props, this.engine);
    if (props.engine === "kinesis" && props.onDemand) {
      refusePartitions(problems, props);
    }
    if (props.engine === "msk-serverless") {
      checkServerless(problems, this.model);
    }
    const protect = !mayDestroy(this, props.removalPolicy, problems);
    problems.throwIfAny();
    if (props.engine === "msk-provisioned") {
      this.msk = resolveMsk(problems, props, this.model);
      problems.throwIfAny();
    }
    this.claimName();
    this.facts = awsFacts(this, props.site);
    if (props.engine !== "msk-serverless" && props.encryptionKeyArn === undefined) {
      this.key = new AwsKey(this, "key", {
        facts: this.facts,
        aliasName: `${props.name}-stream`,
        description: `Messages of stream ${props.name}`,
        protect,
        statements: props.engine === "msk-provisioned" ? [logsMayUseKey(this.facts)] : [],
      });
    }
    const keyArn = props.encryptionKeyArn ?? this.key?.key.arn;
    this.grantees = new AwsGrantees(this, "grants", {
      facts: this.facts,
      nameParts: [props.name, "stream"],
      oidcProviderArns: props.oidcProviderArns ?? {},
      errors: { ...LakehouseErrors, ...SiteErrors },
    });
    switch (props.engine) {
      case "msk-provisioned":
        ({ kafka: this.kafka, topics: this.topics } = this.makeProvisioned(props, keyArn!, protect));
        break;
      case "msk-serverless":
        this.serverless = this.makeServerless(props, protect);
        break;
      case "kinesis":
        this.kinesis = new KinesisStreams(this, "kinesis", {
          facts: this.facts,
          name: props.name,
          topics: this.model.topics,
          onDemand: props.onDemand ?? false,
          keyArn: keyArn!,
          protect,
        });
    }
    if (this.model.schemaRegistry && this.model.topics.some(({ schema }) => schema)) {
      this.schemas = new StreamSchemas(this, "schemas", {
        facts: this.facts,
        name: props.name,
        topics: this.model.topics,
        protect,
      });
    }
  }

  protected explainCluster(): readonly string[] {
    return this.msk?.sizing.explain.map((line) => `cluster of ${this.msk!.machine}: ${line}`) ?? [];
  }

  protected grant(request: StreamGrantRequest): StreamGrant {
    const statements = this.kinesis
      ? this.kinesis.statements(request)
      : mskStatements(this.facts, this.streamName, request, this.model.delivery, this.nameOf(request.topic));
    const schema = this.schemaOf(request.topic);
    const { resources, access } = this.grantees.allow(request.identity, [
      ...statements,
      ...(schema?.registry === "glue" ? [this.schemas!.lookUp()] : []),
    ]);
    return { resources, access: this.access(request, schema), federation: access };
  }

  /**
   * Lets `identity` ask MSK how far a group is behind in a topic, and no message be read: for scalers such as KEDA.
   *
   * @throws UnknownTopic, UnsupportedByEngine (Kinesis has no groups), and what other grants throw
   */
  grantLag(identity: Identity, { topic, group }: { readonly topic: string; readonly group: string }): void {
    const { model } = this.topic(topic);
    const problems = new Problems(this.node.path);
    if (this.kinesis) {
      problems.add(StreamingErrors.UnsupportedByEngine, {
        subject: "grantLag",
        given: group,
        allowed: "groups of MSK: Kinesis keeps none",
      });
    }
    problems.throwIfAny();
    this.grantees.allow(
      identity,
      lagStatements(this.facts, this.streamName, model.name, group, this.nameOf(model)),
    );
  }

  /** How a replicator reaches the brokers. @throws UnsupportedByEngine for other engines than `msk-provisioned` */
  replication(): MskReplicationEnd {
    const problems = new Problems(this.node.path);
    if (!this.kafka) {
      problems.add(StreamingErrors.UnsupportedByEngine, {
        subject: "replication",
        given: this.engine.engine,
        allowed: "msk-provisioned",
      });
    }
    problems.throwIfAny();
    const { cluster, securityGroup, subnetIds } = this.kafka!;
    return { clusterArn: cluster.arn, subnetIds, securityGroupIds: [securityGroup.group.id] };
  }

  /** Adds topics that a mirror fills with those of another site; `topic` gives them from then on, to read only. */
  addCopies(copies: readonly { readonly model: StreamTopicModel; readonly name: string }[]): void {
    for (const { model, name } of copies) {
      this.copies.push(model);
      this.namesOfCopies.set(model.name, name);
    }
  }

  private nameOf({ name }: StreamTopicModel): string {
    return this.namesOfCopies.get(name) ?? name;
  }

  private schemaOf(topic: StreamTopicModel): SchemaReference | undefined {
    return this.schemas && !this.copies.includes(topic)
      ? this.schemas.reference(topic)
      : this.unregisteredSchema(topic);
  }

  private access(request: StreamGrantRequest, schema: SchemaReference | undefined): TopicAccess {
    const { topic, consume, identity } = request;
    if (this.kinesis) {
      const stream = this.kinesis.streams[topic.name]!;
      const deadLetterTopic = topic.deadLetter && this.kinesis.streamName(topic.deadLetter.topic);
      return {
        kind: "kinesis",
        auth: "sigv4",
        ...this.accessFacts(request, {
          topic: this.kinesis.streamName(topic.name),
          deadLetterTopic,
          schema,
        }),
        region: this.site.region,
        streamArn: stream.arn,
      };
    }
    const cluster = this.kafka?.cluster ?? this.serverless!.cluster;
    return {
      kind: "kafka",
      auth: "sasl-iam",
      ...this.accessFacts(request, { topic: this.nameOf(topic), schema }),
      bootstrapServers: cluster.bootstrapBrokersSaslIam,
      transactionalIdPrefix:
        consume === undefined && this.model.delivery === "exactly-once"
          ? transactionalPrefix(identity.name)
          : undefined,
    };
  }

  private makeProvisioned(props: MskProvisionedProps, keyArn: string, protect: boolean) {
    const msk = this.msk!;
    const kafka = new MskKafka(this, "kafka", { props, msk, keyArn, protect });
    const topics = new MskTopics(this, "topics", {
      clusterArn: kafka.cluster.arn,
      topics: kafkaTopics(this.model.topics, msk.tieredAfterHours),
      replicationFactor: msk.replicationFactor,
      protect,
      dependsOn: [kafka.cluster],
    });
    return { kafka, topics };
  }

  private makeServerless(props: MskServerlessProps, protect: boolean): MskServerlessKafka {
    const topics = kafkaTopics(this.model.topics);
    this.grantees.allow(
      props.topicAdministrator,
      topicAdministration(
        this.facts,
        props.name,
        topics.map(({ name }) => name),
      ),
    );
    return new MskServerlessKafka(this, "kafka", { props, topics, protect });
  }
}

function refusePartitions(problems: Problems, { topics }: AwsEventStreamProps): void {
  for (const { name, partitions } of topics.filter((topic) => topic.partitions !== undefined)) {
    problems.add(StreamingErrors.UnsupportedByEngine, {
      subject: `topic "${name}" partitions`,
      given: partitions,
      allowed: "nothing, with onDemand: shards follow the traffic",
    });
  }
}
