import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { Residency } from "../../../lib/fabric/residency";
import { Site } from "../../../lib/fabric/site";
import { AwsEventStream } from "../../../lib/streaming/aws/event-stream";
import { AwsStreamMirror, type AwsStreamMirrorProps } from "../../../lib/streaming/aws/mirror";
import type { AwsEventStreamProps, MskProvisionedProps } from "../../../lib/streaming/aws/props";
import type { TopicProps } from "../../../lib/streaming/topic";
import { captureValidationError, Template, testApp } from "../../../lib/testing";
import { statements } from "../../lakehouse/aws/fixture";
import { network } from "../../properties/subjects";

const ACCOUNT = "111122223333";
const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: ACCOUNT });
const PARIS = Site.aws("paris", { region: "eu-west-3", account: ACCOUNT });
const TOPIC: TopicProps = {
  name: "bids",
  throughput: { messagesPerSecond: 2000, meanBytes: 1000 },
  retentionHours: 96,
};
const ROLE = Identity.awsRole("ranker", `arn:aws:iam::${ACCOUNT}:role/ranker`);

interface Given {
  readonly topic?: Partial<TopicProps>;
  readonly source?: Partial<MskProvisionedProps>;
  readonly target?: Partial<AwsEventStreamProps>;
  readonly mirror?: Partial<AwsStreamMirrorProps>;
}

function mirrored({ topic, source, target, mirror }: Given = {}) {
  const app = testApp();
  const stackOf = (id: string, region: string) => {
    const stack = new TerraformStack(app, id);
    new AwsProvider(stack, "aws", { region });
    return stack;
  };
  const here = stackOf("ireland", "eu-west-1");
  const site = source?.site ?? IRELAND;
  const there = site.region === "eu-west-3" ? stackOf("source", "eu-west-3") : here;
  const topics = [
    { ...TOPIC, ...topic },
    { ...TOPIC, name: "clicks" },
  ];
  const shared = { engine: "msk-provisioned", network: network("vpc-1") } as const;
  const originals = new AwsEventStream(there, "originals", {
    ...shared,
    site,
    name: "originals",
    topics,
    ...source,
  });
  const copies = new AwsEventStream(here, "copies", {
    ...shared,
    site: IRELAND,
    name: "copies",
    topics: [TOPIC],
    ...target,
  } as AwsEventStreamProps);
  const made = new AwsStreamMirror(here, "mirror", {
    name: "from-paris",
    source: originals,
    target: copies,
    topics: ["clicks", "bids"],
    consumerGroups: ["ranker"],
    ...mirror,
  });
  return { here, there, copies, made };
}

const ACROSS: Given = { source: { site: PARIS, replicatedAcrossRegions: true } };
const END = {
  clusterArn: "arn:aws:kafka:eu-west-3:1:cluster/a/b",
  subnetIds: ["subnet-1"],
  securityGroupIds: ["sg-1"],
};
const refusal = (given: Given) => captureValidationError(() => mirrored(given)).codes;

