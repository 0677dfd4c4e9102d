import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { Site } from "../../../lib";
import { KubernetesObservability, type KubernetesObservabilityProps } from "../../../lib/kubernetes";
import { testApp } from "../../../lib/testing";
import { everything } from "../fixture";

export const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
export const EEMSHAVEN = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });

export function kubernetesStack(): TerraformStack {
  const stack = new TerraformStack(testApp(), "workloads");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  return stack;
}

export function observability(
  props: Partial<KubernetesObservabilityProps> = {},
  stack: TerraformStack = kubernetesStack(),
): KubernetesObservability {
  return new KubernetesObservability(stack, "observability", {
    site: FRANKFURT,
    namePrefix: "acme",
    ...everything(),
    ...props,
  });
}
