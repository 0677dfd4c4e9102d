import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import { IamWorkloadIdentityPoolProvider } from "@cdktf/provider-google/lib/iam-workload-identity-pool-provider";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ErrorDefinition } from "./errors";
import type { GoogleProject } from "./google-project";
import { fingerprint, resourceName } from "./naming";
import type { Problems } from "./problems";

/** Limits of workload identity federation. Source: https://cloud.google.com/iam/quotas and the provider's documentation */
const MAX_SUBJECT_BYTES = 127;
const MAX_CONDITION = 4096;

const ACCOUNT_ID_LENGTH = 30;

/** A service account of a cluster. */
export interface ClusterAccount {
  /** Literal, becomes part of ids. */
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Issuer of its tokens; without one it cannot be trusted. */
  readonly issuer?: string;
}

export interface GoogleFederationProps {
  readonly site: { readonly project: string; readonly projectNumber?: string };
  /** Start of the names of pools and service accounts, unique in the project. */
  readonly namePrefix: string;
  /** Whose rights they are for, for example `lakehouse acme`. */
  readonly purpose: string;
  readonly project: GoogleProject;
  /** What an account needs in the project to use what it is granted at all. */
  readonly projectRoles: readonly string[];
  /** What is said about an identity that cannot be trusted. */
  readonly errors: {
    readonly MissingOidcIssuer: ErrorDefinition;
    readonly GrantNotApplicable: ErrorDefinition;
  };
}

interface TrustedIssuer {
  readonly pool: IamWorkloadIdentityPool;
  readonly provider: IamWorkloadIdentityPoolProvider;
  readonly subjects: string[];
}

/** A service account that stands for an identity of a cluster. */
export interface FederatedIdentity {
  readonly member: string;
  readonly access: { readonly kind: "google"; readonly serviceAccount: string; readonly audience: string };
  readonly resources: readonly TerraformResource[];
}

/**
 * Trust in the service account tokens of Kubernetes clusters, without any long-lived key.
 *
 * Per issuer one workload identity pool with one OIDC provider that lets in exactly the service accounts that were
 * granted something; per identity one Google service account that they impersonate. One pool per issuer, because two
 * clusters in one pool could not be told apart by the subject.
 *
 * Makes `google_iam_workload_identity_pool`, `google_iam_workload_identity_pool_provider`, `google_service_account`,
 * `google_service_account_iam_member`, `google_project_iam_member`. A deleted pool is kept by Google for 30 days, in
 * which its name cannot be used again: undelete and import it.
 */
