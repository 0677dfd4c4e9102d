import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { GoogleFederation, grantProjectRoles } from "../../core/google-federation";
import type { GoogleProject } from "../../core/google-project";
import { Problems } from "../../core/problems";
import type { Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import { type FederatedAccess, LakehouseErrors } from "../../lakehouse/index";

/** Who an identity is in Google Cloud. */
export interface GooglePrincipal {
  /** Where resources of its rights are made. */
  readonly scope: Construct;
  /** `serviceAccount:…` or `group:…`. */
  readonly member: string;
  readonly resources: readonly TerraformResource[];
  readonly federation?: FederatedAccess;
}

export interface StreamPrincipalsProps {
  readonly site: GoogleSite;
  readonly name: string;
  readonly project: GoogleProject;
  /** What everybody needs in the project to use a right on the stream at all. */
  readonly projectRoles: readonly string[];
}

/**
 * The identities that were granted something on a stream.
 *
 * Makes `google_project_iam_member`, and for service accounts of a cluster what {@link GoogleFederation} makes.
 */
export class StreamPrincipals extends Construct {
  private readonly federation: GoogleFederation;
  private readonly known = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StreamPrincipalsProps,
  ) {
    super(scope, id);
    const { site, name, project, projectRoles } = props;
    this.federation = new GoogleFederation(this, "federation", {
      site,
      namePrefix: `${name}-stream`,
      purpose: `stream ${name}`,
      project,
      projectRoles,
      errors: LakehouseErrors,
    });
  }

  /** @throws IdentityKindMismatch, MissingOidcIssuer, GrantNotApplicable, DuplicateValue */
  principal(identity: Identity): GooglePrincipal {
    const problems = new Problems(`${this.node.path}/${identity.name}`);
    const meaning =
      identity.kind === "kubernetes-service-account"
        ? `${identity.namespace}/${identity.serviceAccount} of ${identity.issuer}`
        : identity.kind === "google-member"
          ? identity.member
          : identity.kind;
    const before = this.known.get(identity.name);
    if (before !== undefined && before !== meaning) {
      problems.add(CoreErrors.DuplicateValue, {
        subject: `identity "${identity.name}"`,
        given: meaning,
        allowed: `${before}, which already has this name; the name is part of ids`,
      });
    }
    if (identity.kind === "aws-role") {
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "google-member, kubernetes-service-account",
      });
    }
    problems.throwIfAny();
    this.known.set(identity.name, meaning);
    const scope = this.scopeOf(identity.name);
    if (identity.kind === "kubernetes-service-account") {
      const { member, resources, access } = this.federation.trust(scope, problems, identity);
      return { scope, member, resources, federation: access };
    }
    const { member } = identity as Extract<Identity, { kind: "google-member" }>;
    return { scope, member, resources: this.projectRights(scope, member) };
  }

  private projectRights(scope: Construct, member: string): readonly TerraformResource[] {
    const known = scope.node.tryFindChild("project") as Construct | undefined;
    if (known) {
      return known.node.children as unknown as TerraformResource[];
    }
    const { site, project, projectRoles } = this.props;
    return grantProjectRoles(new Construct(scope, "project"), site.project, project, member, projectRoles);
  }

  private scopeOf(identity: string): Construct {
    return (this.node.tryFindChild(identity) as Construct | undefined) ?? new Construct(this, identity);
  }
}
