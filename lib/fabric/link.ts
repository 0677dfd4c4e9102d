import { COMMON_NAME, type NameRule, Problems } from "../core/problems";
import { FabricErrors } from "./fabric-errors";
import { frozen } from "./frozen";
import { checkCount, checkPositive, checkQuantity } from "./quantities";
import { requireParts } from "./required-parts";

/**
 * Which optics light a route. `ZR`: coherent pluggables, one amplified span. `ZR+`: the same with more power, a few
 * spans. `line-system`: amplified sites along the route, no limit of its own.
 */
export type ReachClass = "ZR" | "ZR+" | "line-system";

/** `hollow-core` guides light through air. */
export type Fibre = "standard" | "hollow-core";

/**
 * Longest route of each reach class at 400 Gbit/s a wave, in km.
 *
 * Sources: ZR 80 km, about 120 km amplified, https://www.gazettabyte.com/ (400ZR target of OIF, 2018); ZR+ 200 km at
 * 400 Gbit/s is told by vendors only.
 */
const REACH_KM: Readonly<Record<ReachClass, number | undefined>> = Object.freeze({
  ZR: 120,
  "ZR+": 200,
  "line-system": undefined,
});

/**
 * One-way delay of light, in microseconds per km.
 *
 * Sources: 204,190 km/s at 1550 nm, https://mapyourtech.com/the-5-microsecond-rule (read 2026-11); hollow core a third
 * less, 40 km trial, https://optic.ca (read 2026-11).
 */
const DELAY_US_PER_KM: Readonly<Record<Fibre, number>> = Object.freeze({
  standard: 4.9,
  "hollow-core": 3.4,
});

/** Width of the amplified C band, in GHz. Source: ITU-T G.694.1 grid; 64 channels of 75 GHz. */
const C_BAND_GHZ = 4_800;

/** Wavelengths on fibre between two sites: a capacity that comes in whole waves. A plain, frozen value. */
export interface OpticalLink {
  readonly kind: "optical";
  readonly name: string;
  /** The sites that it joins, in the order of their names. */
  readonly sites: readonly [string, string];
  /** Length of the fibre, which is longer than the line on the map. */
  readonly routeKm: number;
  readonly reach: ReachClass;
  readonly fibre: Fibre;
  /** Wavelengths that are lit. */
  readonly waves: number;
  /** Wavelengths of these that somebody else already uses. */
  readonly wavesInUse: number;
  readonly gbpsPerWave: number;
  /** Both transponders of one wave and its share of the line, per hour. */
  readonly usdPerWaveHour: number;
  /** Energy of carrying one bit from end to end, in picojoules. */
  readonly pjPerBit: number;
}

/** Rented capacity whose route is not ours: internet, a cloud's backbone, an interconnect. A plain, frozen value. */
export interface LeasedLink {
  readonly kind: "leased";
  readonly name: string;
  /** The sites that it joins, in the order of their names. */
  readonly sites: readonly [string, string];
  readonly gbps: number;
  /** Round-trip time in milliseconds. */
  readonly rttMs: number;
  /** Price of one GB (10^9 bytes) that leaves the site, by the name of the site. */
  readonly usdPerGbFrom: Readonly<Record<string, number>>;
  /** Fixed price of the port or circuit, whether used or not. */
  readonly usdPerHour: number;
}

/** A way between two sites. */
export type Link = OpticalLink | LeasedLink;

export interface DwdmProps {
  /** Unique among the links. @default - the names of both sites, joined by two hyphens */
  readonly name?: string;
  readonly routeKm: number;
  readonly reach: ReachClass;
  /** @default "standard" */
  readonly fibre?: Fibre;
  readonly waves: number;
  /** @default 0 */
  readonly wavesInUse?: number;
  readonly gbpsPerWave: number;
  /** Spacing of the channels in GHz: 75 for 400 Gbit/s, 150 for 800 Gbit/s. @default 75 */
  readonly gridGhz?: number;
  /** @default 1 */
  readonly fibrePairs?: number;
  readonly usdPerWaveHour: number;
  readonly pjPerBit: number;
}

export interface LeasedProps {
  /** Unique among the links. @default - the names of both sites, joined by two hyphens */
  readonly name?: string;
  readonly gbps: number;
  readonly rttMs: number;
  /** Price of one GB that leaves the first site, and of one that leaves the second. */
  readonly usdPerGb: readonly [number, number];
  /** @default 0 */
  readonly usdPerHour?: number;
}

function ordered(a: string, b: string): readonly [string, string] {
  return a < b ? [a, b] : [b, a];
}

/** Room for the names of two sites. */
const LINK_NAME: NameRule = { ...COMMON_NAME, maxLength: 66 };

function checkEnds(problems: Problems, a: string, b: string, name: string | undefined): void {
  problems.name("first site", a);
  problems.name("second site", b);
  if (name !== undefined) {
    problems.name("name", name, LINK_NAME);
  }
  if (a === b) {
    problems.add(FabricErrors.LinkToItself, { subject: "sites", given: a, allowed: "two different sites" });
  }
}

