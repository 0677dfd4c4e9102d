import { NetworkPolicyV1, type NetworkPolicyV1Spec } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { Construct } from "constructs";
import { type FeatureContext, objectName, partOf } from "./context";

export interface KubernetesFeatureNetworkProps {
  readonly context: FeatureContext;
  /** Namespace in which Trino runs. */
  readonly trinoNamespace: string;
  readonly trinoPort: string;
  /** @default - all namespaces */
  readonly clientNamespaces?: readonly string[];
}

const NAMESPACE_LABEL = "kubernetes.io/metadata.name";
/** Ports of Feast's pods: look-ups over TLS, metrics. Source: services_types.go of the operator, v0.66.0 */
const ONLINE_PORT = "6567";
const METRICS_PORT = "8000";
const tcp = (...ports: readonly string[]) => ports.map((port) => ({ port, protocol: "TCP" }));

/**
 * The namespace is closed to the outside, but for these paths: clients to Feast's look-up API (which asks for a token
 * and a role), Prometheus to its metrics, the operator of CloudNativePG to the registry; and from inside to name
 * service, API server (TCP 443 and 6443) and Trino.
 *
 * Terraform resource types: `kubernetes_network_policy_v1`.
 */
export class KubernetesFeatureNetwork extends Construct {
  readonly inside: NetworkPolicyV1;
  readonly outbound: NetworkPolicyV1;
  readonly clients: NetworkPolicyV1;
  readonly databaseOperator: NetworkPolicyV1;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubernetesFeatureNetworkProps,
  ) {
    super(scope, id);
    const { context, clientNamespaces } = props;
    const named = (name: string) => ({ namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: name } } });
    this.inside = this.policy("inside", {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{ to: [{ podSelector: {} }] }],
    });
    this.outbound = this.policy("outbound", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        { ports: [...tcp("53"), { port: "53", protocol: "UDP" }] },
        { ports: tcp("443", "6443") },
        { to: [named(props.trinoNamespace)], ports: tcp(props.trinoPort) },
      ],
    });
    this.clients = this.policy("clients", {
      podSelector: { matchLabels: { "feast.dev/name": context.prefix } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from:
            clientNamespaces === undefined
              ? [{ namespaceSelector: {} }]
              : [...clientNamespaces].sort().map(named),
          ports: tcp(ONLINE_PORT),
        },
        { from: [{ namespaceSelector: {} }], ports: tcp(METRICS_PORT) },
      ],
    });
    this.databaseOperator = this.policy("database-operator", {
      podSelector: { matchLabels: { "cnpg.io/cluster": objectName(context, "registry") } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: {},
              podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } },
            },
          ],
          ports: tcp("8000", "5432"),
        },
      ],
    });
  }

  private policy(name: string, spec: NetworkPolicyV1Spec): NetworkPolicyV1 {
    const { context } = this.props;
    return new NetworkPolicyV1(this, name, {
      metadata: {
        name: objectName(context, name),
        namespace: context.namespace,
        labels: partOf(context, "network"),
      },
      spec,
    });
  }
}
