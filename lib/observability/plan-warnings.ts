import type { Construct } from "constructs";
import { addWarning, defineWarnings } from "../core/warnings";
import type { ObservabilityPlan } from "./plan";
import { BURN_RATE_WINDOWS } from "./rules/burn-rate";
import { reachableWindows } from "./rules/slo-rules";

export const ObservabilityWarnings = defineWarnings({
  BurnRateOutOfReach:
    "an objective is so low that errors cannot come fast enough for an alert, which is therefore left out",
  FirstTokenBoundDiffers: "a promise is measured by the nearest bound that is published, not by its own",
});

/** Says what the plan does otherwise than asked. */
export function warnOfPlan(scope: Construct, { slos }: ObservabilityPlan): void {
  for (const slo of slos) {
    const named = slo.trafficClass ?? slo.endpoint;
    const who = `${slo.kind}${named === undefined ? "" : ` of ${named}`}`;
    const kept = reachableWindows(slo);
    const lost = BURN_RATE_WINDOWS.filter((window) => !kept.includes(window));
    if (lost.length > 0) {
      const factors = lost.map(({ factor, long }) => `${factor} in ${long}`).join(", ");
      addWarning(scope, ObservabilityWarnings.BurnRateOutOfReach, `${who}, ${slo.objective}: ${factors}`);
    }
    if (slo.boundSeconds !== slo.targetSeconds) {
      addWarning(scope, ObservabilityWarnings.FirstTokenBoundDiffers, `${who}: ${slo.note}`);
    }
  }
}
