import type { ITerraformDependable } from "cdktf";
import { resourceName } from "../core/naming";

/** What all parts of one capability in a cluster share: a lakehouse, a vector store. */
export interface KubernetesContext {
  readonly prefix: string;
  /** Literal. */
  readonly namespace: string;
  /** What must be there before anything in the namespace. */
  readonly after: readonly ITerraformDependable[];
  /** Whether contents may be destroyed with the declaration. */
  readonly destroyable: boolean;
}

/** Where a pod finds a value of a Secret. */
export interface SecretEnv {
  /** Name of the environment variable. */
  readonly name: string;
  readonly secretName: string;
  readonly secretKey: string;
}

/** Longest name of a Helm release, and of what charts derive from it. */
const RELEASE_NAME_LENGTH = 53;

/** Name of an object that belongs to a capability: a DNS label that also fits a Helm release. */
export function objectName(context: Pick<KubernetesContext, "prefix">, ...parts: readonly string[]): string {
  return resourceName([context.prefix, ...parts], { maxLength: RELEASE_NAME_LENGTH });
}

/** Labels of an object that belongs to a capability. */
export function partOf(
  context: Pick<KubernetesContext, "prefix">,
  component: string,
): Record<string, string> {
  return { "app.kubernetes.io/component": component, "app.kubernetes.io/part-of": context.prefix };
}
