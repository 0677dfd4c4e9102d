import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { TerraformProvider, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { CoreErrors, renderFinding } from "./errors";
import { isToken } from "./tokens";

const LOGICAL_ID = "aws-account";

interface ProviderFacts {
  readonly alias?: string;
  readonly regionInput?: string;
  readonly allowedAccountIdsInput?: string[];
}

/**
 * Refuses, when the app is synthesized, a stack whose AWS provider works elsewhere than the site says: the site decides
 * residency and ARNs, the provider where things are really made. What only Terraform knows, or what comes from the
 * environment, cannot be compared and passes.
 */
export function requireAwsProviderOf(
  scope: Construct,
  site: { readonly name: string; readonly region: string; readonly account?: string },
): void {
  scope.node.addValidation({
    validate: () =>
      TerraformStack.of(scope)
        .node.findAll()
        .filter((node) => TerraformProvider.isTerraformProvider(node))
        .filter((provider) => provider.terraformResourceType === "aws" && provider.alias === undefined)
        .flatMap((provider) => disagreements(provider as ProviderFacts, site)),
  });
}

function disagreements(
  { regionInput: region, allowedAccountIdsInput: accounts }: ProviderFacts,
  site: { readonly name: string; readonly region: string; readonly account?: string },
): string[] {
  const found: string[] = [];
  const refuse = (subject: string, given: unknown, allowed: string) =>
    found.push(renderFinding({ error: CoreErrors.ProviderOfOtherPlace, subject, given, allowed }));
  if (region !== undefined && !isToken(region) && region !== site.region) {
    refuse("region of the AWS provider", region, `${site.region}, the region of site "${site.name}"`);
  }
  if (accounts !== undefined && !isToken(accounts) && site.account && !accounts.includes(site.account)) {
    refuse("accounts of the AWS provider", accounts, `${site.account}, the account of site "${site.name}"`);
  }
  return found;
}

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
