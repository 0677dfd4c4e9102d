import { Problems } from "../../core/problems";
import { type KubernetesContext, partOf } from "../../kubernetes/room-context";
import { LakehouseErrors } from "../errors";
import type { CatalogEndpoint } from "../sharing";

/** Iceberg namespace that holds the tables of a zone, the same in every warehouse. */
export const TABLE_NAMESPACE = "main";

/** Name of a zone in Trino and in environment variables: hyphens become underscores, which zone names never hold. */
export function catalogName(zone: string): string {
  return zone.replaceAll("-", "_");
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