export class GoogleFederation extends Construct {
  private readonly issuers = new Map<string, TrustedIssuer>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleFederationProps,
  ) {
    super(scope, id);
  }

  /**
   * The service account that stands for `identity`, made in `scope` when asked for the first time.
   *
   * @throws MissingOidcIssuer, GrantNotApplicable (through `problems`)
   */
  trust(scope: Construct, problems: Problems, identity: ClusterAccount): FederatedIdentity {
    const subject = `system:serviceaccount:${identity.namespace}:${identity.serviceAccount}`;
    const issuer = this.requireIssuer(problems, identity, subject);
    const { site, namePrefix, project } = this.props;
    const accountId = resourceName([namePrefix, identity.name], { maxLength: ACCOUNT_ID_LENGTH });
    const existing = scope.node.tryFindChild("account") as ServiceAccount | undefined;
    const account =
      existing ??
      new ServiceAccount(scope, "account", {
        project: site.project,
        accountId,
        displayName: `${identity.name} of ${this.props.purpose}`,
        description: `Used by ${identity.namespace}/${identity.serviceAccount}`,
        dependsOn: project.dependencies("iam", "iamcredentials", "sts"),
      });
    if (!existing) {
      new ServiceAccountIamMember(scope, "impersonation", {
        serviceAccountId: account.name,
        role: "roles/iam.workloadIdentityUser",
        member: `principal://iam.googleapis.com/${issuer.pool.name}/subject/${subject}`,
        dependsOn: [issuer.provider],
      });
      grantProjectRoles(
        scope,
        site.project,
        project,
        `serviceAccount:${account.email}`,
        this.props.projectRoles,
      );
    }
    const made = scope.node.children.filter((child) => "terraformResourceType" in child);
    return {
      member: `serviceAccount:${account.email}`,
      access: {
        kind: "google",
        serviceAccount: `${accountId}@${site.project}.iam.gserviceaccount.com`,
        audience: `//iam.googleapis.com/${this.providerName(issuer)}`,
      },
      resources: [issuer.pool, issuer.provider, ...(made as TerraformResource[])],
    };
  }

  private requireIssuer(problems: Problems, identity: ClusterAccount, subject: string): TrustedIssuer {
    if (identity.issuer === undefined) {
      problems.add(this.props.errors.MissingOidcIssuer, {
        subject: `identity "${identity.name}"`,
        given: undefined,
        allowed: "an identity with `issuer`",
      });
    }
    if (subject.length > MAX_SUBJECT_BYTES) {
      problems.add(this.props.errors.GrantNotApplicable, {
        subject: `identity "${identity.name}"`,
        given: subject,
        allowed: `a token subject of at most ${MAX_SUBJECT_BYTES} bytes, as Google takes it`,
        fix: "shorten the namespace or the name of the service account",
      });
    }
    problems.throwIfAny();
    const issuer = this.issuers.get(identity.issuer!) ?? this.makeIssuer(identity.issuer!);
    if (!issuer.subjects.includes(subject)) {
      issuer.subjects.push(subject);
      const list = [...issuer.subjects].sort().map((entry) => `"${entry}"`);
      const condition = `assertion.sub in [${list.join(", ")}]`;
      if (condition.length > MAX_CONDITION) {
        problems.add(this.props.errors.GrantNotApplicable, {
          subject: `identity "${identity.name}"`,
          given: `${issuer.subjects.length} service accounts of ${identity.issuer}`,
          allowed: `as many as fit in a condition of ${MAX_CONDITION} characters`,
          fix: "let several workloads share a service account, or declare it as two",
        });
        problems.throwIfAny();
      }
      issuer.provider.attributeCondition = condition;
    }
    return issuer;
  }

  private makeIssuer(issuer: string): TrustedIssuer {
    const { site, namePrefix, project } = this.props;
    const mark = fingerprint(issuer);
    const scope = new Construct(this, mark);
    const pool = new IamWorkloadIdentityPool(scope, "pool", {
      project: site.project,
      workloadIdentityPoolId: this.poolId(mark),
      displayName: resourceName([namePrefix, mark], { maxLength: 32 }),
      description: `Cluster with issuer ${issuer}`.slice(0, 256),
      dependsOn: project.dependencies("iam", "sts"),
    });
    const provider = new IamWorkloadIdentityPoolProvider(scope, "provider", {
      project: site.project,
      workloadIdentityPoolId: pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: "kubernetes",
      displayName: "kubernetes",
      attributeMapping: { "google.subject": "assertion.sub" },
      oidc: { issuerUri: issuer },
    });
    const trusted = { pool, provider, subjects: [] };
    this.issuers.set(issuer, trusted);
    return trusted;
  }

  private poolId(mark: string): string {
    return resourceName([this.props.namePrefix, mark], { maxLength: 32 });
  }

  /** Literal if the project number is known, so that other stacks can plan before this one is applied. */
  private providerName(issuer: TrustedIssuer): string {
    const { projectNumber } = this.props.site;
    const [mark] = [...this.issuers]
      .filter(([, entry]) => entry === issuer)
      .map(([text]) => fingerprint(text));
    return projectNumber === undefined
      ? issuer.provider.name
      : `projects/${projectNumber}/locations/global/workloadIdentityPools/${this.poolId(mark!)}/providers/kubernetes`;
  }
}

/** Gives roles in the project; the id of each is the part of the role after the last dot. */
export function grantProjectRoles(
  scope: Construct,
  projectId: string,
  project: GoogleProject,
  member: string,
  roles: readonly string[],
): readonly ProjectIamMember[] {
  return roles.map(
    (role) =>
      new ProjectIamMember(scope, role.slice(role.lastIndexOf(".") + 1).replace("roles/", ""), {
        project: projectId,
        role,
        member,
        dependsOn: project.dependencies("cloudresourcemanager"),
      }),
  );
}
