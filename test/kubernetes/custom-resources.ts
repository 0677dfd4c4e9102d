import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { CustomResource, type CustomResourceProps } from "../../lib/kubernetes/custom-resource";
import { testApp } from "../../lib/testing/synth";
import { captureValidationError, Template } from "../../lib/testing/template";

export const CLUSTER: CustomResourceProps = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  name: "catalog",
  namespace: "lake",
};

export interface Synthesized {
  readonly manifest: {
    readonly metadata: { readonly namespace?: string; readonly labels?: Record<string, string> };
    readonly spec: Record<string, unknown>;
  };
  readonly computed_fields?: readonly string[];
  readonly wait?: unknown;
  readonly timeouts?: unknown;
  readonly lifecycle?: unknown;
}

export function stackWithProvider(): TerraformStack {
  const stack = new TerraformStack(testApp(), "workloads");
  new KubernetesProvider(stack, "kubernetes", { configContext: "fra" });
  return stack;
}

export function resourceOf(props: Partial<CustomResourceProps> = {}) {
  const stack = stackWithProvider();
  new CustomResource(stack, "object", { ...CLUSTER, ...props });
  return Template.of(stack).resource("kubernetes_manifest") as unknown as Synthesized;
}

export function specOf(spec: Record<string, unknown>, props: Partial<CustomResourceProps> = {}) {
  return resourceOf({ spec, ...props }).manifest.spec;
}

export function errorOf(props: Partial<CustomResourceProps>) {
  const stack = stackWithProvider();
  return captureValidationError(() => new CustomResource(stack, "object", { ...CLUSTER, ...props }));
}
