import type { AcceleratorModel, Offer } from "../../fabric/capacity-pool";
import type { Fabric } from "../../fabric/fabric";
import { type Link, linkFreeGbps } from "../../fabric/link";
import type { SiteModel } from "../../fabric/site-model";
import type { Flow, HourlyCost } from "../placement";
import type { PlanRules } from "../workloads";
import { gramsCo2PerHour, hallWatts, linkWatts, opticsWattsPerAccelerator } from "./energy";
import { guard } from "./guard";

/** Millionths, rounded to the nearest whole one. */
function micro(value: number): number {
  return Math.round(value * 1e6);
}

function milli(value: number): number {
  return Math.round(value * 1e3);
}

/** Mean share of full power that given-away machines draw. Source: the worked check of 80 % for an H100 node; a choice. */
const DEFAULT_UTILISATION = 0.8;

/** Accelerators of one part of a workload. */
export interface PartCost {
  readonly site: SiteModel;
  readonly accelerator: AcceleratorModel;
  readonly accelerators: number;
  readonly offer: Offer;
  /** Network between them, for the power of its optics. @default - not counted */
  readonly fabric?: Fabric;
}

/** A flow and the link that it runs over. */
export interface FlowCost {
  readonly link: Link;
  readonly flow: Flow;
}

/**
 * Money of a flow, in USD per hour. Wavelengths: their number times the price of one. Leased: egress by volume and the
 * share of the fixed price that the capacity set aside has of the whole.
 *
 * @throws NotAQuantity
 */
export function flowUsdPerHour({ link, flow }: FlowCost): number {
  guard("flowUsdPerHour", {}, { gbps: flow.gbps, waves: flow.waves, ...flow.gbPerHourFrom });
  if (link.kind === "optical") {
    return flow.waves * link.usdPerWaveHour;
  }
  const egress = Object.entries(flow.gbPerHourFrom).reduce(
    (sum, [site, volume]) => sum + volume * (link.usdPerGbFrom[site] ?? 0),
    0,
  );
  return egress + (link.usdPerHour * flow.gbps) / linkFreeGbps(link);
}

/** Power of the optics of a flow, both directions, in watts: lit wavelengths draw it whether they carry bits or not. */
export function flowWatts({ link, flow }: FlowCost): number {
  return link.kind === "optical" ? 2 * linkWatts(flow.waves * link.gbpsPerWave, link.pjPerBit) : 0;
}

/** Machines at their mean use, optics always. */
function partWatts({ site, accelerator, accelerators, fabric }: PartCost, utilisation: number): number {
  const optics = fabric === undefined ? 0 : opticsWattsPerAccelerator(fabric);
  const machines = hallWatts((accelerator.watts ?? 0) * accelerators, utilisation, site.pue);
  return machines + hallWatts(optics * accelerators, 1, site.pue);
}

/** Power and carbon of optics are shared equally by the sites that the link joins. */
function flowGrams(cost: FlowCost, sites: readonly SiteModel[]): number {
  const ends = sites.filter((site) => cost.link.sites.includes(site.name));
  const watts = flowWatts(cost);
  return ends.reduce((sum, site) => sum + gramsCo2PerHour(watts / ends.length, site.gramsCo2PerKwh), 0);
}

/** What an hour of a workload is made of. */
export interface HourProps {
  readonly parts: readonly PartCost[];
  readonly flows: readonly FlowCost[];
  readonly rules: PlanRules;
  /** All sites of the input: the carbon of links is taken where they end. */
  readonly sites: readonly SiteModel[];
  /** Modelled step time divided by the ideal one, at least 1; 1 for what has no steps. */
  readonly stretch: number;
  /** @default 0.8 */
  readonly utilisation?: number;
}

/**
 * What a workload costs per hour, in whole micro-USD, milliwatts and milligrams.
 *
 * Spot capacity is there for a share of the time only; the work that is lost is priced by dividing by this share.
 * Accelerators of unknown power count as none: energy is then a lower bound.
 *
 * @throws NotAQuantity
 */
export function hourlyCost(props: HourProps): HourlyCost {
  const { parts, flows, rules, sites, stretch, utilisation = DEFAULT_UTILISATION } = props;
  guard(
    "hourlyCost",
    { stretch },
    { "stretch - 1": stretch - 1, carbonUsdPerTonne: rules.carbonUsdPerTonne },
  );
  const accelerators = parts.reduce(
    (sum, part) => sum + part.accelerators * part.offer.usdPerAcceleratorHour,
    0,
  );
  const spot = parts.some((part) => part.offer.model === "spot");
  const network = flows.reduce((sum, cost) => sum + flowUsdPerHour(cost), 0);
  const drawn = parts.map((part) => partWatts(part, utilisation));
  const watts =
    drawn.reduce((sum, power) => sum + power, 0) + flows.reduce((sum, cost) => sum + flowWatts(cost), 0);
  const grams =
    parts.reduce((sum, { site }, index) => sum + gramsCo2PerHour(drawn[index]!, site.gramsCo2PerKwh), 0) +
    flows.reduce((sum, cost) => sum + flowGrams(cost, sites), 0);
  const microUsdAccelerators = micro(accelerators);
  const microUsdNetwork = micro(network);
  const microUsdCarbon = micro((grams / 1e6) * rules.carbonUsdPerTonne);
  const all = microUsdAccelerators + microUsdNetwork + microUsdCarbon;
  return {
    microUsdAccelerators,
    microUsdNetwork,
    microUsdCarbon,
    milliwatts: milli(watts),
    milligramsCo2: milli(grams),
    microUsdEffective: Math.round((all * stretch) / (spot ? rules.spotAvailability : 1)),
  };
}

/** Cost of useful work. */
export interface UnitCost {
  /** USD for one million tokens. */
  readonly usdPerMillionTokens: number;
  /** Grams of CO2 equivalent for one million tokens. */
  readonly gramsCo2PerMillionTokens: number;
}

/**
 * Money and carbon per million tokens, trained or generated.
 *
 * @param tokensPerSecond of the whole workload
 * @throws NotAQuantity
 */
export function costPerMillionTokens(
  cost: Pick<HourlyCost, "microUsdAccelerators" | "microUsdNetwork" | "milligramsCo2">,
  tokensPerSecond: number,
): UnitCost {
  guard("costPerMillionTokens", { tokensPerSecond });
  const millionsPerHour = (tokensPerSecond * 3_600) / 1e6;
  return {
    usdPerMillionTokens: (cost.microUsdAccelerators + cost.microUsdNetwork) / 1e6 / millionsPerHour,
    gramsCo2PerMillionTokens: cost.milligramsCo2 / 1e3 / millionsPerHour,
  };
}
