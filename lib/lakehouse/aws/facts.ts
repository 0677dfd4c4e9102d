import type { Construct } from "constructs";
import { awsPartition } from "../../catalog/aws-partitions";
import { awsAccountId, requireAwsProviderOf } from "../../core/aws-account";
import type { AwsSite } from "../../fabric/site";

/** Where in AWS a lakehouse is, as ARNs and policies need it. */
export interface AwsFacts {
  /** For example `aws`. Literal. */
  readonly partition: string;
  /** For example `amazonaws.com`. Literal. */
  readonly dnsSuffix: string;
  /** Literal. */
  readonly region: string;
  /** 12 digits; a token if the site does not know its account. */
  readonly account: string;
  /** The account if it is known at synth. */
  readonly literalAccount?: string;
}

export function awsFacts(scope: Construct, site: AwsSite): AwsFacts {
  requireAwsProviderOf(scope, site);
  const { name, dnsSuffix } = awsPartition(site.region);
  return {
    partition: name,
    dnsSuffix,
    region: site.region,
    account: awsAccountId(scope, site.account),
    literalAccount: site.account,
  };
}

/** ARN of a regional resource of the lakehouse's account. */
export function regionalArn(facts: AwsFacts, service: string, resource: string): string {
  return `arn:${facts.partition}:${service}:${facts.region}:${facts.account}:${resource}`;
}
