import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { serviceAccountTrust, trustIssuer } from "../../core/aws-oidc";
import type { PolicyStatement } from "../../core/aws-policy";
import { adoptRole } from "../../core/aws-role";
import { CoreErrors } from "../../core/errors";
import { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { SiteErrors } from "../../fabric/errors";
import type { AwsRoleIdentity, Identity, KubernetesIdentity } from "../../fabric/identity";
import { LakehouseErrors } from "../errors";
import type { Grant, GrantRequest, ZoneModel } from "../lakehouse";
import type { Table } from "../table";
import type { AwsGrantEntry } from "./grant-policy";
import { AwsGrantee, type AwsGrantZone } from "./grantee";
import { roleName } from "./names";

export interface AwsGrantsProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly lakeFormation: boolean;
  /** Why columns cannot be limited, when `lakeFormation` is false. */
  readonly noColumnsBecause: string;
  /** ARNs of providers that exist, by issuer. */
  readonly oidcProviderArns: Readonly<Record<string, string>>;
  readonly zone: (zone: ZoneModel) => AwsGrantZone;
}

/**
 * Turns grants into IAM policies and Lake Formation permissions.
 *
 * Makes `aws_iam_role_policy`, `aws_lakeformation_permissions`, and for service accounts of a cluster
 * `aws_iam_openid_connect_provider` and `aws_iam_role`.
 */