describe("a mirror between two clusters of one region", () => {
  const { here } = mirrored();
  const template = Template.of(here);
  const replicator = template.resource("aws_msk_replicator");

  test("copies the named topics with their settings, and positions of the named groups", () => {
    expect(replicator).toMatchObject({
      replicator_name: "copies-from-paris",
      replication_info_list: {
        source_kafka_cluster_arn: expect.stringContaining("aws_msk_cluster.originals"),
        target_kafka_cluster_arn: expect.stringContaining("aws_msk_cluster.copies"),
        target_compression_type: "LZ4",
        topic_replication: [
          {
            topics_to_replicate: ["bids", "clicks"],
            topic_name_configuration: { type: "PREFIXED_WITH_SOURCE_CLUSTER_ALIAS" },
            starting_position: { type: "EARLIEST" },
            copy_access_control_lists_for_topics: false,
            copy_topic_configurations: true,
            detect_and_copy_new_topics: true,
          },
        ],
        consumer_group_replication: [
          { consumer_groups_to_replicate: ["ranker"], synchronise_consumer_group_offsets: true },
        ],
      },
    });
  });

  test("reaches both from their own subnets, by their security groups", () => {
    expect(replicator.kafka_cluster).toEqual([
      {
        amazon_msk_cluster: { msk_cluster_arn: expect.stringContaining("originals") },
        vpc_config: {
          subnet_ids: ["subnet-a", "subnet-b", "subnet-c"],
          security_groups_ids: [expect.stringContaining("aws_security_group.originals")],
        },
      },
      expect.objectContaining({
        vpc_config: expect.objectContaining({
          security_groups_ids: [expect.stringContaining("aws_security_group.copies")],
        }),
      }),
    ]);
  });

  test("may read originals, write copies, and nothing else of either", () => {
    const policy = statements(template.resource("aws_iam_role_policy", "mirror").policy);
    const arn = (kind: string, cluster: string, name: string) =>
      `arn:aws:kafka:eu-west-1:${ACCOUNT}:${kind}/${cluster}/*/${name}`;
    expect(policy.ReadOriginals).toMatchObject({
      Resource: [arn("topic", "originals", "bids"), arn("topic", "originals", "clicks")],
    });
    expect(JSON.stringify(policy.ReadOriginals)).not.toContain("WriteData");
    expect(policy.WriteCopies).toMatchObject({
      Resource: [arn("topic", "copies", "*.bids"), arn("topic", "copies", "*.clicks")],
    });
    expect(policy.AskPositions).toEqual({
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeGroup"],
      Resource: [arn("group", "originals", "ranker")],
    });
    expect(policy.SetPositions!.Resource).toContain(arn("group", "copies", "ranker"));
    expect(template.resource("aws_iam_role", "mirror").assume_role_policy).toContain("kafka.amazonaws.com");
    expect(replicator.depends_on).toEqual([expect.stringContaining("aws_iam_role_policy.mirror")]);
  });

  test("needs no way in from other regions", () => {
    expect(template.count("aws_msk_cluster_policy")).toBe(0);
    expect(template.text).not.toContain("vpc_connectivity");
  });

  test("takes other choices", () => {
    const other = mirrored({ mirror: { startAt: "latest", compression: "zstd", sourceEnd: END } });
    expect(Template.of(other.here).resource("aws_msk_replicator")).toMatchObject({
      kafka_cluster: [
        { amazon_msk_cluster: { msk_cluster_arn: END.clusterArn }, vpc_config: { subnet_ids: ["subnet-1"] } },
        {},
      ],
      replication_info_list: {
        source_kafka_cluster_arn: END.clusterArn,
        target_compression_type: "ZSTD",
        topic_replication: [{ starting_position: { type: "LATEST" } }],
      },
    });
  });
});

