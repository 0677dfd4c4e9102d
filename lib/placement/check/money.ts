import type { CapacityPool, Offer } from "../../fabric/capacity-pool";
import type { Fabric } from "../../fabric/fabric";
import type { SiteModel } from "../../fabric/site-model";
import type { Flow, HourlyCost, PlacedPart } from "../placement";
import { type Facts, interior } from "./facts";

/** Mean share of full power that machines draw. */
const MEAN_USE = 0.8;

/** What is paid for in one pool. */
export interface Bought {
  readonly site: SiteModel;
  readonly pool: CapacityPool;
  readonly offer: Offer;
  readonly accelerators: number;
  /** Of inference only. @default "both" */
  readonly phase?: "both" | "prefill" | "decode";
}

/** Watts of the optics that one accelerator has its share of, both directions. */
function opticsWatts(fabric: Fabric): number {
  const known = interior(fabric);
  if (known.kind === "torus") {
    return 0;
  }
  if (known.kind === "cubes") {
    const links = (6 * known.linkOneWayGBps * 8 * (known.pjPerBit ?? 0)) / 1e3 / known.side;
    const switches = (known.ocs.switches ?? 0) * (known.ocs.wattsPerSwitch ?? 0);
    return links + switches / (known.cubes * known.side ** 3);
  }
  return known.tiers.reduce(
    (sum, tier) => sum + (2 * known.nicGbps * (tier.pjPerBit ?? 0)) / tier.oversubscription / 1e3,
    0,
  );
}

/** Gbit/s of a link that are not in use. */
export function freeGbps(link: Facts["input"]["links"][number]): number {
  return link.kind === "leased" ? link.gbps : (link.waves - link.wavesInUse) * link.gbpsPerWave;
}

function flowUsd(facts: Facts, flow: Flow): number {
  const link = facts.links.get(flow.link)!;
  if (link.kind === "optical") {
    return flow.waves * link.usdPerWaveHour;
  }
  const egress = link.sites.reduce(
    (sum, site) => sum + (flow.gbPerHourFrom[site] ?? 0) * (link.usdPerGbFrom[site] ?? 0),
    0,
  );
  return egress + link.usdPerHour * (flow.gbps / link.gbps);
}

/** The hour of a workload, from prices, power and carbon. */
export function recomputeHour(
  facts: Facts,
  bought: readonly Bought[],
  flows: readonly Flow[],
  stretch: number,
): HourlyCost {
  const { rules } = facts.input;
  let [usd, network, watts, grams] = [0, 0, 0, 0];
  for (const { site, pool, offer, accelerators } of bought) {
    const each = (pool.accelerator.watts ?? 0) * MEAN_USE + opticsWatts(pool.fabric);
    const power = each * accelerators * site.pue;
    usd += offer.usdPerAcceleratorHour * accelerators;
    watts += power;
    grams += (power * site.gramsCo2PerKwh) / 1e3;
  }
  for (const flow of flows) {
    const link = facts.links.get(flow.link)!;
    network += flowUsd(facts, flow);
    if (link.kind === "optical") {
      const power = (2 * flow.waves * link.gbpsPerWave * link.pjPerBit) / 1e3;
      const grids = link.sites.map((site) => facts.sites.get(site)!.gramsCo2PerKwh);
      watts += power;
      grams += (power * (grids[0]! + grids[1]!)) / 2 / 1e3;
    }
  }
  const spot = bought.some(({ offer }) => offer.model === "spot");
  const parts = [usd, network, (grams * rules.carbonUsdPerTonne) / 1e6].map((sum) => Math.round(sum * 1e6));
  const all = parts[0]! + parts[1]! + parts[2]!;
  return {
    microUsdAccelerators: parts[0]!,
    microUsdNetwork: parts[1]!,
    microUsdCarbon: parts[2]!,
    milliwatts: Math.round(watts * 1e3),
    milligramsCo2: Math.round(grams * 1e3),
    microUsdEffective: Math.round((all * stretch) / (spot ? rules.spotAvailability : 1)),
  };
}

/** What a part buys; undefined if the place or the offer does not exist. */
export function boughtBy(facts: Facts, part: PlacedPart): Bought | undefined {
  const site = facts.sites.get(part.site);
  const pool = facts.pool(part.site, part.pool);
  const offer = pool?.offers.find(({ model }) => model === part.purchase);
  return site === undefined || pool === undefined || offer === undefined
    ? undefined
    : { site, pool, offer, accelerators: part.accelerators, phase: part.serving?.phase };
}
