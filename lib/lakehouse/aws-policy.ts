import { stableJson } from "../core/json";

/** One statement of an AWS policy, in the words of the policy language. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy document with a stable order of keys. Strings may be tokens. */
export function policyJson(statements: readonly PolicyStatement[]): string {
  return stableJson({ Version: "2012-10-17", Statement: statements });
}

/** Trust policy of a role that only one AWS service assumes, and only for resources of the given account. */
export function serviceTrust(service: string, account: string, sourceArnPattern?: string): string {
  return policyJson([
    {
      Sid: "ServiceOfThisAccountOnly",
      Effect: "Allow",
      Principal: { Service: service },
      Action: ["sts:AssumeRole"],
      Condition: {
        StringEquals: { "aws:SourceAccount": account },
        ...(sourceArnPattern === undefined ? {} : { ArnLike: { "aws:SourceArn": sourceArnPattern } }),
      },
    },
  ]);
}
