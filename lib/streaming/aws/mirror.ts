import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { MskReplicator } from "@cdktf/provider-aws/lib/msk-replicator";
import { Construct } from "constructs";
import { awsFacts } from "../../core/aws-facts";
import { policyJson, serviceTrust } from "../../core/aws-policy";
import { CoreErrors } from "../../core/errors";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { StreamingErrors } from "../errors";
import { checkMirror, checkMirrorGroups, mirroredTopic } from "../mirror";
import type { StreamTopicModel } from "../topic";
import type { AwsEventStream } from "./event-stream";
import { replicatorStatements } from "./msk-access";
import type { MskReplicationEnd } from "./props";

export interface AwsStreamMirrorProps {
  /** 1 to 32 lower-case letters, digits and hyphens. Literal. */
  readonly name: string;
  /** On MSK with chosen brokers, three at least, in the account of the target. */
  readonly source: AwsEventStream;
  /** Reached so; what another stack knows has to be carried to that of the target. @default - `source.replication()` */
  readonly sourceEnd?: MskReplicationEnd;
  /** On MSK with chosen brokers. */
  readonly target: AwsEventStream;
  /** Topics of the source; at the target `topic("<site of the source>.<topic>")` gives the copy. */
  readonly topics: readonly string[];
  /** Groups whose positions are carried, one at least; see `KubernetesStreamMirrorProps.consumerGroups`. */
  readonly consumerGroups: readonly string[];
  /** Copy topics with personal data too. @default false */
  readonly includePii?: boolean;
  /** Where a topic is begun: with what it holds, or with what comes. @default "earliest" */
  readonly startAt?: "earliest" | "latest";
  /** Of the copies. @default "lz4" */
  readonly compression?: MirrorCompression;
}

const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type MirrorCompression = (typeof COMPRESSIONS)[number];

/** Source: https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-prepare-clusters.html (read 2026-11) */
const MIN_SOURCE_BROKERS = 3;

/** The topic in a regular expression. */
const quoted = (topic: string): string => topic.replaceAll(".", "\\.");

/**
 * Copies topics between two MSK clusters of one account, in one region or in two, with MSK Replicator: messages with keys,
 * headers, partitions and settings of topics, at least once, and positions of groups.
 *
 * It is made in the region of the target; of the source it needs no more than ARNs and ids, so there is no second provider.
 * A source in another region must have been made with `replicatedAcrossRegions`. AWS puts an alias before the names of
 * copies that is known when the replicator is there: rights and `TopicAccess.topic` hold the real name.
 *
 * Makes `aws_msk_replicator`, `aws_iam_role`, `aws_iam_role_policy`.
 *
 * Sources (read 2026-11): https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-prerequisites.html,
 * msk-replicator-perms-topic-replication.html, msk-replicator-perms-consumer-group-sync.html
 *
 * @throws UnknownTopic, MirrorBreaksResidency, MirrorOfItself, UnsupportedByEngine, ExactlyOnceUnsupported, TooFewBrokers,
 *   PiiTopicNotGranted, InvalidName, MissingValue, DuplicateValue, NotOneOf
 */
export class AwsStreamMirror extends Construct {
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  readonly replicator: MskReplicator;

