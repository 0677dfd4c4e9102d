import type { Construct } from "constructs";
import { type KubernetesContext, objectName } from "../../kubernetes/room-context";
import { type CertificateIssuer, ServiceTls } from "../../kubernetes/service-tls";

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
export class KubernetesTrinoTls extends ServiceTls {
  constructor(scope: Construct, id: string, { context, hosts, issuer }: KubernetesTrinoTlsProps) {
    super(scope, id, {
      context,
      component: "trino",
      secretName: trinoTlsSecretName(context),
      dnsNames: hosts.flatMap((host) => [`${host}.svc`, `${host}.svc.cluster.local`]),
      issuer,
      spec: {
        privateKey: { algorithm: "RSA", size: 3072, encoding: "PKCS8", rotationPolicy: "Always" },
        usages: ["server auth"],
        // Trino wants key and certificate in one PEM file.
        additionalOutputFormats: [{ type: "CombinedPEM" }],
      },
    });
  }
}
