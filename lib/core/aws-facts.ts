import type { Construct } from "constructs";
import { awsAccountId, requireAwsProviderOf } from "./aws-account";
import { awsPartition } from "./aws-partitions";

/** Where in AWS something is, as ARNs and policies need it. */
export interface AwsFacts {
  /** For example `aws`. Literal. */
  readonly partition: string;
  /** For example `amazonaws.com`. Literal. */
  readonly dnsSuffix: string;
  /** For example `api.aws`. Literal. */
  readonly dualStackDnsSuffix: string;
  /** Literal. */
  readonly region: string;
  /** 12 digits; a token if the site does not know its account. */
  readonly account: string;
  /** The account if it is known at synth. */
  readonly literalAccount?: string;
}

export function awsFacts(
  scope: Construct,
  site: { readonly name: string; readonly region: string; readonly account?: string },
): AwsFacts {
  requireAwsProviderOf(scope, site);
  const { name, dnsSuffix, dualStackDnsSuffix } = awsPartition(site.region);
  return {
    partition: name,
    dnsSuffix,
    dualStackDnsSuffix,
    region: site.region,
    account: awsAccountId(scope, site.account),
    literalAccount: site.account,
  };
}

/** ARN of a regional resource of the account. */
export function regionalArn(facts: AwsFacts, service: string, resource: string): string {
  return `arn:${facts.partition}:${service}:${facts.region}:${facts.account}:${resource}`;
}
