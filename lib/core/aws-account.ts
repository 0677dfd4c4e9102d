import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";

const LOGICAL_ID = "aws-account";

/**
 * Number of the account that Terraform works in: the literal if it is known, else a token of one
 * `data.aws_caller_identity` that all constructs of the stack share.
 */
export function awsAccountId(scope: Construct, literal: string | undefined): string {
  if (literal !== undefined) {
    return literal;
  }
  const stack = TerraformStack.of(scope);
  const known = stack.node.tryFindChild(LOGICAL_ID) as DataAwsCallerIdentity | undefined;
  return (known ?? new DataAwsCallerIdentity(stack, LOGICAL_ID)).accountId;
}
