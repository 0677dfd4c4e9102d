import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import { transactionalPrefix } from "../kafka-topics";
import type { Delivery, StreamGrantRequest } from "../streaming";

/**
 * ARNs of MSK hold the cluster's name and an id that only AWS knows; cluster names are unique in an account and region.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_apachekafkaapisforamazonmskclusters.html
 * (read 2026-11)
 */
function mskArn(facts: AwsFacts, cluster: string, kind: string, name?: string): string {
  return regionalArn(facts, "kafka", [kind, cluster, "*", ...(name === undefined ? [] : [name])].join("/"));
}

/** Camel case of a name, as a Sid takes letters and digits only. */
export function sidOf(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split(/[-.]/))
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

const TOPIC_ACTIONS = {
  Read: ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
  Write: ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
} as const;

/** What an identity needs to write to, or read from, a topic of MSK as IAM statements. @param named its name there; may be a token */
export function mskStatements(
  facts: AwsFacts,
  cluster: string,
  { topic, consume, identity }: StreamGrantRequest,
  delivery: Delivery,
  named: string = topic.name,
): readonly PolicyStatement[] {
  const onTopic = (name: string, what: "Read" | "Write", real = name): PolicyStatement => ({
    Sid: sidOf(what, name),
    Effect: "Allow",
    Action: TOPIC_ACTIONS[what],
    Resource: [mskArn(facts, cluster, "topic", real)],
  });
  const connect: PolicyStatement = {
    Sid: "Connect",
    Effect: "Allow",
    // A producer that ignores its own repeats, the default of clients, needs the second.
    Action: ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"],
    Resource: [mskArn(facts, cluster, "cluster")],
  };
  if (consume === undefined) {
    const transactions: PolicyStatement = {
      Sid: "Transactions",
      Effect: "Allow",
      Action: ["kafka-cluster:AlterTransactionalId", "kafka-cluster:DescribeTransactionalId"],
      Resource: [mskArn(facts, cluster, "transactional-id", `${transactionalPrefix(identity.name)}*`)],
    };
    return [connect, onTopic(topic.name, "Write"), ...(delivery === "exactly-once" ? [transactions] : [])];
  }
  return [
    connect,
    onTopic(topic.name, "Read", named),
    {
      Sid: sidOf("group", consume.group),
      Effect: "Allow",
      Action: ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"],
      Resource: [mskArn(facts, cluster, "group", consume.group)],
    },
    ...(topic.deadLetter ? [onTopic(topic.deadLetter.topic, "Write")] : []),
  ];
}

/** What an identity needs to ask how far a group is behind, and no more: no message can be read or written with it. */
export function lagStatements(
  facts: AwsFacts,
  cluster: string,
  topic: string,
  group: string,
  named: string = topic,
): readonly PolicyStatement[] {
  return [
    {
      Sid: "ConnectToAsk",
      Effect: "Allow",
      Action: ["kafka-cluster:Connect"],
      Resource: [mskArn(facts, cluster, "cluster")],
    },
    {
      Sid: sidOf("lag", "topic", topic),
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeTopic"],
      Resource: [mskArn(facts, cluster, "topic", named)],
    },
    {
      Sid: sidOf("lag", "group", group),
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeGroup"],
      Resource: [mskArn(facts, cluster, "group", group)],
    },
  ];
}

/** Topics that MSK Replicator keeps its own things in. */
const REPLICATOR_TOPICS = ["*__amazon_msk_replicator_*", "mskr-offset-syncs.*", "*.checkpoints.internal"];
const KEEP_TOPIC = [
  "kafka-cluster:AlterTopic",
  "kafka-cluster:AlterTopicDynamicConfiguration",
  "kafka-cluster:CreateTopic",
  "kafka-cluster:DescribeTopic",
  "kafka-cluster:DescribeTopicDynamicConfiguration",
];

interface ReplicatedCluster {
  /** With the region of the cluster. */
  readonly facts: AwsFacts;
  readonly cluster: string;
}

/**
 * What MSK Replicator needs to copy topics with their settings, and positions of groups. Names of copies begin with an alias
 * that AWS chooses.
 *
 * Source: https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-permissions-reference.html (read 2026-11)
 */
export function replicatorStatements(
  source: ReplicatedCluster,
  target: ReplicatedCluster,
  what: { readonly topics: readonly string[]; readonly consumerGroups: readonly string[] },
): readonly PolicyStatement[] {
  const arns = ({ facts, cluster }: ReplicatedCluster, kind: string, names: readonly string[]) =>
    [...names].sort().map((name) => mskArn(facts, cluster, kind, name));
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource,
  });
  const groups = ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"];
  const both = [source, target];
  return [
    allow(
      "Connect",
      ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster", "kafka-cluster:WriteDataIdempotently"],
      both.map(({ facts, cluster }) => mskArn(facts, cluster, "cluster")),
    ),
    allow(
      "OwnTopics",
      [...KEEP_TOPIC, "kafka-cluster:ReadData", "kafka-cluster:WriteData"],
      both.flatMap((end) => arns(end, "topic", REPLICATOR_TOPICS)),
    ),
    allow(
      "ReadOriginals",
      [
        "kafka-cluster:DescribeTopic",
        "kafka-cluster:DescribeTopicDynamicConfiguration",
        "kafka-cluster:ReadData",
      ],
      arns(source, "topic", what.topics),
    ),
    allow(
      "WriteCopies",
      [...KEEP_TOPIC, "kafka-cluster:WriteData"],
      arns(
        target,
        "topic",
        what.topics.map((topic) => `*.${topic}`),
      ),
    ),
    allow("AskPositions", ["kafka-cluster:DescribeGroup"], arns(source, "group", what.consumerGroups)),
    allow(
      "SetPositions",
      groups,
      arns(target, "group", [...what.consumerGroups, "*__amazon_msk_replicator_*"]),
    ),
  ];
}

/** Lets an identity make and change exactly these topics. */
export function topicAdministration(
  facts: AwsFacts,
  cluster: string,
  topics: readonly string[],
): readonly PolicyStatement[] {
  return [
    {
      Sid: "Connect",
      Effect: "Allow",
      Action: ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"],
      Resource: [mskArn(facts, cluster, "cluster")],
    },
    {
      Sid: "TopicsOfTheStream",
      Effect: "Allow",
      Action: [
        "kafka-cluster:AlterTopic",
        "kafka-cluster:AlterTopicDynamicConfiguration",
        "kafka-cluster:CreateTopic",
        "kafka-cluster:DescribeTopic",
        "kafka-cluster:DescribeTopicDynamicConfiguration",
      ],
      Resource: topics.map((topic) => mskArn(facts, cluster, "topic", topic)),
    },
  ];
}
