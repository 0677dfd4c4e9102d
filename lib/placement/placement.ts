import type { PurchaseModel, TorusBox } from "../fabric/capacity-pool";
import type { SliceShape } from "../fabric/torus";

/**
 * The result of planning, as plain data. Together with the input it holds all that another program needs to check it:
 * feasibility from the domains, users and flows; objective from the cost of each workload; the bound from its prices.
 *
 * Numbers whose names start with `micro`, `milli` or end with `Ns` are whole, at most 2^53, and are compared exactly.
 */
export interface Placement {
  /** Version of this format. */
  readonly version: 1;
  /** Digest of the input in canonical JSON with sites, links and workloads sorted by name: which model this plan is of. */
  readonly inputDigest: string;
  /** One entry for each workload of the input, sorted by name. */
  readonly workloads: readonly WorkloadPlacement[];
  /** Every link of the input, sorted by name. */
  readonly links: readonly LinkUse[];
  /** Uplinks inside fabrics that more than one workload loads, or that slow one down. */
  readonly uplinks: readonly UplinkLoad[];
  readonly objective: Objective;
  readonly bound: Bound;
}

export type WorkloadPlacement = AcceptedWorkload | LeftOutWorkload;

/** A workload that has a place. */
export interface AcceptedWorkload {
  readonly status: "accepted";
  readonly workload: string;
  /** Index into the layouts of the gang. Absent for pools and data jobs. */
  readonly layout?: number;
  /** One part for each site (and phase, if prefill and decode are split); none for data jobs. */
  readonly parts: readonly PlacedPart[];
  /** What it sends over links. */
  readonly flows: readonly Flow[];
  /** Only for gangs. */
  readonly step?: StepNs;
  readonly cost: HourlyCost;
}

/** A workload that has none. */
export interface LeftOutWorkload {
  readonly status: "left-out";
  readonly workload: string;
  /** Why each place was refused; at least one. */
  readonly reasons: readonly Reason[];
}

/** What stops a workload at a place. */
export type ReasonCode =
  | "residency"
  | "accelerator"
  | "not-sized"
  | "purchase"
  | "pinned-elsewhere"
  | "kept-elsewhere"
  | "spread"
  | "no-capacity"
  | "fragmented"
  | "no-shape"
  | "domain-too-small"
  | "memory"
  | "latency"
  | "unreachable"
  | "link-capacity"
  | "wavelengths"
  | "budget"
  | "outvalued";

/** One refusal, as numbers; explanations turn it into a sentence. */
export interface Reason {
  readonly code: ReasonCode;
  readonly site?: string;
  readonly pool?: string;
  readonly link?: string;
  readonly users?: string;
  /** What was needed and what was there, both in `unit`. */
  readonly need?: number;
  readonly have?: number;
  readonly unit?: "accelerators" | "hosts" | "chips" | "cubes" | "ms" | "Gbps" | "waves" | "USD/h" | "GiB";
  /** Workloads that took what was needed. */
  readonly because?: readonly string[];
}

/** The piece of a workload in one pool. */
export interface PlacedPart {
  readonly site: string;
  readonly pool: string;
  readonly purchase: PurchaseModel;
  readonly accelerators: number;
  readonly domains: PlacedDomains;
  /** Only for gangs. */
  readonly ranks?: RankMapping;
  /** Only for inference pools. */
  readonly serving?: PlacedServing;
}

/** Replicas of an inference pool at one site. */
export interface PlacedServing {
  readonly phase: "both" | "prefill" | "decode";
  readonly replicas: number;
  /** Names of the user groups that it answers, sorted. */
  readonly users: readonly string[];
}

/** Where in the fabric. */
export type PlacedDomains = PlacedLeaves | PlacedBox | PlacedCubes | PlacedIntent;

/** Hosts of a tree. */
export interface PlacedLeaves {
  readonly kind: "leaves";
  /** In the order of ranks, innermost neighbours side by side. */
  readonly leaves: readonly { readonly leaf: number; readonly hosts: number }[];
}

/** A box of a static torus. */
export interface PlacedBox {
  readonly kind: "box";
  readonly box: TorusBox;
}

/** A slice of cubes. */
export interface PlacedCubes {
  readonly kind: "cubes";
  readonly shape: SliceShape;
  /**
   * Indices of the cubes in the order of the lattice of cubes, first axis fastest. One cube if the slice is smaller than
   * a cube.
   */
  readonly cubes: readonly number[];
}

/** What to ask of an interior that cannot be chosen. Nothing here is a promise of the provider. */
export interface PlacedIntent {
  readonly kind: "intent";
  readonly hosts: number;
  /** All hosts as near to each other as the provider can. */
  readonly together: boolean;
  /** @default - no torus */
  readonly shape?: SliceShape;
}

