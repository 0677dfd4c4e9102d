import type { Problems } from "../core/problems";
import type { AwsReservation, Capacity, CapacityKind, GoogleReservation } from "../fabric/capacity";
import { type AcceleratorPool, type AcceleratorPoolProps, checkPool } from "../fabric/pool";
import { PoolErrors } from "../fabric/pool-errors";
import { nodesOf } from "../fabric/slice";
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

/**
 * Pools with their defaults, after the checks that all sites share.
 *
 * @param allowed kinds of capacity that the site has
 * @throws what `checkPool` throws; adds CapacityNotAtSite, ReservedLabel, DuplicateValue, MissingValue
 */
export function checkPools(
  problems: Problems,
  where: string,
  pools: readonly AcceleratorPoolProps[],
  allowed: readonly CapacityKind[],
): readonly AcceleratorPool[] {
  problems.required("pools", pools?.[0], "one pool or more");
  const checked = (pools ?? []).map((pool) => checkPool(where, pool));
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

/** The reservation of one provider in a capacity, or a finding that it names none. */
export function reservationOf<P extends "aws" | "google">(
  problems: Problems,
  pool: AcceleratorPool,
  capacity: Capacity,
  provider: P,
): (P extends "aws" ? AwsReservation : GoogleReservation) | undefined {
  if (capacity.kind !== "reservation") {
    return undefined;
  }
  const reservation = capacity[provider];
  if (reservation === undefined) {
    problems.add(PoolErrors.CapacityFactMissing, {
      subject: `pool "${pool.name}" capacity`,
      given: `a reservation of ${Object.keys(capacity)
        .filter((key) => key !== "kind")
        .join(", ")}`,
      allowed: `Capacity.reservation({ ${provider}: { … } })`,
    });
  }
  return reservation as (P extends "aws" ? AwsReservation : GoogleReservation) | undefined;
}

/** Components of the cluster need a node that is always there and that takes them. */
export function requireSystemPool(problems: Problems, pools: readonly AcceleratorPool[]): void {
  const fits = pools.some(
    (pool) =>
      pool.tier === "system" &&
      pool.slice.kind === "cpu" &&
      pool.taints.every(({ effect }) => effect === "PreferNoSchedule") &&
      nodesOf(pool.slice).min > 0,
  );
  if (!fits) {
    problems.add(ClusterErrors.SystemPoolMissing, {
      subject: "pools",
      given: pools.map(({ name, tier }) => `${name} (${tier})`),
      allowed: 'a CPU pool of tier "system", without taints, with one node or more',
    });
  }
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
