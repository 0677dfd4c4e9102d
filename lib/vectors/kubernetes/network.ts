import type { NetworkPolicyV1, NetworkPolicyV1Spec } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { Construct } from "constructs";
import type { KubernetesIdentity } from "../../fabric/identity";
import {
  DNS_PORTS,
  fromPostgresOperator,
  networkPolicy,
  podsOf,
  tcp,
  WITHIN_NAMESPACE,
} from "../../kubernetes/network-policy";
import type { KubernetesContext } from "../../kubernetes/room-context";

export interface VectorNetworkProps {
  readonly context: KubernetesContext;
  /** Labels of the pods that clients call. */
  readonly servers: Readonly<Record<string, string>>;
  /** Ports that clients call. */
  readonly ports: readonly string[];
  /** More ports outside the namespace that the engine calls, beside name service, 443 and 6443. */
  readonly outboundPorts: readonly string[];
  /** Pods of the operator of CloudNativePG may call. */
  readonly databaseOperator: boolean;
}

/**
 * The namespace is closed, but for namespaces of identities that were granted something; from inside to name service,
 * API server and object store.
 *
 * Terraform resource types: `kubernetes_network_policy_v1`.
 */
export class VectorNetwork extends Construct {
  readonly inside: NetworkPolicyV1;
  readonly outbound: NetworkPolicyV1;
  /** Only for PostgreSQL. */
  readonly databaseOperator?: NetworkPolicyV1;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VectorNetworkProps,
  ) {
    super(scope, id);
    this.inside = this.policy("inside", WITHIN_NAMESPACE);
    this.outbound = this.policy("outbound", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ ports: DNS_PORTS }, { ports: tcp("443", "6443", ...props.outboundPorts) }],
    });
    if (props.databaseOperator) {
      this.databaseOperator = this.policy(
        "database-operator",
        fromPostgresOperator(props.servers, ...props.ports),
      );
    }
  }

  /** Lets pods of the identity's namespace call; who they are is checked by what they sign in with. */
  openTo({ namespace }: KubernetesIdentity): NetworkPolicyV1 {
    const id = `clients-${namespace}`;
    const known = this.node.tryFindChild(id) as NetworkPolicyV1 | undefined;
    return (
      known ??
      this.policy(id, {
        podSelector: { matchLabels: { ...this.props.servers } },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [podsOf(namespace)],
            ports: tcp(...this.props.ports),
          },
        ],
      })
    );
  }

  private policy(name: string, spec: NetworkPolicyV1Spec): NetworkPolicyV1 {
    return networkPolicy(this, name, this.props.context, spec);
  }
}
