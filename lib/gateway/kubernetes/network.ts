import type { NetworkPolicyV1, NetworkPolicyV1Spec } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { Construct } from "constructs";
import { DNS_PORTS, networkPolicy, podsOf, tcp } from "../../kubernetes/network-policy";
import {
  type GatewayContext,
  gatewayName,
  HTTPS_CONTAINER_PORT,
  POOLS_PORT,
  poolsName,
  proxyLabels,
} from "./context";

/** Envoy's metrics, and those of the AI gateway's processor beside it. Sources: envoyproxy/gateway, ai-gateway, 2026-08. */
const METRICS_PORTS = tcp("19001", "1064");

export interface GatewayNetworkProps {
  readonly context: GatewayContext;
  /** Namespaces of pools and shadows; none without a gateway in front of pools. */
  readonly poolNamespaces: readonly string[];
}

/**
 * Who reaches the proxies, in the namespace where Envoy Gateway runs them: clients the outer ones, the outer ones the
 * inner ones. The inner ones reach pools, Envoy Gateway and name service, and nothing outside the cluster.
 *
 * Terraform resource types: `kubernetes_network_policy_v1`.
 */
export class GatewayNetwork extends Construct {
  readonly clients: NetworkPolicyV1;
  /** Only with pools. */
  readonly pools?: NetworkPolicyV1;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GatewayNetworkProps,
  ) {
    super(scope, id);
    const { context, poolNamespaces } = props;
    this.clients = this.policy("clients", {
      podSelector: { matchLabels: proxyLabels(context, gatewayName(context)) },
      policyTypes: ["Ingress"],
      ingress: [
        { ports: tcp(`${HTTPS_CONTAINER_PORT}`) },
        { from: [{ namespaceSelector: {} }], ports: METRICS_PORTS },
      ],
    });
    if (poolNamespaces.length > 0) {
      this.pools = this.policy("pools", {
        podSelector: { matchLabels: proxyLabels(context, poolsName(context)) },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [{ podSelector: { matchLabels: proxyLabels(context, gatewayName(context)) } }],
            ports: tcp(`${POOLS_PORT}`),
          },
          { from: [{ namespaceSelector: {} }], ports: METRICS_PORTS },
        ],
        egress: [
          { ports: DNS_PORTS },
          { to: [{ podSelector: {} }] },
          { to: poolNamespaces.map((namespace) => podsOf(namespace)) },
        ],
      });
    }
  }

  private policy(name: string, spec: NetworkPolicyV1Spec): NetworkPolicyV1 {
    const { prefix, proxyNamespace } = this.props.context;
    return networkPolicy(this, name, { prefix, namespace: proxyNamespace }, spec);
  }
}
