import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import { IamWorkloadIdentityPoolProvider } from "@cdktf/provider-google/lib/iam-workload-identity-pool-provider";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { GoogleProject } from "../../core/google-project";
import { fingerprint, resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import type { KubernetesIdentity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import { LakehouseErrors } from "../errors";
import type { FederatedAccess } from "../sharing";
import { googleNames } from "./names";

/** Limits of workload identity federation. Source: https://cloud.google.com/iam/quotas and the provider's documentation */
const MAX_SUBJECT_BYTES = 127;
const MAX_CONDITION = 4096;

/** What somebody who is not a Google principal needs in the project to query at all; data rights come on top. */
export const QUERY_ROLES = [
  "roles/bigquery.jobUser",
  "roles/bigquery.readSessionUser",
  "roles/serviceusage.serviceUsageConsumer",
] as const;

interface TrustedIssuer {
  readonly pool: IamWorkloadIdentityPool;
  readonly provider: IamWorkloadIdentityPoolProvider;
  readonly subjects: string[];
}

/** A service account that stands for an identity of a cluster. */
export interface FederatedIdentity {
  readonly member: string;
  readonly access: FederatedAccess;
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
    private readonly props: {
      readonly site: GoogleSite;
      readonly namePrefix: string;
      readonly project: GoogleProject;
    },
  ) {
    super(scope, id);
  }

  /**
   * The service account that stands for `identity`, made in `scope` when asked for the first time.
   *
   * @throws MissingOidcIssuer, GrantNotApplicable (through `problems`)
   */
  trust(scope: Construct, problems: Problems, identity: KubernetesIdentity): FederatedIdentity {
    const subject = `system:serviceaccount:${identity.namespace}:${identity.serviceAccount}`;
    const issuer = this.requireIssuer(problems, identity, subject);
    const { site, namePrefix, project } = this.props;
    const accountId = googleNames.serviceAccount(namePrefix, identity.name);
    const existing = scope.node.tryFindChild("account") as ServiceAccount | undefined;
    const account =
      existing ??
      new ServiceAccount(scope, "account", {
        project: site.project,
        accountId,
        displayName: `${identity.name} of lakehouse ${namePrefix}`,
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
      grantProjectRoles(scope, site.project, project, `serviceAccount:${account.email}`, QUERY_ROLES);
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

  private requireIssuer(problems: Problems, identity: KubernetesIdentity, subject: string): TrustedIssuer {
    if (identity.issuer === undefined) {
      problems.add(LakehouseErrors.MissingOidcIssuer, {
        subject: `identity "${identity.name}"`,
        given: undefined,
        allowed: "an identity with `issuer`",
      });
    }
    if (subject.length > MAX_SUBJECT_BYTES) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
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
        problems.add(LakehouseErrors.GrantNotApplicable, {
          subject: `identity "${identity.name}"`,
          given: `${issuer.subjects.length} service accounts of ${identity.issuer}`,
          allowed: `as many as fit in a condition of ${MAX_CONDITION} characters`,
          fix: "let several workloads share a service account, or split the lakehouse",
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
