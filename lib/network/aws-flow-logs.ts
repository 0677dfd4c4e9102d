import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { FlowLog } from "@cdktf/provider-aws/lib/flow-log";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Construct } from "constructs";
import { awsPartition } from "../core/aws-partitions";
import { stableJson } from "../core/json";
import { resourceName } from "../core/naming";

/** The log of all connections of a network. */
export interface FlowLogOptions {
  /** Days for which the log is kept; CloudWatch takes certain numbers only. @default 365 */
  readonly retentionDays?: number;
  /**
   * ARN of a KMS key that CloudWatch Logs may use; may be a token.
   * @default - a key of its own
   */
  readonly encryptionKeyArn?: string;
}

export interface AwsFlowLogsProps extends FlowLogOptions {
  readonly namePrefix: string;
  readonly region: string;
  readonly account: string;
  readonly vpcId: string;
}

/**
 * Every connection that the network allowed or refused, in an encrypted log group.
 *
 * Makes `aws_flow_log`, `aws_cloudwatch_log_group`, `aws_iam_role`, `aws_iam_role_policy`, and unless a key is given
 * `aws_kms_key` and `aws_kms_alias`.
 */
export class AwsFlowLogs extends Construct {
  readonly logGroup: CloudwatchLogGroup;
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  readonly flowLog: FlowLog;
  /** Set unless a key is given. */
  readonly key?: KmsKey;
  /** Set unless a key is given. */
  readonly keyAlias?: KmsAlias;

  constructor(scope: Construct, id: string, props: AwsFlowLogsProps) {
    super(scope, id);
    const groupName = `/aws/vpc/${props.namePrefix}`;
    const partition = awsPartition(props.region).name;
    const groupArn = `arn:${partition}:logs:${props.region}:${props.account}:log-group:${groupName}`;
    if (props.encryptionKeyArn === undefined) {
      this.key = this.makeKey(props, groupArn);
      this.keyAlias = new KmsAlias(this, "key-alias", {
        name: `alias/${props.namePrefix}-flow-logs`,
        targetKeyId: this.key.keyId,
      });
    }
    this.logGroup = new CloudwatchLogGroup(this, "log-group", {
      name: groupName,
      retentionInDays: props.retentionDays ?? 365,
      kmsKeyId: props.encryptionKeyArn ?? this.key!.arn,
    });
    this.role = new IamRole(this, "role", {
      name: resourceName([props.namePrefix, "flow-logs"], { maxLength: 64 }),
      description: "Flow logs of the network are written with this role",
      assumeRolePolicy: stableJson({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "FlowLogsOfThisAccountOnly",
            Effect: "Allow",
            Principal: { Service: "vpc-flow-logs.amazonaws.com" },
            Action: ["sts:AssumeRole"],
            Condition: { StringEquals: { "aws:SourceAccount": props.account } },
          },
        ],
      }),
    });
    this.rolePolicy = new IamRolePolicy(this, "role-policy", {
      name: "write-flow-logs",
      role: this.role.name,
      policy: stableJson({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "WriteFlowLogs",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            Resource: [groupArn, `${groupArn}:*`],
          },
        ],
      }),
    });
    this.flowLog = new FlowLog(this, "flow-log", {
      vpcId: props.vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: this.logGroup.arn,
      iamRoleArn: this.role.arn,
      maxAggregationInterval: 60,
      tags: { Name: props.namePrefix },
      dependsOn: [this.rolePolicy],
    });
  }

  private makeKey(props: AwsFlowLogsProps, groupArn: string): KmsKey {
    const { name, dnsSuffix } = awsPartition(props.region);
    return new KmsKey(this, "key", {
      description: `Flow logs of the network ${props.namePrefix}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: stableJson({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "IamOfThisAccount",
            Effect: "Allow",
            Principal: { AWS: `arn:${name}:iam::${props.account}:root` },
            Action: ["kms:*"],
            Resource: ["*"],
          },
          {
            Sid: "ThisLogGroup",
            Effect: "Allow",
            Principal: { Service: `logs.${props.region}.${dnsSuffix}` },
            Action: [
              "kms:Encrypt",
              "kms:Decrypt",
              "kms:ReEncrypt*",
              "kms:GenerateDataKey*",
              "kms:DescribeKey",
            ],
            Resource: ["*"],
            Condition: { ArnEquals: { "kms:EncryptionContext:aws:logs:arn": groupArn } },
          },
        ],
      }),
    });
  }
}
