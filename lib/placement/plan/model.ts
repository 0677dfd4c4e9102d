import { type CapacityPool, freeAccelerators, type Offer } from "../../fabric/capacity-pool";
import { type KnownFabric, knownFabric } from "../../fabric/fabric";
import type { Link } from "../../fabric/link";
import type { SiteModel } from "../../fabric/site-model";
import type { SliceShape } from "../../fabric/torus";
import type { HourlyCost, PlacedServing, StepNs } from "../placement";
import type { PlanInput, Workload } from "../workloads";
import type { Use } from "./assign/assignment";

/** A pool with what the planner asks of it all the time. */
export interface PoolRef {
  readonly index: number;
  readonly site: SiteModel;
  readonly pool: CapacityPool;
  readonly known: KnownFabric;
  readonly opaque: boolean;
  readonly perHost: number;
  /** Accelerators that can be given away, spare cubes taken off; undefined: no known limit. */
  readonly capacity: number | undefined;
}

/** A slice shape and what it costs a workload. */
export interface ShapeChoice {
  readonly shape: SliceShape;
  readonly chips: number;
  /** Effective cost of the whole workload in this shape. */
  readonly cost: number;
}

/** One part of a candidate: how much of which pool, not yet where in it. */
export interface PartPlan {
  readonly pool: PoolRef;
  readonly offer: Offer;
  /** Accelerators that are paid for. */
  readonly accelerators: number;
  readonly hosts: number;
  /** Hosts that must lie in one leaf together: a tensor group or a replica. */
  readonly unit: number;
  /** On tori and cubes, the cheapest first. */
  readonly shapes?: readonly ShapeChoice[];
  readonly serving?: PlacedServing;
}

/** Capacity of a link that a candidate sets aside. */
export interface FlowPlan {
  readonly link: number;
  readonly gbps: number;
  readonly waves: number;
  readonly gbPerHourFrom: Readonly<Record<string, number>>;
}

/** A data job that goes with a workload. */
export interface JobPlan {
  readonly job: number;
  readonly flows: readonly FlowPlan[];
  readonly cost: HourlyCost;
}

/** One way to run a workload, before anything is placed inside a pool. */
export interface Candidate {
  /** Least effective cost that any place inside the pools can have, jobs included, in micro-USD per hour. */
  readonly cost: number;
  readonly value: number;
  readonly uses: readonly Use[];
  readonly layout?: number;
  readonly parts: readonly PartPlan[];
  readonly flows: readonly FlowPlan[];
  readonly jobs: readonly JobPlan[];
}

/** What a workload costs at a place. */
export interface PlaceCost {
  readonly cost: HourlyCost;
  readonly step?: StepNs;
}

/** The input with indices. */
export interface Model {
  readonly input: PlanInput;
  readonly digest: string;
  readonly pools: readonly PoolRef[];
  readonly links: readonly Link[];
  readonly workloads: readonly Workload[];
  readonly siteByName: ReadonlyMap<string, SiteModel>;
  readonly workloadByName: ReadonlyMap<string, number>;
}

function hostSize(known: KnownFabric): number {
  switch (known.kind) {
    case "tree":
      return known.acceleratorsPerHost;
    case "torus":
      return known.chipsPerHost;
    case "cubes":
      return known.side ** 3 / known.hostsPerCube;
  }
}

/** What can be given away: all that is free, less the cubes that are to stay spare. */
function allocatable(pool: CapacityPool, known: KnownFabric): number | undefined {
  const free = freeAccelerators(pool);
  const spare = pool.free.kind === "cubes" && known.kind === "cubes" ? known.spareCubes * known.side ** 3 : 0;
  return free === undefined ? undefined : Math.max(0, free - spare);
}

export function buildModel(input: PlanInput, digest: string): Model {
  const pools: PoolRef[] = [];
  for (const site of input.sites) {
    for (const pool of site.pools) {
      const known = knownFabric(pool.fabric);
      pools.push({
        index: pools.length,
        site,
        pool,
        known,
        opaque: pool.fabric.kind === "opaque",
        perHost: hostSize(known),
        capacity: allocatable(pool, known),
      });
    }
  }
  return {
    input,
    digest,
    pools,
    links: input.links,
    workloads: input.workloads,
    siteByName: new Map(input.sites.map((site) => [site.name, site])),
    workloadByName: new Map(input.workloads.map((workload, index) => [workload.name, index])),
  };
}
