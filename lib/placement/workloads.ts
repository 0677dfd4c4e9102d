import { Problems } from "../core/problems";
import { frozen } from "../fabric/frozen";
import type { Link } from "../fabric/link";
import { checkQuantity } from "../fabric/quantities";
import type { SiteModel } from "../fabric/site-model";
import type { DataJob } from "./data-job";
import type { Gang } from "./gang";
import type { ServingPool } from "./sized-pool";

/** Anything that a plan finds a place for. */
export type Workload = Gang | ServingPool | DataJob;

/** What holds for the whole plan. */
export interface PlanRules {
  /** What one tonne of CO2 equivalent is counted as, in USD; 0 leaves carbon out of the objective. */
  readonly carbonUsdPerTonne: number;
  /** Most that all accepted workloads together may cost, accelerators and network. @default - no limit */
  readonly budgetUsdPerHour?: number;
  /** What moving one accelerator away from where the previous plan had it is counted as, in USD per hour. */
  readonly churnUsdPerAcceleratorHour: number;
  /** Share of time in which accelerators of spot capacity are expected to be there, 0 to 1. */
  readonly spotAvailability: number;
}

export interface PlanRulesProps {
  /** @default 0 */
  readonly carbonUsdPerTonne?: number;
  readonly budgetUsdPerHour?: number;
  /** @default 0 */
  readonly churnUsdPerAcceleratorHour?: number;
  /** @default 0.9 */
  readonly spotAvailability?: number;
}

export const PlanRules = {
  /**
   * Rules of the whole plan.
   *
   * @throws NotAQuantity, TokenNotAllowed
   */
  of(props: PlanRulesProps = {}): PlanRules {
    const problems = new Problems("PlanRules.of");
    const { carbonUsdPerTonne = 0, churnUsdPerAcceleratorHour = 0, spotAvailability = 0.9 } = props;
    checkQuantity(problems, "carbonUsdPerTonne", carbonUsdPerTonne);
    checkQuantity(problems, "churnUsdPerAcceleratorHour", churnUsdPerAcceleratorHour);
    checkQuantity(problems, "spotAvailability", spotAvailability, { aboveMin: true, max: 1 });
    if (props.budgetUsdPerHour !== undefined) {
      checkQuantity(problems, "budgetUsdPerHour", props.budgetUsdPerHour, { aboveMin: true });
    }
    problems.throwIfAny();
    const { budgetUsdPerHour } = props;
    return frozen({ carbonUsdPerTonne, budgetUsdPerHour, churnUsdPerAcceleratorHour, spotAvailability });
  },
} as const;

/** All that a plan is made from. Order has no meaning. */
export interface PlanInput {
  readonly sites: readonly SiteModel[];
  readonly links: readonly Link[];
  readonly workloads: readonly Workload[];
  readonly rules: PlanRules;
}