/** Axes along which a model is split. */
export type RankAxis = "tp" | "cp" | "ep" | "pp" | "dp";

/** Which rank runs where. */
export interface RankMapping {
  /** First global rank of this part; its ranks are consecutive. */
  readonly firstRank: number;
  /** Axes from the innermost to the outermost; with expert parallelism `dp` is what is left of it. */
  readonly order: readonly RankAxis[];
  /** On a torus: which axes of the slice a parallel axis runs along, from the innermost. */
  readonly torusAxes?: Readonly<Partial<Record<RankAxis, readonly TorusStretch[]>>>;
}

/** A stretch of one axis of a slice. */
export interface TorusStretch {
  /** Axis of the slice, from 0. */
  readonly axis: number;
  /** Chips along it. */
  readonly extent: number;
}

/** What one workload sends over one link, both directions alike unless said otherwise. */
export interface Flow {
  readonly link: string;
  /** Capacity that is set aside for it, one direction. */
  readonly gbps: number;
  /** Whole wavelengths that are set aside; 0 on leased links. */
  readonly waves: number;
  /** Bytes that leave each site, in GB per hour, by site. */
  readonly gbPerHourFrom: Readonly<Record<string, number>>;
}

/** Step time of a gang, in whole nanoseconds. The parts do not sum up where they overlap. */
export interface StepNs {
  readonly computeNs: number;
  readonly tensorNs: number;
  readonly contextNs: number;
  readonly expertNs: number;
  /** Pipeline transfers that nothing hides. */
  readonly pipelineNs: number;
  readonly bubbleNs: number;
  /** Data-parallel transfers, hidden or not. */
  readonly dataNs: number;
  /** Data-parallel transfers that nothing hides. */
  readonly exposedDataNs: number;
  readonly totalNs: number;
}

/** What a workload costs per hour. */
export interface HourlyCost {
  readonly microUsdAccelerators: number;
  /** Waves, leased circuits by share, and egress. */
  readonly microUsdNetwork: number;
  /** Carbon at the price of the rules. */
  readonly microUsdCarbon: number;
  /** Energy at the meter of the hall, overheads included: watt-hours per hour, in thousandths. */
  readonly milliwatts: number;
  /** CO2 equivalent per hour in thousandths of a gram. */
  readonly milligramsCo2: number;
  /**
   * What the objective counts: all money above, times the modelled step time divided by the ideal one for gangs, so that
   * a slow place costs more.
   */
  readonly microUsdEffective: number;
}

/** How full a link is. */
export interface LinkUse {
  readonly link: string;
  readonly wavesUsed: number;
  /** Of each workload, first-fit; sorted by the lowest wavelength. Empty for leased links. */
  readonly assignments: readonly { readonly workload: string; readonly wavelengths: readonly number[] }[];
  readonly gbpsUsed: number;
  readonly gbpsFree: number;
}

/** Load of the uplink of one domain. */
export interface UplinkLoad {
  readonly site: string;
  readonly pool: string;
  /** Name of the tier that the uplink goes up into, and the joined domain, from 0. */
  readonly tier: string;
  readonly domain: number;
  readonly workloads: readonly string[];
  /** Time that the uplink is busy in one step of the slowest of them, over that step. */
  readonly utilisation: number;
}

/** What the plan reached, in the order of importance. */
export interface Objective {
  /** Sum of the value of accepted workloads, in millionths. */
  readonly microValue: number;
  /** Sum of `microUsdEffective`. */
  readonly microUsdEffective: number;
  /** What was moved against the previous plan, priced. */
  readonly microUsdChurn: number;
  /** Accelerators that the largest slice still placeable has, summed over pools of known interior: more is better. */
  readonly largestPlaceable: number;
}

/** What no plan can beat for the same accepted workloads, and the proof. */
export interface Bound {
  /** Lower bound of the sum of `microUsdEffective` and `microUsdChurn`. */
  readonly microUsd: number;
  /** Gap of the plan to the bound, in millionths of the bound. */
  readonly gapPpm: number;
  /** How it was found. `exact`: the search was complete. */
  readonly method: "lagrangian" | "exact";
  /** Prices of scarce capacity: whoever recomputes the Lagrangian with them gets `microUsd`. */
  readonly prices: readonly ShadowPrice[];
}

/** What one more unit would save. */
export interface ShadowPrice {
  /** `pool`: one accelerator more. `link`: one wavelength more, or one Gbit/s on a leased link. */
  readonly of: "pool" | "link";
  readonly site?: string;
  readonly pool?: string;
  readonly link?: string;
  readonly microUsdPerHour: number;
}

/** What of an earlier plan the next one needs: what ran where. */
export interface PlacementLock {
  readonly version: 1;
  readonly inputDigest: string;
  readonly workloads: readonly AcceptedWorkload[];
}
