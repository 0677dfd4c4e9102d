import type { NetworkPolicyV1, NetworkPolicyV1Spec } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { Construct } from "constructs";
import { DNS_PORTS, networkPolicy, podsOf, tcp, WITHIN_NAMESPACE } from "../../kubernetes/network-policy";
import type { EndpointContext } from "./variant";

export interface ServingNetworkProps {
  readonly context: Pick<EndpointContext, "prefix" | "endpoint" | "namespace" | "after">;
  /** Namespaces that may call engines and pickers. */
  readonly callers: readonly string[];
  /** Namespaces that may read metrics. */
  readonly monitoring: readonly string[];
  /** Ports of object storage, beside 443. */
  readonly outboundPorts: readonly string[];
}

/** The engine, the sidecar before it, and KServe's engine behind its sidecar. */
const METRICS_PORTS = ["8000", "8001", "8200", "9090"];
const CALL_PORTS = ["8000", "9002"];

/**
 * The namespace is closed, but for gateways that call and for those who read metrics; from inside to name service, API
 * server, object storage and hub. Pods of one replica, and of the two phases, reach each other at any port.
 *
 * Terraform resource types: `kubernetes_network_policy_v1`.
 */
export class ServingNetwork extends Construct {
  readonly inside: NetworkPolicyV1;
  readonly outbound: NetworkPolicyV1;
  /** Undefined without `callers`. */
  readonly callers?: NetworkPolicyV1;
  /** Undefined without `monitoring`. */
  readonly monitoring?: NetworkPolicyV1;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServingNetworkProps,
  ) {
    super(scope, id);
    this.inside = this.policy("inside", WITHIN_NAMESPACE);
    this.outbound = this.policy("outbound", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ ports: DNS_PORTS }, { ports: tcp("443", "6443", ...props.outboundPorts) }],
    });
    this.callers = this.opened("callers", props.callers, CALL_PORTS);
    this.monitoring = this.opened("monitoring", props.monitoring, METRICS_PORTS);
  }

  private opened(
    name: string,
    namespaces: readonly string[],
    ports: readonly string[],
  ): NetworkPolicyV1 | undefined {
    return namespaces.length === 0
      ? undefined
      : this.policy(name, {
          podSelector: {},
          policyTypes: ["Ingress"],
          ingress: [{ from: namespaces.map(podsOf), ports: tcp(...ports) }],
        });
  }

  private policy(name: string, spec: NetworkPolicyV1Spec): NetworkPolicyV1 {
    const { prefix, endpoint, namespace, after } = this.props.context;
    return networkPolicy(this, name, { prefix: `${prefix}-${endpoint}`, namespace, after }, spec);
  }
}
