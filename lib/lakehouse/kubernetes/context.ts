import type { ITerraformDependable } from "cdktf";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { LakehouseErrors } from "../errors";
import type { CatalogEndpoint } from "../sharing";

/** What all parts of one Kubernetes lakehouse share. */
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

/** Iceberg namespace that holds the tables of a zone, the same in every warehouse. */
export const TABLE_NAMESPACE = "main";

/** Longest name of a Helm release, and of what charts derive from it. */
const RELEASE_NAME_LENGTH = 53;

/** Name of an object of this lakehouse: a DNS label that also fits a Helm release. */
export function objectName(context: Pick<KubernetesContext, "prefix">, ...parts: readonly string[]): string {
  return resourceName([context.prefix, ...parts], { maxLength: RELEASE_NAME_LENGTH });
}

/** Name of a zone in Trino and in environment variables: hyphens become underscores, which zone names never hold. */
export function catalogName(zone: string): string {
  return zone.replaceAll("-", "_");
}

/** Labels of an object that belongs to this lakehouse. */
export function partOf(context: KubernetesContext, component: string): Record<string, string> {
  return { "app.kubernetes.io/component": component, "app.kubernetes.io/part-of": context.prefix };
}

/** Labels of an object that belongs to one zone: its data class wins over that of the stack. */
export function partOfZone(
  context: KubernetesContext,
  component: string,
  zone: { readonly dataClass?: string },
): Record<string, string> {
  const labels = partOf(context, component);
  return zone.dataClass === undefined ? labels : { ...labels, "data-class": zone.dataClass };
}

/** How engines outside reach the tables of a zone of a Kubernetes lakehouse. @throws MissingCatalogEndpoint */
export function restEndpoint(where: string, zone: string, uri: string | undefined): CatalogEndpoint {
  if (uri === undefined) {
    const problems = new Problems(where);
    problems.add(LakehouseErrors.MissingCatalogEndpoint, {
      subject: `zone "${zone}"`,
      given: undefined,
      allowed: "a lakehouse with `catalogUri`",
    });
    problems.throwIfAny();
  }
  return { kind: "iceberg-rest", uri: uri!, warehouse: zone, namespace: TABLE_NAMESPACE };
}
