import type { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import type { EndpointReach, EndpointShadow } from "../serving";
import { disruptionBudget } from "./disruption";
import { ENGINE_PORT_NAME } from "./labels";
import { partSelector, podTemplate } from "./pods";
import { VariantScaler } from "./scaler";
import { type EndpointContext, type ResolvedVariant, seriesLabels, type VariantObjects } from "./variant";

/** Port of the Service that KServe makes in Standard mode. */
const SERVICE_PORT = 80;

export interface InferenceServiceVariantProps {
  readonly context: EndpointContext;
  readonly variant: ResolvedVariant;
}

/**
 * A variant as an InferenceService of KServe in Standard mode: a Deployment and a Service by its controller, with the pods
 * of the library. There is no picker: a Service takes any replica, and priorities of classes have no meaning.
 *
 * Terraform resource types: `kubernetes_manifest` (InferenceService, ScaledObject), `kubernetes_pod_disruption_budget_v1`.
 *
 * Source: https://kserve.github.io/website (deployment modes, autoscalerClass external) and kserve/kserve v0.20.0 (read 2026-11)
 */
export class InferenceServiceVariant extends Construct implements VariantObjects {
  readonly resource: CustomResource;
  readonly disruptionBudget: PodDisruptionBudgetV1;
  readonly scaler?: VariantScaler;
  readonly reach: EndpointReach;
  readonly service: EndpointShadow["service"];
  readonly metrics: readonly MetricsSource[];
  readonly objectives = {};

  constructor(scope: Construct, id: string, { context, variant }: InferenceServiceVariantProps) {
    super(scope, id);
    const part = variant.parts[0]!;
    const { metadata, spec } = podTemplate(context, variant, part);
    const predictor = `${variant.object}-predictor`;
    const [engine, ...others] = spec.containers;
    this.resource = new CustomResource(this, "service", {
      apiVersion: "serving.kserve.io/v1beta1",
      kind: "InferenceService",
      name: variant.object,
      namespace: context.namespace,
      labels: partSelector(context, variant, part),
      annotations: {
        "serving.kserve.io/deploymentMode": "Standard",
        // Nobody but KEDA, or nobody at all, scales.
        "serving.kserve.io/autoscalerClass": variant.props.scaling === undefined ? "none" : "external",
      },
      spec: {
        predictor: {
          ...(variant.props.scaling === undefined ? { minReplicas: part.replicas } : {}),
          labels: metadata.labels,
          ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
          ...spec,
          containers: [{ ...engine, name: "kserve-container" }, ...others],
        },
      },
      dependsOn: context.after,
    });
    this.disruptionBudget = disruptionBudget(
      this,
      context,
      variant,
      part,
      partSelector(context, variant, part),
    );
    this.scaler =
      variant.props.scaling === undefined
        ? undefined
        : new VariantScaler(this, "scaler", {
            context,
            variant,
            target: { apiVersion: "apps/v1", kind: "Deployment", name: predictor },
            after: this.resource,
          });
    this.service = { namespace: context.namespace, name: predictor, port: SERVICE_PORT };
    this.reach = { kind: "service", ...this.service };
    this.metrics = [
      {
        exporter: variant.props.plan.engine,
        name: variant.object,
        namespace: context.namespace,
        podLabels: partSelector(context, variant, part),
        port: ENGINE_PORT_NAME,
        labels: seriesLabels(context, variant, part.role),
      },
    ];
  }
}
