import { CapacityPool } from "../../lib/fabric/capacity-pool";
import { Fabric } from "../../lib/fabric/fabric";
import { OpticalLink } from "../../lib/fabric/link";
import { Residency } from "../../lib/fabric/residency";
import { Site } from "../../lib/fabric/site";
import { SiteModel } from "../../lib/fabric/site-model";
import { hostsPerLeaf, leafCount } from "../../lib/fabric/tree";
import { SeededRandom } from "../../lib/placement/plan/random";
import { type PlanInput, PlanRules, type Workload } from "../../lib/placement/workloads";
import { ACCELERATORS, cubePod, flatTorus, nvlinkTree, REGIONS, rackTree } from "./fleet";
import { dataOf, gangOf, heavyTail, numbered, oneOf, poolOf } from "./jobs";

/** A kind of instance, made from a seed. */
export interface Family {
  readonly name: string;
  readonly what: string;
  make(seed: number, scale: number): PlanInput;
}

function hall(
  name: string,
  country: string,
  pools: readonly CapacityPool[],
  gramsCo2PerKwh: number,
): SiteModel {
  const site = Site.kubernetes(name, { country, kubeconfig: { context: name } });
  return SiteModel.of(site, { pools, pue: 1.2, gramsCo2PerKwh });
}

const RULES = PlanRules.of({ carbonUsdPerTonne: 80 });

/** Gangs of heavy-tailed size until the pool is as full as asked. */
function fill(
  random: SeededRandom,
  accelerators: number,
  perHost: number,
  load: number,
  largestPower: number,
  kind: string,
): readonly Workload[] {
  const workloads: Workload[] = [];
  let left = Math.floor(accelerators * load);
  while (left >= perHost && workloads.length < 9_000) {
    const power = Math.min(heavyTail(random, largestPower), 2 ** Math.floor(Math.log2(left / perHost)));
    const size = (power >= 4 && random.below(2) === 0 ? (power * 3) / 4 : power) * perHost;
    const rules = { overlap: { data: 0.5 } };
    workloads.push(gangOf(random, numbered("job", workloads.length), size, [kind], rules));
    left -= size;
  }
  return workloads;
}

/** F1: racks in blocks, free counts at random. */
export function racks(seed: number, blocks: number, load: number): PlanInput {
  const random = new SeededRandom(seed);
  const fabric = rackTree(blocks);
  const freeHosts = Array.from({ length: leafCount(fabric) }, () => hostsPerLeaf(fabric) - random.below(4));
  const hosts = freeHosts.reduce((sum, count) => sum + count, 0);
  const pool = CapacityPool.of("racks", {
    accelerator: ACCELERATORS.h100,
    fabric,
    free: { kind: "leaves", freeHosts },
    offers: [{ model: "reserved", usdPerAcceleratorHour: 2.5 }],
  });
  const largest = Math.min(10, Math.floor(Math.log2(hosts / 2)));
  return {
    sites: [hall("frankfurt", "DE", [pool], 276)],
    links: [],
    workloads: fill(random, hosts * 8, 8, load, largest, "h100"),
    rules: RULES,
  };
}

/** F2: NVLink racks on rails. */
function nvlink(seed: number, units: number): PlanInput {
  const random = new SeededRandom(seed);
  const fabric = nvlinkTree(units);
  const freeHosts = Array.from({ length: leafCount(fabric) }, () => 18 - random.below(3));
  const hosts = freeHosts.reduce((sum, count) => sum + count, 0);
  const pool = CapacityPool.of("nvl72", {
    accelerator: ACCELERATORS.gb200,
    fabric,
    free: { kind: "leaves", freeHosts },
    offers: [{ model: "reserved", usdPerAcceleratorHour: 6 }],
  });
  return {
    sites: [hall("lulea", "SE", [pool], 2.7)],
    links: [],
    workloads: fill(random, hosts * 4, 8, 0.7 + random.below(3) / 10, 7, "gb200"),
    rules: RULES,
  };
}

