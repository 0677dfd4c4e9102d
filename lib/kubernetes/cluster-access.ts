import type { KubernetesSite } from "../fabric/site";

/** A cluster in a kubeconfig file of the machine that runs Terraform. */
export interface KubeconfigAccess {
  readonly kind: "kubeconfig";
  readonly context: string;
  /** Not absolute. @default "~/.kube/config" */
  readonly path?: string;
}

/** An Amazon EKS cluster. Tokens are asked from the AWS CLI for each run and never reach the state. */
export interface EksAccess {
  readonly kind: "eks";
  readonly clusterName: string;
  readonly region: string;
  /** `https://…`; usually an output of an earlier stack. */
  readonly endpoint: string;
  /** Base64, as AWS gives it. */
  readonly caCertificate: string;
}

/** A GKE cluster. Tokens come from `gke-gcloud-auth-plugin` for each run and never reach the state. */
export interface GkeAccess {
  readonly kind: "gke";
  /** With `project` and `location` tells clusters apart where components of one cluster are checked. */
  readonly clusterName: string;
  /** Region or zone. */
  readonly location: string;
  /** Also the project that the token request is made in. */
  readonly project: string;
  /** Host name or address, without `https://`, as Google gives it. */
  readonly endpoint: string;
  /**
   * Base64, as Google gives it.
   * @default - the public certificate authorities, by which the DNS endpoint of a control plane is signed
   */
  readonly caCertificate?: string;
}

/** How Terraform reaches a cluster. Holds no credential. */
export type ClusterAccess = KubeconfigAccess | EksAccess | GkeAccess;

/** How Terraform reaches the cluster of a site. */
export function clusterAccessOf(site: KubernetesSite): KubeconfigAccess {
  return { kind: "kubeconfig", ...site.kubeconfig };
}
