import type { AwsMachineFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import type { Capacity, CapacityKind } from "../../fabric/capacity";
import type { AcceleratorPool } from "../../fabric/pool";
import { isElastic, nodesOf } from "../../fabric/slice";
import { reservationOf } from "../pools";
import { AwsClusterErrors } from "./errors";

/** How AWS sells machines. */
export const AWS_CAPACITY: readonly CapacityKind[] = ["onDemand", "spot", "reservation", "capacityBlock"];

/** The order in which Karpenter tries capacities. Source: https://karpenter.sh/docs/concepts/nodepools/ (read 2026-11-24) */
const KARPENTER_ORDER: readonly CapacityKind[] = ["reservation", "spot", "onDemand"];

/** How the nodes of a pool are made. */
export interface NodeCounts {
  /** Nodes of a managed node group: they are always there. */
  readonly fixed: number;
  /** Most nodes that Karpenter adds when pods ask for them. */
  readonly elastic: number;
}

/**
 * A pool of one capacity has its smallest number of nodes as a managed node group, and the rest by Karpenter. A pool of
 * several capacities is Karpenter's alone.
 */
export function nodeCounts({ slice, capacity }: AcceleratorPool): NodeCounts {
  const { min, max } = nodesOf(slice);
  return capacity.length > 1 ? { fixed: 0, elastic: max } : { fixed: min, elastic: max - min };
}

/** Kinds of capacity that a machine comes with, as far as is known. */
function soldAs(machine: AwsMachineFacts): readonly CapacityKind[] {
  const { unverified = [] } = machine;
  const blocks = machine.capacityBlocks || unverified.includes("capacityBlocks");
  const sold: readonly [CapacityKind, boolean][] = [
    ["onDemand", machine.onDemand !== false],
    ["spot", machine.spot !== false],
    // Whoever holds a reservation knows that there is one; what is only sold by the block has none.
    ["reservation", machine.onDemand !== false || machine.spot !== false],
    ["capacityBlock", blocks],
  ];
  return sold.filter(([, is]) => is).map(([kind]) => kind);
}

function checkOrder(problems: Problems, { name, capacity }: AcceleratorPool): void {
  const kinds = capacity.map(({ kind }) => kind);
  const subject = `pool "${name}" capacity`;
  if (kinds.length > 1 && kinds.includes("capacityBlock")) {
    problems.add(AwsClusterErrors.CapacityBlockNotAlone, {
      subject,
      given: kinds,
      allowed: "capacityBlock alone",
    });
    return;
  }
  const kept = KARPENTER_ORDER.filter((kind) => kinds.includes(kind));
  if (kinds.length > 1 && kept.join() !== kinds.join()) {
    problems.add(AwsClusterErrors.CapacityOrderNotKept, { subject, given: kinds, allowed: kept.join(", ") });
  }
}

function checkGroupArn(problems: Problems, pool: AcceleratorPool, capacity: Capacity): void {
  const reservation = reservationOf(problems, pool, capacity, "aws");
  if (reservation?.resourceGroupArn !== undefined && nodeCounts(pool).elastic > 0) {
    problems.add(AwsClusterErrors.ReservationGroupNotSelectable, {
      subject: `pool "${pool.name}" capacity`,
      given: "a reservation by resourceGroupArn",
      allowed: "a reservation by id, where the number of nodes changes or there are several capacities",
    });
  }
}

function checkUltraServers(problems: Problems, pool: AcceleratorPool, machine: AwsMachineFacts): void {
  const sizes = Object.values(machine.ultraServers ?? {});
  if (sizes.length === 0) {
    return;
  }
  const { min, max } = nodesOf(pool.slice);
  if (nodeCounts(pool).elastic > 0 || max % Math.min(...sizes) !== 0) {
    problems.add(AwsClusterErrors.NotWholeUltraServers, {
      subject: `pool "${pool.name}" nodes`,
      given: min === max ? max : { min, max },
      allowed: Object.entries(machine.ultraServers!)
        .map(([type, machines]) => `multiples of ${machines} (${type})`)
        .join(", ")
        .concat(", as a fixed number"),
    });
  }
}

/**
 * Refuses capacities that AWS does not sell for the machine, orders that Karpenter does not keep, and numbers of nodes
 * that would not be kept.
 *
 * Adds CapacityNotSold, CapacityOrderNotKept, CapacityBlockNotAlone, CapacityFactMissing, ReservationGroupNotSelectable,
 * MinimumNotKept, NotWholeUltraServers.
 */
export function checkCapacity(problems: Problems, pool: AcceleratorPool, machine: AwsMachineFacts): void {
  const { name, capacity, slice } = pool;
  const sold = soldAs(machine);
  for (const each of capacity.filter(({ kind }) => AWS_CAPACITY.includes(kind))) {
    if (!sold.includes(each.kind)) {
      problems.add(AwsClusterErrors.CapacityNotSold, {
        subject: `pool "${name}" capacity`,
        given: `${each.kind} of ${machine.name}`,
        allowed: sold.join(", "),
      });
    }
    checkGroupArn(problems, pool, each);
  }
  checkOrder(problems, pool);
  checkUltraServers(problems, pool, machine);
  const { min, max } = nodesOf(slice);
  if (capacity.length > 1 && isElastic(slice) && min > 0) {
    problems.add(AwsClusterErrors.MinimumNotKept, {
      subject: `pool "${name}" nodes`,
      given: { min, max },
      allowed: `{ min: 0, max: ${max} }, or one capacity`,
    });
  }
}
