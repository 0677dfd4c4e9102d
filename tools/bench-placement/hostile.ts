import { CapacityPool, type Offer } from "../../lib/fabric/capacity-pool";
import { Fabric } from "../../lib/fabric/fabric";
import { OpticalLink } from "../../lib/fabric/link";
import { Residency } from "../../lib/fabric/residency";
import { Site } from "../../lib/fabric/site";
import { SiteModel } from "../../lib/fabric/site-model";
import { hostsPerLeaf, leafCount, type TreeFabric } from "../../lib/fabric/tree";
import { DataJob } from "../../lib/placement/data-job";
import { InferencePool } from "../../lib/placement/inference-pool";
import { SeededRandom } from "../../lib/placement/plan/random";
import type { PlacementRulesProps } from "../../lib/placement/rules";
import { type PlanInput, PlanRules, type Workload } from "../../lib/placement/workloads";
import { ACCELERATORS, MODELS } from "./fleet";
import { gangOf, oneOf } from "./jobs";

/** A small tree with random sizes and ratios. */
function someTree(random: SeededRandom): TreeFabric {
  const wide = random.below(3) === 0;
  const ratio = 1 + random.below(3);
  return Fabric.tree("tree", {
    acceleratorsPerHost: wide ? 4 : 8,
    scaleUp: { accelerators: wide ? 16 : 8, oneWayGBps: 450, latencyUs: 2 },
    nicGbps: 400,
    wiring: oneOf(random, ["any-to-any", "rail-optimised", "rail-only"]),
    tiers: [
      { name: "low", joins: 1 + random.below(4), oversubscription: ratio, latencyUs: 3, medium: "copper" },
      {
        name: "high",
        joins: 1 + random.below(4),
        oversubscription: ratio + random.below(12),
        latencyUs: 6,
        medium: "optics",
        pjPerBit: 15,
      },
    ],
  });
}

function offers(random: SeededRandom): readonly Offer[] {
  const usd = 2 + random.below(400) / 100;
  const all: readonly Offer[] = [
    { model: "on-demand", usdPerAcceleratorHour: usd },
    { model: "spot", usdPerAcceleratorHour: usd / 3 },
    { model: "reserved", usdPerAcceleratorHour: usd / 2 },
  ];
  const some = all.filter(() => random.below(2) === 0);
  return some.length > 0 ? some : all;
}

function somePool(random: SeededRandom, name: string): CapacityPool {
  const kind = random.below(5);
  if (kind === 0) {
    const freeChips = Array.from({ length: 4 + random.below(6) }, () =>
      oneOf(random, [0, 8, 32, 64, 64, 64]),
    );
    const fabric = Fabric.cubes("pod", {
      cubes: freeChips.length,
      spareCubes: random.below(3),
      hostsPerCube: 16,
      linkOneWayGBps: 90,
      hopLatencyUs: 1,
      hostAvailability: 0.999,
      twist: random.below(2) === 0,
      ocs: { reconfigurationMs: 10 },
    });
    const free = { kind: "cubes", freeChips } as const;
    return CapacityPool.of(name, {
      accelerator: ACCELERATORS["tpu-v5p"],
      fabric,
      free,
      offers: offers(random),
    });
  }
  if (kind === 1) {
    const fabric = Fabric.torus("flat", {
      dims: oneOf(random, [[8, 8], [4, 8], [4, 4, 4], [16]]),
      copies: 1 + random.below(2),
      chipsPerHost: 4,
      linkOneWayGBps: 100,
      hopLatencyUs: 1,
    });
    const taken = [
      { copy: 0, anchor: fabric.dims.map((side) => random.below(side)), dims: fabric.dims.map(() => 2) },
    ];
    const free = { kind: "boxes", taken } as const;
    return CapacityPool.of(name, {
      accelerator: ACCELERATORS["tpu-v6e"],
      fabric,
      free,
      offers: offers(random),
    });
  }
  const tree = someTree(random);
  if (kind === 2) {
    const fabric = Fabric.opaque("cloud", { provider: "aws", assumed: tree });
    const count = { kind: "count", accelerators: 8 * random.below(12) } as const;
    const free = random.below(2) === 0 ? ({ kind: "count" } as const) : count;
    return CapacityPool.of(name, { accelerator: ACCELERATORS.h100, fabric, free, offers: offers(random) });
  }
  const freeHosts = Array.from({ length: leafCount(tree) }, () => random.below(hostsPerLeaf(tree) + 1));
  const accelerator = tree.acceleratorsPerHost === 4 ? ACCELERATORS.gb200 : ACCELERATORS.h100;
  const free = { kind: "leaves", freeHosts } as const;
  return CapacityPool.of(name, { accelerator, fabric: tree, free, offers: offers(random) });
}

