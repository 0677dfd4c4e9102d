import { Construct } from "constructs";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { Identity } from "../../fabric/identity";
import { CustomResource } from "../../kubernetes/custom-resource";
import { OBJECT_NAME } from "../../kubernetes/metadata";
import { checkMirror, checkMirrorGroups, mirroredTopic } from "../mirror";
import type { IEventStream } from "../streaming";
import { objectName, STRIMZI_API } from "./context";
import { KubernetesEventStream } from "./event-stream";
import { type KafkaRule, userName } from "./users";

/** How MirrorMaker proves to the source who it is: from Secrets in the namespace of the target. */
export type MirrorCredentials =
  | {
      readonly kind: "mtls";
      readonly secretName: string;
      /** @default "user.crt" */
      readonly certificateKey?: string;
      /** @default "user.key" */
      readonly privateKeyKey?: string;
    }
  | {
      readonly kind: "scram";
      readonly username: string;
      readonly secretName: string;
      /** @default "password" */
      readonly passwordKey?: string;
    };

/** Where the source is reached. */
export interface MirrorSource {
  readonly stream: IEventStream;
  /** `host:port,…` as seen from the target's cluster; may be a token. */
  readonly bootstrapServers: string;
  readonly credentials: MirrorCredentials;
  /** Secret with the certificate of the brokers' authority under `ca.crt`. @default - a public authority */
  readonly caSecretName?: string;
}

export interface KubernetesStreamMirrorProps {
  /** 1 to 32 lower-case letters, digits and hyphens. Literal. */
  readonly name: string;
  readonly source: MirrorSource;
  readonly target: KubernetesEventStream;
  /** Topics of the source; at the target they are `<site of the source>.<topic>`. */
  readonly topics: readonly string[];
  /**
   * Consumer groups of the source whose positions are carried: once a minute, to the group of the same name at the target,
   * for as long as nobody reads as that group there. A group that moves to the target goes on in `<site of the source>.<topic>`
   * and reads some messages again, none is left out. Positions never come back.
   *
   * Sources that this app does not run have to let the mirror describe the groups.
   * @default - none: groups start at the target as new ones
   */
  readonly consumerGroups?: readonly string[];
  /** Copy topics with personal data too. @default false */
  readonly includePii?: boolean;
  /** Pods. @default 2 */
  readonly replicas?: number;
  /** Tasks over all pods, each with some of the partitions. @default - the partitions of the topics, 16 at most */
  readonly tasks?: number;
}

const BOOTSTRAP: NameRule = {
  pattern: /^[a-z0-9.-]+:[0-9]+(,[a-z0-9.-]+:[0-9]+)*$/i,
  maxLength: 2000,
  form: "host:port, or several with commas between",
};

const MAX_TASKS = 16;

/** The topic in a regular expression. */
const quoted = (topic: string): string => topic.replaceAll(".", "\\.");

/**
 * Copies topics of another site to a Strimzi cluster with MirrorMaker 2, which runs beside the target: messages with keys,
 * headers and partitions, at least once. Topics of the copies are made here with the settings of the originals, and only
 * the mirror may write to them; who may read them says `target.topic("<site>.<topic>").grantConsume`. Positions of
 * `consumerGroups` come along.
 *
 * A source that Strimzi runs in this app grants its topics to the mirror (`identity`); the Secret with the certificate has
 * to be carried to the target's namespace. Other sources have to let in who `credentials` says.
 *
 * Terraform resource types: `kubernetes_manifest` (KafkaMirrorMaker2, KafkaTopic, KafkaUser).
 *
 * @throws UnknownTopic, MirrorBreaksResidency, MirrorOfItself, UnsupportedByEngine, ExactlyOnceUnsupported,
 *   PiiTopicNotGranted, InvalidName, MissingValue, DuplicateValue, NumberOutOfRange
 */
export class KubernetesStreamMirror extends Construct {
  readonly mirrorMaker: CustomResource;
  /** Copies by name at the target. */
  readonly topics: Readonly<Record<string, CustomResource>>;
  /** Of the mirror, at source and target. */
  readonly identity;

