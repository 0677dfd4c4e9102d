import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import { partOf } from "../../kubernetes/room-context";
import { refuseOtherScalers } from "../../kubernetes/scaler-guard";
import { type ScaleTarget, scaledObjectSpec } from "./scaling";
import type { EndpointContext, ResolvedVariant } from "./variant";

export interface VariantScalerProps {
  readonly context: EndpointContext;
  readonly variant: ResolvedVariant;
  readonly target: ScaleTarget;
  readonly after: CustomResource;
}

/**
 * Scales the replicas of a variant by KEDA. Whatever else of the app scales the same object is refused.
 *
 * Terraform resource types: `kubernetes_manifest` (ScaledObject).
 *
 * @throws at synth TwoScalers
 */
export class VariantScaler extends Construct {
  readonly scaledObject: CustomResource;

  constructor(scope: Construct, id: string, { context, variant, target, after }: VariantScalerProps) {
    super(scope, id);
    this.scaledObject = new CustomResource(this, "scaled-object", {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      name: variant.object,
      namespace: context.namespace,
      labels: partOf(context, "scaler"),
      spec: scaledObjectSpec(context, variant, target),
      dependsOn: [after.manifest],
    });
    refuseOtherScalers(this, {
      owner: `variant "${variant.props.name}" of the endpoint`,
      own: this.scaledObject.manifest,
      namespace: context.namespace,
      kinds: [target.kind],
      names: [target.name],
    });
  }
}
