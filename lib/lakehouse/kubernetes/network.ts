import type { NetworkPolicyV1, NetworkPolicyV1Spec } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { Construct } from "constructs";
import { isToken } from "../../core/tokens";
import {
  DNS_PORTS,
  fromPostgresOperator,
  networkPolicy,
  podsOf,
  tcp,
  WITHIN_NAMESPACE,
} from "../../kubernetes/network-policy";
import { type KubernetesContext, objectName } from "../../kubernetes/room-context";
import type { StoreAccess } from "./storage";
import { TRINO_PORT, trinoName } from "./trino";

export interface KubernetesNetworkProps {
  readonly context: KubernetesContext;
  readonly store: StoreAccess;
  /** Namespace of the object store in the cluster. @default - the store is outside */
  readonly storeNamespace?: string;
  /** Networks of engines outside the cluster that use the catalogue. */
  readonly catalogClientCidrs: readonly string[];
}

const LAKEKEEPER_PORT = "8181";

function storePort(endpoint: string): string {
  const port = /:(\d+)\/?$/.exec(endpoint)?.[1];
  return port ?? (endpoint.startsWith("https:") ? "443" : "80");
}

/** In an order of their own, so that the order of declaration has no meaning; what only Terraform knows comes last. */
function sorted(cidrs: readonly string[]): readonly string[] {
  const literals = cidrs.filter((cidr) => !isToken(cidr));
  return [...literals.sort(), ...cidrs.filter(isToken)];
}

/**
 * Everything in the namespace is closed to the outside, but for these paths: clients to Trino (which asks for a
 * token), the operator of CloudNativePG to its databases, and the networks that may use the catalogue; and from
 * inside to name service, object store, API server and clouds (TCP 443 and 6443).
 *
 * Terraform resource types: `kubernetes_network_policy_v1`.
 */
export class KubernetesNetwork extends Construct {
  readonly inside: NetworkPolicyV1;
  readonly outbound: NetworkPolicyV1;
  readonly queryClients: NetworkPolicyV1;
  readonly databaseOperator: NetworkPolicyV1;
  /** Only with `catalogClientCidrs`. */
  readonly catalogClients?: NetworkPolicyV1;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubernetesNetworkProps,
  ) {
    super(scope, id);
    const { context, catalogClientCidrs } = props;
    this.inside = this.policy("inside", WITHIN_NAMESPACE);
    this.outbound = this.policy("outbound", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ ports: DNS_PORTS }, { ports: tcp("443", "6443") }, this.toStore()],
    });
    this.queryClients = this.policy("query-clients", {
      podSelector: {
        matchLabels: {
          "app.kubernetes.io/component": "coordinator",
          "app.kubernetes.io/instance": trinoName(context),
        },
      },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ namespaceSelector: {} }], ports: tcp(String(TRINO_PORT)) }],
    });
    this.databaseOperator = this.policy(
      "database-operator",
      fromPostgresOperator({ "cnpg.io/cluster": objectName(context, "catalog") }, "5432"),
    );
    if (catalogClientCidrs.length > 0) {
      this.catalogClients = this.policy("catalog-clients", {
        podSelector: { matchLabels: { "app.kubernetes.io/instance": objectName(context, "lakekeeper") } },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: sorted(catalogClientCidrs).map((cidr) => ({ ipBlock: { cidr } })),
            ports: tcp(LAKEKEEPER_PORT),
          },
        ],
      });
    }
  }

  private toStore(): NonNullable<Exclude<NetworkPolicyV1Spec["egress"], { resolve: unknown }>>[number] {
    const { store, storeNamespace } = this.props;
    if (storeNamespace === undefined) {
      return { ports: tcp(storePort(store.endpoint)) };
    }
    // All ports: policies see the port of the gateway's pod, not that of its service.
    return { to: [podsOf(storeNamespace)] };
  }

  private policy(name: string, spec: NetworkPolicyV1Spec): NetworkPolicyV1 {
    return networkPolicy(this, name, this.props.context, spec);
  }
}
