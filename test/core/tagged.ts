import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { type Ownership, tagStack } from "../../lib/core/tags";
import { type SynthesizedStack, synthStack, testApp } from "../../lib/testing";

export const OWNERSHIP: Ownership = { owner: "data-platform", environment: "prod", costCentre: "cc-1042" };
export const TAGS = {
  "cost-centre": "cc-1042",
  "data-class": "internal",
  environment: "prod",
  "managed-by": "cdktf-hybrid-ai",
  owner: "data-platform",
};

/** Synthesizes what `fill` declares in a stack with ownership tags. */
export function tagged(
  fill: (stack: TerraformStack) => void,
  ownership: Ownership = OWNERSHIP,
): SynthesizedStack {
  const stack = new TerraformStack(testApp(), "stack");
  new AwsProvider(stack, "aws");
  new GoogleProvider(stack, "google");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  fill(stack);
  tagStack(stack, ownership);
  return synthStack(stack);
}

/** The one resource named `it`. */
export function resource(stack: SynthesizedStack): Record<string, unknown> {
  const [resources] = Object.values(stack.resource ?? {});
  return resources?.it ?? {};
}