/** F3: cubes behind optical switches, some of them broken. */
function cubes(seed: number, count: number): PlanInput {
  const random = new SeededRandom(seed);
  const freeChips = Array.from({ length: count }, () => (random.below(100) < 2 ? 0 : 64));
  const pool = CapacityPool.of("pod", {
    accelerator: ACCELERATORS["tpu-v5p"],
    fabric: cubePod(count, 2),
    free: { kind: "cubes", freeChips },
    offers: [{ model: "reserved", usdPerAcceleratorHour: 2 }],
  });
  const sizes = [4, 8, 8, 16, 32, 64, 64, 128, 128, 192, 256, 512, 1_024];
  const workloads: Workload[] = [];
  let left = Math.floor(
    (freeChips.filter((chips) => chips > 0).length - 2) * 64 * (0.8 + random.below(4) / 10),
  );
  while (left > 0) {
    const size = oneOf(
      random,
      sizes.filter((chips) => chips <= Math.max(4, left)),
    );
    workloads.push(gangOf(random, numbered("slice", workloads.length), size, ["tpu-v5p"]));
    left -= size;
  }
  return { sites: [hall("oklahoma", "US", [pool], 413)], links: [], workloads, rules: RULES };
}

/** What is at one of many sites. */
function remotePools(random: SeededRandom, accelerators: number): readonly CapacityPool[] {
  const opaque = random.below(2) === 0;
  const usd = 2 + random.below(500) / 100;
  if (opaque) {
    return [
      CapacityPool.of("h100", {
        accelerator: ACCELERATORS.h100,
        fabric: Fabric.opaque("cloud", { provider: "aws", assumed: rackTree(16) }),
        free: { kind: "count", accelerators: Math.ceil(accelerators / 8) * 8 },
        offers: [{ model: "on-demand", usdPerAcceleratorHour: usd + 1 }],
      }),
    ];
  }
  const blocks = Math.max(1, Math.round(accelerators / 2_048));
  return [
    CapacityPool.of("h100", {
      accelerator: ACCELERATORS.h100,
      fabric: rackTree(blocks),
      offers: [{ model: "reserved", usdPerAcceleratorHour: usd }],
    }),
  ];
}

function mesh(random: SeededRandom, sites: readonly SiteModel[]) {
  return sites.flatMap((site, index) => {
    const next = sites[(index + 1) % sites.length]!;
    const far = sites[(index + 1 + random.below(sites.length - 1)) % sites.length]!;
    const links = [
      OpticalLink.dwdm(site.name, next.name, {
        name: numbered("fibre", index),
        routeKm: 100 + random.below(2_000),
        reach: "line-system",
        waves: 8,
        wavesInUse: random.below(4),
        gbpsPerWave: 400,
        usdPerWaveHour: 15,
        pjPerBit: 100,
      }),
    ];
    return sites.length > 2 && far.name !== next.name
      ? [
          ...links,
          OpticalLink.leased(site.name, far.name, {
            name: numbered("leased", index),
            gbps: 100,
            rttMs: 5 + random.below(100),
            usdPerGb: [0.02, 0.02],
          }),
        ]
      : links;
  });
}

/** F4: many sites with prices, carbon, residency and a graph of links. */
export function sites(seed: number, count: number, workloadCount: number, accelerators: number): PlanInput {
  const random = new SeededRandom(seed);
  const models = Array.from({ length: count }, (_, index) => {
    const { country, grams } = REGIONS[index % REGIONS.length]!;
    const pools = remotePools(random, Math.round((accelerators / count) * (0.6 + random.below(80) / 100)));
    return hall(numbered("site", index), country, pools, grams);
  });
  const workloads: Workload[] = [];
  const mean = (accelerators * 0.85) / workloadCount;
  while (workloads.length < workloadCount) {
    const size = Math.max(8, Math.min(512, heavyTail(random, 10) * 2 ** Math.floor(Math.log2(mean / 4))));
    const name = numbered("job", workloads.length);
    const kind = random.below(10);
    if (kind === 0) {
      const rttMs = Object.fromEntries(models.map((site) => [site.name, 5 + random.below(200)]));
      workloads.push(poolOf(random, name, ["h100"], rttMs));
    } else if (kind === 1 && workloads.length > 0) {
      workloads.push(dataOf(random, name, oneOf(random, models).name, dataTarget(random, workloads, models)));
    } else {
      const rules = random.below(3) === 0 ? { residency: Residency.EU } : {};
      workloads.push(gangOf(random, name, size, ["h100"], rules));
    }
  }
  return { sites: models, links: mesh(random, models), workloads: workloads.filter(sound), rules: RULES };
}