export class AwsGrants extends Construct {
  private readonly grantees = new Map<string, { readonly grantee: AwsGrantee; readonly meaning?: string }>();
  private readonly identities = new Construct(this, "identities");
  private readonly roles = new Construct(this, "roles");

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsGrantsProps,
  ) {
    super(scope, id);
  }

  /** Gives a right. @throws see `AwsLakehouse` */
  grant(request: GrantRequest): Grant {
    const problems = new Problems(this.node.path);
    const entry = this.entry(problems, request);
    const grantee = this.grantee(problems, request.identity);
    problems.throwIfAny();
    const zone = this.props.zone(request.zone);
    return this.result(request.identity, grantee!, grantee!.grant(zone, { ...entry, target: zone }));
  }

  /** Gives a right that is not about data. */
  allow(identity: Identity, statements: readonly PolicyStatement[]): Grant {
    const problems = new Problems(this.node.path);
    const grantee = this.grantee(problems, identity);
    problems.throwIfAny();
    return this.result(identity, grantee!, [grantee!.allow(statements)]);
  }

  /** Makes a role of the lakehouse's own known, so that grants to its identity reach it directly. */
  register(identity: AwsRoleIdentity, role: IamRole, statements: readonly PolicyStatement[]): void {
    const grantee = new AwsGrantee(this.identities, identity.name, {
      facts: this.props.facts,
      lakeFormation: this.props.lakeFormation,
      roleName: role.name,
      roleArn: role.arn,
      policyName: this.policyName(identity.name),
      statements,
    });
    this.grantees.set(identity.name, { grantee });
  }

  private policyName(identity: string): string {
    return roleName(this.props.namePrefix, identity);
  }

  private result(identity: Identity, grantee: AwsGrantee, resources: Grant["resources"]): Grant {
    return identity.kind === "kubernetes-service-account"
      ? { resources, access: { kind: "aws", roleArn: grantee.roleArn } }
      : { resources };
  }

  private entry(problems: Problems, request: GrantRequest): Omit<AwsGrantEntry, "target"> {
    const { zone, table, columns, includePii } = request;
    const tables = table ? [table] : zone.tables;
    const visible = (each: Table): ReadonlySet<string> =>
      new Set(
        (columns ?? each.columns)
          .filter((column) => columns !== undefined || includePii || !column.pii)
          .map((column) => column.name),
      );
    const visibleColumns = new Map(tables.map((each) => [each.name, visible(each)]));
    const partly = tables.filter((each) => visibleColumns.get(each.name)!.size < each.columns.length);
    if (zone.copyOf !== undefined && (table || partly.length > 0)) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject: `zone "${zone.name}"${table ? ` table "${table.name}"` : ""}`,
        given: `a right on some tables or columns of a copy of "${zone.copyOf}"`,
        allowed:
          "rights on the whole zone with includePii: true, because its tables come with the first copy",
        fix: "grant the zone with includePii: true, or grant where the tables come from",
      });
    } else if (partly.length > 0 && !this.props.lakeFormation) {
      this.refuseColumns(problems, request, partly);
    }
    if (table && visibleColumns.get(table.name)!.size === 0) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject: `zone "${zone.name}" table "${table.name}"`,
        given: "a right that leaves out personal data",
        allowed: "a right that covers at least one column: all columns hold personal data",
        fix: "pass includePii: true or name columns",
      });
    }
    return { table, access: request.access, visibleColumns };
  }

  private refuseColumns(problems: Problems, request: GrantRequest, partly: readonly Table[]): void {
    const names = partly.map((table) => table.name).join(", ");
    problems.add(LakehouseErrors.ColumnGrantUnsupported, {
      subject: `zone "${request.zone.name}" ${partly.length === 1 ? "table" : "tables"} ${names}`,
      given: request.columns?.map((column) => column.name) ?? "all columns but personal data",
      allowed: `all columns, ${this.props.noColumnsBecause}`,
      fix: "pass includePii: true to grant personal data too, keep it in another table, or govern by Lake Formation",
    });
  }

  private grantee(problems: Problems, identity: Identity): AwsGrantee | undefined {
    if (identity.kind === "google-member") {
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "aws-role, kubernetes-service-account",
      });
      return undefined;
    }
    const meaning = meaningOf(identity);
    const known = this.grantees.get(identity.name);
    if (known) {
      if (known.meaning !== undefined && meaning !== undefined && known.meaning !== meaning) {
        problems.add(CoreErrors.DuplicateValue, {
          subject: `identity "${identity.name}"`,
          given: meaning,
          allowed: `${known.meaning}, which already has this name; the name is part of ids`,
        });
      }
      return known.grantee;
    }
    const grantee =
      identity.kind === "aws-role"
        ? this.forRole(problems, identity)
        : this.forServiceAccount(problems, identity);
    if (grantee) {
      this.grantees.set(identity.name, { grantee, meaning });
    }
    return grantee;
  }

  private forRole(problems: Problems, identity: AwsRoleIdentity): AwsGrantee | undefined {
    const { facts, lakeFormation } = this.props;
    const role = adoptRole(problems, facts, identity, { ...LakehouseErrors, ...SiteErrors });
    if (!role || !problems.empty) {
      return undefined;
    }
    return new AwsGrantee(this.identities, identity.name, {
      facts,
      lakeFormation,
      roleName: role.name,
      roleArn: identity.roleArn,
      sameAccount: role.sameAccount,
      policyName: this.policyName(identity.name),
    });
  }

  private forServiceAccount(problems: Problems, identity: KubernetesIdentity): AwsGrantee | undefined {
    const { facts, lakeFormation, oidcProviderArns } = this.props;
    if (identity.issuer === undefined) {
      problems.add(LakehouseErrors.MissingOidcIssuer, {
        subject: `identity "${identity.name}" issuer`,
        given: identity.issuer,
        allowed: "the https:// address of the cluster's token issuer",
      });
      return undefined;
    }
    if (!problems.empty) {
      return undefined;
    }
    const provider = oidcProviderArns[identity.issuer] ?? trustIssuer(this, identity.issuer).arn;
    const role = new IamRole(this.roles, identity.name, {
      name: roleName(this.props.namePrefix, "grant", identity.name),
      description: `Pods of ${identity.namespace}/${identity.serviceAccount}`,
      assumeRolePolicy: serviceAccountTrust(identity, identity.issuer, provider),
    });
    return new AwsGrantee(this.identities, identity.name, {
      facts,
      lakeFormation,
      roleName: role.name,
      roleArn: role.arn,
      policyName: this.policyName(identity.name),
    });
  }
}

/** What tells two identities of the same name apart; undefined if only Terraform knows. */
function meaningOf(identity: AwsRoleIdentity | KubernetesIdentity): string | undefined {
  if (identity.kind === "aws-role") {
    return isToken(identity.roleArn) ? undefined : identity.roleArn;
  }
  return `${identity.namespace}/${identity.serviceAccount} of ${identity.issuer}`;
}
