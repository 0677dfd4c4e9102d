import { Problems } from "../core/problems";
import { checkPlacement } from "./check/check";
import type { Placement } from "./placement";
import { PlanErrors } from "./placement-errors";
import type { PlanOptions } from "./plan/options";
import { plan } from "./plan/plan";
import type { PlanInput } from "./workloads";

/**
 * A plan that the independent checker accepts: the one that stacks emit.
 *
 * @throws PlanRefusedByChecker, and all that `plan` throws
 */
export function checkedPlan(input: PlanInput, options: PlanOptions = {}): Placement {
  const placement = plan(input, options);
  const violations = checkPlacement(input, placement, options.lock);
  if (violations.length > 0) {
    const problems = new Problems("plan");
    for (const { code, subject, detail } of violations.slice(0, 10)) {
      problems.add(PlanErrors.PlanRefusedByChecker, {
        subject,
        given: `${code}: ${detail}`,
        allowed: "no violation",
      });
    }
    problems.throwIfAny();
  }
  return placement;
}
