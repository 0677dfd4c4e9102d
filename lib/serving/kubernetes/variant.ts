import type { ITerraformDependable } from "cdktf";
import type { PoolScheduling } from "../../cluster/index";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import type { EndpointReach, EndpointShadow, TrafficClass } from "../serving";
import type { EngineRole, PodLabels } from "./labels";
import type { KubernetesVariantProps, PickerProps, WeightsCache } from "./props";

/** What all variants of an endpoint share. */
export interface EndpointContext {
  readonly prefix: string;
  readonly endpoint: string;
  /** Literal. */
  readonly namespace: string;
  readonly classes: readonly TrafficClass[];
  readonly serviceAccount: string;
  readonly picker?: PickerProps;
  readonly prometheusUrl?: string;
  readonly pauseImage: string;
  /** What must be there before anything in the namespace. */
  readonly after: ITerraformDependable[];
}

/** One phase of a variant: pods that are alike. */
export interface VariantPart {
  readonly role: EngineRole;
  readonly replicas: number;
  readonly scheduling: PoolScheduling;
}

/** A variant with its defaults. */
export interface ResolvedVariant {
  readonly props: KubernetesVariantProps;
  /** Name of its objects. */
  readonly object: string;
  readonly cache: WeightsCache;
  /** All weights, GiB. */
  readonly weightsGib: number;
  /** One, or prefill and decode. The last one is called. */
  readonly parts: readonly VariantPart[];
}

/** A variant as objects, of whatever form. */
export interface VariantObjects {
  readonly reach: EndpointReach;
  /** Service at which any replica is reached without a picker; undefined where the form has none that is known. */
  readonly service?: EndpointShadow["service"];
  readonly metrics: readonly MetricsSource[];
  /** InferenceObjective of each class; empty where the form has none. */
  readonly objectives: Readonly<Record<string, string>>;
}

export function labelsOf(
  { prefix, endpoint }: Pick<EndpointContext, "prefix" | "endpoint">,
  { object, props }: Pick<ResolvedVariant, "object" | "props">,
  role: EngineRole,
): PodLabels {
  return { prefix, endpoint, object, engine: props.plan.engine, role };
}

/** Name of the objects of one phase. */
export function partName({ object }: Pick<ResolvedVariant, "object">, role: EngineRole): string {
  return role === "both" ? object : `${object}-${role}`;
}

/** The label values by which series of a variant are told apart, as `metrics` says. */
export function seriesLabels(
  { endpoint }: Pick<EndpointContext, "endpoint">,
  { props }: Pick<ResolvedVariant, "props">,
  role: EngineRole,
): Record<string, string> {
  return { endpoint, variant: props.name, ...(role === "both" ? {} : { role }) };
}
