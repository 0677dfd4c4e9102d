import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { GoogleProject } from "../../core/google-project";
import type { GoogleSite } from "../../fabric/site";
import { nodeAccountId } from "./names";

/**
 * What a node has to do: write logs and metrics, and read images of the project.
 * Source: https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa (read 2026-11-24)
 */
const ROLES = {
  node: "roles/container.defaultNodeServiceAccount",
  images: "roles/artifactregistry.reader",
} as const;

/**
 * The account that nodes run as, with no more rights than a node needs. Pods have identities of their own.
 *
 * Makes `google_service_account` and `google_project_iam_member`.
 */
export class GoogleNodeIdentity extends Construct {
  readonly account: ServiceAccount;
  /** Rights of the account in the project, by what they are for. */
  readonly members: Readonly<Record<keyof typeof ROLES, ProjectIamMember>>;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly site: GoogleSite; readonly namePrefix: string; readonly project: GoogleProject },
  ) {
    super(scope, id);
    const { site, namePrefix, project } = props;
    this.account = new ServiceAccount(this, "account", {
      project: site.project,
      accountId: nodeAccountId(namePrefix),
      displayName: `Nodes of the cluster ${namePrefix}`,
      dependsOn: project.dependencies("iam"),
    });
    const member = (key: keyof typeof ROLES) =>
      new ProjectIamMember(this, key, {
        project: site.project,
        role: ROLES[key],
        member: `serviceAccount:${this.account.email}`,
      });
    this.members = { node: member("node"), images: member("images") };
  }

  /** What nodes have to wait for. */
  dependencies(): ITerraformDependable[] {
    return Object.values(this.members);
  }
}
