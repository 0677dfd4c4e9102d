import type { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { Construct } from "constructs";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { Identity, KubernetesIdentity } from "../../fabric/identity";
import type { KubernetesSite } from "../../fabric/site";
import { CustomResource } from "../../kubernetes/custom-resource";
import { DNS_LABEL } from "../../kubernetes/metadata";
import { type Namespace, ownNamespace } from "../../kubernetes/namespace";
import { LakehouseErrors } from "../../lakehouse/index";
import { STREAM_ENGINES, type StreamEngineFacts } from "../engines";
import { EventStreamBase } from "../event-stream-base";
import { type KafkaTopicSpec, kafkaTopics, transactionalPrefix } from "../kafka-topics";
import {
  type KafkaTopicAccess,
  resolveStream,
  type StreamGrant,
  type StreamGrantRequest,
  type StreamModel,
} from "../streaming";
import type { StreamTopicModel } from "../topic";
import { KafkaCluster } from "./cluster";
import { INTERNAL_PORT, type KafkaContext, objectName, ofCluster, STRIMZI_API } from "./context";
import type { KubernetesEventStreamProps } from "./props";
import { type ResolvedKafka, resolveKafka } from "./resolve";
import { type KafkaRule, KafkaUsers, userName } from "./users";

/**
 * Topics on a Kafka cluster that Strimzi runs, for the `workloads` stack: KRaft controllers and brokers, topics, users
 * with ACLs from grants. Needs the operator of `KubernetesStreamOperators`, or the cluster's own with
 * `watchAnyNamespace`.
 *
 * The Secret with an identity's certificate (or password) is in the stream's namespace; pods of other namespaces get it
 * through whatever carries Secrets in the cluster, such as External Secrets. There is no schema registry: schemas are told
 * in `TopicAccess.schema` and checked by nobody.
 *
 * Terraform resource types: `kubernetes_manifest` (Kafka, KafkaNodePool, KafkaTopic, KafkaUser),
 * `kubernetes_namespace_v1`, `kubernetes_network_policy_v1`.
 *
 * @throws all errors of the contract, TooFewBrokers, StorageTooSmall, IdentityKindMismatch, NotOneOf, NumberOutOfRange,
 *   RemovalNeedsTwoKeys
 */
export class KubernetesEventStream extends EventStreamBase {
  readonly site: KubernetesSite;
  readonly streamName: string;
  readonly engine: StreamEngineFacts = STREAM_ENGINES.strimzi;
  /** Name of the namespace. */
  readonly namespaceName: string;
  /** Undefined with `createNamespace: false`. */
  readonly namespace?: Namespace;
  readonly cluster: KafkaCluster;
  /** KafkaTopic objects by topic name, dead-letter topics included. */
  readonly topics: Readonly<Record<string, CustomResource>>;
  readonly users: KafkaUsers;
  /** Of the brokers. Literal. */
  readonly kafkaVersion: string;
  readonly clientAuth: "mtls" | "scram";
  /** `host:port` for pods of the cluster. Literal. */
  readonly bootstrapServers: string;
  /** `host:port` for clients of other sites; undefined without `external`. Literal. */
  readonly externalBootstrapServers?: string;
  protected readonly model: StreamModel;
  private readonly kafka: ResolvedKafka;
  /** What objects beside the stream need to know of it. */
  readonly context: KafkaContext;

  constructor(scope: Construct, id: string, props: KubernetesEventStreamProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.site;
    this.streamName = props.name;
    this.model = resolveStream(problems, props, this.engine);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    problems.throwIfAny();
    this.kafka = resolveKafka(problems, props, this.model);
    problems.throwIfAny();
    this.claimName();

    this.namespaceName = props.namespace ?? props.name;
    this.namespace = ownNamespace(this, this.namespaceName, props.name, props);
    this.context = {
      name: props.name,
      namespace: this.namespaceName,
      after: this.namespace ? [this.namespace.resource] : [],
      protect: !destroyable,
    };
    this.kafkaVersion = this.kafka.version;
    this.clientAuth = this.kafka.clientAuth;
    this.cluster = new KafkaCluster(this, "cluster", { context: this.context, kafka: this.kafka });
    this.topics = Object.fromEntries(
      kafkaTopics(this.model.topics).map((topic) => [topic.name, this.makeTopic(topic)]),
    );
    this.users = new KafkaUsers(this, "users", {
      context: this.context,
      clientAuth: this.kafka.clientAuth,
      kafka: this.cluster.kafka,
    });
    this.bootstrapServers = `${props.name}-kafka-bootstrap.${this.namespaceName}.svc:${INTERNAL_PORT}`;
    this.externalBootstrapServers = this.kafka.external?.bootstrap;
  }

  /**
   * Lets pods of another namespace reach the brokers, without any right there: for what asks them how far groups are, such
   * as KEDA. Grants let the namespaces of their identities in by themselves.
   */
  letIn(namespace: string): NetworkPolicyV1 | undefined {
    const problems = new Problems(this.node.path);
    problems.name("namespace", namespace, DNS_LABEL);
    problems.throwIfAny();
    return this.users.letIn(namespace);
  }

  protected explainCluster(): readonly string[] {
    return this.kafka.sizing.explain.map((line) => `cluster: ${line}`);
  }

  protected grant(request: StreamGrantRequest): StreamGrant {
    const problems = new Problems(this.node.path);
    const [identity, local] = this.requireReach(problems, request.identity);
    const resources = this.users.allow(identity, this.rulesOf(request), local);
    return { resources, access: this.access(request, identity, local) };
  }

  /** The identity, and whether its pods run in this cluster. */
  private requireReach(problems: Problems, given: Identity): readonly [KubernetesIdentity, boolean] {
    const identity = this.requireServiceAccount(problems, given);
    const local = identity.issuer === undefined || identity.issuer === this.site.oidcIssuer;
    if (!local && this.externalBootstrapServers === undefined) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject: `identity "${identity.name}" issuer`,
        given: identity.issuer,
        allowed: `an identity of ${this.site.name}: no other can reach the brokers`,
        fix: "give the stream `external`",
      });
    }
    problems.throwIfAny();
    return [identity, local];
  }

  private requireServiceAccount(problems: Problems, identity: Identity): KubernetesIdentity {
    if (identity.kind !== "kubernetes-service-account") {
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "kubernetes-service-account",
      });
      problems.throwIfAny();
    }
    return identity as KubernetesIdentity;
  }

  private rulesOf({ topic, consume, identity }: StreamGrantRequest): readonly KafkaRule[] {
    const onTopic = (name: string, operation: "Read" | "Write"): KafkaRule => ({
      type: "topic",
      name,
      patternType: "literal",
      operations: ["Describe", operation],
    });
    if (consume === undefined) {
      const transactions: KafkaRule = {
        type: "transactionalId",
        name: transactionalPrefix(identity.name),
        patternType: "prefix",
        operations: ["Describe", "Write"],
      };
      return [
        onTopic(topic.name, "Write"),
        ...(this.model.delivery === "exactly-once" ? [transactions] : []),
      ];
    }
    return [
      onTopic(topic.name, "Read"),
      { type: "group", name: consume.group, patternType: "literal", operations: ["Describe", "Read"] },
      ...(topic.deadLetter ? [onTopic(topic.deadLetter.topic, "Write")] : []),
    ];
  }

  private access(
    request: StreamGrantRequest,
    identity: KubernetesIdentity,
    local: boolean,
  ): KafkaTopicAccess {
    const { namespace, name } = this.context;
    const secret = (key: string) => ({ namespace, name: userName(this.context, identity.name), key });
    const producer = request.consume === undefined;
    return {
      kind: "kafka",
      ...this.accessFacts(request, {
        topic: request.topic.name,
        schema: this.unregisteredSchema(request.topic),
      }),
      bootstrapServers: local ? this.bootstrapServers : this.externalBootstrapServers!,
      auth: this.kafka.clientAuth,
      transactionalIdPrefix:
        producer && this.model.delivery === "exactly-once" ? transactionalPrefix(identity.name) : undefined,
      caCertificate: { namespace, name: `${name}-cluster-ca-cert`, key: "ca.crt" },
      credentials:
        this.kafka.clientAuth === "mtls"
          ? { certificate: secret("user.crt"), privateKey: secret("user.key") }
          : { password: secret("password") },
      username: this.kafka.clientAuth === "scram" ? userName(this.context, identity.name) : undefined,
    };
  }

  /**
   * Adds topics that a mirror fills with those of another site; `topic` gives them from then on, to read only.
   *
   * @returns KafkaTopic objects by topic name
   */
  addCopies(models: readonly StreamTopicModel[]): Readonly<Record<string, CustomResource>> {
    this.copies.push(...models);
    return Object.fromEntries(kafkaTopics(models).map((spec) => [spec.name, this.makeTopic(spec)]));
  }

  /**
   * Lets `identity` ask how far a group is in a topic, and no message be read.
   *
   * @throws UnknownTopic, IdentityKindMismatch, GrantNotApplicable
   */
  grantLag(identity: Identity, { topic, group }: { readonly topic: string; readonly group: string }): void {
    const { name } = this.topic(topic);
    const problems = new Problems(this.node.path);
    const [account, local] = this.requireReach(problems, identity);
    this.users.allow(
      account,
      [
        { type: "topic", name, patternType: "literal", operations: ["Describe"] },
        { type: "group", name: group, patternType: "literal", operations: ["Describe"] },
      ],
      local,
    );
  }

  private makeTopic({ name, partitions, config }: KafkaTopicSpec): CustomResource {
    return new CustomResource(this, `topic-${name}`, {
      apiVersion: STRIMZI_API,
      kind: "KafkaTopic",
      name: objectName(this.context, name),
      namespace: this.namespaceName,
      labels: ofCluster(this.context),
      spec: { topicName: name, partitions, replicas: this.kafka.replicationFactor, config },
      waitFor: { condition: { type: "Ready", status: "True" } },
      protect: this.context.protect,
      dependsOn: [this.cluster.kafka.manifest],
    });
  }
}