  constructor(scope: Construct, id: string, props: AwsStreamMirrorProps) {
    super(scope, id);
    const { name, source, target, topics } = props;
    const problems = new Problems(this.node.path);
    const models = checkMirror(problems, { source, target, topics });
    checkProps(problems, props, models);
    problems.throwIfAny();
    const from = props.sourceEnd ?? source.replication();
    const to = target.replication();
    const facts = awsFacts(this, target.site);
    this.role = new IamRole(this, "role", {
      // Names of roles are those of an account, and more than one region of it may copy from one site.
      name: resourceName([target.streamName, target.site.name, name], { maxLength: 64 }),
      description: `Copies topics of ${source.site.name} to ${target.streamName}`,
      assumeRolePolicy: serviceTrust("kafka.amazonaws.com"),
    });
    this.rolePolicy = new IamRolePolicy(this, "policy", {
      name: "replicate",
      role: this.role.name,
      policy: policyJson(
        replicatorStatements(
          {
            facts: { ...facts, region: source.site.region },
            cluster: source.streamName,
          },
          { facts, cluster: target.streamName },
          props,
        ),
      ),
    });
    this.replicator = new MskReplicator(this, "replicator", {
      replicatorName: resourceName([target.streamName, name], { maxLength: 128 }),
      description: `Topics of ${source.site.name} for ${target.streamName}`,
      serviceExecutionRoleArn: this.role.arn,
      kafkaCluster: [from, to].map(({ clusterArn, subnetIds, securityGroupIds }) => ({
        amazonMskCluster: { mskClusterArn: clusterArn },
        vpcConfig: { subnetIds: [...subnetIds], securityGroupsIds: [...securityGroupIds] },
      })),
      replicationInfoList: {
        sourceKafkaClusterArn: from.clusterArn,
        targetKafkaClusterArn: to.clusterArn,
        targetCompressionType: (props.compression ?? "lz4").toUpperCase(),
        topicReplication: [
          {
            topicsToReplicate: [...topics].sort().map(quoted),
            topicNameConfiguration: { type: "PREFIXED_WITH_SOURCE_CLUSTER_ALIAS" },
            startingPosition: { type: (props.startAt ?? "earliest").toUpperCase() },
            // Rights are those of IAM.
            copyAccessControlListsForTopics: false,
            copyTopicConfigurations: true,
            detectAndCopyNewTopics: true,
          },
        ],
        consumerGroupReplication: [
          {
            consumerGroupsToReplicate: [...props.consumerGroups].sort(),
            detectAndCopyNewConsumerGroups: true,
            synchroniseConsumerGroupOffsets: true,
          },
        ],
      },
      // A replicator that starts before it may read fails.
      dependsOn: [this.rolePolicy],
    });
    const alias = this.replicator.replicationInfoList.sourceKafkaClusterAlias;
    target.addCopies(
      models.map((model) => ({
        model: { ...model, name: mirroredTopic(source, model.name), deadLetter: undefined },
        name: `${alias}.${model.name}`,
      })),
    );
  }
}

function checkProps(
  problems: Problems,
  props: AwsStreamMirrorProps,
  models: readonly StreamTopicModel[],
): void {
  const { name, source, target, consumerGroups, includePii } = props;
  problems.name("name", name);
  problems.required("consumerGroups", consumerGroups, "one group or more: MSK Replicator wants to know them");
  checkMirrorGroups(problems, { name, consumerGroups });
  problems.oneOf("startAt", props.startAt ?? "earliest", ["earliest", "latest"]);
  problems.oneOf("compression", props.compression ?? "lz4", COMPRESSIONS);
  for (const [end, { engine }] of Object.entries({ source, target })) {
    if (engine.protocol === "kafka" && engine.engine !== "msk-provisioned") {
      problems.add(StreamingErrors.UnsupportedByEngine, {
        subject: end,
        given: engine.engine,
        allowed: "msk-provisioned",
      });
    }
  }
  const accounts = [source.site.account, target.site.account];
  if (!accounts.includes(undefined) && accounts[0] !== accounts[1]) {
    problems.add(StreamingErrors.UnsupportedByEngine, {
      subject: "source account",
      given: source.site.account,
      allowed: `${target.site.account}: MSK Replicator works within one account`,
      fix: "copy by a cluster of the target's side with KubernetesStreamMirror",
    });
  }
  if (source.kafka) {
    checkSource(problems, props);
  }
  for (const model of models.filter(({ pii }) => pii && !includePii)) {
    problems.add(StreamingErrors.PiiTopicNotGranted, {
      subject: `topic "${model.name}"`,
      given: includePii,
      allowed: "includePii: true",
    });
  }
}

function checkSource(problems: Problems, { source, target }: AwsStreamMirrorProps): void {
  const { brokers, replicatedAcrossRegions } = source.kafka!;
  if (brokers < MIN_SOURCE_BROKERS) {
    problems.add(StreamingErrors.TooFewBrokers, {
      subject: "source brokers",
      given: brokers,
      allowed: `${MIN_SOURCE_BROKERS} or more, to be read by MSK Replicator`,
    });
  }
  if (source.site.region !== target.site.region && !replicatedAcrossRegions) {
    problems.add(CoreErrors.MissingValue, {
      subject: "replicatedAcrossRegions of the source",
      given: undefined,
      allowed: "true: a replicator of another region comes in by multi-VPC connectivity only",
    });
  }
}
