import type { Problems } from "../../core/problems";
import type { Capacity } from "../../fabric/capacity";
import type { AcceleratorPool } from "../../fabric/pool";
import type { AwsZoneSubnet, IAwsNetwork } from "../../network/network";
import { ClusterErrors } from "../errors";
import { AwsClusterErrors } from "./errors";

/** Where the nodes of a pool may be. */
export interface Place {
  /** Literal; undefined: the network does not tell its zones, and any subnet will do. */
  readonly zones?: readonly string[];
  readonly subnetIds: readonly string[];
}

/** Reserved capacity of one zone; a group of reservations may have several. */
function isInOneZone(capacity: Capacity): boolean {
  return (
    capacity.kind === "capacityBlock" ||
    (capacity.kind === "reservation" && capacity.aws?.resourceGroupArn === undefined)
  );
}

function checkKnown(
  problems: Problems,
  pool: AcceleratorPool,
  subnets: Readonly<Record<string, AwsZoneSubnet>>,
) {
  const unknown = (pool.zones ?? []).filter((zone) => !Object.hasOwn(subnets, zone));
  if (unknown.length > 0) {
    problems.add(ClusterErrors.ZoneNotInCluster, {
      subject: `pool "${pool.name}" zones`,
      given: unknown,
      allowed: Object.keys(subnets).join(", "),
    });
  }
  return unknown.length === 0;
}

/** The zones of a pool: those it names, else the first of the network for a gang, else all. */
function chosenZones(problems: Problems, pool: AcceleratorPool, all: readonly string[]): readonly string[] {
  const { name, zones, closeTogether, capacity } = pool;
  if (closeTogether && (zones?.length ?? 0) > 1) {
    problems.add(ClusterErrors.GangAcrossZones, {
      subject: `pool "${name}" zones`,
      given: zones,
      allowed: "one zone: EFA does not cross zones",
    });
  }
  const reserved = capacity.find(isInOneZone);
  if (reserved !== undefined && (zones ?? all).length > 1) {
    problems.add(AwsClusterErrors.ReservationNeedsZone, {
      subject: `pool "${name}" zones`,
      given: zones,
      allowed: `the one of ${all.join(", ")} that the ${reserved.kind} is in`,
    });
  }
  // In the order of the network: that of the pool has no meaning.
  return zones === undefined
    ? closeTogether
      ? all.slice(0, 1)
      : all
    : all.filter((zone) => zones.includes(zone));
}

/**
 * Zones and subnets of a pool.
 *
 * Adds ZoneNotInCluster, GangAcrossZones, ReservationNeedsZone, ZonesUnknown.
 */
export function placeOf(problems: Problems, pool: AcceleratorPool, network: IAwsNetwork): Place {
  const { subnetsByZone, privateSubnetIds } = network;
  if (subnetsByZone === undefined) {
    const single = privateSubnetIds.length === 1;
    const needs = pool.zones !== undefined || pool.closeTogether || pool.capacity.some(isInOneZone);
    if (needs && !single) {
      problems.add(AwsClusterErrors.ZonesUnknown, {
        subject: `pool "${pool.name}" zones`,
        given: pool.zones,
        allowed: "a network with subnetsByZone, because the nodes have to be in one zone of choice",
      });
    }
    return { subnetIds: privateSubnetIds };
  }
  if (!checkKnown(problems, pool, subnetsByZone)) {
    return { subnetIds: [] };
  }
  const zones = chosenZones(problems, pool, Object.keys(subnetsByZone));
  return { zones, subnetIds: zones.map((zone) => subnetsByZone[zone]!.subnetId) };
}
