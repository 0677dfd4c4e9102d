import { checkPlacement } from "../../lib/placement/check/check";
import type { Placement } from "../../lib/placement/placement";
import type { PlanOptions } from "../../lib/placement/plan/options";
import { plan } from "../../lib/placement/plan/plan";
import type { PlanInput } from "../../lib/placement/workloads";
import { BASELINES, runBaseline } from "./baselines";
import { FAMILIES, racks, sites } from "./families";
import { exactOptimum, loadSolver, smallInstance } from "./oracle";
import { shuffledInput } from "./shuffle";
import { bestOf, type Times } from "./stopwatch";

/** Plans of one family against one baseline. */
export interface FamilyResult {
  readonly family: string;
  readonly baseline: string;
  readonly instances: number;
  /** Instances on which the plan is worse: less value, or the same at a higher cost. */
  readonly worse: number;
  /** Cost of the baseline over cost of the plan, where both accept the same value. */
  readonly gains: readonly number[];
  /** Instances on which the plan accepts more value. */
  readonly moreValue: number;
  /** What the checker finds in the plans of the family. */
  readonly violations: number;
  /** Instances of the family whose plan has other bytes when the input is shuffled. */
  readonly reordered: number;
}

/** Whether a plan has other bytes in any of so many orders of its input. */
function isReordered(input: PlanInput, given: Placement, shuffles: number, seed: number): boolean {
  const bytes = JSON.stringify(given);
  return Array.from({ length: shuffles }).some(
    (_, index) => JSON.stringify(plan(shuffledInput(input, seed * shuffles + index))) !== bytes,
  );
}

/** @param shuffles orders of the input of each instance that must give the same bytes */
export function compareFamilies(seeds: number, scale: number, shuffles: number): readonly FamilyResult[] {
  return FAMILIES.flatMap((family) => {
    const instances = Array.from({ length: seeds }, (_, index) => family.make(index + 1, scale));
    const plans = instances.map((input) => plan(input));
    const ours = plans.map(({ objective }) => objective);
    const violations = instances.flatMap((input, index) => checkPlacement(input, plans[index]!)).length;
    const reordered = instances.filter((input, index) =>
      isReordered(input, plans[index]!, shuffles, index + 1),
    ).length;
    return BASELINES.map((baseline) => {
      const theirs = instances.map((input, index) => runBaseline(input, baseline, index + 1));
      const equal = (index: number) => theirs[index]!.microValue === ours[index]!.microValue;
      return {
        family: family.name,
        baseline: baseline.name,
        instances: seeds,
        worse: theirs.filter(
          ({ microValue, microUsd }, index) =>
            microValue > ours[index]!.microValue ||
            (equal(index) && microUsd < ours[index]!.microUsdEffective),
        ).length,
        gains: theirs
          .map(({ microUsd }, index) => microUsd / ours[index]!.microUsdEffective)
          .filter((gain, index) => equal(index) && Number.isFinite(gain)),
        moreValue: theirs.filter(({ microValue }, index) => microValue < ours[index]!.microValue).length,
        violations,
        reordered,
      };
    });
  });
}

export interface OracleResult {
  readonly solved: number;
  readonly equal: number;
  /** Plans that say themselves that they are optimal. */
  readonly proven: number;
}

/** Small instances against the optimum over all places, costed by the checker's formulae. */
export async function compareWithOracle(instances: number): Promise<OracleResult> {
  const solver = await loadSolver();
  let [solved, equal, proven] = [0, 0, 0];
  for (let seed = 1; seed <= instances; seed++) {
    const input = smallInstance(seed);
    const optimum = exactOptimum(solver, input);
    if (optimum === undefined) {
      continue;
    }
    const { objective, bound } = plan(input);
    const same =
      objective.microValue === optimum.value * 1e6 &&
      Math.abs(objective.microUsdEffective / 1e6 - optimum.usd) < 1e-3;
    solved++;
    equal += same ? 1 : 0;
    proven += bound.method === "exact" ? 1 : 0;
  }
  return { solved, equal, proven };
}

export interface ScaleResult extends Limits {
  readonly name: string;
  readonly accelerators: number;
  readonly workloads: number;
  /** The least of the runs. */
  readonly plan: Times;
  readonly checkMs: number;
  readonly gapPpm: number;
  readonly leftOut: number;
  readonly violations: number;
}

/** Accelerators that the input says are free, as far as it says. */
function freeAccelerators(input: PlanInput): number {
  return input.sites
    .flatMap(({ pools }) => pools)
    .reduce((sum, { free }) => {
      const hosts = free.kind === "leaves" ? free.freeHosts.reduce((a, b) => a + b, 0) * 8 : 0;
      return sum + hosts + (free.kind === "count" ? (free.accelerators ?? 0) : 0);
    }, 0);
}

/** What a plan of one size must reach. */
interface Limits {
  readonly gapLimitPpm: number;
  /** Of all threads. */
  readonly cpuLimitMs: number;
  /** Of the thread that plans. @default - that of all threads */
  readonly threadLimitMs?: number;
}

/** Runs of one plan, of which the fastest counts. A plan that is to be proven takes long and is made once. */
const RUNS = 3;

function measure(name: string, input: PlanInput, limits: Limits, options: PlanOptions = {}): ScaleResult {
  const { result, times } = bestOf(options.prove === true ? 1 : RUNS, () => plan(input, options));
  const check = bestOf(1, () => checkPlacement(input, result));
  return {
    name,
    accelerators: freeAccelerators(input),
    workloads: input.workloads.length,
    plan: times,
    checkMs: check.times.wallMs,
    gapPpm: result.bound.gapPpm,
    ...limits,
    leftOut: result.workloads.filter(({ status }) => status === "left-out").length,
    violations: check.result.length,
  };
}

const MANY_SITES: Limits = { gapLimitPpm: 5_000, cpuLimitMs: 10_000, threadLimitMs: 1_000 };
const LARGE_TREE: Limits = { gapLimitPpm: 30_000, cpuLimitMs: 10_000 };
const PROVEN: Limits = { gapLimitPpm: 30_000, cpuLimitMs: 60_000 };

/**
 * The sizes that plans must cope with. The first run warms the compiler up and is not counted.
 *
 * @param quick one instance of each size, none with `prove`
 */
export function measureScale(quick: boolean): readonly ScaleResult[] {
  plan(sites(9, 10, 100, 10_000));
  const seeds = quick ? [1] : [1, 2, 3];
  const loads = quick ? [0.85] : [0.7, 0.85, 0.95];
  const tree = (load: number) => racks(1, 52, load);
  return [
    ...seeds.map((seed) => measure(`F4 x50, seed ${seed}`, sites(seed, 50, 1_000, 100_000), MANY_SITES)),
    ...loads.map((load) => measure(`F1 12k hosts, load ${load}`, tree(load), LARGE_TREE)),
    ...(quick ? [] : loads).map((load) =>
      measure(`F1 12k hosts, load ${load}, prove`, tree(load), PROVEN, { prove: true }),
    ),
  ];
}
