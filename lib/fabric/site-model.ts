import { Problems } from "../core/problems";
import type { CapacityPool } from "./capacity-pool";
import { frozen } from "./frozen";
import { checkQuantity } from "./quantities";
import type { Site, SiteKind } from "./site";

/** What a planner knows of one site: who it is, what runs there, what energy costs the climate. A plain, frozen value. */
export interface SiteModel {
  /** The site's name. */
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly kind: SiteKind;
  readonly pools: readonly CapacityPool[];
  /** Power usage effectiveness: power of the whole hall divided by power of its machines, at least 1. */
  readonly pue: number;
  /** Grid carbon intensity in grams of CO2 equivalent per kWh. */
  readonly gramsCo2PerKwh: number;
}

export interface SiteModelProps {
  /** @default - none: data may live there, no accelerator does */
  readonly pools?: readonly CapacityPool[];
  readonly pue: number;
  readonly gramsCo2PerKwh: number;
}

export const SiteModel = {
  /**
   * The fabric, capacity and energy of a site.
   *
   * @throws NotAQuantity, DuplicateValue, TokenNotAllowed
   */
  of(site: Site, props: SiteModelProps): SiteModel {
    const problems = new Problems(`SiteModel.of("${site.name}")`);
    const { pools = [], pue, gramsCo2PerKwh } = props;
    problems.unique(
      "pools",
      pools.map((pool) => pool.name),
    );
    checkQuantity(problems, "pue", pue, { min: 1, max: 10 });
    checkQuantity(problems, "gramsCo2PerKwh", gramsCo2PerKwh);
    problems.throwIfAny();
    const { name, country, kind } = site;
    return frozen({ name, country, kind, pools, pue, gramsCo2PerKwh });
  },
} as const;
