import type { TerraformStack } from "cdktf";
import { ALLOW_DESTROY_CONTEXT } from "../../../lib/core/removal-policy";
import { Identity } from "../../../lib/fabric/identity";
import { AwsEventStream } from "../../../lib/streaming/aws/event-stream";
import type {
  AwsEventStreamProps,
  KinesisProps,
  MskProvisionedProps,
  MskServerlessProps,
} from "../../../lib/streaming/aws/props";
import type { StreamGrant } from "../../../lib/streaming/streaming";
import type { TopicProps } from "../../../lib/streaming/topic";
import { captureValidationError, Template } from "../../../lib/testing";
import { newStack, SITE, statements } from "../../lakehouse/aws/fixture";
import { network } from "../../properties/subjects";

const BIDS: TopicProps = {
  name: "bids",
  throughput: { messagesPerSecond: 2000, meanBytes: 1000 },
  retentionHours: 96,
  key: { field: "user", type: "string" },
  ordering: "per-key",
  schema: { format: "avro", fields: [{ name: "user", type: "string" }] },
  deadLetter: { maxDeliveries: 5, retentionHours: 168 },
};

const ROLE = Identity.awsRole("scorer", "arn:aws:iam::111122223333:role/scorer");
const POD = Identity.kubernetesServiceAccount("gateway", {
  namespace: "bidding",
  serviceAccount: "gateway",
  issuer: "https://oidc.example.com/fra",
});
const ADMIN = Identity.awsRole("admin", "arn:aws:iam::111122223333:role/admin");

const COMMON = { site: SITE, name: "events", topics: [BIDS] };
const MSK: MskProvisionedProps = { ...COMMON, engine: "msk-provisioned", network: network("vpc-1") };
const SERVERLESS: MskServerlessProps = {
  ...COMMON,
  engine: "msk-serverless",
  network: network("vpc-1"),
  topicAdministrator: ADMIN,
};
const KINESIS: KinesisProps = { ...COMMON, engine: "kinesis" };

function stream(props: AwsEventStreamProps, stack: TerraformStack = newStack()): AwsEventStream {
  return new AwsEventStream(stack, "events", props);
}

function synthesized(
  props: AwsEventStreamProps,
  then: (stream: AwsEventStream) => void = () => undefined,
  context: Record<string, unknown> = {},
): Template {
  const stack = newStack(context);
  then(stream(props, stack));
  return Template.of(stack);
}

const refusal = (props: AwsEventStreamProps) => captureValidationError(() => stream(props)).codes;

/** Statements of a grantee's policy. */
const policyOf = (template: Template, identity: string) =>
  statements(template.resource("aws_iam_role_policy", `grants_${identity}_`).policy);

function desiredStates(template: Template): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.values(template.resources("aws_cloudcontrolapi_resource")).map(({ desired_state }) => {
      const state = JSON.parse(desired_state as string) as Record<string, unknown>;
      const config = Buffer.from(state.Configs as string, "base64")
        .toString()
        .split("\n");
      return [state.TopicName, { ...state, Configs: config }];
    }),
  );
}

