import { plan } from "../../../lib/placement/plan/plan";
import { exactOptimum, loadSolver, type Solver, smallInstance } from "../../../tools/bench-placement/oracle";

describe("small plans", () => {
  let solver: Solver;

  beforeAll(async () => {
    solver = await loadSolver();
  });

  it.each([1, 2, 3, 5, 8, 13, 21, 34, 41, 55])(
    "equal the exact optimum over all places, and say that they do (seed %i)",
    (seed) => {
      const input = smallInstance(seed);
      const optimum = exactOptimum(solver, input)!;
      const { objective, bound } = plan(input);
      expect(objective.microValue).toBe(optimum.value * 1e6);
      expect(objective.microUsdEffective / 1e6).toBeCloseTo(optimum.usd, 3);
      expect(bound.method).toBe("exact");
    },
  );
});
