import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import type { Construct } from "constructs";
import { partOf } from "../../kubernetes/room-context";
import { type EndpointContext, partName, type ResolvedVariant, type VariantPart } from "./variant";

/**
 * Nodes are drained of one replica at a time; one pod that goes takes its whole replica down.
 *
 * @param matchLabels of all pods of the phase
 */
export function disruptionBudget(
  scope: Construct,
  context: EndpointContext,
  variant: ResolvedVariant,
  { role }: VariantPart,
  matchLabels: Readonly<Record<string, string>>,
): PodDisruptionBudgetV1 {
  return new PodDisruptionBudgetV1(scope, `disruption-budget-${role}`, {
    metadata: {
      name: partName(variant, role),
      namespace: context.namespace,
      labels: partOf(context, "disruption-budget"),
    },
    spec: { maxUnavailable: "1", selector: { matchLabels: { ...matchLabels } } },
    dependsOn: context.after,
  });
}
