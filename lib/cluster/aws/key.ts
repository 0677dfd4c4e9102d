import { KmsGrant } from "@cdktf/provider-aws/lib/kms-grant";
import type { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { AwsKey, logsMayUseKey } from "../../core/aws-key";
import type { PolicyStatement } from "../../core/aws-policy";

const OPERATIONS = [
  "CreateGrant",
  "Decrypt",
  "DescribeKey",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
] as const;

/** The role with which Auto Scaling launches the instances of managed node groups. */
function autoScalingRole(facts: AwsFacts): string {
  const path = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
  return `arn:${facts.partition}:iam::${facts.account}:role/${path}`;
}

/**
 * Lets Auto Scaling encrypt boot disks. By the name of its role in a condition, not as the principal: a key policy with
 * a principal that does not exist yet is refused, and AWS makes the role with the first group.
 */
function autoScalingMayUseKey(facts: AwsFacts): readonly PolicyStatement[] {
  const conditions = {
    StringEquals: {
      "kms:CallerAccount": facts.account,
      "kms:ViaService": `ec2.${facts.region}.${facts.dnsSuffix}`,
    },
    ArnEquals: { "aws:PrincipalArn": autoScalingRole(facts) },
  };
  return [
    {
      Sid: "BootDisksOfNodes",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      Resource: ["*"],
      Condition: conditions,
    },
    {
      Sid: "GrantToBootDisksOfNodes",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["kms:CreateGrant"],
      Resource: ["*"],
      Condition: { ...conditions, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/** The customer key of a cluster: secrets, boot disks, log. */
export function makeClusterKey(
  scope: Construct,
  props: { readonly facts: AwsFacts; readonly namePrefix: string; readonly protect: boolean },
): AwsKey {
  return new AwsKey(scope, "key", {
    facts: props.facts,
    aliasName: `${props.namePrefix}-cluster`,
    description: `Secrets, boot disks and log of the cluster ${props.namePrefix}`,
    protect: props.protect,
    statements: [logsMayUseKey(props.facts), ...autoScalingMayUseKey(props.facts)],
  });
}

/** The same right on a key that exists, by a grant: its policy belongs to somebody else. */
export function grantKeyToAutoScaling(scope: Construct, facts: AwsFacts, keyArn: string): KmsGrant {
  return new KmsGrant(scope, "key-grant", {
    name: "auto-scaling-of-nodes",
    keyId: keyArn,
    granteePrincipal: autoScalingRole(facts),
    operations: [...OPERATIONS],
  });
}
