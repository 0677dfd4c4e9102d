import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { type Expression, Lazy, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { serviceAccountTrust, trustIssuer } from "../../core/aws-oidc";
import { type PolicyStatement, policyJson } from "../../core/aws-policy";
import { adoptRole } from "../../core/aws-role";
import { CoreErrors } from "../../core/errors";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { SiteErrors } from "../../fabric/errors";
import type { Identity, KubernetesIdentity } from "../../fabric/identity";
import { type FederatedAccess, LakehouseErrors } from "../../lakehouse/index";

const ROLE_NAME_LENGTH = 64;

interface Grantee {
  readonly resources: readonly TerraformResource[];
  readonly federation?: FederatedAccess;
  /** By Sid. */
  readonly statements: Map<string, PolicyStatement>;
  readonly meaning: string;
}

export interface StreamGranteesProps {
  readonly facts: AwsFacts;
  /** Start of names of roles and policies. */
  readonly name: string;
  /** ARNs of providers that exist, by issuer. */
  readonly oidcProviderArns: Readonly<Record<string, string>>;
}

/**
 * Rights on a stream as IAM policies: one inline policy per identity, with all that it was granted.
 *
 * Makes `aws_iam_role_policy`, and for service accounts of a cluster `aws_iam_openid_connect_provider` and `aws_iam_role`.
 */
export class StreamGrantees extends Construct {
  private readonly grantees = new Map<string, Grantee>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StreamGranteesProps,
  ) {
    super(scope, id);
  }

  /**
   * Adds rights; two statements of the same Sid are the same right.
   *
   * @throws IdentityKindMismatch, MissingOidcIssuer, GrantNotApplicable, InvalidPrincipal, DuplicateValue
   */
  allow(
    identity: Identity,
    statements: readonly PolicyStatement[],
  ): { readonly resources: readonly TerraformResource[]; readonly federation?: FederatedAccess } {
    const problems = new Problems(this.node.path);
    const grantee = this.granteeOf(problems, identity);
    problems.throwIfAny();
    for (const statement of statements) {
      grantee!.statements.set(statement.Sid, statement);
    }
    const { resources, federation } = grantee!;
    return { resources, federation };
  }

  private granteeOf(problems: Problems, identity: Identity): Grantee | undefined {
    const meaning = meaningOf(identity);
    const known = this.grantees.get(identity.name);
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
    this.grantees.set(identity.name, grantee);
    return grantee;
  }

  private make(problems: Problems, identity: Identity): Omit<Grantee, "meaning"> | undefined {
    switch (identity.kind) {
      case "google-member":
        problems.add(LakehouseErrors.IdentityKindMismatch, {
          subject: `identity "${identity.name}"`,
          given: identity.kind,
          allowed: "aws-role, kubernetes-service-account",
        });
        return undefined;
      case "aws-role": {
        const role = adoptRole(problems, this.props.facts, identity, { ...LakehouseErrors, ...SiteErrors });
        return role && problems.empty ? this.policyOf(identity.name, role.name, role.sameAccount) : undefined;
      }
      case "kubernetes-service-account":
        return this.forServiceAccount(problems, identity);
    }
  }

  private forServiceAccount(
    problems: Problems,
    identity: KubernetesIdentity,
  ): Omit<Grantee, "meaning"> | undefined {
    const { issuer } = identity;
    if (issuer === undefined) {
      problems.add(LakehouseErrors.MissingOidcIssuer, {
        subject: `identity "${identity.name}" issuer`,
        given: issuer,
        allowed: "the https:// address of the cluster's token issuer",
      });
      return undefined;
    }
    const provider = this.props.oidcProviderArns[issuer] ?? trustIssuer(this, issuer).arn;
    const role = new IamRole(this, `${identity.name}-role`, {
      name: resourceName([this.props.name, "stream", identity.name], { maxLength: ROLE_NAME_LENGTH }),
      description: `Pods of ${identity.namespace}/${identity.serviceAccount}`,
      assumeRolePolicy: serviceAccountTrust(identity, issuer, provider),
    });
    const { resources, statements } = this.policyOf(identity.name, role.name);
    return {
      resources: [role, ...resources],
      statements,
      federation: { kind: "aws", roleArn: role.arn },
    };
  }

  private policyOf(
    identity: string,
    role: string,
    sameAccount?: Expression,
  ): Pick<Grantee, "resources" | "statements"> {
    const statements = new Map<string, PolicyStatement>();
    const policy = new IamRolePolicy(this, identity, {
      name: resourceName([this.props.name, "stream", identity], { maxLength: ROLE_NAME_LENGTH }),
      role,
      // Later grants add to it.
      policy: Lazy.stringValue({
        produce: () => policyJson([...statements.values()].sort((a, b) => (a.Sid < b.Sid ? -1 : 1))),
      }),
      lifecycle: sameAccount && {
        precondition: [
          {
            condition: sameAccount,
            errorMessage: `The role of grantee ${identity} is in another account, where this grant would do nothing. Grant to a role of the stream's account.`,
          },
        ],
      },
    });
    return { resources: [policy], statements };
  }
}

/** What tells two identities of the same name apart. */
function meaningOf(identity: Identity): string {
  switch (identity.kind) {
    case "aws-role":
      return isToken(identity.roleArn) ? "a role known at apply" : identity.roleArn;
    case "google-member":
      return identity.member;
    case "kubernetes-service-account":
      return `${identity.namespace}/${identity.serviceAccount} of ${identity.issuer}`;
  }
}
