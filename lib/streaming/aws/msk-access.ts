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
    .flatMap((part) => part.split("-"))
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

const TOPIC_ACTIONS = {
  Read: ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
  Write: ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
} as const;

/** What an identity needs to write to, or read from, a topic of MSK as IAM statements. */
export function mskStatements(
  facts: AwsFacts,
  cluster: string,
  { topic, consume, identity }: StreamGrantRequest,
  delivery: Delivery,
): readonly PolicyStatement[] {
  const onTopic = (name: string, what: "Read" | "Write"): PolicyStatement => ({
    Sid: sidOf(what, name),
    Effect: "Allow",
    Action: TOPIC_ACTIONS[what],
    Resource: [mskArn(facts, cluster, "topic", name)],
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
    onTopic(topic.name, "Read"),
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
      Resource: [mskArn(facts, cluster, "topic", topic)],
    },
    {
      Sid: sidOf("lag", "group", group),
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeGroup"],
      Resource: [mskArn(facts, cluster, "group", group)],
    },
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
