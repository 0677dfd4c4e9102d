import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import { type KubernetesContext, objectName, partOf } from "./context";

/** An issuer of cert-manager. */
export interface CertificateIssuer {
  readonly name: string;
  /** @default "ClusterIssuer" */
  readonly kind?: "ClusterIssuer" | "Issuer";
}

/** Secret with Trino's certificate; its `ca.crt` is what clients trust. */
export function trinoTlsSecretName(context: Pick<KubernetesContext, "prefix">): string {
  return objectName(context, "trino-tls");
}

export interface KubernetesTrinoTlsProps {
  readonly context: KubernetesContext;
  /** `<service>.<namespace>` names that the certificate is for. */
  readonly hosts: readonly string[];
  /** @default - a certificate authority of its own */
  readonly issuer?: CertificateIssuer;
}

/**
 * Trino's certificate by cert-manager and, unless an issuer is given, a certificate authority in the namespace.
 *
 * Terraform resource types: `kubernetes_manifest` (Certificate, Issuer).
 */
export class KubernetesTrinoTls extends Construct {
  /** Only without `issuer`. */
  readonly selfSignedIssuer?: CustomResource;
  /** Only without `issuer`. */
  readonly authority?: CustomResource;
  /** Only without `issuer`. */
  readonly authorityIssuer?: CustomResource;
  readonly certificate: CustomResource;

  constructor(scope: Construct, id: string, props: KubernetesTrinoTlsProps) {
    super(scope, id);
    const { context } = props;
    if (!props.issuer) {
      this.selfSignedIssuer = this.issuer(context, "self-signed-issuer", "self-signed", { selfSigned: {} });
      this.authority = this.makeAuthority(context);
      const ca = { ca: { secretName: objectName(context, "ca") } };
      this.authorityIssuer = this.issuer(context, "authority-issuer", "ca", ca, [this.authority.manifest]);
    }
    this.certificate = this.makeCertificate(props);
  }

  private issuer(
    context: KubernetesContext,
    id: string,
    name: string,
    spec: Readonly<Record<string, unknown>>,
    after: readonly ITerraformDependable[] = [],
  ): CustomResource {
    return new CustomResource(this, id, {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      name: objectName(context, name),
      namespace: context.namespace,
      labels: partOf(context, "trino"),
      spec,
      waitFor: { condition: { type: "Ready", status: "True" } },
      dependsOn: [...context.after, ...after],
    });
  }

  private makeAuthority(context: KubernetesContext): CustomResource {
    return new CustomResource(this, "authority", {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      name: objectName(context, "ca"),
      namespace: context.namespace,
      labels: partOf(context, "trino"),
      spec: {
        isCA: true,
        commonName: objectName(context, "ca"),
        secretName: objectName(context, "ca"),
        duration: "87600h",
        privateKey: { algorithm: "ECDSA", size: 256 },
        issuerRef: { name: objectName(context, "self-signed"), kind: "Issuer" },
      },
      waitFor: { condition: { type: "Ready", status: "True" } },
      dependsOn: this.selfSignedIssuer && [this.selfSignedIssuer.manifest],
    });
  }

  private makeCertificate({ context, hosts, issuer: given }: KubernetesTrinoTlsProps): CustomResource {
    return new CustomResource(this, "certificate", {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      name: objectName(context, "trino"),
      namespace: context.namespace,
      labels: partOf(context, "trino"),
      spec: {
        secretName: trinoTlsSecretName(context),
        dnsNames: hosts.flatMap((host) => [`${host}.svc`, `${host}.svc.cluster.local`]),
        duration: "2160h",
        renewBefore: "720h",
        privateKey: { algorithm: "RSA", size: 3072, encoding: "PKCS8", rotationPolicy: "Always" },
        usages: ["server auth"],
        // Trino wants key and certificate in one PEM file.
        additionalOutputFormats: [{ type: "CombinedPEM" }],
        issuerRef: given
          ? { name: given.name, kind: given.kind ?? "ClusterIssuer" }
          : { name: objectName(context, "ca"), kind: "Issuer" },
      },
      waitFor: { condition: { type: "Ready", status: "True" } },
      dependsOn: [...context.after, ...(this.authorityIssuer ? [this.authorityIssuer.manifest] : [])],
    });
  }
}
