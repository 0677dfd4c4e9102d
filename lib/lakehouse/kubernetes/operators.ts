import { Construct } from "constructs";
import { Problems } from "../../core/problems";
import type { RemovalPolicy } from "../../core/removal-policy";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { Namespace } from "../../kubernetes/namespace";
import { KubernetesLakehouseErrors } from "./errors";

export interface KubernetesLakehouseOperatorsProps {
  /** CloudNativePG, for the catalogue's database. @default true */
  readonly cloudNativePg?: boolean;
  /** Barman plugin of CloudNativePG, for backups of that database; needs cert-manager. @default false */
  readonly barmanCloudPlugin?: boolean;
  /** cert-manager, for Trino's certificate. @default true */
  readonly certManager?: boolean;
  /** Spark operator, for copies to other sites and jobs of your own. @default true */
  readonly sparkOperator?: boolean;
  /** Namespaces in which the Spark operator runs jobs. @default - all */
  readonly sparkJobNamespaces?: readonly string[];
  /** Rook with its CSI drivers, in a namespace that allows privileged pods. @default false */
  readonly rookCeph?: boolean;
  /** @default "rook-ceph" */
  readonly rookNamespace?: string;
  /**
   * Of Rook's namespace, in which a new Ceph cluster keeps its data. `destroy` needs the app's consent too, see
   * `mayDestroy`. Refused without `rookCeph`.
   * @default "retain"
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Operators that a `KubernetesLakehouse` needs, for the `platform` stack: their definitions must be served when the
 * `workloads` stack is planned. Each can be left out if the cluster has it.
 *
 * Terraform resource types: `helm_release`, `kubernetes_namespace_v1` (Rook only).
 *
 * @throws ContradictingOptions, InvalidName, DuplicateValue, MissingValue, RemovalNeedsTwoKeys
 */
export class KubernetesLakehouseOperators extends Construct {
  readonly certManager?: HelmComponent;
  readonly cloudNativePg?: HelmComponent;
  readonly barmanCloudPlugin?: HelmComponent;
  readonly sparkOperator?: HelmComponent;
  readonly rookNamespace?: Namespace;
  readonly rookCeph?: HelmComponent;
  readonly cephCsiDrivers?: HelmComponent;

  constructor(scope: Construct, id: string, props: KubernetesLakehouseOperatorsProps = {}) {
    super(scope, id);
    this.check(props);
    if (props.certManager ?? true) {
      this.certManager = new HelmComponent(this, "cert-manager", { component: COMPONENTS.certManager });
    }
    if (props.cloudNativePg ?? true) {
      this.cloudNativePg = new HelmComponent(this, "cloudnative-pg", { component: COMPONENTS.cloudnativePg });
    }
    if (props.barmanCloudPlugin) {
      this.barmanCloudPlugin = new HelmComponent(this, "barman-cloud-plugin", {
        component: COMPONENTS.barmanCloudPlugin,
        alreadyInstalled: [
          ...(this.cloudNativePg ? [] : [COMPONENTS.cloudnativePg.name]),
          ...(this.certManager ? [] : [COMPONENTS.certManager.name]),
        ],
        dependsOn: [this.certManager, this.cloudNativePg].flatMap((release) => release?.release ?? []),
      });
    }
    if (props.sparkOperator ?? true) {
      this.sparkOperator = new HelmComponent(this, "spark-operator", {
        component: COMPONENTS.sparkOperator,
        values: {
          spark: {
            // An empty name is the chart's notation for all namespaces.
            jobNamespaces: props.sparkJobNamespaces ? [...props.sparkJobNamespaces] : [""],
            // The namespaces of the jobs may not exist yet; each lakehouse makes the identity of its own jobs.
            serviceAccount: { create: false },
            rbac: { create: false },
          },
          webhook: { enable: true },
        },
      });
    }
    if (props.rookCeph) {
      const namespace = props.rookNamespace ?? COMPONENTS.rookCeph.namespace;
      this.rookNamespace = new Namespace(this, "rook-namespace", {
        name: namespace,
        podSecurity: "privileged",
        removalPolicy: props.removalPolicy,
      });
      this.rookCeph = new HelmComponent(this, "rook-ceph", {
        component: COMPONENTS.rookCeph,
        namespace,
        createNamespace: false,
        dependsOn: [this.rookNamespace.resource],
      });
      this.cephCsiDrivers = new HelmComponent(this, "ceph-csi-drivers", {
        component: COMPONENTS.cephCsiDrivers,
        namespace,
        createNamespace: false,
        values: { operatorConfig: { namespace }, drivers: csiDrivers(namespace) },
        dependsOn: [this.rookCeph.release],
      });
    }
  }

  private check(props: KubernetesLakehouseOperatorsProps): void {
    const problems = new Problems(this.node.path);
    if (props.sparkJobNamespaces !== undefined) {
      if (props.sparkOperator === false) {
        problems.add(KubernetesLakehouseErrors.ContradictingOptions, {
          subject: "sparkJobNamespaces",
          given: props.sparkJobNamespaces,
          allowed: "nothing, when sparkOperator is false",
        });
      }
      problems.required("sparkJobNamespaces", props.sparkJobNamespaces[0], "one namespace or more");
      problems.unique("sparkJobNamespaces", [...props.sparkJobNamespaces]);
    }
    if (props.rookNamespace !== undefined) {
      if (!props.rookCeph) {
        problems.add(KubernetesLakehouseErrors.ContradictingOptions, {
          subject: "rookNamespace",
          given: props.rookNamespace,
          allowed: "nothing, without rookCeph",
        });
      }
      problems.name("rookNamespace", props.rookNamespace);
    }
    if (props.removalPolicy !== undefined && !props.rookCeph) {
      problems.add(KubernetesLakehouseErrors.ContradictingOptions, {
        subject: "removalPolicy",
        given: props.removalPolicy,
        allowed: "nothing, without rookCeph: only Rook's namespace holds data",
      });
    }
    problems.throwIfAny();
  }
}

/** Driver names carry the operator's namespace. */
function csiDrivers(namespace: string) {
  return {
    rbd: { name: `${namespace}.rbd.csi.ceph.com` },
    cephfs: { name: `${namespace}.cephfs.csi.ceph.com` },
    nfs: { name: `${namespace}.nfs.csi.ceph.com` },
    nvmeof: { name: `${namespace}.nvmeof.csi.ceph.com` },
  };
}