function rules(random: SeededRandom, names: readonly string[]): PlacementRulesProps {
  const spread = {
    group: oneOf(random, ["g", "h"]),
    apartIn: oneOf(random, ["site", "pool", "domain"] as const),
  };
  return {
    value: 1 + random.below(20),
    purchase: oneOf(random, [
      ["reserved", "on-demand"],
      ["spot"],
      ["reserved", "on-demand", "spot"],
    ] as const),
    ...(random.below(4) === 0 ? { residency: Residency.EU } : {}),
    ...(random.below(6) === 0 ? { budgetUsdPerHour: 1 + random.below(300) } : {}),
    ...(random.below(5) === 0 ? { spread } : {}),
    ...(random.below(12) === 0 ? { pinned: { site: oneOf(random, names) } } : {}),
    keep: random.below(6) === 0,
  };
}

const KINDS = [
  ["h100"],
  ["h100", "gb200"],
  ["tpu-v5p"],
  ["tpu-v6e", "tpu-v5p"],
  ["gb200", "h100", "tpu-v6e"],
];

function someWorkload(random: SeededRandom, name: string, sites: readonly string[]): Workload {
  const kinds = oneOf(random, KINDS);
  if (random.below(4) > 0) {
    const size = 2 ** random.below(8);
    const spans = { maySpanSites: random.below(3) === 0 };
    return gangOf(random, name, Math.max(4, size), kinds, { ...rules(random, sites), ...spans });
  }
  const near = () =>
    Object.fromEntries(sites.filter(() => random.below(4) > 0).map((site) => [site, random.below(150)]));
  const users = ["east", "west"].slice(0, 1 + random.below(2)).map((group) => ({
    name: group,
    requestsPerSecond: 0.1 + random.below(30),
    rttMs: { [sites[0]!]: 20, ...near() },
  }));
  return InferencePool.of(name, {
    model: MODELS["8b"],
    tp: oneOf(random, [1, 2, 4, 8]),
    prefillDecode: oneOf(random, ["together", "split"]),
    promptTokens: 500 + random.below(2_000),
    outputTokens: 50 + random.below(300),
    users,
    firstTokenMs: 300 + random.below(600),
    accelerators: kinds,
    maxSites: 1 + random.below(2),
    ...rules(random, sites),
  });
}

function someJob(
  random: SeededRandom,
  name: string,
  sites: readonly string[],
  runs: readonly string[],
): DataJob {
  const from = oneOf(random, sites);
  const away = sites.filter((site) => site !== from);
  const to =
    away.length > 0 && random.below(2) === 0
      ? { site: oneOf(random, away) }
      : { workload: oneOf(random, runs) };
  return DataJob.of(name, {
    from,
    to,
    bytes: (1 + random.below(40)) * 1e12,
    everyHours: 12,
    value: 1 + random.below(5),
  });
}

/** A small instance in which rules meet and capacity is short. Some contradict themselves: plans must refuse them. */
export function hostile(seed: number, siteCount: number, workloadCount: number): PlanInput {
  const random = new SeededRandom(seed);
  const names = Array.from({ length: siteCount }, (_, index) => `site-${index}`);
  const sites = names.map((name) => {
    const country = oneOf(random, ["DE", "SE", "US"]);
    const pools = Array.from({ length: 1 + random.below(2) }, (_, index) =>
      somePool(random, `pool-${index}`),
    );
    const site = Site.kubernetes(name, { country, kubeconfig: { context: name } });
    return SiteModel.of(site, { pools, pue: 1.1, gramsCo2PerKwh: random.below(600) });
  });
  const links = names.slice(1).map((name, index) =>
    random.below(2) === 0
      ? OpticalLink.leased(names[index]!, name, {
          gbps: 5 + random.below(40),
          rttMs: 10,
          usdPerGb: [0.02, 0.05],
          usdPerHour: 3,
        })
      : OpticalLink.dwdm(names[index]!, name, {
          routeKm: 300,
          reach: "line-system",
          waves: 1 + random.below(4),
          gbpsPerWave: 400,
          usdPerWaveHour: 10,
          pjPerBit: 80,
        }),
  );
  const runs = Array.from({ length: workloadCount }, (_, index) => `run-${index}`);
  const jobs = Array.from(
    { length: workloadCount === 0 ? 0 : random.below(3) },
    (_, index) => `data-${index}`,
  );
  const planRules = PlanRules.of({
    carbonUsdPerTonne: random.below(200),
    churnUsdPerAcceleratorHour: random.below(3) / 2,
    ...(random.below(5) === 0 ? { budgetUsdPerHour: 20 + random.below(1_000) } : {}),
  });
  return {
    sites,
    links,
    workloads: [
      ...runs.map((name) => someWorkload(random, name, names)),
      ...jobs.map((name) => someJob(random, name, names, runs)),
    ],
    rules: planRules,
  };
}