function checkReach(problems: Problems, reach: ReachClass, routeKm: number): void {
  const longest = REACH_KM[reach];
  if (longest !== undefined && routeKm > longest) {
    problems.add(FabricErrors.LinkBeyondReach, {
      subject: "routeKm",
      given: routeKm,
      allowed: `at most ${longest} km with ${reach}`,
    });
  }
}

function checkSpectrum(problems: Problems, waves: number, gridGhz: number, fibrePairs: number): void {
  const channels = Math.floor(C_BAND_GHZ / gridGhz) * fibrePairs;
  if (waves > channels) {
    problems.add(FabricErrors.LinkBeyondSpectrum, {
      subject: "waves",
      given: waves,
      allowed: `at most ${channels} with a grid of ${gridGhz} GHz on ${fibrePairs} fibre pair(s)`,
    });
  }
}

export const OpticalLink = {
  /**
   * Wavelengths between two sites.
   *
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, NotOneOf, TokenNotAllowed, LinkToItself, LinkBeyondReach,
   *   LinkBeyondSpectrum
   */
  dwdm(a: string, b: string, props: DwdmProps): OpticalLink {
    const problems = new Problems(`OpticalLink.dwdm("${a}", "${b}")`);
    const { fibre = "standard", wavesInUse = 0, gridGhz = 75, fibrePairs = 1 } = props;
    checkEnds(problems, a, b, props.name);
    const routeGiven = checkPositive(problems, "routeKm", props.routeKm);
    if (problems.oneOf("reach", props.reach, ["ZR", "ZR+", "line-system"]) && routeGiven) {
      checkReach(problems, props.reach, props.routeKm);
    }
    problems.oneOf("fibre", fibre, ["standard", "hollow-core"]);
    const grid = checkPositive(problems, "gridGhz", gridGhz, C_BAND_GHZ);
    const pairs = checkCount(problems, "fibrePairs", fibrePairs);
    if (checkCount(problems, "waves", props.waves)) {
      problems.literalInteger("wavesInUse", wavesInUse, { min: 0, max: props.waves });
      if (grid && pairs) {
        checkSpectrum(problems, props.waves, gridGhz, fibrePairs);
      }
    }
    checkPositive(problems, "gbpsPerWave", props.gbpsPerWave);
    checkQuantity(problems, "usdPerWaveHour", props.usdPerWaveHour);
    checkQuantity(problems, "pjPerBit", props.pjPerBit);
    problems.throwIfAny();
    const { routeKm, reach, waves, gbpsPerWave, usdPerWaveHour, pjPerBit } = props;
    const sites = ordered(a, b);
    const name = props.name ?? sites.join("--");
    return frozen({
      kind: "optical",
      name,
      sites,
      routeKm,
      reach,
      fibre,
      waves,
      wavesInUse,
      gbpsPerWave,
      usdPerWaveHour,
      pjPerBit,
    });
  },

  /**
   * Rented capacity between two sites, of unknown route.
   *
   * @throws InvalidName, NotAQuantity, MissingValue, TokenNotAllowed, LinkToItself
   */
  leased(a: string, b: string, props: LeasedProps): LeasedLink {
    const problems = new Problems(`OpticalLink.leased("${a}", "${b}")`);
    requireParts(problems, props, { usdPerGb: "list" });
    const { gbps, rttMs, usdPerGb, usdPerHour = 0 } = props;
    checkEnds(problems, a, b, props.name);
    checkPositive(problems, "gbps", gbps);
    checkQuantity(problems, "rttMs", rttMs);
    usdPerGb.forEach((price, index) => {
      checkQuantity(problems, `usdPerGb[${index}]`, price);
    });
    checkQuantity(problems, "usdPerHour", usdPerHour);
    problems.throwIfAny();
    const sites = ordered(a, b);
    const usdPerGbFrom = { [a]: usdPerGb[0], [b]: usdPerGb[1] };
    const name = props.name ?? sites.join("--");
    return frozen({ kind: "leased", name, sites, gbps, rttMs, usdPerGbFrom, usdPerHour });
  },
} as const;

/** Round-trip time of a link, in milliseconds: of fibre, twice its length at the speed of light in glass or air. */
export function linkRttMs(link: Link): number {
  return link.kind === "leased" ? link.rttMs : (2 * link.routeKm * DELAY_US_PER_KM[link.fibre]) / 1_000;
}

/** Capacity that is not in use, one direction, in Gbit/s. */
export function linkFreeGbps(link: Link): number {
  return link.kind === "leased" ? link.gbps : (link.waves - link.wavesInUse) * link.gbpsPerWave;
}

/** Whole wavelengths that a rate needs on an optical link. */
export function wavesFor(link: OpticalLink, gbps: number): number {
  return Math.ceil(gbps / link.gbpsPerWave);
}
