import type { CapacityPool } from "../../fabric/capacity-pool";
import type { Fabric, KnownFabric } from "../../fabric/fabric";
import type { SiteModel } from "../../fabric/site-model";
import type { TreeFabric } from "../../fabric/tree";
import type { DataJob } from "../data-job";
import type { Gang } from "../gang";
import type { ServingPool } from "../sized-pool";
import type { PlanInput } from "../workloads";

/** The input, looked up by name. */
export class Facts {
  readonly sites: ReadonlyMap<string, SiteModel>;
  readonly gangs: ReadonlyMap<string, Gang>;
  readonly servers: ReadonlyMap<string, ServingPool>;
  readonly jobs: ReadonlyMap<string, DataJob>;
  readonly links: ReadonlyMap<string, PlanInput["links"][number]>;
  /** Operations per second at best, by name of the accelerator, wherever there is one. */
  readonly peaks: ReadonlyMap<string, number>;

  constructor(readonly input: PlanInput) {
    this.sites = new Map(input.sites.map((site) => [site.name, site]));
    this.links = new Map(input.links.map((link) => [link.name, link]));
    const peaks = new Map<string, number>();
    for (const { accelerator } of input.sites.flatMap(({ pools }) => pools)) {
      peaks.set(accelerator.name, Math.max(peaks.get(accelerator.name) ?? 0, accelerator.peakTflops * 1e12));
    }
    this.peaks = peaks;
    const gangs = new Map<string, Gang>();
    const servers = new Map<string, ServingPool>();
    const jobs = new Map<string, DataJob>();
    for (const workload of input.workloads) {
      if (workload.kind === "gang") {
        gangs.set(workload.name, workload);
      } else if (workload.kind === "inference") {
        servers.set(workload.name, workload);
      } else {
        jobs.set(workload.name, workload);
      }
    }
    this.gangs = gangs;
    this.servers = servers;
    this.jobs = jobs;
  }

  pool(site: string, pool: string): CapacityPool | undefined {
    return this.sites.get(site)?.pools.find(({ name }) => name === pool);
  }
}

export function interior(fabric: Fabric): KnownFabric {
  return fabric.kind === "opaque" ? fabric.assumed : fabric;
}

/** Accelerators of the smallest piece that can be given away. */
export function pieceOf(fabric: KnownFabric): number {
  if (fabric.kind === "tree") {
    return fabric.acceleratorsPerHost;
  }
  return fabric.kind === "torus" ? fabric.chipsPerHost : fabric.side ** 3 / fabric.hostsPerCube;
}

/** Hosts in a leaf: the scale-up domain where it is larger than a host, else what the first switches join. */
export function leafHosts({ scaleUp, acceleratorsPerHost, tiers }: TreeFabric): number {
  const hosts = scaleUp.accelerators / acceleratorsPerHost;
  return hosts > 1 ? Math.floor(hosts) : Math.floor(hosts * tiers[0]!.joins);
}

/** Leaves under each tier's switch: 0 where the tier joins domains inside a leaf. */
export function leavesUnder(fabric: TreeFabric): readonly number[] {
  const wide = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost;
  let leaves = 1;
  return fabric.tiers.map(({ joins }, tier) => {
    leaves *= tier === 0 && !wide ? 1 : joins;
    return leaves;
  });
}

/** Accelerators that may be given away in a pool, spare cubes kept back; infinite if no limit is known. */
export function grantable(pool: CapacityPool): number {
  const { free } = pool;
  const fabric = interior(pool.fabric);
  if (free.kind === "count") {
    return free.accelerators ?? Number.POSITIVE_INFINITY;
  }
  if (free.kind === "leaves") {
    return free.freeHosts.reduce((a, b) => a + b, 0) * pieceOf(fabric);
  }
  if (free.kind === "cubes" && fabric.kind === "cubes") {
    const chips = free.freeChips.reduce((a, b) => a + b, 0);
    return Math.max(0, chips - fabric.spareCubes * fabric.side ** 3);
  }
  if (free.kind === "boxes" && fabric.kind === "torus") {
    const chips = new Set<string>();
    for (const box of free.taken) {
      for (const chip of chipsOfBox(fabric.dims, box.anchor, box.dims)) {
        chips.add(`${box.copy}:${chip}`);
      }
    }
    return fabric.copies * fabric.dims.reduce((a, b) => a * b, 1) - chips.size;
  }
  return 0;
}

/** Coordinates of the chips of a box, as text; the box may run over an end. */
export function chipsOfBox(
  dims: readonly number[],
  anchor: readonly number[],
  box: readonly number[],
): readonly string[] {
  return dims.reduce<readonly string[]>(
    (chips, side, axis) =>
      chips.flatMap((chip) =>
        [...new Array(box[axis]!).keys()].map((step) => `${chip}.${(anchor[axis]! + step) % side}`),
      ),
    [""],
  );
}
