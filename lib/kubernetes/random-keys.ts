import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import type { Construct } from "constructs";
import { stableJson } from "../core/json";
import { type KubernetesContext, objectName, partOf } from "./room-context";
import { TASK_DIRECTORY, Task } from "./task";

/** What makes a Secret with random keys. */
export interface RandomKeys {
  readonly identity: ServiceAccountV1;
  readonly role: RoleV1;
  readonly roleBinding: RoleBindingV1;
  readonly task: Task;
}

/**
 * A Secret with random values that is made in the cluster, once, by a Job that may create Secrets and nothing else: the
 * values are neither in the program nor in Terraform's state. Children of `scope`: `keys`, `keys-identity`, `keys-role`,
 * `keys-role-binding`.
 *
 * @param props.image Python 3.10 or newer
 */
export function randomKeys(
  scope: Construct,
  props: {
    readonly context: KubernetesContext;
    readonly secretName: string;
    readonly keys: readonly string[];
    readonly image: string;
  },
): RandomKeys {
  const { context } = props;
  const name = objectName(context, "keys");
  const metadata = { name, namespace: context.namespace, labels: partOf(context, "keys") };
  const after = [...context.after];
  const identity = new ServiceAccountV1(scope, "keys-identity", {
    metadata,
    automountServiceAccountToken: false,
    dependsOn: after,
  });
  const role = new RoleV1(scope, "keys-role", {
    metadata,
    rule: [{ apiGroups: [""], resources: ["secrets"], verbs: ["create"] }],
    dependsOn: after,
  });
  const roleBinding = new RoleBindingV1(scope, "keys-role-binding", {
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subject: [{ kind: "ServiceAccount", name, namespace: context.namespace }],
    dependsOn: [identity, role],
  });
  const config = { secret: props.secretName, keys: props.keys };
  const task = new Task(scope, "keys", {
    context,
    name: "make-keys",
    image: props.image,
    files: {
      "create_keys.py": readFileSync(join(__dirname, "jobs", "create_keys.py"), "utf8"),
      "config.json": stableJson(config, 2),
    },
    command: ["python3", `${TASK_DIRECTORY}/create_keys.py`, `${TASK_DIRECTORY}/config.json`],
    serviceAccount: name,
    apiToken: true,
    dependsOn: [roleBinding],
  });
  return { identity, role, roleBinding, task };
}
