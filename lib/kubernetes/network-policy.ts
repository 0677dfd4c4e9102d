import { NetworkPolicyV1, type NetworkPolicyV1Spec } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { Construct } from "constructs";
import { type KubernetesContext, objectName, partOf } from "./room-context";

/** Namespaces are told apart by this label, which Kubernetes sets. */
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

/** Port at which the operator of CloudNativePG asks an instance how it is. */
const POSTGRES_STATUS_PORT = "8000";

export const DNS_PORTS = ["UDP", "TCP"].map((protocol) => ({ port: "53", protocol }));

export const tcp = (...ports: readonly string[]) => ports.map((port) => ({ port, protocol: "TCP" }));

/** All pods of a namespace. */
export const podsOf = (namespace: string) => ({
  namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespace } },
});

/** Closes a namespace, but for what its own pods say to each other. */
export const WITHIN_NAMESPACE: NetworkPolicyV1Spec = {
  podSelector: {},
  policyTypes: ["Ingress", "Egress"],
  ingress: [{ from: [{ podSelector: {} }] }],
  egress: [{ to: [{ podSelector: {} }] }],
};

/** Lets pods of CloudNativePG's operator, wherever it is, reach instances. */
export function fromPostgresOperator(
  labels: Readonly<Record<string, string>>,
  ...ports: readonly string[]
): NetworkPolicyV1Spec {
  return {
    podSelector: { matchLabels: { ...labels } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [
          {
            namespaceSelector: {},
            podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } },
          },
        ],
        ports: tcp(POSTGRES_STATUS_PORT, ...ports),
      },
    ],
  };
}

/** A policy of one capability, which is called by its id. */
export function networkPolicy(
  scope: Construct,
  id: string,
  context: Pick<KubernetesContext, "prefix" | "namespace"> & Partial<Pick<KubernetesContext, "after">>,
  spec: NetworkPolicyV1Spec,
): NetworkPolicyV1 {
  return new NetworkPolicyV1(scope, id, {
    metadata: {
      name: objectName(context, id),
      namespace: context.namespace,
      labels: partOf(context, "network"),
    },
    spec,
    dependsOn: context.after && [...context.after],
  });
}
