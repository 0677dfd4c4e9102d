import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { Construct } from "constructs";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";

/** Name of the service account of Spark's drivers and executors. */
export function sparkAccount(context: Pick<KubernetesContext, "prefix">): string {
  return objectName(context, "spark");
}

/**
 * The identity of Spark jobs in the namespace, with the rights that a driver needs to run its executors.
 *
 * Terraform resource types: `kubernetes_service_account_v1`, `kubernetes_role_v1`, `kubernetes_role_binding_v1`.
 */
export class KubernetesSpark extends Construct {
  readonly identity: ServiceAccountV1;
  readonly role: RoleV1;
  readonly roleBinding: RoleBindingV1;

  constructor(scope: Construct, id: string, props: { readonly context: KubernetesContext }) {
    super(scope, id);
    const { context } = props;
    const name = sparkAccount(context);
    const metadata = { name, namespace: context.namespace, labels: partOf(context, "spark") };
    const dependsOn = [...context.after];
    this.identity = new ServiceAccountV1(this, "identity", { metadata, dependsOn });
    this.role = new RoleV1(this, "role", {
      metadata,
      rule: [
        {
          apiGroups: [""],
          resources: ["pods", "services", "configmaps", "persistentvolumeclaims"],
          verbs: ["create", "get", "list", "watch", "update", "patch", "delete", "deletecollection"],
        },
      ],
      dependsOn,
    });
    this.roleBinding = new RoleBindingV1(this, "role-binding", {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subject: [{ kind: "ServiceAccount", name, namespace: context.namespace }],
      dependsOn: [this.identity, this.role],
    });
  }
}
