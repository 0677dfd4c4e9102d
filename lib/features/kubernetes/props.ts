import type { KubernetesSite } from "../../fabric/site";
import type { FeatureStoreProps } from "../features";

/** An issuer of cert-manager with a certificate authority, so that its Secrets hold `ca.crt`. */
export interface FeatureCertificateIssuer {
  readonly name: string;
  /** @default "ClusterIssuer" */
  readonly kind?: "ClusterIssuer" | "Issuer";
}

/** Trino of the lakehouse, as `KubernetesLakehouse.query.endpoint` gives it. Literals. */
export interface FeatureTrino {
  /** `https://…` with the port. */
  readonly uri: string;
  readonly audience: string;
  readonly namespace: string;
  readonly schema: string;
  /** Catalogue of each zone. */
  readonly catalogs: Readonly<Record<string, string>>;
  readonly certificateIssuer?: FeatureCertificateIssuer;
}

/** Where the password of the online store is. The Secret is made elsewhere; its value is never in the output. */
export interface ValkeyPassword {
  readonly secretName: string;
  /** @default "password" */
  readonly key?: string;
}

/** A feature store in a Kubernetes cluster. */
export interface KubernetesFeatureStoreProps extends FeatureStoreProps<KubernetesSite> {
  /**
   * Namespace that exists, with the Secret of the password in it, and Pod Security `baseline`: the operator gives its
   * pods no security context of their own containers. A literal.
   */
  readonly namespace: string;
  /** `lakehouse.query.endpoint`. */
  readonly trino: FeatureTrino;
  readonly valkeyPassword: ValkeyPassword;
  /** Issues the certificates of Feast and Valkey; must have issued Trino's too. */
  readonly certificateIssuer: FeatureCertificateIssuer;
  /** The cluster has the operator of Feast (0.58 or newer), though no component of this app installs it. @default false */
  readonly operatorInstalled?: boolean;
  /** Block storage class of Valkey and of the registry's database. @default - the default class of the cluster */
  readonly storageClass?: string;
  /** Instances of the registry's database. @default 3 */
  readonly registryInstances?: number;
  /** Namespaces whose pods may look records up. @default - all */
  readonly clientNamespaces?: readonly string[];
  /** Labels by which Prometheus finds the rules. @default - none */
  readonly ruleLabels?: Readonly<Record<string, string>>;
}
