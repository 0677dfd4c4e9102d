import { ValidationError } from "../../lib/core/errors";
import { stableJson } from "../../lib/core/json";
import {
  type AcceleratorModel,
  CapacityPool,
  Fabric,
  Gang,
  type GangProps,
  OpticalLink,
  type ParallelLayout,
  type PlacementLock,
  type PlanInput,
  PlanRules,
  plan,
  Site,
  SiteModel,
  type TreeFabric,
} from "../../lib/placement";

export const GPU: AcceleratorModel = {
  name: "h100",
  peakTflops: 989,
  memoryGib: 80,
  memoryBandwidthGBps: 3_350,
  watts: 1_275,
};
export const CHIP: AcceleratorModel = {
  name: "tpu-v5p",
  peakTflops: 459,
  memoryGib: 95,
  memoryBandwidthGBps: 2_765,
};

export const SMALL_MODEL = { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 };
export const MIXTURE_MODEL = {
  ...SMALL_MODEL,
  moe: { layers: 32, experts: 8, topK: 2, expertParams: 6e9 },
};

export const LAYOUT: ParallelLayout = {
  tp: 1,
  cp: 1,
  pp: 1,
  dp: 16,
  ep: 1,
  microbatches: 4,
  microbatchSize: 1,
  interleave: 1,
  sharding: "zero1",
  gradientBytes: 4,
};

/** Two racks of four machines. */
export const RACKS: TreeFabric = Fabric.tree("racks", {
  acceleratorsPerHost: 8,
  scaleUp: { accelerators: 8, oneWayGBps: 450, latencyUs: 2 },
  nicGbps: 400,
  tiers: [
    { name: "rack", joins: 4, oversubscription: 1, latencyUs: 3, medium: "copper" },
    { name: "core", joins: 2, oversubscription: 16, latencyUs: 8, medium: "optics", pjPerBit: 20 },
  ],
});

/** A site with one pool. */
export function siteWith(name: string, country: string, pool: CapacityPool): SiteModel {
  const site = Site.kubernetes(name, { country, kubeconfig: { context: name } });
  return SiteModel.of(site, { pools: [pool], pue: 1.2, gramsCo2PerKwh: 300 });
}

function racksAt(name: string, country: string, usd: number): SiteModel {
  const pool = CapacityPool.of("gpu", {
    accelerator: GPU,
    fabric: RACKS,
    offers: [
      { model: "on-demand", usdPerAcceleratorHour: usd },
      { model: "spot", usdPerAcceleratorHour: usd / 2 },
    ],
  });
  return siteWith(name, country, pool);
}

export const CHEAP = racksAt("cheap", "US", 2);
export const DEAR = racksAt("dear", "DE", 3);
export const FIBRE = OpticalLink.dwdm("cheap", "dear", {
  routeKm: 100,
  reach: "line-system",
  waves: 8,
  gbpsPerWave: 400,
  usdPerWaveHour: 10,
  pjPerBit: 100,
});

/** A gang of two machines that shows its gradients. */
export const GANG: GangProps = {
  model: SMALL_MODEL,
  layouts: [LAYOUT],
  accelerators: ["h100"],
  overlap: { data: 0 },
};

/** A gang over both sites, because none has so many machines. */
export const WIDE_GANG = Gang.of("wide", {
  ...GANG,
  layouts: [{ ...LAYOUT, dp: 128 }],
  maySpanSites: true,
});

export const RULES = PlanRules.of({ carbonUsdPerTonne: 80, churnUsdPerAcceleratorHour: 0.01 });

/** The plan as bytes, without the digest of its input, which any change would change. */
export function planned(input: Partial<PlanInput>, lock?: PlacementLock): string {
  const whole = { sites: [CHEAP, DEAR], links: [], workloads: [], rules: RULES, ...input };
  const { inputDigest: _, ...placement } = plan(whole, { lock });
  return stableJson(placement);
}

/** What `produce` gives, or the codes of what was refused, in the form of `noDeadPropsIn`. */
export function orRefused(produce: () => string): string {
  try {
    return produce();
  } catch (error) {
    if (ValidationError.is(error)) {
      return `refused: ${error.codes.join(", ")}`;
    }
    throw error;
  }
}
