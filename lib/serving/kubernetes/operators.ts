import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { Problems } from "../../core/problems";
import { type ComponentVersions, checkCompatibility } from "../../kubernetes/compatibility";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { InferenceDefinitions } from "./inference-definitions";
import type { KubernetesServingForm } from "./props";

export interface KubernetesServingOperatorsProps {
  /** Forms of the endpoints of this cluster. */
  readonly forms: readonly KubernetesServingForm[];
  /** KEDA, for `scaling`. @default true */
  readonly keda?: boolean;
  /** LeaderWorkerSet, for replicas of several nodes. Leave it out where `ClusterOperators` installs it. @default false */
  readonly leaderWorkerSet?: boolean;
  /** Argo Rollouts, for `rollout`. @default false */
  readonly argoRollouts?: boolean;
  /**
   * The configuration that KServe's two charts share; `false` if another release of KServe has brought it. Refused where no
   * form is of KServe. @default true
   */
  readonly kserveConfiguration?: boolean;
  /** cert-manager, for the webhooks of KServe; refused without it. @default - true if a form of KServe is among `forms` */
  readonly certManager?: boolean;
  /**
   * The kinds InferencePool and InferenceObjective; refused where no form has them.
   * @default - true if a form with InferencePools is among `forms`
   */
  readonly inferenceDefinitions?: boolean;
  /** What else the cluster has, held against what is installed here. @default - not checked */
  readonly versions?: ComponentVersions;
  /** Releases that KServe needs and another construct makes, such as cert-manager's. Refused where no form is of KServe. @default - none */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** A chart of KServe makes what it shares with the other one unless told not to. */
const withConfiguration = (made: boolean) => (made ? {} : { createSharedResources: false });

/**
 * Operators that a `KubernetesModelEndpoint` needs, for the `platform` stack: their definitions must be served when the
 * `workloads` stack is planned. Each can be left out if the cluster has it.
 *
 * KServe's LLMInferenceService also needs the definitions of the Gateway API, which a gateway's operators bring.
 *
 * Terraform resource types: `helm_release`, `kubernetes_manifest` (CustomResourceDefinition).
 *
 * @throws ComponentsDoNotFit, MissingValue, NotOneOf, NoEffect, DuplicateValue, InvalidName, TokenNotAllowed
 */
export class KubernetesServingOperators extends Construct {
  readonly certManager?: HelmComponent;
  readonly keda?: HelmComponent;
  readonly leaderWorkerSet?: HelmComponent;
  readonly argoRollouts?: HelmComponent;
  readonly definitions?: InferenceDefinitions;
  /** Definitions, controller: form "inference-service". */
  readonly kserve: readonly HelmComponent[];
  /** Definitions, controller, presets: form "llm-inference-service". */
  readonly kserveLlm: readonly HelmComponent[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubernetesServingOperatorsProps,
  ) {
    super(scope, id);
    const has = (form: KubernetesServingForm) => props.forms.includes(form);
    const kserve = has("inference-service") || has("llm-inference-service");
    const pools = has("deployment") || has("llm-inference-service");
    this.check(kserve, pools);
    if (props.certManager ?? kserve) {
      this.certManager = new HelmComponent(this, "cert-manager", { component: COMPONENTS.certManager });
    }
    if (props.keda ?? true) {
      this.keda = new HelmComponent(this, "keda", { component: COMPONENTS.keda });
    }
    if (props.leaderWorkerSet ?? false) {
      this.leaderWorkerSet = new HelmComponent(this, "leader-worker-set", {
        component: COMPONENTS.leaderWorkerSet,
      });
    }
    if (props.argoRollouts ?? false) {
      this.argoRollouts = new HelmComponent(this, "argo-rollouts", { component: COMPONENTS.argoRollouts });
    }
    if (props.inferenceDefinitions ?? pools) {
      this.definitions = new InferenceDefinitions(this, "definitions");
    }
    this.kserve = has("inference-service") ? this.makeKserve() : [];
    this.kserveLlm = has("llm-inference-service") ? this.makeKserveLlm() : [];
  }

  private check(kserve: boolean, pools: boolean): void {
    const { props } = this;
    const problems = new Problems(this.node.path);
    problems.required("forms", props.forms[0], "one form or more");
    problems.unique("forms", props.forms);
    props.forms.forEach((form, index) => {
      problems.oneOf(`forms[${index}]`, form, ["deployment", "llm-inference-service", "inference-service"]);
    });
    for (const [subject, given, needed] of [
      ["certManager", props.certManager, kserve],
      ["kserveConfiguration", props.kserveConfiguration, kserve],
      ["inferenceDefinitions", props.inferenceDefinitions, pools],
      ["dependsOn", props.dependsOn && `${props.dependsOn.length} releases`, kserve],
    ] as const) {
      if (given !== undefined && !needed) {
        problems.add(CoreErrors.NoEffect, {
          subject,
          given,
          allowed: `nothing, with ${props.forms.join(", ")}`,
        });
      }
    }
    checkCompatibility(problems, "versions", {
      ...props.versions,
      ...(kserve ? { kserve: COMPONENTS.kserve.version } : {}),
      ...(kserve && (props.certManager ?? true) ? { "cert-manager": COMPONENTS.certManager.version } : {}),
      ...(props.leaderWorkerSet ? { "leader-worker-set": COMPONENTS.leaderWorkerSet.version } : {}),
    });
    problems.throwIfAny();
  }

  /** What must be there before a controller of KServe. */
  private get before(): readonly ITerraformDependable[] {
    return [...(this.certManager ? [this.certManager.release] : []), ...(this.props.dependsOn ?? [])];
  }

  private get alreadyInstalled() {
    return this.certManager === undefined ? ["cert-manager"] : undefined;
  }

  /** Without Knative, and without routes of its own: a gateway routes to the Service. */
  private makeKserve(): readonly HelmComponent[] {
    const definitions = new HelmComponent(this, "kserve-crd", { component: COMPONENTS.kserveCrd });
    const controller = new HelmComponent(this, "kserve", {
      component: COMPONENTS.kserve,
      values: {
        kserve: {
          controller: { deploymentMode: "Standard", gateway: { disableIngressCreation: true } },
          ...withConfiguration(this.props.kserveConfiguration ?? true),
        },
      },
      alreadyInstalled: this.alreadyInstalled,
      dependsOn: [...this.before, definitions.release],
    });
    return [definitions, controller];
  }

  private makeKserveLlm(): readonly HelmComponent[] {
    const after = this.kserve.map(({ release }) => release);
    const definitions = new HelmComponent(this, "kserve-llmisvc-crd", { component: COMPONENTS.kserveLlmCrd });
    const controller = new HelmComponent(this, "kserve-llmisvc", {
      component: COMPONENTS.kserveLlm,
      // Two charts with one configuration: the first one has it.
      values: {
        kserve: withConfiguration((this.props.kserveConfiguration ?? true) && after.length === 0),
      },
      alreadyInstalled: this.alreadyInstalled,
      dependsOn: [
        ...this.before,
        ...after,
        definitions.release,
        ...(this.definitions ? [this.definitions.pool.manifest] : []),
        ...(this.leaderWorkerSet ? [this.leaderWorkerSet.release] : []),
      ],
    });
    const presets = new HelmComponent(this, "kserve-runtime-configs", {
      component: COMPONENTS.kserveRuntimeConfigs,
      dependsOn: [controller.release],
    });
    return [definitions, controller, presets];
  }
}
