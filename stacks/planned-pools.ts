import type { AcceleratorFacts } from "../lib/catalog/facts";
import { DYNAMIC_SLICE_CUBE, GKE_TPU_PARTITION } from "../lib/catalog/gke-labels";
import { CoreErrors } from "../lib/core/errors";
import type { Problems } from "../lib/core/problems";
import { Capacity } from "../lib/fabric/capacity";
import type { CapacityPool, PurchaseModel } from "../lib/fabric/capacity-pool";
import type { AcceleratorPoolProps } from "../lib/fabric/pool";
import type { SiteModel } from "../lib/fabric/site-model";
import { Slice } from "../lib/fabric/slice";
import { acceleratorsPerMachine, isDynamicallySliced } from "../lib/placement/emit/part-place";
import type { SitePart, SitePlan } from "../lib/placement/emit/site-plan";
import { StackErrors } from "./errors";

/** What the plan does not decide of nodes. The rest of a pool follows from it. */
export interface PlannedPoolOptions
  extends Omit<AcceleratorPoolProps, "name" | "slice" | "capacity" | "closeTogether"> {
  /**
   * Which reservation the reserved nodes come from. Needed at AWS and Google sites as soon as the plan takes reserved
   * capacity; refused where the pool offers none. @default - at Kubernetes sites the machines that are there
   */
  readonly reserved?: Capacity;
  /** Facts of an accelerator that the catalogue does not know. @default - the catalogue's, by the name in the site's model */
  readonly accelerator?: AcceleratorFacts;
}

/** By the name of the capacity pool in the site's model; pools that are left out have the defaults. */
export type PlannedPools = Readonly<Record<string, PlannedPoolOptions>>;

/** Reports options of pools that the model of the site does not have, and reservations of what is not reserved. */
export function checkPlannedPools(problems: Problems, model: SiteModel, options: PlannedPools): void {
  for (const [name, { reserved }] of Object.entries(options)) {
    const pool = model.pools.find((each) => each.name === name);
    if (pool === undefined) {
      problems.add(StackErrors.UnknownCapacityPool, {
        subject: "plannedPools",
        given: name,
        allowed: model.pools.map((each) => each.name).join(", ") || `none: "${model.name}" has no pools`,
      });
    } else if (reserved !== undefined && !pool.offers.some((offer) => offer.model === "reserved")) {
      problems.add(CoreErrors.NoEffect, {
        subject: `plannedPools.${name}.reserved`,
        given: reserved,
        allowed: "nothing: the pool offers no reserved capacity",
      });
    }
  }
}

function capacityOf(
  problems: Problems,
  model: SiteModel,
  nodePool: string,
  purchase: PurchaseModel,
  reserved: Capacity | undefined,
): Capacity {
  if (purchase === "spot") {
    return Capacity.spot();
  }
  if (purchase === "on-demand") {
    return Capacity.onDemand();
  }
  if (reserved === undefined && model.kind !== "kubernetes") {
    problems.add(StackErrors.ReservationNeeded, {
      subject: `planned pool "${nodePool}"`,
      given: "reserved capacity, of no reservation",
      allowed: "plannedPools: { <pool>: { reserved: Capacity.reservation({ … }) } }",
    });
  }
  return reserved ?? Capacity.onDemand();
}

/** Reports capacity pools whose slices cannot be made: where the library makes the nodes, and where cubes have no names. */
function checkDynamicSlices(problems: Problems, model: SiteModel, plan: SitePlan): void {
  for (const pool of model.pools.filter(isDynamicallySliced)) {
    const subject = `capacity pool "${pool.name}"`;
    if (model.kind !== "kubernetes") {
      problems.add(StackErrors.DynamicSlicesNotMade, {
        subject: `${subject} domainLabels`,
        given: `${GKE_TPU_PARTITION} at a site of kind "${model.kind}"`,
        allowed: 'a site of kind "kubernetes", or no such label',
      });
    } else if (pool.domainLabels?.find(({ of }) => of === "cube")?.values === undefined) {
      problems.add(StackErrors.PartitionIdsUnknown, {
        subject: `${subject} domainLabels`,
        given: "no values",
        allowed: "the id of every cube",
      });
    } else {
      for (const part of plan.parts.filter((each) => each.capacityPool === pool.name && !each.slice)) {
        problems.add(StackErrors.SliceBelowCube, {
          subject: `workload "${part.workload}"`,
          given: part.topology,
          allowed: `whole cubes of ${DYNAMIC_SLICE_CUBE.topology}`,
        });
      }
    }
  }
}

function sliceOf(pool: CapacityPool, parts: readonly SitePart[], facts: AcceleratorFacts | undefined): Slice {
  const [{ topology }] = parts as [SitePart];
  if (isDynamicallySliced(pool)) {
    const hosts = parts.reduce((sum, part) => sum + part.hosts, 0);
    const slices = Math.ceil(hosts / DYNAMIC_SLICE_CUBE.hosts);
    return Slice.tpu(pool.accelerator.name, { topology: DYNAMIC_SLICE_CUBE.topology, slices });
  }
  if (topology !== undefined) {
    return Slice.tpu(pool.accelerator.name, { topology, slices: parts.length });
  }
  const nodes = parts.reduce((sum, { hosts }) => sum + hosts, 0);
  return Slice.accelerators(facts ?? pool.accelerator.name, { perNode: acceleratorsPerMachine(pool), nodes });
}

/**
 * Pools of nodes for what a plan puts to a site, sorted by name: one for each capacity pool that took workloads, or one
 * for each topology where they are slices of a torus that GKE makes with the nodes. With dynamic slicing all slices are
 * made of the same cubes. Nodes of gangs stand close together.
 *
 * @throws what `Slice` throws; adds ReservationNeeded, DynamicSlicesNotMade, PartitionIdsUnknown, SliceBelowCube
 */
export function plannedPools(
  problems: Problems,
  model: SiteModel,
  plan: SitePlan,
  options: PlannedPools,
): readonly AcceleratorPoolProps[] {
  checkDynamicSlices(problems, model, plan);
  const groups = new Map<string, SitePart[]>();
  for (const part of plan.parts) {
    groups.set(part.nodePool, [...(groups.get(part.nodePool) ?? []), part]);
  }
  const names = [...groups.keys()].sort();
  return names.map((name) => {
    const parts = groups.get(name)!;
    const [{ capacityPool, purchase }] = parts as [SitePart];
    const pool = model.pools.find((each) => each.name === capacityPool)!;
    const { reserved, accelerator, ...more } = options[capacityPool] ?? {};
    return {
      tier: parts.some(({ kind }) => kind === "gang") ? "training" : "serving",
      ...more,
      name,
      slice: sliceOf(pool, parts, accelerator),
      capacity: capacityOf(problems, model, name, purchase, reserved),
      closeTogether: parts.some(({ together }) => together),
    };
  });
}
