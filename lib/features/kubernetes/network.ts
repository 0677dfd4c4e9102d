import type { NetworkPolicyV1, NetworkPolicyV1Spec } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { Construct } from "constructs";
import {
  fromPostgresOperator,
  networkPolicy,
  podsOf,
  tcp,
  WITHIN_NAMESPACE,
} from "../../kubernetes/network-policy";
import { type FeatureContext, objectName } from "./context";

export interface KubernetesFeatureNetworkProps {
  readonly context: FeatureContext;
  /** Namespace in which Trino runs. */
  readonly trinoNamespace: string;
  readonly trinoPort: string;
  /** @default - all namespaces */
  readonly clientNamespaces?: readonly string[];
}

/** Ports of Feast's pods: look-ups over TLS, metrics. Source: services_types.go of the operator, v0.66.0 */
const ONLINE_PORT = "6567";
const METRICS_PORT = "8000";

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
    this.inside = this.policy("inside", WITHIN_NAMESPACE);
    this.outbound = this.policy("outbound", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        { ports: [...tcp("53"), { port: "53", protocol: "UDP" }] },
        { ports: tcp("443", "6443") },
        { to: [podsOf(props.trinoNamespace)], ports: tcp(props.trinoPort) },
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
              : [...clientNamespaces].sort().map(podsOf),
          ports: tcp(ONLINE_PORT),
        },
        { from: [{ namespaceSelector: {} }], ports: tcp(METRICS_PORT) },
      ],
    });
    this.databaseOperator = this.policy(
      "database-operator",
      fromPostgresOperator({ "cnpg.io/cluster": objectName(context, "registry") }, "5432"),
    );
  }

  private policy(name: string, spec: NetworkPolicyV1Spec): NetworkPolicyV1 {
    return networkPolicy(this, name, this.props.context, spec);
  }
}
