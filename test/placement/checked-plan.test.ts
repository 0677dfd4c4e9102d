import { checkedPlan } from "../../lib/placement/checked-plan";
import { plan } from "../../lib/placement/plan/plan";
import { captureValidationError } from "../../lib/testing";
import { gang, hall, inputOf } from "./plan/fixture";

jest.mock("../../lib/placement/plan/plan");

const planner = jest.requireActual<{ plan: typeof plan }>("../../lib/placement/plan/plan");
const input = inputOf([hall("hall", "DE", [4, 4], 2)], [gang("a", 4)]);

test("a plan that the checker accepts is handed out as it is", () => {
  jest.mocked(plan).mockImplementation(planner.plan);
  expect(checkedPlan(input)).toEqual(planner.plan(input));
});

test("a plan that the checker refuses is not handed out, and what is wrong is told", () => {
  jest.mocked(plan).mockImplementation((given, options) => {
    const good = planner.plan(given, options);
    return { ...good, objective: { ...good.objective, microValue: good.objective.microValue + 1 } };
  });
  const error = captureValidationError(() => checkedPlan(input));
  expect(error.codes).toEqual(["PlanRefusedByChecker"]);
  expect(error.message).toContain("objective");
});
