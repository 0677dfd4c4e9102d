import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import type { TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "./aws-facts";
import { type PolicyStatement, policyJson } from "./aws-policy";

/** Days between the deletion of a key and its end, the longest that KMS offers. */
const DELETION_WINDOW_DAYS = 30;

export interface AwsKeyProps {
  readonly facts: AwsFacts;
  /** Name below `alias/`. */
  readonly aliasName: string;
  readonly description: string;
  /** Whether Terraform refuses to destroy the key, and with it all that was encrypted. */
  readonly protect: boolean;
  /** For a key in another region. @default - the provider of the stack */
  readonly provider?: TerraformProvider;
  /** Statements beside the account's own. In a key policy the resource `*` means this key. @default - none */
  readonly statements?: readonly PolicyStatement[];
}

/** Lets CloudWatch Logs of this account encrypt log groups. */
export function logsMayUseKey(facts: AwsFacts): PolicyStatement {
  return {
    Sid: "LogGroupsOfThisAccount",
    Effect: "Allow",
    Principal: { Service: `logs.${facts.region}.${facts.dnsSuffix}` },
    Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
    Resource: ["*"],
    Condition: {
      ArnLike: { "kms:EncryptionContext:aws:logs:arn": regionalArn(facts, "logs", "log-group:*") },
    },
  };
}

/**
 * A customer key: rotated every year, 30 days from deletion to the end. Rights to use it come from
 * IAM policies of the account.
 *
 * Makes `aws_kms_key` and `aws_kms_alias`.
 */
export class AwsKey extends Construct {
  readonly key: KmsKey;
  readonly alias: KmsAlias;

  constructor(scope: Construct, id: string, props: AwsKeyProps) {
    super(scope, id);
    const { facts, provider } = props;
    this.key = new KmsKey(this, "key", {
      provider,
      description: props.description,
      enableKeyRotation: true,
      deletionWindowInDays: DELETION_WINDOW_DAYS,
      policy: policyJson([
        {
          Sid: "IamOfThisAccount",
          Effect: "Allow",
          Principal: { AWS: `arn:${facts.partition}:iam::${facts.account}:root` },
          Action: ["kms:*"],
          Resource: ["*"],
        },
        ...(props.statements ?? []),
      ]),
      lifecycle: { preventDestroy: props.protect || undefined },
    });
    this.alias = new KmsAlias(this, "alias", {
      provider,
      name: `alias/${props.aliasName}`,
      targetKeyId: this.key.keyId,
    });
  }
}
