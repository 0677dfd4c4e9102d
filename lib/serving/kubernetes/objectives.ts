import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import { partOf } from "../../kubernetes/room-context";
import { variantName } from "./labels";
import type { EndpointContext, ResolvedVariant } from "./variant";

export interface ClassObjectivesProps {
  readonly context: EndpointContext;
  readonly variant: ResolvedVariant;
  /** Name of the InferencePool. */
  readonly pool: string;
}

/**
 * An InferenceObjective for each class: the picker serves higher priorities first, and sheds negative ones under load.
 * A request belongs to a class by the header `x-llm-d-inference-objective` with the name of the object.
 *
 * Terraform resource types: `kubernetes_manifest`.
 *
 * Source: llm-d/llm-d-router config/crd/bases, 0.9 and newer (read 2026-11)
 */
export class ClassObjectives extends Construct {
  readonly resources: readonly CustomResource[];
  /** Names of the objects by class. */
  readonly names: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { context, variant, pool }: ClassObjectivesProps) {
    super(scope, id);
    const named = context.classes.map((of) => ({ of, name: variantName(variant.object, of.name) }));
    this.names = Object.fromEntries(named.map(({ of, name }) => [of.name, name]));
    this.resources = named.map(
      ({ of, name }) =>
        new CustomResource(this, of.name, {
          apiVersion: "llm-d.ai/v1alpha2",
          kind: "InferenceObjective",
          name,
          namespace: context.namespace,
          labels: partOf(context, "objective"),
          spec: {
            priority: of.priority,
            poolRef: { group: "inference.networking.k8s.io", kind: "InferencePool", name: pool },
          },
          dependsOn: context.after,
        }),
    );
  }
}
