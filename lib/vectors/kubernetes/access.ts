import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { fingerprint, resourceName } from "../../core/naming";
import type { KubernetesIdentity } from "../../fabric/identity";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";
import { CA_FILE, type PodProps, restrictedPod, TASK_DIRECTORY, Task } from "../../kubernetes/task";
import type { VectorCollectionModel } from "../collections";
import type { VectorGrant, VectorLookup } from "../vectors";
import type { ClusterEngine } from "./engine";
import { jobScript } from "./job-script";
import type { VectorNetwork } from "./network";

/** A token ends after a day and is renewed four times before. */
const TOKEN_SECONDS = 24 * 3600;
const RENEWAL = "17 */6 * * *";
/** Kubernetes appends a time of eleven characters to the name of a cron job. */
const CRON_JOB_NAME_LENGTH = 52;
const RENEWAL_DEADLINE_SECONDS = 600;

export interface VectorAccessProps {
  readonly context: KubernetesContext;
  readonly engine: ClusterEngine;
  readonly network: VectorNetwork;
  readonly jobImage: string;
  readonly lookup: (collection: VectorCollectionModel) => VectorLookup;
}

interface Right {
  readonly identity: KubernetesIdentity;
  readonly collection: VectorCollectionModel;
  readonly access: "read" | "write";
}

/**
 * What identities sign in with: one Secret per right, in the identity's own namespace, written by a Job in the cluster.
 * Tokens end after a day and are renewed by a CronJob; passwords are made once. Neither is in the program or the state.
 * The identity's namespace must exist.
 *
 * Terraform resource types: `kubernetes_job_v1`, `kubernetes_cron_job_v1`, `kubernetes_config_map_v1`,
 * `kubernetes_service_account_v1`, `kubernetes_role_v1`, `kubernetes_role_binding_v1`, and what the engine admits users by.
 */
export class VectorAccess extends Construct {
  private readonly given = new Map<string, VectorGrant>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VectorAccessProps,
  ) {
    super(scope, id);
  }

  grant(right: Right): VectorGrant {
    const { identity, collection, access } = right;
    const id = `${collection.name}-${identity.name}-${access}`;
    const known = this.given.get(id);
    const made = known ?? this.give(new Construct(this, id), right);
    this.given.set(id, made);
    return made;
  }

  private give(scope: Construct, right: Right): VectorGrant {
    const { context, engine, network } = this.props;
    const { identity, collection, access } = right;
    // Parts of two owners, each of which may hold hyphens.
    const mark = fingerprint([collection.name, identity.namespace, identity.name].join("/"), 6);
    const name = `${collection.name}-${identity.name}-${access}-${mark}`;
    const home = objectName(context, "login", name);
    const secret = { namespace: identity.namespace, name: objectName(context, name) };
    const runner = this.runner(scope, name, [
      { id: "holder", namespace: secret.namespace, secrets: [secret.name] },
      ...(engine.signIn.kind === "password"
        ? [{ id: "home", namespace: context.namespace, secrets: [home] }]
        : []),
    ]);
    const task = this.issue(scope, name, right, secret, home, runner);
    const resources: TerraformResource[] = [task.job, network.openTo(identity)];
    if (engine.signIn.kind === "password") {
      const grant = { name, collection, access, passwordSecret: home };
      resources.push(engine.signIn.admit(scope, "admission", grant, task.job));
      const databaseUser = engine.signIn.username(name);
      const keys = ["endpoint", "target", "lookup.json", "username", "password", "ca.crt"];
      return { resources, databaseUser, secret: { ...secret, keys } };
    }
    return {
      resources,
      secret: { ...secret, keys: ["endpoint", "target", "lookup.json", "token", "ca.crt"] },
    };
  }

  /** The identity of the job, which may write these Secrets and no others. Kubernetes cannot limit `create` to a name. */
  private runner(
    scope: Construct,
    name: string,
    places: readonly {
      readonly id: string;
      readonly namespace: string;
      readonly secrets: readonly string[];
    }[],
  ): { readonly account: string; readonly bindings: readonly RoleBindingV1[] } {
    const { context } = this.props;
    const account = objectName(context, "access", name);
    const labels = partOf(context, "access");
    const identity = new ServiceAccountV1(scope, "runner", {
      metadata: { name: account, namespace: context.namespace, labels },
      automountServiceAccountToken: false,
      dependsOn: [...context.after],
    });
    const bindings = places.map(({ id, namespace, secrets }) => {
      const metadata = { name: objectName(context, "access", name), namespace, labels };
      const role = new RoleV1(scope, `role-${id}`, {
        metadata,
        rule: [
          { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
          { apiGroups: [""], resources: ["secrets"], verbs: ["get", "patch"], resourceNames: [...secrets] },
        ],
        dependsOn: [...context.after],
      });
      return new RoleBindingV1(scope, `role-binding-${id}`, {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
        subject: [{ kind: "ServiceAccount", name: account, namespace: context.namespace }],
        dependsOn: [identity, role],
      });
    });
    return { account, bindings };
  }

  private issue(
    scope: Construct,
    name: string,
    right: Right,
    holder: { readonly namespace: string; readonly name: string },
    home: string,
    runner: { readonly account: string; readonly bindings: readonly RoleBindingV1[] },
  ): Task {
    const { context, engine, jobImage } = this.props;
    const { signIn } = engine;
    const lookup = this.props.lookup(right.collection);
    const config = {
      kind: signIn.kind,
      holder,
      authority: CA_FILE,
      values: {
        endpoint: lookup.endpoint,
        target: lookup.target,
        "lookup.json": stableJson(lookup),
        ...(signIn.kind === "password" ? { username: signIn.username(name) } : {}),
      },
      ...(signIn.kind === "password"
        ? { home: { namespace: context.namespace, name: home } }
        : { seconds: TOKEN_SECONDS, access: signIn.claims(right) }),
    };
    const pod: Omit<PodProps, "configMap"> = {
      image: jobImage,
      command: ["python3", `${TASK_DIRECTORY}/issue_access.py`, `${TASK_DIRECTORY}/config.json`],
      env: signIn.kind === "token" ? [signIn.signingKey] : [],
      serviceAccount: runner.account,
      apiToken: true,
      caSecret: engine.caSecret,
    };
    const task = new Task(scope, "issue", {
      context,
      name: `access-${name}`,
      files: { "issue_access.py": jobScript("issue_access.py"), "config.json": stableJson(config, 2) },
      ...pod,
      dependsOn: [...runner.bindings, ...engine.ready],
    });
    if (signIn.kind === "token") {
      this.renew(scope, name, pod, task);
    }
    return task;
  }

  private renew(scope: Construct, name: string, pod: Omit<PodProps, "configMap">, task: Task): void {
    const { context } = this.props;
    const labels = partOf(context, "access");
    new CronJobV1(scope, "renewal", {
      metadata: {
        name: resourceName([context.prefix, "renew", name], { maxLength: CRON_JOB_NAME_LENGTH }),
        namespace: context.namespace,
        labels,
      },
      spec: {
        schedule: RENEWAL,
        timezone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: 4,
            activeDeadlineSeconds: RENEWAL_DEADLINE_SECONDS,
            template: {
              metadata: { labels },
              spec: restrictedPod({ ...pod, configMap: objectName(context, `access-${name}`) }),
            },
          },
        },
      },
      dependsOn: [task.job],
    });
  }
}
