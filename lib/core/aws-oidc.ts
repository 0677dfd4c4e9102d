import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { policyJson } from "./aws-policy";
import { fingerprint } from "./naming";

/** Audience of tokens that AWS takes. */
const AWS_TOKEN_AUDIENCE = "sts.amazonaws.com";

/**
 * The IAM provider that trusts a cluster's token issuer, once per issuer and stack: IAM allows one per account.
 *
 * Makes `aws_iam_openid_connect_provider`.
 */
export function trustIssuer(scope: Construct, issuer: string): IamOpenidConnectProvider {
  const stack = TerraformStack.of(scope);
  const id = `oidc-${fingerprint(issuer)}`;
  const known = stack.node.tryFindChild(id) as IamOpenidConnectProvider | undefined;
  return (
    known ?? new IamOpenidConnectProvider(stack, id, { url: issuer, clientIdList: [AWS_TOKEN_AUDIENCE] })
  );
}

/** Trust policy of a role that only one service account of one cluster assumes. */
export function serviceAccountTrust(
  identity: { readonly namespace: string; readonly serviceAccount: string },
  issuer: string,
  oidcProviderArn: string,
): string {
  const host = issuer.replace(/^https:\/\//, "");
  return policyJson([
    {
      Sid: "OneServiceAccountOnly",
      Effect: "Allow",
      Principal: { Federated: oidcProviderArn },
      Action: ["sts:AssumeRoleWithWebIdentity"],
      Condition: {
        StringEquals: {
          [`${host}:aud`]: AWS_TOKEN_AUDIENCE,
          [`${host}:sub`]: `system:serviceaccount:${identity.namespace}:${identity.serviceAccount}`,
        },
      },
    },
  ]);
}
