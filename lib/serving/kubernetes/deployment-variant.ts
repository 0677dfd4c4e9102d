import type { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { partOf } from "../../kubernetes/room-context";
import type { EndpointReach, EndpointShadow } from "../serving";
import { disruptionBudget } from "./disruption";
import { ENGINE_PORT_NAME, SERVE_PORT, SERVES_LABEL } from "./labels";
import { ClassObjectives } from "./objectives";
import { EndpointPicker, PICKER_METRICS_PORT_NAME } from "./picker";
import { partSelector, podTemplate } from "./pods";
import { analysisSpec, strategyOf, VERSION_LABEL } from "./rollout";
import { VariantScaler } from "./scaler";
import type { ScaleTarget } from "./scaling";
import {
  type EndpointContext,
  partName,
  type ResolvedVariant,
  seriesLabels,
  type VariantObjects,
  type VariantPart,
} from "./variant";

export interface DeploymentVariantProps {
  readonly context: EndpointContext;
  readonly variant: ResolvedVariant;
}

/**
 * A variant without KServe: pods of the engine, a Service, and an InferencePool with its picker. Replicas of one node are
 * a Deployment, or a Rollout where a new version has to prove itself; those of several nodes a LeaderWorkerSet.
 *
 * Pods are `kubernetes_manifest`, because the typed resources have no volumes of images.
 *
 * Terraform resource types: `kubernetes_manifest` (Deployment, Rollout, LeaderWorkerSet, AnalysisTemplate, ScaledObject),
 * `kubernetes_service_v1`, `kubernetes_pod_disruption_budget_v1`, and those of {@link EndpointPicker} and
 * {@link ClassObjectives}.
 */
export class DeploymentVariant extends Construct implements VariantObjects {
  /** By phase: `both`, or `prefill` and `decode`. */
  readonly workloads: Readonly<Record<string, CustomResource>>;
  readonly services: readonly ServiceV1[];
  readonly disruptionBudgets: readonly PodDisruptionBudgetV1[];
  readonly picker: EndpointPicker;
  readonly classObjectives: ClassObjectives;
  readonly analysis?: CustomResource;
  readonly scaler?: VariantScaler;
  readonly reach: EndpointReach;
  readonly service: EndpointShadow["service"];
  readonly metrics: readonly MetricsSource[];
  readonly objectives;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DeploymentVariantProps,
  ) {
    super(scope, id);
    const { context, variant } = props;
    this.services = this.makeServices();
    this.analysis = this.makeAnalysis();
    this.workloads = Object.fromEntries(
      variant.parts.map((part) => [part.role, this.makeWorkload(part)] as const),
    );
    this.disruptionBudgets = variant.parts.map((part) =>
      disruptionBudget(this, context, variant, part, partSelector(context, variant, part)),
    );
    this.picker = new EndpointPicker(this, "picker", { context, variant });
    this.classObjectives = new ClassObjectives(this, "objectives", {
      context,
      variant,
      pool: variant.object,
    });
    this.objectives = this.classObjectives.names;
    const called = variant.parts.at(-1)!;
    this.scaler =
      variant.props.scaling === undefined
        ? undefined
        : new VariantScaler(this, "scaler", {
            context,
            variant,
            target: this.targetOf(called),
            after: this.workloads[called.role]!,
          });
    // The pool and the Service have one name.
    this.service = { namespace: context.namespace, name: variant.object, port: SERVE_PORT };
    this.reach = { kind: "inference-pool", ...this.service };
    this.metrics = this.sources();
  }

  private targetOf(part: VariantPart): ScaleTarget {
    const { rollout, plan } = this.props.variant.props;
    const name = partName(this.props.variant, part.role);
    if (plan.nodesPerReplica > 1) {
      return { apiVersion: "leaderworkerset.x-k8s.io/v1", kind: "LeaderWorkerSet", name };
    }
    return rollout === undefined
      ? { apiVersion: "apps/v1", kind: "Deployment", name }
      : { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name };
  }

  private makeServices(): readonly ServiceV1[] {
    const { context, variant } = this.props;
    const service = (id: string, name: string) =>
      new ServiceV1(this, id, {
        metadata: { name, namespace: context.namespace, labels: partOf(context, "service") },
        spec: {
          selector: { [SERVES_LABEL]: variant.object },
          port: [{ name: "http", port: SERVE_PORT, targetPort: String(SERVE_PORT), protocol: "TCP" }],
        },
        // A Rollout points its services at one version.
        lifecycle:
          variant.props.rollout?.kind === "blue-green" ? { ignoreChanges: ["spec[0].selector"] } : undefined,
        dependsOn: context.after,
      });
    return [
      service("service", variant.object),
      ...(variant.props.rollout?.kind === "blue-green"
        ? [service("preview-service", `${variant.object}-preview`)]
        : []),
    ];
  }

  private makeAnalysis(): CustomResource | undefined {
    const { context, variant } = this.props;
    const { rollout } = variant.props;
    return rollout === undefined
      ? undefined
      : new CustomResource(this, "analysis", {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "AnalysisTemplate",
          name: variant.object,
          namespace: context.namespace,
          labels: partOf(context, "analysis"),
          spec: analysisSpec(context, variant, rollout.analysis),
          dependsOn: context.after,
        });
  }

  private makeWorkload(part: VariantPart): CustomResource {
    const { context, variant } = this.props;
    const target = this.targetOf(part);
    return new CustomResource(this, `workload-${part.role}`, {
      ...target,
      namespace: context.namespace,
      labels: partSelector(context, variant, part),
      spec: {
        // Where KEDA scales, nobody else says how many.
        ...(variant.props.scaling === undefined ? { replicas: part.replicas } : {}),
        ...(target.kind === "LeaderWorkerSet" ? this.groupSpec(part) : this.podsSpec(part)),
      },
      dependsOn: [...context.after, ...(this.analysis ? [this.analysis.manifest] : [])],
    });
  }

  private groupSpec(part: VariantPart): Record<string, unknown> {
    const { context, variant } = this.props;
    return {
      rolloutStrategy: {
        type: "RollingUpdate",
        rollingUpdateConfiguration: { maxUnavailable: 1, maxSurge: 0 },
      },
      leaderWorkerTemplate: {
        size: variant.props.plan.nodesPerReplica,
        restartPolicy: "RecreateGroupOnPodRestart",
        leaderTemplate: podTemplate(context, variant, part, "leader"),
        workerTemplate: podTemplate(context, variant, part, "worker"),
      },
    };
  }

  private podsSpec(part: VariantPart): Record<string, unknown> {
    const { context, variant } = this.props;
    const { rollout, plan } = variant.props;
    const template = podTemplate(context, variant, part);
    return {
      selector: { matchLabels: partSelector(context, variant, part) },
      template:
        rollout?.kind === "blue-green"
          ? {
              ...template,
              metadata: {
                ...template.metadata,
                // Before the Rollout has said which version a pod is of, it answers nothing.
                labels: { ...template.metadata.labels, [VERSION_LABEL]: "new" },
              },
            }
          : template,
      progressDeadlineSeconds: 3600,
      strategy:
        rollout === undefined
          ? // Accelerators for one more replica may not be there: the old one leaves first, but for a single replica.
            {
              type: "RollingUpdate",
              rollingUpdate:
                part.replicas > 1 ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
            }
          : strategyOf(rollout, plan.drainSeconds, {
              template: variant.object,
              service: variant.object,
              preview: `${variant.object}-preview`,
            }),
    };
  }

  private sources(): readonly MetricsSource[] {
    const { context, variant } = this.props;
    const { namespace } = context;
    return [
      ...variant.parts.map((part) => ({
        exporter: variant.props.plan.engine,
        name: partName(variant, part.role),
        namespace,
        podLabels: { ...partSelector(context, variant, part), [SERVES_LABEL]: variant.object },
        port: ENGINE_PORT_NAME,
        labels: seriesLabels(context, variant, part.role),
      })),
      {
        exporter: "inference-scheduler" as const,
        name: `${variant.object}-picker`,
        namespace,
        podLabels: this.picker.podLabels,
        port: PICKER_METRICS_PORT_NAME,
        labels: seriesLabels(context, variant, "both"),
      },
    ];
  }
}
