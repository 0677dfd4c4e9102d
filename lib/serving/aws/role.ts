import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { type PolicyStatement, policyJson, serviceTrust } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";
import { repositoryArn } from "./image";
import { type S3Place, s3Place } from "./s3";
import type { ResolvedVariant } from "./variants";

const ROLE_NAME_LENGTH = 64;

export interface SageMakerRoleProps {
  readonly facts: AwsFacts;
  /** Name of the endpoint. */
  readonly name: string;
  readonly variants: readonly ResolvedVariant[];
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  readonly weightsKeyArn?: string;
  readonly topicArns: readonly string[];
}

/**
 * What SageMaker does in the name of an endpoint: reads the weights, pulls the images, puts instances into the network, writes
 * logs and metrics. Rights on zones of requests and answers are given by the lakehouse's own grants.
 *
 * Actions: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, "CreateModel API: Execution Role Permissions"
 * (read 2026-11). `ecr:GetAuthorizationToken` and the descriptions of EC2 know no resources.
 *
 * Makes `aws_iam_role` and `aws_iam_role_policy`.
 */
export class SageMakerRole extends Construct {
  readonly role: IamRole;
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: SageMakerRoleProps) {
    super(scope, id);
    const { facts, name } = props;
    this.role = new IamRole(this, "role", {
      // IAM knows no regions: endpoints of two regions may have the same name.
      name: resourceName([name, "sagemaker", facts.region], { maxLength: ROLE_NAME_LENGTH }),
      description: `Instances of the SageMaker endpoint ${name}`,
      assumeRolePolicy: serviceTrust("sagemaker.amazonaws.com", {
        account: facts.account,
        sourceArn: `arn:${facts.partition}:sagemaker:*:${facts.account}:*`,
      }),
    });
    this.policy = new IamRolePolicy(this, "policy", {
      name: "endpoint",
      role: this.role.name,
      policy: policyJson([
        ...weightStatements(props),
        ...imageStatements(props),
        ...networkStatements(props),
        ...telemetryStatements(props),
        ...keyStatements(props),
        ...(props.topicArns.length > 0
          ? [allow("TellTopics", ["sns:Publish"], [...new Set(props.topicArns)])]
          : []),
      ]),
    });
  }
}

function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: PolicyStatement["Condition"],
): PolicyStatement {
  return { Sid, Effect: "Allow", Action, Resource, Condition };
}

function placesOf(variants: readonly ResolvedVariant[]): readonly S3Place[] {
  return [...new Set(variants.map(({ weightsUri }) => weightsUri))].map(s3Place);
}

function weightStatements({ facts, variants }: SageMakerRoleProps): readonly PolicyStatement[] {
  return placesOf(variants).flatMap(({ bucket, prefix }, index) => {
    const arn = `arn:${facts.partition}:s3:::${bucket}`;
    const below = prefix === "" ? "*" : `${prefix}/*`;
    return [
      allow(`ReadWeights${index}`, ["s3:GetObject"], [`${arn}/${below}`]),
      allow(`ListWeights${index}`, ["s3:ListBucket"], [arn], { StringLike: { "s3:prefix": below } }),
    ];
  });
}

function imageStatements({ facts, variants }: SageMakerRoleProps): readonly PolicyStatement[] {
  const repositories = variants.map(({ engine }) => repositoryArn(facts, engine.image));
  return [
    allow("SignInToEcr", ["ecr:GetAuthorizationToken"], ["*"]),
    allow(
      "PullImages",
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      [...new Set(repositories)],
    ),
  ];
}

function networkStatements({
  facts,
  subnetIds,
  securityGroupId,
}: SageMakerRoleProps): readonly PolicyStatement[] {
  const interfaces = regionalArn(facts, "ec2", "network-interface/*");
  return [
    allow(
      "MakeInterfaces",
      ["ec2:CreateNetworkInterface"],
      [
        interfaces,
        ...subnetIds.map((subnet) => regionalArn(facts, "ec2", `subnet/${subnet}`)),
        regionalArn(facts, "ec2", `security-group/${securityGroupId}`),
      ],
    ),
    allow(
      "UseInterfaces",
      [
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
      ],
      [interfaces],
    ),
    allow(
      "DescribeNetwork",
      [
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
      ],
      ["*"],
    ),
  ];
}

function telemetryStatements({ facts, name }: SageMakerRoleProps): readonly PolicyStatement[] {
  const group = `log-group:/aws/sagemaker/Endpoints/${name}`;
  return [
    allow(
      "WriteLogs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      [regionalArn(facts, "logs", group), regionalArn(facts, "logs", `${group}:*`)],
    ),
    allow("ReportMetrics", ["cloudwatch:PutMetricData"], ["*"], {
      StringEquals: { "cloudwatch:namespace": ["/aws/sagemaker/Endpoints", "AWS/SageMaker"] },
    }),
  ];
}

function keyStatements({ weightsKeyArn }: SageMakerRoleProps): readonly PolicyStatement[] {
  return weightsKeyArn === undefined ? [] : [allow("DecryptWeights", ["kms:Decrypt"], [weightsKeyArn])];
}
