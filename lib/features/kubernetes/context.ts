import { resourceName } from "../../core/naming";

/** What all parts of one feature store in a cluster share. Literals. */
export interface FeatureContext {
  readonly prefix: string;
  readonly namespace: string;
}

/** Longest name of a Helm release, and of what charts derive from it. */
const RELEASE_NAME_LENGTH = 53;

/** Name of an object of this feature store: a DNS label that also fits a Helm release. */
export function objectName(context: FeatureContext, ...parts: readonly string[]): string {
  return resourceName([context.prefix, ...parts.map((part) => part.replaceAll("_", "-"))], {
    maxLength: RELEASE_NAME_LENGTH,
  });
}

/** Labels of an object that belongs to this feature store. */
export function partOf(context: FeatureContext, component: string): Record<string, string> {
  return { "app.kubernetes.io/component": component, "app.kubernetes.io/part-of": context.prefix };
}
