import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { type Expression, Lazy, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { AwsFacts } from "./aws-facts";
import { serviceAccountTrust, trustIssuer } from "./aws-oidc";
import { type PolicyStatement, policyJson } from "./aws-policy";
import { adoptRole, type RoleErrors } from "./aws-role";
import { CoreErrors, type ErrorDefinition } from "./errors";
import { resourceName } from "./naming";
import { Problems } from "./problems";
import { isToken } from "./tokens";

const ROLE_NAME_LENGTH = 64;

/** Who gets a right; the shape of an identity of the fabric. */
export type AwsGranteeIdentity =
  | { readonly kind: "aws-role"; readonly name: string; readonly roleArn: string }
  | { readonly kind: "google-member"; readonly name: string; readonly member: string }
  | {
      readonly kind: "kubernetes-service-account";
      readonly name: string;
      readonly namespace: string;
      readonly serviceAccount: string;
      readonly issuer?: string;
    };

/** What an identity of AWS is after it was granted something. */
export interface AwsGrantee {
  readonly roleArn: string;
  readonly resources: readonly TerraformResource[];
  /** Set for service accounts of a cluster: the role that their pods assume. */
  readonly access?: { readonly kind: "aws"; readonly roleArn: string };
}

interface Known extends AwsGrantee {
  /** By Sid. */
  readonly statements: Map<string, PolicyStatement>;
  readonly meaning: string;
}

export interface AwsGranteesProps {
  readonly facts: AwsFacts;
  /** Start of the names of roles and policies. */
  readonly nameParts: readonly string[];
  /** ARNs of OIDC providers that exist, by issuer. */
  readonly oidcProviderArns: Readonly<Record<string, string>>;
  /** What is said about identities that cannot get the right. */
  readonly errors: RoleErrors & {
    readonly IdentityKindMismatch: ErrorDefinition;
    readonly MissingOidcIssuer: ErrorDefinition;
  };
}

/**
 * Rights as IAM policies: one inline policy per identity, with all that it was granted.
 *
 * Makes `aws_iam_role_policy`, and for service accounts of a cluster `aws_iam_openid_connect_provider` and `aws_iam_role`.
 */
export class AwsGrantees extends Construct {
  private readonly known = new Map<string, Known>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsGranteesProps,
  ) {
    super(scope, id);
  }

  /** Adds rights; two statements of the same Sid are the same right. Throws the errors of `props.errors`, DuplicateValue. */
  allow(identity: AwsGranteeIdentity, statements: readonly PolicyStatement[]): AwsGrantee {
    const problems = new Problems(this.node.path);
    const grantee = this.grantee(problems, identity);
    problems.throwIfAny();
    for (const statement of statements) {
      grantee!.statements.set(statement.Sid, statement);
    }
    return grantee!;
  }

  private grantee(problems: Problems, identity: AwsGranteeIdentity): Known | undefined {
    const meaning = meaningOf(identity);
    const known = this.known.get(identity.name);
    if (known) {
      if (known.meaning !== meaning) {
        problems.add(CoreErrors.DuplicateValue, {
          subject: `identity "${identity.name}"`,
          given: meaning,
          allowed: `${known.meaning}, which already has this name; the name is part of ids`,
        });
      }
      return known;
    }
    const made = this.make(problems, identity);
    if (!made) {
      return undefined;
    }
    const grantee = { ...made, meaning };
    this.known.set(identity.name, grantee);
    return grantee;
  }

  private make(problems: Problems, identity: AwsGranteeIdentity): Omit<Known, "meaning"> | undefined {
    const { facts, errors, oidcProviderArns, nameParts } = this.props;
    if (identity.kind === "google-member") {
      problems.add(errors.IdentityKindMismatch, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "aws-role, kubernetes-service-account",
      });
      return undefined;
    }
    if (identity.kind === "aws-role") {
      const role = adoptRole(problems, facts, identity, errors);
      return role && problems.empty
        ? { roleArn: identity.roleArn, ...this.policyOf(identity.name, role.name, role.sameAccount) }
        : undefined;
    }
    const { issuer } = identity;
    if (issuer === undefined) {
      problems.add(errors.MissingOidcIssuer, {
        subject: `identity "${identity.name}" issuer`,
        given: issuer,
        allowed: "the https:// address of the cluster's token issuer",
      });
      return undefined;
    }
    const role = new IamRole(this, `${identity.name}-role`, {
      name: resourceName([...nameParts, identity.name], { maxLength: ROLE_NAME_LENGTH }),
      description: `Pods of ${identity.namespace}/${identity.serviceAccount}`,
      assumeRolePolicy: serviceAccountTrust(
        identity,
        issuer,
        oidcProviderArns[issuer] ?? trustIssuer(this, issuer).arn,
      ),
    });
    const { resources, statements } = this.policyOf(identity.name, role.name);
    return {
      roleArn: role.arn,
      resources: [role, ...resources],
      statements,
      access: { kind: "aws", roleArn: role.arn },
    };
  }

  private policyOf(
    identity: string,
    role: string,
    sameAccount?: Expression,
  ): Pick<Known, "resources" | "statements"> {
    const statements = new Map<string, PolicyStatement>();
    const policy = new IamRolePolicy(this, identity, {
      name: resourceName([...this.props.nameParts, identity], { maxLength: ROLE_NAME_LENGTH }),
      role,
      // Later grants add to it.
      policy: Lazy.stringValue({
        produce: () => policyJson([...statements.values()].sort((a, b) => (a.Sid < b.Sid ? -1 : 1))),
      }),
      lifecycle: sameAccount && {
        precondition: [
          {
            condition: sameAccount,
            errorMessage: `The role of grantee ${identity} is in another account, where this grant would do nothing. Grant to a role of this account.`,
          },
        ],
      },
    });
    return { resources: [policy], statements };
  }
}

/** What tells two identities of the same name apart. */
function meaningOf(identity: AwsGranteeIdentity): string {
  switch (identity.kind) {
    case "aws-role":
      return isToken(identity.roleArn) ? "a role known at apply" : identity.roleArn;
    case "google-member":
      return identity.member;
    case "kubernetes-service-account":
      return `${identity.namespace}/${identity.serviceAccount} of ${identity.issuer}`;
  }
}
