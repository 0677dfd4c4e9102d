import type { Problems } from "../core/problems";
import type { PurchaseModel } from "../fabric/capacity-pool";
import { checkQuantity } from "../fabric/quantities";
import type { Residency } from "../fabric/residency";
import { WorkloadErrors } from "./placement-errors";

/** Where a workload must be. */
export interface Pin {
  /** Name of the site. */
  readonly site: string;
  /** Name of the pool at this site. @default - any */
  readonly pool?: string;
}

/** Workloads that must not share a place, so that one failure does not take all of them. */
export interface Spread {
  /** Workloads with the same group are kept apart. */
  readonly group: string;
  /** What they must not share. `domain` is a leaf of a tree, a cube or a torus; it cannot be kept in opaque interiors. */
  readonly apartIn: "site" | "pool" | "domain";
}

/** Rules that every workload can have. They are never traded for cost. */
export interface PlacementRules {
  /**
   * What it is worth that this workload runs, in any unit that is the same for all workloads: plans accept the set of
   * workloads with the highest sum.
   */
  readonly value: number;
  /** Countries in which it and its data may be, sorted; absent: any. */
  readonly countries?: readonly string[];
  /** Ways of buying that it accepts, in no order. */
  readonly purchase: readonly PurchaseModel[];
  /** Most that it may cost. @default - no limit */
  readonly budgetUsdPerHour?: number;
  readonly pinned?: Pin;
  readonly spread?: Spread;
  /** True if a running instance must stay where the previous plan put it. */
  readonly keep: boolean;
}

export interface PlacementRulesProps {
  /** @default 1 */
  readonly value?: number;
  /** @default Residency.ANYWHERE */
  readonly residency?: Residency;
  /** @default - reserved and on-demand: nothing that can be taken away */
  readonly purchase?: readonly PurchaseModel[];
  /** @default - no limit */
  readonly budgetUsdPerHour?: number;
  /** @default - anywhere that the other rules allow */
  readonly pinned?: Pin;
  /** @default - none */
  readonly spread?: Spread;
  /** Has no effect without a previous plan that placed this workload. @default false */
  readonly keep?: boolean;
}

const DEFAULT_PURCHASE: readonly PurchaseModel[] = ["on-demand", "reserved"];

/** Collects what is wrong with the rules of a workload. */
export function checkPlacementRules(problems: Problems, props: PlacementRulesProps): void {
  checkQuantity(problems, "value", props.value ?? 1, { aboveMin: true, max: 1_000_000_000 });
  const purchase = props.purchase ?? DEFAULT_PURCHASE;
  problems.unique("purchase", purchase);
  for (const model of purchase) {
    problems.oneOf("purchase", model, ["reserved", "on-demand", "spot"]);
  }
  if (purchase.length === 0) {
    problems.add(WorkloadErrors.NothingAllowed, {
      subject: "purchase",
      given: purchase,
      allowed: "at least one way of buying",
    });
  }
  if (props.budgetUsdPerHour !== undefined) {
    checkQuantity(problems, "budgetUsdPerHour", props.budgetUsdPerHour, { aboveMin: true });
  }
  if (props.pinned !== undefined) {
    problems.name("pinned.site", props.pinned.site);
    if (props.pinned.pool !== undefined) {
      problems.name("pinned.pool", props.pinned.pool);
    }
  }
  if (props.spread !== undefined) {
    problems.name("spread.group", props.spread.group);
    problems.oneOf("spread.apartIn", props.spread.apartIn, ["site", "pool", "domain"]);
  }
}

/** The rules as plain data. */
export function placementRules(props: PlacementRulesProps): PlacementRules {
  return {
    value: props.value ?? 1,
    countries: props.residency?.codes,
    purchase: [...(props.purchase ?? DEFAULT_PURCHASE)].sort(),
    budgetUsdPerHour: props.budgetUsdPerHour,
    pinned: props.pinned,
    spread: props.spread,
    keep: props.keep ?? false,
  };
}

/** True if the rules let the workload's data be in that country. */
export function allowsCountry(rules: Pick<PlacementRules, "countries">, country: string): boolean {
  return rules.countries === undefined || rules.countries.includes(country);
}
