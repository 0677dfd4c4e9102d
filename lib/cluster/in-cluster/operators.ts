import { RuntimeClassV1 } from "@cdktf/provider-kubernetes/lib/runtime-class-v1";
import { type ITerraformDependable, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { Problems } from "../../core/problems";
import type { RemovalPolicy } from "../../core/removal-policy";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { mergeValues } from "../../kubernetes/helm-values";
import { DNS_LABEL } from "../../kubernetes/metadata";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { Namespace } from "../../kubernetes/namespace";
import type { IAcceleratorCluster } from "../cluster";
import { ClusterErrors } from "../errors";
import { gpuMetrics } from "./gpu-metrics";
import type { KueueSettings } from "./kueue-config";
import {
  isEdge,
  OPERATORS,
  type OperatorName,
  type OperatorPlan,
  type OperatorSetting,
  type OperatorSettings,
  planOperators,
} from "./needs";
import { operatorNamespace, ROWS } from "./operator-rows";
import { type Installer, OPERATOR_VALUES, type ValueSettings } from "./operator-values";
import { isObject } from "./present";

export interface ClusterOperatorsProps {
  readonly cluster: IAcceleratorCluster;
  /** Per operator: install it anyway, it is there, switch it off; another chart, version, values. @default - what the pools need */
  readonly operators?: OperatorSettings;
  /**
   * Who installs the driver of NVIDIA GPUs. Only where the GPU operator is installed.
   * @default - `operator` on-prem, `host` elsewhere: images of clouds and neoclouds have it
   */
  readonly gpuDriver?: Installer;
  /** Who installs NVIDIA's container toolkit. Only where the GPU operator is installed. @default - as `gpuDriver` */
  readonly containerToolkit?: Installer;
  /** Only where Kueue is installed. @default - the defaults of `KueueSettings` */
  readonly kueue?: KueueSettings;
  /** The Prometheus operator's definitions are served, so charts may make ServiceMonitors. @default false */
  readonly prometheusOperator?: boolean;
  /**
   * Make the RuntimeClass of the cluster (`operatorFacts.runtimeClass`). k3s makes it by itself.
   * @default false
   */
  readonly createRuntimeClass?: boolean;
  /** Resources of accelerators whose device plugin the cluster has, such as `amd.com/gpu`. @default - none */
  readonly deviceResources?: readonly string[];
  /** Of the operators' namespaces. `destroy` needs the app's consent too, see `mayDestroy`. @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - the nodes of a cluster in the same stack */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Operators of a cluster with accelerators, for the `platform` stack: exactly what its pools need, less what the provider
 * manages, less what the cluster has already.
 *
 * | pools | operators |
 * |---|---|
 * | NVIDIA GPUs on-prem, or cut by MIG anywhere | GPU operator (which makes its ClusterPolicy itself) |
 * | NVIDIA GPUs at AWS and at the edge | device plugin, DCGM exporter |
 * | Trainium, Inferentia | Neuron device plugin |
 * | EFA | EFA device plugin |
 * | NVLink across machines | NVIDIA's DRA driver, for ComputeDomains only: GPUs stay with the device plugin |
 * | objects of NVIDIA's network operator, of Karpenter | network operator; Karpenter and its definitions |
 * | any, except at the edge | JobSet, LeaderWorkerSet, Kueue |
 *
 * Controllers run on nodes of tier `system`. Kueue comes last, because its webhooks watch pods of all namespaces but
 * `kube-system` and those of the operators.
 *
 * Terraform resource types: `helm_release`, `kubernetes_namespace_v1`, `kubernetes_runtime_class_v1` (on request).
 *
 * @throws ManagedByProvider, OperatorNeeded, OperatorsExclude, NoOperatorForAccelerator, NoEffect, NotOneOf,
 *   MissingValue, NumberOutOfRange, InvalidName, RemovalNeedsTwoKeys, and what `HelmComponent` throws
 */
export class ClusterOperators extends Construct {
  readonly cluster: IAcceleratorCluster;
  /** Releases by operator. */
  readonly releases: ReadonlyMap<OperatorName, HelmComponent>;
  /** Karpenter's definitions, where Karpenter is installed. */
  readonly karpenterDefinitions?: HelmComponent;
  /** Namespaces that were made, by operator. */
  readonly namespaces: ReadonlyMap<OperatorName, Namespace>;
  readonly runtimeClass?: RuntimeClassV1;
  /** Who publishes metrics of the GPUs. Empty where the provider does, and where charts make monitors of their own. */
  readonly metrics: readonly MetricsSource[];

  constructor(scope: Construct, id: string, props: ClusterOperatorsProps) {
    super(scope, id);
    this.cluster = props.cluster;
    const problems = new Problems(this.node.path);
    const settings = props.operators ?? {};
    isObject(problems, "cluster", props.cluster, "a cluster with accelerators");
    problems.throwIfAny();
    const plan = planOperators(problems, props.cluster, settings, props.deviceResources ?? []);
    checkProps(problems, props, plan);
    problems.throwIfAny();

    const before = [...(props.dependsOn ?? this.nodesHere())];
    if (props.createRuntimeClass) {
      const name = props.cluster.operatorFacts.runtimeClass!;
      this.runtimeClass = new RuntimeClassV1(this, "runtime-class", {
        handler: name,
        metadata: { name },
        dependsOn: before,
      });
    }
    const first = [...before, ...(this.runtimeClass ? [this.runtimeClass] : [])];
    const values = valueSettings(props, plan);
    const releases = new Map<OperatorName, HelmComponent>();
    const namespaces = new Map<OperatorName, Namespace>();
    const definitions = plan.install.has("karpenter")
      ? this.installKarpenterDefinitions(settings.karpenter ?? {}, first)
      : undefined;
    this.karpenterDefinitions = definitions;
    for (const name of OPERATORS.filter((each) => plan.install.has(each))) {
      const row = ROWS[name];
      const setting = settings[name] ?? {};
      const scopeOfOne = new Construct(this, name);
      const namespaceName = operatorNamespace(name);
      const namespace =
        row.podSecurity === undefined
          ? undefined
          : new Namespace(scopeOfOne, "namespace", {
              name: namespaceName,
              podSecurity: row.podSecurity,
              removalPolicy: props.removalPolicy,
            });
      if (namespace) {
        namespaces.set(name, namespace);
      }
      const after = (row.after ?? []).flatMap((other) => releases.get(other)?.release ?? []);
      releases.set(
        name,
        new HelmComponent(scopeOfOne, "chart", {
          component: setting.component ?? row.component,
          namespace: namespaceName,
          createNamespace: false,
          version: setting.version,
          timeoutSeconds: setting.timeoutSeconds,
          values: mergeValues(OPERATOR_VALUES[name](props.cluster, plan, values), setting.values ?? {}),
          dependsOn: [
            ...first,
            ...(namespace ? [namespace.resource] : []),
            ...(name === "karpenter" && definitions ? [definitions.release] : []),
            ...after,
          ],
        }),
      );
    }
    this.releases = releases;
    const managed = props.cluster.managed.includes("gpu-metrics") || values.prometheusOperator;
    this.metrics = managed ? [] : gpuMetrics(new Set(releases.keys()));
    this.namespaces = namespaces;
  }

  /** Nodes that the same stack makes: pods of operators wait for them. */
  private nodesHere(): readonly ITerraformDependable[] {
    const { cluster } = this;
    const here =
      Construct.isConstruct(cluster) &&
      cluster.node.scopes.some((scope) => scope === TerraformStack.of(this));
    return here ? (cluster.ready ?? []) : [];
  }

  /** From the same repository and in the same version as Karpenter itself. */
  private installKarpenterDefinitions(
    { component, version }: OperatorSetting,
    before: readonly ITerraformDependable[],
  ): HelmComponent {
    return new HelmComponent(this, "karpenter-definitions", {
      component: { ...COMPONENTS.karpenterCrd, ...(component ? { repository: component.repository } : {}) },
      version: version ?? component?.version,
      createNamespace: false,
      dependsOn: [...before],
    });
  }
}

function checkProps(problems: Problems, props: ClusterOperatorsProps, plan: OperatorPlan): void {
  const gpuOperator = plan.install.has("gpu-operator");
  for (const key of ["gpuDriver", "containerToolkit"] as const) {
    const given = props[key];
    if (given !== undefined) {
      problems.oneOf(key, given, ["operator", "host"]);
      noEffect(problems, key, given, gpuOperator, "the GPU operator");
    }
    if (key === "gpuDriver" && given === "operator" && props.cluster.managed.includes("gpu-driver")) {
      problems.add(ClusterErrors.ManagedByProvider, {
        subject: "gpuDriver",
        given,
        allowed: "host: the cluster comes with gpu-driver",
      });
    }
  }
  if (props.kueue !== undefined && isObject(problems, "kueue", props.kueue, "settings of Kueue")) {
    noEffect(problems, "kueue", props.kueue, plan.install.has("kueue"), "Kueue");
    checkKueue(problems, props.kueue);
  }
  if (props.createRuntimeClass) {
    const known = props.cluster.operatorFacts.runtimeClass !== undefined;
    noEffect(problems, "createRuntimeClass", true, known, "a cluster whose pods need a RuntimeClass");
  }
  if (props.removalPolicy !== undefined) {
    problems.oneOf("removalPolicy", props.removalPolicy, ["retain", "destroy"]);
  }
}

function noEffect(problems: Problems, subject: string, given: unknown, has: boolean, without: string): void {
  if (!has) {
    problems.add(CoreErrors.NoEffect, { subject, given, allowed: `nothing, without ${without}` });
  }
}

function checkKueue(problems: Problems, kueue: KueueSettings): void {
  problems.literalInteger("kueue.podsReadyMinutes", kueue.podsReadyMinutes ?? 45, { min: 1, max: 1440 });
  problems.literalInteger("kueue.podsReadyRetries", kueue.podsReadyRetries ?? 5, { min: 0, max: 100 });
  problems.literalInteger("kueue.replicas", kueue.replicas ?? 2, { min: 1, max: 3 });
  for (const name of kueue.excludedNamespaces ?? []) {
    problems.name("kueue.excludedNamespaces", name, DNS_LABEL);
  }
  problems.unique("kueue.excludedNamespaces", kueue.excludedNamespaces ?? []);
  for (const [gate, enabled] of Object.entries(kueue.featureGates ?? {})) {
    problems.name(`kueue.featureGates "${gate}"`, gate, {
      pattern: /^[A-Z][A-Za-z0-9]*$/,
      maxLength: 100,
      form: "a feature gate in upper camel case",
    });
    problems.oneOf(`kueue.featureGates.${gate}`, String(enabled), ["true", "false"]);
  }
}

function valueSettings(props: ClusterOperatorsProps, plan: OperatorPlan): ValueSettings {
  const { site } = props.cluster;
  const onPrem = site.kind === "kubernetes" && site.operator === "on-prem" && !isEdge(props.cluster);
  const gpuDriver =
    props.gpuDriver ?? (onPrem && !props.cluster.managed.includes("gpu-driver") ? "operator" : "host");
  const known = [...plan.install, ...plan.present].map(operatorNamespace);
  return {
    gpuDriver,
    containerToolkit: props.containerToolkit ?? gpuDriver,
    prometheusOperator: props.prometheusOperator ?? false,
    kueue: props.kueue ?? {},
    namespaces: ["kube-system", ...known],
  };
}
