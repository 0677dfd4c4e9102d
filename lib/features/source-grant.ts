import type { Identity } from "../fabric/identity";
import type { Grant, ILakehouse } from "../lakehouse/index";
import type { FeatureSource } from "./source";

/**
 * Lets `identity` read the table that a view comes from. Clouds give no right on one table of a copied
 * zone, so there it is one on the zone.
 *
 * @param columns @default - all
 */
export function grantSource(
  lakehouse: ILakehouse,
  source: Pick<FeatureSource, "zone" | "table">,
  identity: Identity,
  right: { readonly includePii: boolean; readonly columns?: readonly string[] },
): Grant {
  const zone = lakehouse.zone(source.zone);
  const { includePii, columns } = right;
  if (zone.copyOf !== undefined) {
    return zone.grantRead(identity, { includePii });
  }
  return zone.table(source.table).grantRead(identity, columns === undefined ? { includePii } : { columns });
}
