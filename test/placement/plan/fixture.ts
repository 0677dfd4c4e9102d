import { Fabric } from "../../../lib/fabric/fabric";
import { OpticalLink } from "../../../lib/fabric/link";
import { CapacityPool } from "../../../lib/fabric/pool";
import { Site } from "../../../lib/fabric/site";
import { SiteModel } from "../../../lib/fabric/site-model";
import { Gang, type GangProps } from "../../../lib/placement/gang";
import { type PlanInput, PlanRules, type Workload } from "../../../lib/placement/workloads";

const H100 = {
  name: "h100",
  peakTflops: 989,
  memoryGib: 80,
  memoryBandwidthGBps: 3_350,
  watts: 1_275,
};

const SMALL = { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 };

function tree(racks: number, hosts = 4) {
  return Fabric.tree("racks", {
    acceleratorsPerHost: 8,
    scaleUp: { accelerators: 8, oneWayGBps: 450, latencyUs: 2 },
    nicGbps: 400,
    tiers: [
      { name: "rack", joins: hosts, oversubscription: 1, latencyUs: 3, medium: "copper" },
      { name: "core", joins: racks, oversubscription: 16, latencyUs: 8, medium: "optics" },
    ],
  });
}

export function hall(name: string, country: string, free: readonly number[], usd: number): SiteModel {
  const pool = CapacityPool.of("gpu", {
    accelerator: H100,
    fabric: tree(free.length),
    free: { kind: "leaves", freeHosts: free },
    offers: [{ model: "reserved", usdPerAcceleratorHour: usd }],
  });
  const site = Site.kubernetes(name, { country, kubeconfig: { context: name } });
  return SiteModel.of(site, { pools: [pool], pue: 1.2, gramsCo2PerKwh: 100 });
}

/** A gang of so many hosts of eight. */
export function gang(name: string, hosts: number, rules: Partial<GangProps> = {}): Gang {
  return Gang.of(name, {
    model: SMALL,
    layouts: [
      {
        tp: 1,
        cp: 1,
        pp: 1,
        dp: 8 * hosts,
        ep: 1,
        microbatches: 2,
        microbatchSize: 1,
        interleave: 1,
        sharding: "zero3-kept",
        gradientBytes: 4,
      },
    ],
    accelerators: ["h100"],
    value: hosts,
    overlap: { data: 0 },
    ...rules,
  });
}

export function inputOf(
  sites: readonly SiteModel[],
  workloads: readonly Workload[],
  more: Partial<PlanInput> = {},
): PlanInput {
  return { sites, links: [], workloads, rules: PlanRules.of({ carbonUsdPerTonne: 50 }), ...more };
}

export function fibre(a: string, b: string, waves = 4) {
  return OpticalLink.dwdm(a, b, {
    routeKm: 100,
    reach: "line-system",
    waves,
    gbpsPerWave: 400,
    usdPerWaveHour: 10,
    pjPerBit: 100,
  });
}
