import { checkPlacement } from "../../../lib/placement/check/check";
import { meanTwistedHops } from "../../../lib/placement/check/torus-times";
import { checkedPlan } from "../../../lib/placement/checked-plan";
import { twistedMeanHops } from "../../../lib/placement/cost/twisted-torus";
import type { AcceptedWorkload, Placement } from "../../../lib/placement/placement";
import { plan } from "../../../lib/placement/plan/plan";
import { gang, hall, inputOf } from "../plan/fixture";

const input = inputOf(
  [hall("a-site", "DE", [4, 4], 2), hall("b-site", "US", [4, 4], 3)],
  [gang("a", 4), gang("b", 3)],
);
const good = plan(input);

function tampered(change: (workload: AcceptedWorkload) => AcceptedWorkload): Placement {
  const [first, ...rest] = good.workloads;
  return { ...good, workloads: [change(first as AcceptedWorkload), ...rest] };
}

function codes(placement: Placement) {
  return [...new Set(checkPlacement(input, placement).map(({ code }) => code))];
}

describe("the checker", () => {
  it("accepts a plan, and hands it on", () => {
    expect(codes(good)).toEqual([]);
    expect(checkedPlan(input)).toEqual(good);
  });

  it("refuses hosts that are given away twice", () => {
    const leaves = [{ leaf: 1, hosts: 4 }];
    const twice = tampered((a) => ({
      ...a,
      parts: [{ ...a.parts[0]!, domains: { kind: "leaves", leaves } }],
    }));
    expect(codes(twice)).toContain("capacity");
  });

  it("refuses a cheaper cost, a faster step and a richer objective than it computes", () => {
    const cheap = tampered((a) => ({
      ...a,
      cost: { ...a.cost, microUsdEffective: a.cost.microUsdEffective - 1_000 },
    }));
    expect(codes(cheap)).toContain("cost");
    const fast = tampered((a) => ({ ...a, step: { ...a.step!, totalNs: a.step!.totalNs - 1_000_000 } }));
    expect(codes(fast)).toContain("step");
    const rich = { ...good, objective: { ...good.objective, microValue: good.objective.microValue + 1 } };
    expect(codes(rich)).toContain("objective");
  });

  it("refuses a bound that its prices do not prove", () => {
    const cost = good.objective.microUsdEffective + 10_000_000;
    const bold = { ...good, bound: { ...good.bound, microUsd: cost } };
    expect(codes(bold)).toContain("bound");
    const priced = {
      ...good,
      bound: {
        ...good.bound,
        method: "lagrangian" as const,
        prices: [{ of: "pool" as const, site: "a-site", pool: "gpu", microUsdPerHour: 5_000_000 }],
      },
    };
    expect(codes(priced)).toContain("bound");
  });

  it("refuses a plan of another input and one that forgets a workload", () => {
    expect(
      checkPlacement({ ...input, rules: { ...input.rules, carbonUsdPerTonne: 1 } }, good)[0],
    ).toMatchObject({
      code: "not-this-input",
    });
    expect(codes({ ...good, workloads: good.workloads.slice(1) })).toEqual(["workloads"]);
  });

  it("counts hops of twisted tori as the cost model does, by other code", () => {
    for (const dims of [
      [4, 4, 8],
      [4, 8, 8],
      [8, 8, 16],
    ]) {
      expect(meanTwistedHops(dims)).toBeCloseTo(twistedMeanHops(dims), 9);
    }
  });
});