describe("a mirror between two regions", () => {
  const { here, there } = mirrored({ ...ACROSS, mirror: { sourceEnd: END } });

  test("is made at the target, with rights in the region of the source", () => {
    expect(Template.of(there).count("aws_msk_replicator")).toBe(0);
    const policy = statements(Template.of(here).resource("aws_iam_role_policy", "mirror").policy);
    expect(policy.ReadOriginals!.Resource).toContain(
      `arn:aws:kafka:eu-west-3:${ACCOUNT}:topic/originals/*/bids`,
    );
    expect(policy.WriteCopies!.Resource).toContain(
      `arn:aws:kafka:eu-west-1:${ACCOUNT}:topic/copies/*/*.bids`,
    );
  });

  test("comes in by multi-VPC connectivity, which the source opens to MSK alone", () => {
    const source = Template.of(there);
    expect(source.resource("aws_msk_cluster").broker_node_group_info).toMatchObject({
      connectivity_info: {
        public_access: { type: "DISABLED" },
        vpc_connectivity: { client_authentication: { sasl: { iam: true } } },
      },
    });
    expect(statements(source.resource("aws_msk_cluster_policy").policy)).toEqual({
      Replicators: {
        Effect: "Allow",
        Principal: { Service: ["kafka.amazonaws.com"] },
        Action: ["kafka:CreateVpcConnection", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
        Resource: [expect.stringContaining("aws_msk_cluster.originals")],
      },
    });
  });
});

describe("a copy", () => {
  test("is read under the name that AWS gives it", () => {
    const { here, copies } = mirrored();
    const { access } = copies.topic("ireland.bids").grantConsume(ROLE, { group: "ranker" });
    const template = Template.of(here);
    const policy = statements(template.resource("aws_iam_role_policy", "copies_grants").policy);
    expect(policy.ReadIrelandBids!.Resource).toEqual([
      expect.stringMatching(
        /^arn:aws:kafka:eu-west-1:111122223333:topic\/copies\/\*\/\$\{aws_msk_replicator\..*\.source_kafka_cluster_alias\}\.bids$/,
      ),
    ]);
    expect(access).toMatchObject({ kind: "kafka", partitions: 1, consumerGroup: "ranker" });
    new TerraformOutput(here, "topic", { value: access.topic, staticId: true });
    expect(JSON.stringify(Template.of(here).json.output)).toContain("source_kafka_cluster_alias}.bids");
    copies.grantLag(ROLE, { topic: "ireland.bids", group: "ranker" });
    expect(Template.of(here).resource("aws_iam_role_policy", "copies_grants").policy).toContain(
      "LagTopicIrelandBids",
    );
  });

  test("is written by the replicator alone", () => {
    const { copies } = mirrored();
    expect(captureValidationError(() => copies.topic("ireland.bids").grantProduce(ROLE)).codes).toEqual([
      "CopyIsReadOnly",
    ]);
  });
});

describe("a mirror is refused", () => {
  test.each<[string, Given, readonly string[]]>([
    ["without groups", { mirror: { consumerGroups: undefined as never } }, ["MissingValue"]],
    ["with no group", { mirror: { consumerGroups: [] } }, ["MissingValue"]],
    ["with a group that no grant gives", { mirror: { consumerGroups: ["A"] } }, ["InvalidName"]],
    ["with a bad name", { mirror: { name: "A" } }, ["InvalidName"]],
    ["without topics", { mirror: { topics: [] } }, ["MissingValue"]],
    ["for a topic that is not there", { mirror: { topics: ["none"] } }, ["UnknownTopic"]],
    ["from the end of time", { mirror: { startAt: "never" as never } }, ["NotOneOf"]],
    ["in another compression", { mirror: { compression: "rar" as never } }, ["NotOneOf"]],
    ["into transactions", { target: { delivery: "exactly-once" } }, ["ExactlyOnceUnsupported"]],
    [
      "out of the residency of a topic",
      { topic: { residency: Residency.countries("FR") }, ...ACROSS, mirror: { sourceEnd: END } },
      ["MirrorBreaksResidency"],
    ],
    ["for personal data that is not named", { topic: { pii: true } }, ["PiiTopicNotGranted"]],
    ["to Kinesis", { target: { engine: "kinesis", network: undefined } as never }, ["UnsupportedByEngine"]],
    [
      "from two brokers",
      { source: { network: { ...network("vpc-2"), privateSubnetIds: ["subnet-a", "subnet-b"] } as never } },
      ["TooFewBrokers"],
    ],
    [
      "from a region that lets no replicator in",
      { source: { site: PARIS }, mirror: { sourceEnd: END } },
      ["MissingValue"],
    ],
    [
      "from another account",
      {
        source: {
          site: Site.aws("other", { region: "eu-west-3", account: "444455556666" }),
          replicatedAcrossRegions: true,
        },
      },
      ["UnsupportedByEngine"],
    ],
  ])("%s", (_, given, expected) => {
    expect(refusal(given)).toEqual(expected);
  });

  test("with personal data only if that is said", () => {
    expect(() => mirrored({ topic: { pii: true }, mirror: { includePii: true } })).not.toThrow();
  });
});
