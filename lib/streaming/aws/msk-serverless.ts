import { MskServerlessCluster } from "@cdktf/provider-aws/lib/msk-serverless-cluster";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import type { KafkaTopicSpec } from "../kafka-topics";
import { MSK_IAM_PORT, MskSecurityGroup, mskSubnets } from "./msk-network";
import type { MskServerlessProps } from "./props";

/**
 * MSK Serverless in private subnets; encrypted with a key of AWS, because it takes no other. Its topics are written down
 * in a parameter, for whoever makes them.
 *
 * Makes `aws_msk_serverless_cluster`, `aws_ssm_parameter`, and a {@link MskSecurityGroup}.
 */
export class MskServerlessKafka extends Construct {
  readonly securityGroup: MskSecurityGroup;
  readonly cluster: MskServerlessCluster;
  /** JSON: a list of `{ name, partitions, config }`. */
  readonly topicListParameter: SsmParameter;

  constructor(
    scope: Construct,
    id: string,
    {
      props,
      topics,
      protect,
    }: {
      readonly props: MskServerlessProps;
      readonly topics: readonly KafkaTopicSpec[];
      readonly protect: boolean;
    },
  ) {
    super(scope, id);
    const { name, network } = props;
    this.securityGroup = new MskSecurityGroup(this, "security-group", {
      name,
      network,
      ports: [MSK_IAM_PORT],
    });
    this.cluster = new MskServerlessCluster(this, "cluster", {
      clusterName: name,
      vpcConfig: [{ subnetIds: [...mskSubnets(network)], securityGroupIds: [this.securityGroup.group.id] }],
      clientAuthentication: { sasl: { iam: { enabled: true } } },
      lifecycle: { preventDestroy: protect || undefined },
    });
    this.topicListParameter = new SsmParameter(this, "topics", {
      name: `/${name}/topics`,
      description: `Topics of stream ${name}, to be made with Kafka's admin protocol`,
      type: "String",
      // Long lists need the larger of the two tiers, which costs.
      tier: "Intelligent-Tiering",
      value: stableJson(topics),
    });
  }
}
