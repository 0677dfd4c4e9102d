import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CustomResource } from "./custom-resource";
import { type KubernetesContext, objectName, partOf } from "./room-context";

/** An issuer of cert-manager. */
export interface CertificateIssuer {
  readonly name: string;
  /** @default "ClusterIssuer" */
  readonly kind?: "ClusterIssuer" | "Issuer";
}

export interface ServiceTlsProps {
  readonly context: KubernetesContext;
  /** Label of the objects, and last part of the certificate's name. */
  readonly component: string;
  /** Secret that gets key, certificate and `ca.crt`. */
  readonly secretName: string;
  /** Names that the certificate is for. */
  readonly dnsNames: readonly string[];
  /** @default - a certificate authority of its own in the namespace */
  readonly issuer?: CertificateIssuer;
  /** More of the certificate's spec. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * Certificate of one service by cert-manager and, unless an issuer is given, a certificate authority in the namespace.
 *
 * Terraform resource types: `kubernetes_manifest` (Certificate, Issuer).
 */
export class ServiceTls extends Construct {
  /** Only without `issuer`. */
  readonly selfSignedIssuer?: CustomResource;
  /** Only without `issuer`. */
  readonly authority?: CustomResource;
  /** Only without `issuer`. */
  readonly authorityIssuer?: CustomResource;
  readonly certificate: CustomResource;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceTlsProps,
  ) {
    super(scope, id);
    const { context } = props;
    if (!props.issuer) {
      this.selfSignedIssuer = this.issuer("self-signed-issuer", "self-signed", { selfSigned: {} });
      this.authority = this.makeAuthority();
      const ca = { ca: { secretName: objectName(context, "ca") } };
      this.authorityIssuer = this.issuer("authority-issuer", "ca", ca, [this.authority.manifest]);
    }
    this.certificate = this.makeCertificate();
  }

  private issuer(
    id: string,
    name: string,
    spec: Readonly<Record<string, unknown>>,
    after: readonly ITerraformDependable[] = [],
  ): CustomResource {
    const { context, component } = this.props;
    return new CustomResource(this, id, {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      name: objectName(context, name),
      namespace: context.namespace,
      labels: partOf(context, component),
      spec,
      waitFor: { condition: { type: "Ready", status: "True" } },
      dependsOn: [...context.after, ...after],
    });
  }

  private makeAuthority(): CustomResource {
    const { context, component } = this.props;
    return new CustomResource(this, "authority", {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      name: objectName(context, "ca"),
      namespace: context.namespace,
      labels: partOf(context, component),
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

  private makeCertificate(): CustomResource {
    const { context, component, issuer: given } = this.props;
    return new CustomResource(this, "certificate", {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      name: objectName(context, component),
      namespace: context.namespace,
      labels: partOf(context, component),
      spec: {
        secretName: this.props.secretName,
        dnsNames: [...this.props.dnsNames],
        duration: "2160h",
        renewBefore: "720h",
        ...this.props.spec,
        issuerRef: given
          ? { name: given.name, kind: given.kind ?? "ClusterIssuer" }
          : { name: objectName(context, "ca"), kind: "Issuer" },
      },
      waitFor: { condition: { type: "Ready", status: "True" } },
      dependsOn: [...context.after, ...(this.authorityIssuer ? [this.authorityIssuer.manifest] : [])],
    });
  }
}
