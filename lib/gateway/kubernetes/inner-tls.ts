import type { Construct } from "constructs";
import { objectName } from "../../kubernetes/room-context";
import { ServiceTls } from "../../kubernetes/service-tls";
import type { GatewayContext } from "./context";

export interface InnerTlsProps {
  readonly component: string;
  readonly secretName: string;
  readonly dnsName: string;
  /** Authority of the gateway's namespace, if there is one already. @default - makes one */
  readonly authority?: ServiceTls;
}

/** What servers of TLS in the gateway's namespace use. */
export const SERVER_CERTIFICATE = {
  privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
  usages: ["server auth"],
};

/** The certificate of a Service that only the gateway calls. */
export function innerTls(
  scope: Construct,
  id: string,
  context: GatewayContext,
  { component, secretName, dnsName, authority }: InnerTlsProps,
): ServiceTls {
  const after = authority?.authorityIssuer ? [authority.authorityIssuer.manifest] : [];
  return new ServiceTls(scope, id, {
    context: { ...context, after: [...context.after, ...after] },
    component,
    secretName,
    dnsNames: [dnsName],
    issuer: authority && { name: objectName(context, "ca"), kind: "Issuer" },
    spec: SERVER_CERTIFICATE,
  });
}
