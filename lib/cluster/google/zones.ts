import type { Problems } from "../../core/problems";
import type { AcceleratorPool } from "../../fabric/pool";
import { ClusterErrors } from "../errors";

const ZONE_SUFFIX = /^-[a-z]$/;

/** Adds ZoneNotInCluster for what is no zone of the region. */
export function checkZones(
  problems: Problems,
  subject: string,
  zones: readonly string[],
  region: string,
): void {
  for (const zone of zones) {
    const inRegion =
      typeof zone === "string" && zone.startsWith(region) && ZONE_SUFFIX.test(zone.slice(region.length));
    if (problems.literal(subject, zone, "the name of a zone") && !inRegion) {
      problems.add(ClusterErrors.ZoneNotInCluster, {
        subject,
        given: zone,
        allowed: `zones of ${region}, such as ${region}-b`,
      });
    }
  }
}

/**
 * Zones of the nodes of a pool.
 *
 * Adds ZoneNotInCluster, GangAcrossZones.
 *
 * @param together what is placed together, and what has a network of one zone, is in one: the pool's, else the cluster's
 *   first
 */
export function zonesOf(
  problems: Problems,
  pool: AcceleratorPool,
  together: boolean,
  cluster: { readonly region: string; readonly zones: readonly string[] },
): readonly string[] {
  const subject = `pool "${pool.name}" zones`;
  checkZones(problems, subject, pool.zones ?? [], cluster.region);
  if (together && pool.zones !== undefined && pool.zones.length > 1) {
    problems.add(ClusterErrors.GangAcrossZones, {
      subject,
      given: pool.zones,
      allowed: "exactly one zone: nodes that are placed together are in one",
    });
  }
  const zones = pool.zones ?? cluster.zones;
  return together ? zones.slice(0, 1) : zones;
}

/** As many of the zones as share a number of nodes evenly: GKE takes a fixed number per zone. */
export function evenZones(zones: readonly string[], nodes: number): readonly string[] {
  const most = Math.min(zones.length, Math.max(nodes, 1));
  const share = Array.from({ length: most }, (_, index) => most - index).find((count) => nodes % count === 0);
  return zones.slice(0, share ?? 1);
}