  constructor(scope: Construct, id: string, props: KubernetesStreamMirrorProps) {
    super(scope, id);
    const { source, target } = props;
    const problems = new Problems(this.node.path);
    const models = checkMirror(problems, { source: source.stream, target, topics: props.topics });
    checkMirrorGroups(problems, props);
    checkProps(problems, props);
    problems.throwIfAny();
    const { context } = target;
    this.identity = Identity.kubernetesServiceAccount(props.name, {
      namespace: context.namespace,
      serviceAccount: `${objectName(context, props.name)}-mirrormaker2`,
      issuer: target.site.oidcIssuer,
    });
    for (const name of props.topics) {
      this.readAtSource(source.stream, name, props);
    }
    const copies = models.map((model) => ({
      ...model,
      name: mirroredTopic(source.stream, model.name),
      deadLetter: undefined,
    }));
    this.topics = target.addCopies(copies);
    this.writeAtTarget(props);
    const tasks =
      props.tasks ??
      Math.min(
        MAX_TASKS,
        models.reduce((sum, model) => sum + model.partitions, 0),
      );
    this.mirrorMaker = new CustomResource(this, "mirror-maker", {
      apiVersion: STRIMZI_API,
      kind: "KafkaMirrorMaker2",
      name: objectName(context, props.name),
      namespace: context.namespace,
      labels: { "app.kubernetes.io/part-of": context.name },
      spec: {
        version: target.kafkaVersion,
        replicas: props.replicas ?? 2,
        target: this.targetSpec(props),
        mirrors: [
          {
            source: sourceSpec(source),
            topicsPattern: [...props.topics].sort().map(quoted).join("|"),
            ...checkpoints(props.consumerGroups),
            sourceConnector: {
              tasksMax: tasks,
              autoRestart: { enabled: true },
              config: {
                ...SYNCS_AT_TARGET,
                "replication.factor": -1,
                "offset-syncs.topic.replication.factor": -1,
                "refresh.topics.interval.seconds": 60,
                "sync.topic.acls.enabled": "false",
                "sync.topic.configs.enabled": "false",
                // Messages of transactions that were given up are not copied.
                "consumer.isolation.level":
                  source.stream.delivery === "exactly-once" ? "read_committed" : undefined,
              },
            },
          },
        ],
        resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "2Gi" } },
        metricsConfig: { type: "strimziMetricsReporter" },
      },
      dependsOn: Object.values(this.topics).map(({ manifest }) => manifest),
    });
  }

  /** Only a source of Strimzi knows the mirror's certificate. */
  private readAtSource(stream: IEventStream, topic: string, props: KubernetesStreamMirrorProps): void {
    if (stream instanceof KubernetesEventStream) {
      stream.topic(topic).grantConsume(this.identity, { group: props.name, includePii: props.includePii });
      for (const group of props.consumerGroups ?? []) {
        stream.grantLag(this.identity, { topic, group });
      }
    }
  }

  private writeAtTarget(props: KubernetesStreamMirrorProps): void {
    const { name, source, target, topics, consumerGroups } = props;
    const positions = consumerGroups !== undefined;
    const alias = source.stream.site.name;
    const own = (topic: string, patternType: "literal" | "prefix") =>
      ({
        type: "topic",
        name: topic,
        patternType,
        operations: ["Alter", "AlterConfigs", "Create", "Describe", "DescribeConfigs", "Read", "Write"],
      }) as const;
    const copies = topics.map(
      (topic) =>
        ({
          type: "topic",
          name: mirroredTopic(source.stream, topic),
          patternType: "literal",
          // Positions are set by who may read.
          operations: ["Describe", "DescribeConfigs", ...(positions ? (["Read"] as const) : []), "Write"],
        }) as const,
    );
    const ofGroup = (group: string): KafkaRule => ({
      type: "group",
      name: group,
      patternType: "literal",
      operations: ["Describe", "Read"],
    });
    target.users.allow(
      this.identity,
      [
        ...copies,
        own(`${name}-`, "prefix"),
        own(`mm2-offset-syncs.${alias}.internal`, "literal"),
        ...(positions ? [own(`${alias}.checkpoints.internal`, "literal")] : []),
        ...[name, ...(consumerGroups ?? [])].map(ofGroup),
      ],
      true,
    );
  }

  private targetSpec({ name, target }: KubernetesStreamMirrorProps) {
    const { context } = target;
    const secretName = userName(context, this.identity.name);
    return {
      alias: target.site.name,
      bootstrapServers: target.bootstrapServers,
      groupId: name,
      configStorageTopic: `${name}-configs`,
      offsetStorageTopic: `${name}-offsets`,
      statusStorageTopic: `${name}-status`,
      tls: trusted(`${context.name}-cluster-ca-cert`),
      authentication:
        target.clientAuth === "mtls"
          ? {
              type: "tls",
              certificateAndKey: { secretName, certificate: "user.crt", key: "user.key" },
            }
          : {
              type: "scram-sha-512",
              username: secretName,
              passwordSecret: { secretName, password: "password" },
            },
      config: {
        // As many copies as the target makes by default.
        "config.storage.replication.factor": -1,
        "offset.storage.replication.factor": -1,
        "status.storage.replication.factor": -1,
      },
    };
  }
}

