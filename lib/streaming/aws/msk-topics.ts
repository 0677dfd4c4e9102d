import { CloudcontrolapiResource } from "@cdktf/provider-aws/lib/cloudcontrolapi-resource";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import type { KafkaTopicSpec } from "../kafka-topics";

/**
 * The published type, as far as Terraform needs it to plan: what can be changed, and what must be replaced. Told here, so
 * that a plan asks AWS for nothing.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-msk-topic.html (read 2026-11-24)
 */
const TYPE_SCHEMA = stableJson({
  typeName: "AWS::MSK::Topic",
  description: "A topic of an MSK cluster",
  additionalProperties: false,
  properties: {
    ClusterArn: { type: "string" },
    Configs: { type: "string" },
    PartitionCount: { type: "integer", minimum: 1 },
    ReplicationFactor: { type: "integer", minimum: 1 },
    TopicArn: { type: "string" },
    TopicName: { type: "string" },
  },
  required: ["ClusterArn", "PartitionCount", "ReplicationFactor", "TopicName"],
  createOnlyProperties: ["/properties/ClusterArn", "/properties/ReplicationFactor", "/properties/TopicName"],
  readOnlyProperties: ["/properties/TopicArn"],
  primaryIdentifier: ["/properties/TopicArn"],
});

export interface MskTopicsProps {
  /** May be a token. */
  readonly clusterArn: string;
  readonly topics: readonly KafkaTopicSpec[];
  readonly replicationFactor: number;
  readonly protect: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Topics of an MSK cluster, through the Cloud Control API: `aws_msk_topic` came with hashicorp/aws 6.38, after the version
 * of these bindings. Needs Kafka 3.6 or newer and provisioned brokers; whoever runs Terraform needs
 * `kafka-cluster:Connect`, `CreateTopic`, `DescribeTopic`, `AlterTopic`, `DescribeTopicDynamicConfiguration`,
 * `AlterTopicDynamicConfiguration` and `DeleteTopic` on the cluster, and no way into its network.
 *
 * Makes `aws_cloudcontrolapi_resource`.
 *
 * Source: https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html (read 2026-11-24)
 */
export class MskTopics extends Construct {
  /** By topic name. */
  readonly topics: Readonly<Record<string, CloudcontrolapiResource>>;

  constructor(scope: Construct, id: string, props: MskTopicsProps) {
    super(scope, id);
    this.topics = Object.fromEntries(
      props.topics.map(({ name, partitions, config }) => [
        name,
        new CloudcontrolapiResource(this, name, {
          typeName: "AWS::MSK::Topic",
          schema: TYPE_SCHEMA,
          desiredState: stableJson({
            ClusterArn: props.clusterArn,
            Configs: base64Properties(config),
            PartitionCount: partitions,
            ReplicationFactor: props.replicationFactor,
            TopicName: name,
          }),
          lifecycle: { preventDestroy: props.protect || undefined },
          dependsOn: [...props.dependsOn],
        }),
      ]),
    );
  }
}

/**
 * Lines of a properties file, Base64.
 *
 * Source: https://docs.aws.amazon.com/msk/latest/developerguide/describe-topic-cli.html, where an answer decodes to such
 * lines (read 2026-11-24)
 */
function base64Properties(config: Readonly<Record<string, string>>): string {
  const lines = Object.entries(config)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  return Buffer.from(lines.join("\n")).toString("base64");
}
