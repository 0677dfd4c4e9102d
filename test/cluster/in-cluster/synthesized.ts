import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { synthStack, testApp } from "../../../lib/testing";

/** One Terraform resource. */
export type Resource = Readonly<Record<string, unknown>>;
type Resources = Readonly<Record<string, Readonly<Record<string, Resource>>>>;

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: Record<string, unknown>;
}

/** A stack with providers for Kubernetes and Helm. */
export function stackOf(context: Record<string, unknown> = {}, name = "stack"): TerraformStack {
  const stack = new TerraformStack(testApp(context), name);
  withProviders(stack);
  return stack;
}

export function withProviders(stack: TerraformStack): void {
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
}

/** Resources of one type that a stack holds, by logical id. */
export function resourcesOf(stack: TerraformStack, type: string): Readonly<Record<string, Resource>> {
  const { resource = {} } = synthStack(stack) as { readonly resource?: Resources };
  return resource[type] ?? {};
}

/** All objects that are manifests, sorted by kind and name. */
export function objectsOf(stack: TerraformStack): readonly KubernetesObject[] {
  const objects = Object.values(resourcesOf(stack, "kubernetes_manifest")).map(
    ({ manifest }) => manifest as KubernetesObject,
  );
  const key = ({ kind, metadata }: KubernetesObject) =>
    `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
  return [...objects].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The only object of a kind (and name). */
export function objectOf(stack: TerraformStack, kind: string, name?: string): KubernetesObject {
  const found = objectsOf(stack).filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found.length !== 1) {
    throw new Error(`${found.length} objects ${kind} ${name ?? ""}: ${found.map((o) => o.metadata.name)}`);
  }
  return found[0]!;
}

/** Values of a release by its name. */
export function valuesOf(stack: TerraformStack, release: string): Record<string, never> {
  const found = Object.values(resourcesOf(stack, "helm_release")).find(({ name }) => name === release);
  const [text = "{}"] = (found?.values ?? []) as readonly string[];
  return JSON.parse(text) as Record<string, never>;
}

/** Names of the releases of a stack, sorted. */
export function releasesOf(stack: TerraformStack): readonly string[] {
  return Object.values(resourcesOf(stack, "helm_release"))
    .map(({ name }) => String(name))
    .sort();
}