/** The same in every connector. What is needed at the source stays at reading: syncs are kept at the target. */
const SYNCS_AT_TARGET = {
  "offset-syncs.topic.location": "target",
  "replication.policy.separator": ".",
};

/**
 * The connector that carries positions. It sets those of groups that have no member at the target, and never back.
 *
 * Source: org.apache.kafka.connect.mirror.MirrorCheckpointTask and MirrorCheckpointConfig of Kafka 4 (read 2026-11)
 */
function checkpoints(consumerGroups: readonly string[] | undefined) {
  if (consumerGroups === undefined) {
    return {};
  }
  return {
    groupsPattern: [...consumerGroups].sort().join("|"),
    // Kafka's default leaves groups out that are called connect-….
    groupsExcludePattern: "__.*",
    checkpointConnector: {
      tasksMax: Math.min(MAX_TASKS, consumerGroups.length),
      autoRestart: { enabled: true },
      config: {
        ...SYNCS_AT_TARGET,
        "checkpoints.topic.replication.factor": -1,
        "emit.checkpoints.interval.seconds": 60,
        "refresh.groups.interval.seconds": 60,
        "sync.group.offsets.enabled": "true",
        "sync.group.offsets.interval.seconds": 60,
      },
    },
  };
}

function trusted(secretName: string) {
  return { trustedCertificates: [{ secretName, certificate: "ca.crt" }] };
}

function sourceSpec({ stream, bootstrapServers, credentials, caSecretName }: MirrorSource) {
  const { secretName } = credentials;
  return {
    alias: stream.site.name,
    bootstrapServers,
    tls: caSecretName === undefined ? { trustedCertificates: [] } : trusted(caSecretName),
    authentication:
      credentials.kind === "mtls"
        ? {
            type: "tls",
            certificateAndKey: {
              secretName,
              certificate: credentials.certificateKey ?? "user.crt",
              key: credentials.privateKeyKey ?? "user.key",
            },
          }
        : {
            type: "scram-sha-512",
            username: credentials.username,
            passwordSecret: { secretName, password: credentials.passwordKey ?? "password" },
          },
  };
}

function checkProps(
  problems: Problems,
  { name, source, replicas = 2, tasks }: KubernetesStreamMirrorProps,
): void {
  problems.name("name", name);
  const { bootstrapServers, credentials, caSecretName } = source;
  if (!isToken(bootstrapServers)) {
    problems.name("source.bootstrapServers", bootstrapServers, BOOTSTRAP);
  }
  if (problems.oneOf("source.credentials.kind", credentials.kind, ["mtls", "scram"])) {
    problems.name("source.credentials.secretName", credentials.secretName, OBJECT_NAME);
  }
  if (credentials.kind === "scram") {
    problems.required("source.credentials.username", credentials.username, "the name of the user");
  }
  if (caSecretName !== undefined) {
    problems.name("source.caSecretName", caSecretName, OBJECT_NAME);
  }
  problems.literalInteger("replicas", replicas, { min: 1, max: 100 });
  if (tasks !== undefined) {
    problems.literalInteger("tasks", tasks, { min: 1, max: 1000 });
  }
}
