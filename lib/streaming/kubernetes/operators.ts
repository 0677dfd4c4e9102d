import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { Problems } from "../../core/problems";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { DNS_LABEL } from "../../kubernetes/metadata";

export interface KubernetesStreamOperatorsProps {
  /** Strimzi, for streams and mirrors in all namespaces. @default true */
  readonly strimzi?: boolean;
  /** The operator of Flink, for processors; needs cert-manager. @default false */
  readonly flink?: boolean;
  /** Namespaces in which the Flink operator runs jobs; each must exist. Refused without `flink`. @default - all */
  readonly flinkNamespaces?: readonly string[];
  /** cert-manager, for the webhook of the Flink operator. Refused without `flink`. @default - true with `flink` */
  readonly certManager?: boolean;
}

/**
 * Operators that streams and processors need, for the `platform` stack: their definitions must be served when the
 * `workloads` stack is planned. Each can be left out if the cluster has it.
 *
 * Terraform resource types: `helm_release`.
 *
 * @throws NoEffect, InvalidName, DuplicateValue, MissingValue
 */
export class KubernetesStreamOperators extends Construct {
  readonly strimzi?: HelmComponent;
  readonly certManager?: HelmComponent;
  readonly flink?: HelmComponent;

  constructor(scope: Construct, id: string, props: KubernetesStreamOperatorsProps = {}) {
    super(scope, id);
    this.check(props);
    if (props.strimzi ?? true) {
      this.strimzi = new HelmComponent(this, "strimzi", {
        component: COMPONENTS.strimzi,
        values: {
          watchAnyNamespace: true,
          // Pods that pass where Pod Security is enforced, as in the namespaces of streams.
          // Source: https://strimzi.io/blog/2022/09/09/configuring-security-context-in-strimzi-managed-pods/ (read 2026-11)
          extraEnvs: [{ name: "STRIMZI_POD_SECURITY_PROVIDER_CLASS", value: "restricted" }],
        },
      });
    }
    if (props.flink) {
      if (props.certManager ?? true) {
        this.certManager = new HelmComponent(this, "cert-manager", { component: COMPONENTS.certManager });
      }
      this.flink = new HelmComponent(this, "flink", {
        component: COMPONENTS.flink,
        values: {
          watchNamespaces: props.flinkNamespaces ? [...props.flinkNamespaces] : undefined,
          // The processors make the accounts of their jobs.
          jobServiceAccount: { create: false },
        },
        alreadyInstalled: this.certManager ? [] : [COMPONENTS.certManager.name],
        dependsOn: this.certManager ? [this.certManager.release] : [],
      });
    }
  }

  private check(props: KubernetesStreamOperatorsProps): void {
    const problems = new Problems(this.node.path);
    for (const key of ["flinkNamespaces", "certManager"] as const) {
      if (props[key] !== undefined && !props.flink) {
        problems.add(CoreErrors.NoEffect, {
          subject: key,
          given: props[key],
          allowed: "nothing, without flink",
        });
      }
    }
    if (props.flinkNamespaces !== undefined) {
      problems.required("flinkNamespaces", props.flinkNamespaces[0], "one namespace or more");
      problems.unique("flinkNamespaces", props.flinkNamespaces);
      for (const [index, name] of props.flinkNamespaces.entries()) {
        problems.name(`flinkNamespaces[${index}]`, name, DNS_LABEL);
      }
    }
    problems.throwIfAny();
  }
}
