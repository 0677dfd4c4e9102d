import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { Lazy, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { KubernetesIdentity } from "../../fabric/identity";
import { CustomResource } from "../../kubernetes/custom-resource";
import { podsOf, tcp } from "../../kubernetes/network-policy";
import { INTERNAL_PORT, type KafkaContext, objectName, ofCluster, STRIMZI_API } from "./context";

type Operation = "Alter" | "AlterConfigs" | "Create" | "Describe" | "DescribeConfigs" | "Read" | "Write";

/** One rule of Kafka: a principal may do these operations on that resource. */
export interface KafkaRule {
  readonly type: "topic" | "group" | "transactionalId";
  readonly name: string;
  readonly patternType: "literal" | "prefix";
  readonly operations: readonly Operation[];
}

interface User {
  readonly resource: CustomResource;
  readonly rules: Map<string, KafkaRule>;
}

export interface KafkaUsersProps {
  readonly context: KafkaContext;
  readonly clientAuth: "mtls" | "scram";
  /** The Kafka object, without which there is no user operator. */
  readonly kafka: CustomResource;
}

/** Name of an identity's user, and of the Secret that the operator makes for it. */
export function userName(context: Pick<KafkaContext, "name">, identity: string): string {
  return objectName(context, identity);
}

/**
 * Users of a Kafka cluster, one for each identity that was granted something, with exactly the rules of its grants; and
 * for each namespace with such an identity a policy that lets its pods reach the brokers.
 *
 * Terraform resource types: `kubernetes_manifest` (KafkaUser), `kubernetes_network_policy_v1`.
 */
export class KafkaUsers extends Construct {
  private readonly users = new Map<string, User>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KafkaUsersProps,
  ) {
    super(scope, id);
  }

  /** Gives rights to an identity. @param local whether its pods run in this cluster */
  allow(
    identity: KubernetesIdentity,
    rules: readonly KafkaRule[],
    local: boolean,
  ): readonly TerraformResource[] {
    const user = this.users.get(identity.name) ?? this.makeUser(identity.name);
    for (const rule of rules) {
      const key = `${rule.type}/${rule.name}`;
      const operations = new Set([...(user.rules.get(key)?.operations ?? []), ...rule.operations]);
      user.rules.set(key, { ...rule, operations: [...operations].sort() });
    }
    const reach = local ? this.letIn(identity.namespace) : undefined;
    return [user.resource.manifest, ...(reach ? [reach] : [])];
  }

  private makeUser(identity: string): User {
    const { context, clientAuth, kafka } = this.props;
    const rules = new Map<string, KafkaRule>();
    const resource = new CustomResource(this, identity, {
      apiVersion: STRIMZI_API,
      kind: "KafkaUser",
      name: userName(context, identity),
      namespace: context.namespace,
      labels: ofCluster(context),
      spec: {
        authentication: { type: clientAuth === "mtls" ? "tls" : "scram-sha-512" },
        // Later grants add to it.
        authorization: { type: "simple", acls: Lazy.anyValue({ produce: () => aclsOf(rules) }) },
      },
      waitFor: { condition: { type: "Ready", status: "True" } },
      dependsOn: [kafka.manifest],
    });
    const user = { resource, rules };
    this.users.set(identity, user);
    return user;
  }

  /** Lets pods of a namespace reach the brokers; undefined for the stream's own, whose pods do. */
  letIn(namespace: string): NetworkPolicyV1 | undefined {
    const { context } = this.props;
    if (namespace === context.namespace) {
      return undefined;
    }
    const id = `from-${namespace}`;
    const known = this.node.tryFindChild(id) as NetworkPolicyV1 | undefined;
    return (
      known ??
      new NetworkPolicyV1(this, id, {
        metadata: {
          name: objectName(context, "from", namespace),
          namespace: context.namespace,
          labels: { "app.kubernetes.io/part-of": context.name },
        },
        spec: {
          podSelector: {
            matchLabels: { "strimzi.io/cluster": context.name, "strimzi.io/broker-role": "true" },
          },
          policyTypes: ["Ingress"],
          ingress: [
            {
              from: [podsOf(namespace)],
              ports: tcp(`${INTERNAL_PORT}`),
            },
          ],
        },
        dependsOn: [...context.after],
      })
    );
  }
}

function aclsOf(rules: ReadonlyMap<string, KafkaRule>): readonly object[] {
  return [...rules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { type, name, patternType, operations }]) => ({
      type: "allow",
      resource: { type, name, patternType },
      operations: [...operations],
      host: "*",
    }));
}