/** Jobs from a site to itself have no meaning. */
function sound(workload: Workload): boolean {
  return workload.kind !== "data" || !("site" in workload.to) || workload.to.site !== workload.from;
}

function dataTarget(random: SeededRandom, workloads: readonly Workload[], models: readonly SiteModel[]) {
  const runs = workloads.filter(({ kind }) => kind !== "data");
  return runs.length > 0 ? { workload: oneOf(random, runs).name } : { site: models[0]!.name };
}

/** F5: every fabric, gangs, pools and jobs together. */
function mixed(seed: number, scale: number): PlanInput {
  const random = new SeededRandom(seed);
  const offer = (usd: number) => [{ model: "reserved" as const, usdPerAcceleratorHour: usd }];
  const models = [
    hall(
      "frankfurt",
      "DE",
      [
        CapacityPool.of("racks", {
          accelerator: ACCELERATORS.h100,
          fabric: rackTree(scale),
          offers: offer(2.5),
        }),
      ],
      276,
    ),
    hall(
      "lulea",
      "SE",
      [
        CapacityPool.of("nvl72", {
          accelerator: ACCELERATORS.gb200,
          fabric: nvlinkTree(scale),
          offers: offer(6),
        }),
      ],
      2.7,
    ),
    hall(
      "oklahoma",
      "US",
      [
        CapacityPool.of("pod", {
          accelerator: ACCELERATORS["tpu-v5p"],
          fabric: cubePod(32 * scale, 1),
          offers: offer(2),
        }),
        CapacityPool.of("flat", {
          accelerator: ACCELERATORS["tpu-v6e"],
          fabric: flatTorus(2 * scale),
          offers: offer(1.4),
        }),
      ],
      413,
    ),
    hall(
      "cloud",
      "NL",
      [
        CapacityPool.of("h100", {
          accelerator: ACCELERATORS.h100,
          fabric: Fabric.opaque("cloud", { provider: "google", assumed: rackTree(8) }),
          offers: [
            { model: "on-demand", usdPerAcceleratorHour: 7 },
            { model: "spot", usdPerAcceleratorHour: 3 },
          ],
        }),
      ],
      209,
    ),
  ];
  const kinds = [["h100"], ["h100", "gb200"], ["tpu-v5p", "tpu-v6e"], ["h100", "gb200", "tpu-v5p"]];
  const workloads: Workload[] = Array.from({ length: 40 * scale }, (_, index) => {
    const name = numbered("job", index);
    if (random.below(6) === 0) {
      return poolOf(random, name, oneOf(random, kinds), {
        frankfurt: 10,
        lulea: 40,
        cloud: 20,
        oklahoma: 120,
      });
    }
    const rules = random.below(4) === 0 ? { residency: Residency.EU, maySpanSites: true } : {};
    return gangOf(random, name, heavyTail(random, 7) * 8, oneOf(random, kinds), rules);
  });
  const jobs = Array.from({ length: 4 * scale }, (_, index) =>
    dataOf(
      random,
      numbered("data", index),
      oneOf(random, models).name,
      dataTarget(random, workloads, models),
    ),
  );
  return { sites: models, links: mesh(random, models), workloads: [...workloads, ...jobs], rules: RULES };
}

export const FAMILIES: readonly Family[] = [
  {
    name: "F1",
    what: "racks and blocks, free counts at random",
    make: (seed, scale) => racks(seed, Math.max(1, scale), 0.7 + (seed % 4) / 12),
  },
  { name: "F2", what: "NVLink racks on rails", make: (seed, scale) => nvlink(seed, Math.max(1, scale)) },
  {
    name: "F3",
    what: "cubes behind optical switches",
    make: (seed, scale) => cubes(seed, 32 * Math.max(1, scale)),
  },
  {
    name: "F4",
    what: "sites with prices, carbon, residency, links",
    make: (seed, scale) => sites(seed, 3 + 3 * scale, 30 * scale, 6_000 * scale),
  },
  {
    name: "F5",
    what: "all fabrics and kinds of workload",
    make: (seed, scale) => mixed(seed, Math.max(1, scale)),
  },
];
