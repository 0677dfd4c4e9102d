import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import type { Capacity, CapacityKind, ReservationCapacity } from "../fabric/capacity";
import { type AcceleratorPool, type AcceleratorPoolProps, checkPool } from "../fabric/pool";
import { PoolErrors } from "../fabric/pool-errors";
import { nodesOf } from "../fabric/slice";
import { checkObject } from "../fabric/untyped";
import { ClusterErrors } from "./errors";
import { CAPACITY_LABEL, POOL_LABEL, TIER_LABEL } from "./nodes";

/**
 * Labels that the library sets on every node, and those that kubelet and cloud controller set.
 * Source: https://kubernetes.io/docs/reference/labels-annotations-taints/ (read 2026-11-24)
 */
export const OWN_LABELS: readonly string[] = [
  POOL_LABEL,
  TIER_LABEL,
  CAPACITY_LABEL,
  "kubernetes.io/arch",
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
];

/** Throws at once if there are no pools to be read: nothing else can be said then. */
function requirePools(problems: Problems, pools: readonly AcceleratorPoolProps[]): void {
  const allowed = "a list of one pool or more";
  let readable = false;
  if (Array.isArray(pools) && pools.length > 0) {
    readable = pools
      .map((pool, index) => checkObject(problems, `pools[${index}]`, pool, "{ name, slice }"))
      .every((fine) => fine);
  } else if (problems.required("pools", Array.isArray(pools) ? pools[0] : pools, allowed)) {
    problems.add(CoreErrors.NotOneOf, { subject: "pools", given: pools, allowed });
  }
  if (!readable) {
    problems.throwIfAny();
  }
}

/**
 * Pools with their defaults, after the checks that all sites share.
 *
 * @param allowed kinds of capacity that the site has
 * @throws what `checkPool` throws, MissingValue, NotOneOf; adds CapacityNotAtSite, ReservedLabel, DuplicateValue
 */
export function checkPools(
  problems: Problems,
  where: string,
  pools: readonly AcceleratorPoolProps[],
  allowed: readonly CapacityKind[],
): readonly AcceleratorPool[] {
  requirePools(problems, pools);
  const checked = pools.map((pool) => checkPool(where, pool));
  problems.unique(
    "pools",
    checked.map(({ name }) => name),
  );
  for (const { name, capacity, labels } of checked) {
    refuseLabels(problems, `pool "${name}"`, labels, OWN_LABELS);
    for (const { kind } of capacity.filter((each) => !allowed.includes(each.kind))) {
      problems.add(ClusterErrors.CapacityNotAtSite, {
        subject: `pool "${name}" capacity`,
        given: kind,
        allowed: allowed.join(", "),
      });
    }
  }
  return checked;
}

/** Adds ReservedLabel for labels that something else sets. */
export function refuseLabels(
  problems: Problems,
  whose: string,
  labels: Readonly<Record<string, string>>,
  reserved: readonly string[],
): void {
  for (const key of reserved.filter((each) => Object.hasOwn(labels, each))) {
    problems.add(ClusterErrors.ReservedLabel, {
      subject: `${whose} label "${key}"`,
      given: labels[key],
      allowed: `any key but ${reserved.join(", ")}`,
    });
  }
}

/** Kinds of site for which a reservation can say what is reserved, and how it says so. */
const RESERVED = {
  aws: "aws: { id: … }",
  google: "google: { name: … }",
  coreWeave: "coreWeave: true",
  owned: "owned: true",
} as const;

/** What a reservation has for one kind of site, or a finding that it names nothing there. */
export function reservationOf<P extends keyof typeof RESERVED>(
  problems: Problems,
  pool: AcceleratorPool,
  capacity: Capacity,
  place: P,
): ReservationCapacity[P] {
  if (capacity.kind !== "reservation") {
    return undefined;
  }
  const reservation = capacity[place];
  if (reservation === undefined) {
    const others = (Object.keys(RESERVED) as (keyof typeof RESERVED)[]).filter((key) => key in capacity);
    problems.add(PoolErrors.CapacityFactMissing, {
      subject: `pool "${pool.name}" capacity`,
      given: `a reservation of ${others.join(", ")}`,
      allowed: `Capacity.reservation({ ${[...others.map((key) => `${key}: …`), RESERVED[place]].join(", ")} })`,
    });
  }
  return reservation;
}

/**
 * The pool in the zone of its reservation, if that says where it is.
 *
 * Adds ReservationInOtherZone.
 */
export function inReservedZone(
  problems: Problems,
  pool: AcceleratorPool,
  provider: "aws" | "google",
): AcceleratorPool {
  const reservation = pool.capacity.find((each): each is ReservationCapacity => each.kind === "reservation");
  const zone = reservation?.[provider]?.zone;
  if (zone === undefined) {
    return pool;
  }
  if (pool.zones !== undefined && pool.zones.join() !== zone) {
    problems.add(ClusterErrors.ReservationInOtherZone, {
      subject: `pool "${pool.name}" zones`,
      given: pool.zones,
      allowed: `nothing, or ${zone}, in which the reservation is`,
    });
    return pool;
  }
  return Object.freeze({ ...pool, zones: Object.freeze([zone]) });
}

/**
 * Components of the cluster need a node that is always there and that takes them.
 *
 * @param takes pools on whose nodes they can run, beside what is asked of all. @default - any
 */
export function requireSystemPool(
  problems: Problems,
  pools: readonly AcceleratorPool[],
  takes: (pool: AcceleratorPool) => boolean = () => true,
): void {
  const fits = pools.some(
    (pool) =>
      pool.tier === "system" &&
      pool.slice.kind === "cpu" &&
      pool.taints.every(({ effect }) => effect === "PreferNoSchedule") &&
      nodesOf(pool.slice).min > 0 &&
      takes(pool),
  );
  if (!fits) {
    problems.add(ClusterErrors.SystemPoolMissing, {
      subject: "pools",
      given: pools.map(describe),
      allowed: 'a CPU pool of tier "system", without taints, with one node or more',
    });
  }
}

function describe({ name, tier, slice, taints }: AcceleratorPool): string {
  const { min } = nodesOf(slice);
  const tainted = taints.length > 0 ? ", tainted" : "";
  return `${name} (tier ${tier}, ${slice.kind}, at least ${min} ${min === 1 ? "node" : "nodes"}${tainted})`;
}

/** Refuses options that this kind of site does not have. */
export function refuseOptions(
  problems: Problems,
  pool: AcceleratorPool,
  options: readonly (keyof AcceleratorPool)[],
  site: string,
): void {
  for (const option of options.filter((key) => pool[key] !== undefined)) {
    problems.add(ClusterErrors.OptionWithoutEffect, {
      subject: `pool "${pool.name}" ${option}`,
      given: pool[option],
      allowed: `nothing at ${site}`,
    });
  }
}
