import type { Problems } from "../../core/problems";
import type { Capacity, CapacityKind } from "../../fabric/capacity";
import type { AcceleratorPool } from "../../fabric/pool";
import { reservationOf } from "../pools";
import { GoogleClusterErrors } from "./errors";
import type { ChosenMachine } from "./machines";

/** What Google sells, cheapest first: what is paid for anyway, what is taken back, what waits, what is there at once. */
export const GOOGLE_CAPACITIES: readonly CapacityKind[] = [
  "reservation",
  "spot",
  "flexStart",
  "onDemand",
  "queued",
];

const SECONDS_PER_DAY = 86_400;

/** How one node pool acquires its nodes, in the provider's words. */
export interface Acquisition {
  readonly spot?: true;
  readonly flexStart?: true;
  readonly queued?: true;
  readonly maxRunDuration?: string;
  readonly reservationAffinity: {
    readonly consumeReservationType: "NO_RESERVATION" | "SPECIFIC_RESERVATION";
    readonly key?: string;
    readonly values?: string[];
  };
}

/** Whether nodes come when they are free and go after some days. */
export function comesAndGoes({ kind }: Capacity): boolean {
  return kind === "flexStart" || kind === "queued";
}

/**
 * GKE's autoscaler expands the cheapest node pool that fits, so only an order that is by cost can be kept.
 *
 * Source: https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler ("considers the relative cost of
 * the instance types in the various node pools, and attempts to expand the least expensive possible node pool"; read
 * 2026-11-24)
 */
function checkOrder(problems: Problems, { name, capacity }: AcceleratorPool): void {
  const kinds = capacity.map(({ kind }) => kind);
  const ranks = kinds.map((kind) => GOOGLE_CAPACITIES.indexOf(kind));
  const ascending = ranks.every((rank, index) => index === 0 || rank > ranks[index - 1]!);
  if (!ascending || (kinds.includes("queued") && kinds.length > 1)) {
    problems.add(GoogleClusterErrors.CapacityOrderNotByCost, {
      subject: `pool "${name}" capacity`,
      given: kinds,
      allowed: "reservation, spot, flexStart, onDemand in this order, each or none; or queued alone",
    });
  }
}

function checkSold(problems: Problems, { name, capacity }: AcceleratorPool, { facts }: ChosenMachine): void {
  const refuse = (kind: CapacityKind, allowed: string) =>
    problems.add(GoogleClusterErrors.CapacityNotForMachine, {
      subject: `pool "${name}" capacity`,
      given: `${kind} for ${facts?.name}`,
      allowed,
    });
  for (const { kind } of capacity) {
    if (facts?.onDemand === false && (kind === "onDemand" || kind === "reservation")) {
      refuse(kind, "spot, flexStart, queued");
    }
    if (facts?.spot === false && kind === "spot") {
      refuse(kind, "reservation, flexStart, queued, onDemand");
    }
  }
}

function checkReservation(
  problems: Problems,
  pool: AcceleratorPool,
  capacity: Capacity,
  project: string,
): void {
  const reservation = reservationOf(problems, pool, capacity, "google");
  if (reservation?.block === undefined) {
    return;
  }
  const subject = `pool "${pool.name}" capacity`;
  if (pool.zones === undefined) {
    problems.add(GoogleClusterErrors.ReservationNotSupported, {
      subject,
      given: `block ${reservation.block} of reservation ${reservation.name}`,
      allowed: "together with zone, or zones of the pool: the zone in which the block is",
    });
  }
  if (reservation.project !== undefined && reservation.project !== project) {
    problems.add(GoogleClusterErrors.ReservationNotSupported, {
      subject,
      given: `block ${reservation.block} of a reservation of project ${reservation.project}`,
      allowed: `blocks of reservations of ${project}; of other projects only whole reservations`,
    });
  }
}

/** Adds CapacityOrderNotByCost, CapacityNotForMachine, CapacityFactMissing, ReservationNotSupported. */
export function checkCapacity(
  problems: Problems,
  pool: AcceleratorPool,
  machine: ChosenMachine,
  project: string,
): void {
  if (pool.capacity.every(({ kind }) => GOOGLE_CAPACITIES.includes(kind))) {
    checkOrder(problems, pool);
  }
  checkSold(problems, pool, machine);
  for (const capacity of pool.capacity) {
    checkReservation(problems, pool, capacity, project);
  }
}

/**
 * Settings of a node pool for one capacity, after the checks.
 *
 * Sources: preconditions of github.com/GoogleCloudPlatform/cluster-toolkit modules/compute/gke-node-pool/main.tf;
 * https://cloud.google.com/kubernetes-engine/docs/how-to/provisioningrequest (read 2026-11-24)
 */
export function acquisition(capacity: Capacity, project: string): Acquisition {
  const none = { consumeReservationType: "NO_RESERVATION" } as const;
  switch (capacity.kind) {
    case "spot":
      return { spot: true, reservationAffinity: none };
    case "flexStart":
    case "queued":
      return {
        flexStart: true,
        ...(capacity.kind === "queued" ? { queued: true as const } : {}),
        maxRunDuration: `${capacity.maxRunDays * SECONDS_PER_DAY}s`,
        reservationAffinity: none,
      };
    case "reservation": {
      const { google } = capacity;
      const path = [
        `projects/${google?.project ?? project}/reservations/${google?.name}`,
        ...(google?.block === undefined ? [] : [`reservationBlocks/${google.block}`]),
        ...(google?.subBlock === undefined ? [] : [`reservationSubBlocks/${google.subBlock}`]),
      ].join("/");
      return {
        reservationAffinity: {
          consumeReservationType: "SPECIFIC_RESERVATION",
          key: "compute.googleapis.com/reservation-name",
          values: [path],
        },
      };
    }
    default:
      return { reservationAffinity: none };
  }
}
