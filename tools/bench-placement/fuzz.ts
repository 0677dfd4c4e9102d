import fc from "fast-check";
import { ValidationError } from "../../lib/core/errors";
import { checkPlacement } from "../../lib/placement/check/check";
import type { Violation } from "../../lib/placement/check/violation";
import { lockOf } from "../../lib/placement/plan/lock";
import { plan } from "../../lib/placement/plan/plan";
import type { PlanInput } from "../../lib/placement/workloads";
import { hostile } from "./hostile";

/** Small budgets: many instances, not deep searches. */
const QUICK = { searchIterations: 60, exactNodes: 2_000, boundIterations: 60 };

/** Plans, checks, takes a workload away, plans again with the lock, checks. Undefined if the input is refused. */
function violationsOf(input: PlanInput): readonly Violation[] | undefined {
  try {
    const fewer = {
      ...input,
      workloads: input.workloads.filter(({ kind }, index) => index !== 0 || kind === "data"),
    };
    const alone = fewer.workloads.every(
      (workload) =>
        workload.kind !== "data" ||
        "site" in workload.to ||
        fewer.workloads.some(({ name }) => "workload" in workload.to && name === workload.to.workload),
    );
    const first = plan(alone ? fewer : input, QUICK);
    const early = checkPlacement(alone ? fewer : input, first);
    const lock = first.workloads.some(({ status }) => status === "accepted") ? lockOf(first) : undefined;
    const second = plan(input, { ...QUICK, lock });
    return [...early, ...checkPlacement(input, second, lock)];
  } catch (error) {
    if (error instanceof ValidationError) {
      return undefined;
    }
    throw error;
  }
}

/** Runs so many instances under fast-check. Throws with the smallest failing one; returns how many were refused. */
export function fuzz(runs: number, seed: number): number {
  let refused = 0;
  const instance = fc.tuple(
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 9 }),
  );
  fc.assert(
    fc.property(instance, ([at, sites, workloads]) => {
      const found = violationsOf(hostile(at, sites, workloads));
      if (found === undefined) {
        refused++;
      } else if (found.length > 0) {
        throw new Error(JSON.stringify(found.slice(0, 3)));
      }
    }),
    { numRuns: runs, seed },
  );
  return refused;
}
