import { stableJson } from "./json";

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

/**
 * Trust policy of a role that AWS services assume. Who may hand the role to a service is decided by `iam:PassRole` of
 * the account; the condition on the caller's account is added only for services that document that they send it.
 *
 * @param callers account, and pattern of the resources for which the service acts. @default - no condition
 */
export function serviceTrust(
  services: string | readonly string[],
  callers?: { readonly account: string; readonly sourceArn: string },
): string {
  return policyJson([
    {
      Sid: "Service",
      Effect: "Allow",
      Principal: { Service: services },
      Action: ["sts:AssumeRole"],
      Condition: callers && {
        StringEquals: { "aws:SourceAccount": callers.account },
        ArnLike: { "aws:SourceArn": callers.sourceArn },
      },
    },
  ]);
}
