import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { Construct } from "constructs";
import type { GoogleProject } from "../../core/google-project";
import { resourceName } from "../../core/naming";
import { type GoogleIdentity, Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";

/** Source: https://cloud.google.com/iam/docs/service-accounts-create (read 2026-11) */
const ACCOUNT_ID_LENGTH = 30;

/** A service account of Kubernetes that is to act in Google Cloud. */
export interface PodIdentityProps {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Email of the Google service account as which it acts; may be a token. @default - it acts as itself */
  readonly googleServiceAccount?: string;
}

/** What came of it. */
export interface PodIdentityGrant {
  /** To be given rights. */
  readonly identity: GoogleIdentity;
  /** What the Kubernetes service account has to carry; empty if it acts as itself. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The right to act as the Google service account; unset if it acts as itself. */
  readonly member?: ServiceAccountIamMember;
}

/**
 * Identities of pods by Workload Identity Federation for GKE. No key exists anywhere.
 *
 * Makes `google_service_account_iam_member` where pods act as a Google service account, and `google_service_account` where
 * they get one of their own.
 * Source: https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity (read 2026-11-24)
 */
export class GooglePodIdentities extends Construct {
  /** Followed by `ns/NAMESPACE/sa/NAME` it is the principal of a Kubernetes service account. */
  readonly principalPrefix: string;
  private readonly workloadPool: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: {
      readonly site: GoogleSite;
      readonly project: GoogleProject;
      /** Start of names of service accounts. */
      readonly namePrefix: string;
    },
  ) {
    super(scope, id);
    const { site, project } = props;
    this.workloadPool = `${site.project}.svc.id.goog`;
    this.principalPrefix = `principal://iam.googleapis.com/projects/${project.number()}/locations/global/workloadIdentityPools/${this.workloadPool}/subject/`;
  }

  /** A Google service account of their own for pods. @throws InvalidName, TokenNotAllowed */
  account(name: string, pod: Omit<PodIdentityProps, "googleServiceAccount">): PodIdentityGrant {
    const { site, project, namePrefix } = this.props;
    const { namespace, serviceAccount } = Identity.kubernetesServiceAccount(name, pod);
    const account = new ServiceAccount(this, `${name}-account`, {
      project: site.project,
      accountId: resourceName([namePrefix, name], { maxLength: ACCOUNT_ID_LENGTH }),
      displayName: `${name} in the cluster ${namePrefix}`,
      description: `Pods of ${namespace}/${serviceAccount}`,
      dependsOn: project.dependencies("iam"),
    });
    return this.grant(name, { ...pod, googleServiceAccount: account.email });
  }

  /** @throws InvalidName, TokenNotAllowed, InvalidPrincipal, MissingValue */
  grant(
    name: string,
    { namespace, serviceAccount, googleServiceAccount }: PodIdentityProps,
  ): PodIdentityGrant {
    const pod = Identity.kubernetesServiceAccount(name, { namespace, serviceAccount });
    if (googleServiceAccount === undefined) {
      const member = `${this.principalPrefix}ns/${pod.namespace}/sa/${pod.serviceAccount}`;
      return { identity: Object.freeze({ kind: "google-member", name, member }), annotations: {} };
    }
    const identity = Identity.googleServiceAccount(name, googleServiceAccount);
    const member = new ServiceAccountIamMember(this, name, {
      serviceAccountId: `projects/${this.props.site.project}/serviceAccounts/${googleServiceAccount}`,
      role: "roles/iam.workloadIdentityUser",
      member: `serviceAccount:${this.workloadPool}[${pod.namespace}/${pod.serviceAccount}]`,
    });
    return { identity, annotations: { "iam.gke.io/gcp-service-account": googleServiceAccount }, member };
  }
}
