import { plan } from "../../../lib/placement/plan/plan";
import { BASELINES, runBaseline } from "../../../tools/bench-placement/baselines";
import { FAMILIES } from "../../../tools/bench-placement/families";
import { fuzz } from "../../../tools/bench-placement/fuzz";

describe("plans", () => {
  it.each(FAMILIES.map((family) => [family.name, family] as const))(
    "are never worse than what schedulers do in family %s",
    (_, family) => {
      const input = family.make(7, 1);
      const { microValue, microUsdEffective } = plan(input).objective;
      for (const baseline of BASELINES) {
        const theirs = runBaseline(input, baseline, 7);
        expect(theirs.microValue).toBeLessThanOrEqual(microValue);
        if (theirs.microValue === microValue) {
          expect(theirs.microUsd).toBeGreaterThanOrEqual(microUsdEffective);
        }
      }
    },
  );

  it("violate no rule on generated instances in which rules meet and capacity is short", () => {
    const { refused, violation } = fuzz(120, 20_26);
    expect(violation).toBeUndefined();
    expect(refused).toBeLessThan(60);
  });
});
