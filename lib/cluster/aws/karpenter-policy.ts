import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";

export interface KarpenterRights {
  readonly facts: AwsFacts;
  /** Literal. */
  readonly clusterName: string;
  readonly queueArn: string;
  readonly nodeRoleArn: string;
  readonly instanceProfileArn: string;
  readonly encryptionKeyArn: string;
}

const NODE_POOL = "karpenter.sh/nodepool";
const MADE_TOGETHER = [
  "fleet",
  "instance",
  "volume",
  "network-interface",
  "launch-template",
  "spot-instances-request",
];

/** Any account's resource where AWS or somebody else may own it: images, shared reservations. */
function anyOwner({ partition, region }: AwsFacts, kinds: readonly string[]): readonly string[] {
  return kinds.map((kind) => `arn:${partition}:ec2:${region}:*:${kind}/*`);
}

function own(facts: AwsFacts, kinds: readonly string[]): readonly string[] {
  return kinds.map((kind) => regionalArn(facts, "ec2", `${kind}/*`));
}

/** Every resource that Karpenter makes carries these tags; what does not, it may not touch. */
function ownedBy(clusterName: string, tag: "RequestTag" | "ResourceTag") {
  return {
    StringEquals: { [`aws:${tag}/kubernetes.io/cluster/${clusterName}`]: "owned" },
    StringLike: { [`aws:${tag}/${NODE_POOL}`]: "*" },
  };
}

function launching({ facts, clusterName }: KarpenterRights): readonly PolicyStatement[] {
  const request = ownedBy(clusterName, "RequestTag");
  return [
    {
      Sid: "LaunchFrom",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: [
        `arn:${facts.partition}:ec2:${facts.region}::image/*`,
        `arn:${facts.partition}:ec2:${facts.region}::snapshot/*`,
        ...anyOwner(facts, ["capacity-reservation", "subnet", "security-group"]),
        ...own(facts, ["placement-group"]),
      ],
    },
    {
      Sid: "LaunchByOwnTemplates",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: own(facts, ["launch-template"]),
      Condition: ownedBy(clusterName, "ResourceTag"),
    },
    {
      Sid: "MakeTagged",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"],
      Resource: own(facts, MADE_TOGETHER),
      Condition: request,
    },
    {
      Sid: "TagWhatIsMade",
      Effect: "Allow",
      Action: ["ec2:CreateTags"],
      Resource: own(facts, MADE_TOGETHER),
      Condition: {
        ...request,
        StringEquals: {
          ...request.StringEquals,
          "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
        },
      },
    },
  ];
}

function keeping({ facts, clusterName }: KarpenterRights): readonly PolicyStatement[] {
  const resource = ownedBy(clusterName, "ResourceTag");
  return [
    {
      Sid: "NameOwnInstances",
      Effect: "Allow",
      Action: ["ec2:CreateTags"],
      Resource: own(facts, ["instance"]),
      Condition: {
        ...resource,
        "ForAllValues:StringEquals": {
          "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"],
        },
      },
    },
    {
      Sid: "EndOwn",
      Effect: "Allow",
      Action: ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
      Resource: own(facts, ["instance", "launch-template"]),
      Condition: resource,
    },
  ];
}

function reading({ facts, clusterName, queueArn, nodeRoleArn, instanceProfileArn }: KarpenterRights) {
  const statements: readonly PolicyStatement[] = [
    {
      // EC2 has no resources for these.
      Sid: "SeeTheRegion",
      Effect: "Allow",
      Action: [
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
      ],
      Resource: ["*"],
      Condition: { StringEquals: { "aws:RequestedRegion": facts.region } },
    },
    {
      Sid: "FindImages",
      Effect: "Allow",
      Action: ["ssm:GetParameter"],
      Resource: [`arn:${facts.partition}:ssm:${facts.region}::parameter/aws/service/*`],
    },
    { Sid: "Prices", Effect: "Allow", Action: ["pricing:GetProducts"], Resource: ["*"] },
    { Sid: "ListProfiles", Effect: "Allow", Action: ["iam:ListInstanceProfiles"], Resource: ["*"] },
    {
      Sid: "FindCluster",
      Effect: "Allow",
      Action: ["eks:DescribeCluster"],
      Resource: [regionalArn(facts, "eks", `cluster/${clusterName}`)],
    },
    {
      Sid: "HearOfInterruptions",
      Effect: "Allow",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      Resource: [queueArn],
    },
    {
      Sid: "SeeProfileOfNodes",
      Effect: "Allow",
      Action: ["iam:GetInstanceProfile"],
      Resource: [instanceProfileArn],
    },
    {
      Sid: "GiveNodesTheirRole",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: [nodeRoleArn],
      Condition: { StringEquals: { "iam:PassedToService": `ec2.${facts.dnsSuffix}` } },
    },
  ];
  return statements;
}

function encrypting({ facts, encryptionKeyArn }: KarpenterRights): readonly PolicyStatement[] {
  const throughEc2 = { "kms:ViaService": `ec2.${facts.region}.${facts.dnsSuffix}` };
  return [
    {
      Sid: "EncryptBootDisks",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
      Resource: [encryptionKeyArn],
      Condition: { StringEquals: throughEc2 },
    },
    {
      Sid: "GrantKeyToBootDisks",
      Effect: "Allow",
      Action: ["kms:CreateGrant"],
      Resource: [encryptionKeyArn],
      Condition: { StringEquals: throughEc2, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/**
 * What Karpenter's controller may do: launch and end instances that carry the tag of this cluster, and nothing else. It
 * makes no instance profiles, because it is given one.
 *
 * Source: github.com/aws/karpenter-provider-aws v1.14 cloudformation.yaml (read 2026-11-24)
 */
export function karpenterPolicies(
  rights: KarpenterRights,
): Readonly<Record<string, readonly PolicyStatement[]>> {
  return {
    launch: launching(rights),
    keep: keeping(rights),
    read: reading(rights),
    encrypt: encrypting(rights),
  };
}