describe("a stream on MSK", () => {
  test("has brokers in private subnets, encrypted, TLS and IAM only", () => {
    const template = synthesized(MSK);
    expect(template.resource("aws_msk_cluster")).toMatchObject({
      cluster_name: "events",
      kafka_version: "3.9.x.kraft",
      number_of_broker_nodes: 3,
      storage_mode: "LOCAL",
      broker_node_group_info: {
        instance_type: "kafka.m7g.large",
        client_subnets: ["subnet-a", "subnet-b", "subnet-c"],
        connectivity_info: { public_access: { type: "DISABLED" } },
      },
      client_authentication: { unauthenticated: false, sasl: { iam: true } },
      encryption_info: {
        encryption_at_rest_kms_key_arn: expect.stringContaining("aws_kms_key"),
        encryption_in_transit: { client_broker: "TLS", in_cluster: true },
      },
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("aws_msk_configuration").server_properties).toContain(
      "auto.create.topics.enable=false",
    );
    expect(Object.values(template.resources("aws_vpc_security_group_ingress_rule"))).toEqual([
      expect.objectContaining({ cidr_ipv4: "10.0.0.0/16", from_port: 9098, to_port: 9098 }),
    ]);
  });

  test("grows its volumes, and Terraform does not shrink them again", () => {
    const template = synthesized(MSK);
    // 2 MB/s x (96 h + 1 % of 168 h) x 3 / 0.85 on three brokers.
    expect(template.resource("aws_msk_cluster").broker_node_group_info).toMatchObject({
      storage_info: { ebs_storage_info: { volume_size: 771 } },
    });
    expect(template.resource("aws_appautoscaling_target")).toMatchObject({ max_capacity: 1542 });
    expect(template.resource("aws_msk_cluster").lifecycle).toMatchObject({
      ignore_changes: ["broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size"],
    });
  });

  test("can keep older messages in the cheaper tier", () => {
    const template = synthesized({ ...MSK, brokers: { tieredAfterHours: 24 } });
    expect(template.resource("aws_msk_cluster")).toMatchObject({ storage_mode: "TIERED" });
    expect(template.resources("aws_appautoscaling_target")).toEqual({});
    expect(desiredStates(template).bids!.Configs).toEqual([
      "cleanup.policy=delete",
      "local.retention.ms=86400000",
      "remote.storage.enable=true",
      "retention.ms=345600000",
    ]);
    expect(refusal({ ...MSK, brokers: { tieredAfterHours: 96 } })).toEqual(["NoEffect"]);
    expect(refusal({ ...MSK, brokers: { tieredAfterHours: 24, maxStorageGiB: 2000 } })).toEqual(["NoEffect"]);
  });

  test("makes its topics through the API of MSK", () => {
    const template = synthesized(MSK);
    expect(desiredStates(template)).toEqual({
      bids: {
        ClusterArn: expect.stringContaining("aws_msk_cluster"),
        Configs: ["cleanup.policy=delete", "retention.ms=345600000"],
        PartitionCount: 1,
        ReplicationFactor: 3,
        TopicName: "bids",
      },
      "bids-dlq": expect.objectContaining({ PartitionCount: 1 }),
    });
    expect(template.resource("aws_cloudcontrolapi_resource", "topics_bids_")).toMatchObject({
      type_name: "AWS::MSK::Topic",
      lifecycle: { prevent_destroy: true },
    });
  });

  test("is refused when it cannot carry the throughput", () => {
    const large = { ...BIDS, throughput: { messagesPerSecond: 100_000, meanBytes: 1000 } };
    expect(refusal({ ...MSK, brokers: { storageGiB: 500 } })).toEqual(["StorageTooSmall"]);
    expect(refusal({ ...MSK, brokers: { count: 4 } })).toEqual(["UnsupportedByEngine"]);
    expect(refusal({ ...MSK, topics: [large], brokers: { count: 6, storageGiB: 16_384 } })).toEqual([
      "TooFewBrokers",
      "StorageTooSmall",
    ]);
    expect(refusal({ ...MSK, brokers: { storageGiB: 2000, maxStorageGiB: 1000 } })).toEqual([
      "StorageTooSmall",
    ]);
    expect(refusal({ ...MSK, brokers: { machine: "kafka.t3.small" as never } })).toEqual(["NotOneOf"]);
    expect(refusal({ ...MSK, kafkaVersion: "2.8.1" })).toEqual(["NotOneOf"]);
    expect(refusal({ ...MSK, logRetentionDays: 8 })).toEqual(["NotOneOf"]);
    expect(
      refusal({ ...MSK, clientCertificateAuthorityArns: ["arn:aws:kms:eu-west-1:111122223333:key/a"] }),
    ).toEqual(["InvalidArn"]);
    expect(refusal({ ...MSK, network: undefined as never })).toEqual(["MissingValue"]);
  });

  test("takes certificates of private authorities too", () => {
    const authority = "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/a";
    const template = synthesized({ ...MSK, clientCertificateAuthorityArns: [authority] });
    expect(template.resource("aws_msk_cluster").client_authentication).toMatchObject({
      tls: { certificate_authority_arns: [authority] },
    });
    expect(Object.keys(template.resources("aws_vpc_security_group_ingress_rule"))).toHaveLength(2);
  });

  test("gives identities exactly their rights", () => {
    const given: StreamGrant[] = [];
    const template = synthesized({ ...MSK, delivery: "exactly-once" }, (events) => {
      given.push(events.topic("bids").grantConsume(ROLE), events.topic("bids").grantProduce(POD));
    });
    const consumer = policyOf(template, "scorer");
    const producer = policyOf(template, "gateway");
    expect(Object.keys(consumer)).toEqual([
      "Connect",
      "GroupScorer",
      "ReadBids",
      "SchemasOfTheStream",
      "WriteBidsDlq",
    ]);
    expect(consumer.ReadBids).toEqual({
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
      Resource: ["arn:aws:kafka:eu-west-1:111122223333:topic/events/*/bids"],
    });
    expect(Object.keys(producer)).toEqual(["Connect", "SchemasOfTheStream", "Transactions", "WriteBids"]);
    expect(producer.Transactions!.Resource).toEqual([
      "arn:aws:kafka:eu-west-1:111122223333:transactional-id/events/*/gateway-*",
    ]);
    expect(template.resource("aws_iam_role").assume_role_policy).toContain(
      "system:serviceaccount:bidding:gateway",
    );
    expect(given[0]!.access).toMatchObject({
      kind: "kafka",
      auth: "sasl-iam",
      topic: "bids",
      consumerGroup: "scorer",
      schema: { registry: "glue", format: "avro" },
      deadLetter: { topic: "bids-dlq", countedBy: "client" },
    });
    expect(given[1]).toMatchObject({
      access: { transactionalIdPrefix: "gateway-" },
      federation: { kind: "aws" },
    });
  });
});

describe("a stream on MSK Serverless", () => {
  test("writes down its topics for who makes them", () => {
    const template = synthesized(SERVERLESS);
    expect(template.resource("aws_msk_serverless_cluster")).toMatchObject({
      client_authentication: { sasl: { iam: { enabled: true } } },
    });
    expect(template.resources("aws_cloudcontrolapi_resource")).toEqual({});
    expect(JSON.parse(template.resource("aws_ssm_parameter").value as string)).toEqual([
      // 2 MB/s for 96 hours, 250 GB on each partition.
      { name: "bids", partitions: 3, config: { "cleanup.policy": "delete", "retention.ms": "345600000" } },
      {
        name: "bids-dlq",
        partitions: 1,
        config: { "cleanup.policy": "delete", "retention.ms": "604800000" },
      },
    ]);
    const admin = policyOf(template, "admin");
    expect(admin.TopicsOfTheStream!.Resource).toEqual([
      "arn:aws:kafka:eu-west-1:111122223333:topic/events/*/bids",
      "arn:aws:kafka:eu-west-1:111122223333:topic/events/*/bids-dlq",
    ]);
  });

  test("is refused where its quotas end", () => {
    const fast = (change: object) => ({
      ...BIDS,
      retentionHours: 1,
      throughput: { ...BIDS.throughput, ...change },
    });
    expect(refusal({ ...SERVERLESS, topicAdministrator: undefined as never })).toEqual(["MissingValue"]);
    expect(refusal({ ...SERVERLESS, topics: [fast({ messagesPerSecond: 150_000 })] })).toEqual([
      "CapacityTooSmall",
    ]);
    expect(refusal({ ...SERVERLESS, topics: [fast({ readers: 200 })] })).toEqual(["CapacityTooSmall"]);
    expect(
      refusal({
        ...SERVERLESS,
        topics: [
          { ...BIDS, partitions: 2000 },
          { ...BIDS, name: "clicks", partitions: 400 },
        ],
      }),
    ).toEqual(["CapacityTooSmall"]);
    expect(refusal({ ...SERVERLESS, topics: [{ ...BIDS, partitions: 2 }] })).toEqual(["TooFewPartitions"]);
    expect(refusal({ ...SERVERLESS, encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/a" })).toEqual([
      "NoEffect",
    ]);
  });
});

describe("a stream on Kinesis", () => {
  test("is a data stream for each topic, encrypted with a customer key", () => {
    const template = synthesized(KINESIS);
    expect(template.resource("aws_kinesis_stream", "kinesis_bids_")).toMatchObject({
      name: "events-bids",
      shard_count: 4,
      retention_period: 96,
      encryption_type: "KMS",
      stream_mode_details: { stream_mode: "PROVISIONED" },
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("aws_kinesis_stream", "kinesis_bids-dlq")).toMatchObject({ shard_count: 1 });
    const onDemand = synthesized({ ...KINESIS, onDemand: true });
    expect(onDemand.resource("aws_kinesis_stream", "kinesis_bids_")).not.toHaveProperty("shard_count");
  });

  test("registers schemas in Glue, unless told not to", () => {
    expect(synthesized(KINESIS).resource("aws_glue_schema")).toMatchObject({
      schema_name: "bids",
      data_format: "AVRO",
      compatibility: "BACKWARD",
    });
    const without = { ...KINESIS, schemaRegistry: false };
    expect(synthesized(without).resources("aws_glue_schema")).toEqual({});
    expect(stream(without).topic("bids").grantProduce(ROLE).access.schema).toMatchObject({
      registry: "none",
    });
  });

  test("gives identities exactly their rights", () => {
    const template = synthesized(KINESIS, (events) => {
      const { access } = events.topic("bids").grantConsume(ROLE);
      expect(access).toMatchObject({
        kind: "kinesis",
        topic: "events-bids",
        region: "eu-west-1",
        deadLetter: { topic: "events-bids-dlq" },
      });
      events.topic("bids").grantProduce(POD);
    });
    const consumer = policyOf(template, "scorer");
    const producer = policyOf(template, "gateway");
    expect(Object.keys(consumer)).toEqual([
      "DecryptMessages",
      "EncryptMessages",
      "PositionsScorer",
      "ReadBids",
      "SchemasOfTheStream",
      "WriteBidsDlq",
    ]);
    expect(Object.keys(producer)).toEqual(["EncryptMessages", "SchemasOfTheStream", "WriteBids"]);
  });

  test("is refused where it cannot be", () => {
    expect(refusal({ ...KINESIS, delivery: "exactly-once" })).toEqual(["ExactlyOnceUnsupported"]);
    expect(refusal({ ...KINESIS, onDemand: true, topics: [{ ...BIDS, partitions: 9 }] })).toEqual([
      "UnsupportedByEngine",
    ]);
    expect(refusal({ ...KINESIS, network: network("vpc-1"), brokers: {} } as never)).toEqual([
      "NoEffect",
      "NoEffect",
    ]);
    expect(refusal({ ...KINESIS, engine: "rabbit" as never })[0]).toBe("NotOneOf");
    expect(refusal({ ...KINESIS, encryptionKeyArn: "key" })).toEqual(["InvalidArn"]);
  });
});

describe("grants on a stream of AWS", () => {
  const grant = (identity: Parameters<StreamGrantOf>[0]) =>
    captureValidationError(() => stream(KINESIS).topic("bids").grantProduce(identity)).codes;
  type StreamGrantOf = ReturnType<AwsEventStream["topic"]>["grantProduce"];

  test("are refused to who means nothing there", () => {
    expect(grant(Identity.googleServiceAccount("g", "a@p.iam.gserviceaccount.com"))).toEqual([
      "IdentityKindMismatch",
    ]);
    expect(grant(Identity.kubernetesServiceAccount("k", { namespace: "n", serviceAccount: "s" }))).toEqual([
      "MissingOidcIssuer",
    ]);
    expect(grant(Identity.awsRole("other", "arn:aws:iam::999999999999:role/r"))).toEqual([
      "GrantNotApplicable",
    ]);
    const events = stream(KINESIS);
    events.topic("bids").grantProduce(ROLE);
    const twin = Identity.awsRole("scorer", "arn:aws:iam::111122223333:role/another");
    expect(captureValidationError(() => events.topic("bids").grantProduce(twin)).codes).toEqual([
      "DuplicateValue",
    ]);
  });
});

test("a stream is kept when the declaration goes, unless both keys are turned", () => {
  const allowed = { [ALLOW_DESTROY_CONTEXT]: true };
  const kept = (props: AwsEventStreamProps) =>
    JSON.stringify(synthesized(props, undefined, allowed)).includes("prevent_destroy");
  for (const props of [MSK, SERVERLESS, KINESIS]) {
    expect(kept(props)).toBe(true);
    expect(kept({ ...props, removalPolicy: "destroy" })).toBe(false);
    expect(refusal({ ...props, removalPolicy: "destroy" })).toEqual(["RemovalNeedsTwoKeys"]);
  }
});

describe("the lag of a group", () => {
  const asked = { topic: "bids", group: "scorer" };

  test.each([
    ["MSK", MSK],
    ["MSK Serverless", SERVERLESS],
  ])("can be asked for at %s, by whoever may read nothing", (_, props) => {
    const template = synthesized(props, (made) => made.grantLag(ROLE, asked));
    const rights = Object.values(policyOf(template, "scorer"));
    expect(rights.flatMap(({ Action }) => Action).sort()).toEqual([
      "kafka-cluster:Connect",
      "kafka-cluster:DescribeGroup",
      "kafka-cluster:DescribeTopic",
    ]);
    expect(rights.flatMap(({ Resource }) => Resource).join()).toMatch(/topic\/events\/\*\/bids/);
    expect(rights.flatMap(({ Resource }) => Resource).join()).toMatch(/group\/events\/\*\/scorer/);
  });

  test("does not narrow what the identity may do already", () => {
    const template = synthesized(MSK, (made) => {
      made.topic("bids").grantConsume(ROLE, { group: "scorer" });
      made.grantLag(ROLE, asked);
    });
    expect(JSON.stringify(policyOf(template, "scorer"))).toContain("kafka-cluster:ReadData");
  });

  test("is refused for a topic that there is not, and where there are no groups", () => {
    const code = (props: AwsEventStreamProps, topic: string) =>
      captureValidationError(() => stream(props).grantLag(ROLE, { topic, group: "scorer" })).code;
    expect(code(MSK, "clicks")).toBe("UnknownTopic");
    expect(code(KINESIS, "bids")).toBe("UnsupportedByEngine");
  });
});
