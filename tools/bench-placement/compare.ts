import { checkPlacement } from "../../lib/placement/check/check";
import { plan } from "../../lib/placement/plan/plan";
import { SeededRandom } from "../../lib/placement/plan/random";
import type { PlanInput } from "../../lib/placement/workloads";
import { BASELINES, runBaseline } from "./baselines";
import { FAMILIES, racks, sites } from "./families";
import { exactOptimum, loadSolver, smallInstance } from "./oracle";

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
}

export function compareFamilies(seeds: number, scale: number): readonly FamilyResult[] {
  return FAMILIES.flatMap((family) => {
    const instances = Array.from({ length: seeds }, (_, index) => family.make(index + 1, scale));
    const ours = instances.map((input) => plan(input).objective);
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

export interface ScaleResult {
  readonly name: string;
  readonly accelerators: number;
  readonly workloads: number;
  readonly planMs: number;
  /** Time of the plan as a multiple of what a fixed loop takes on this machine now. */
  readonly yards: number;
  /** Time that the plan is meant to take, where there is one. */
  readonly limitMs?: number;
  readonly checkMs: number;
  readonly gapPpm: number;
  readonly gapLimitPpm: number;
  readonly leftOut: number;
  readonly violations: number;
}

function timed<T>(run: () => T): { readonly result: T; readonly ms: number } {
  const started = performance.now();
  const result = run();
  return { result, ms: performance.now() - started };
}

/** Milliseconds that a fixed loop of whole numbers takes: what times on machines of unequal speed and load are held against. */
function yardstickMs(): number {
  const runs = [1, 2, 3].map(
    (seed) =>
      timed(() => {
        let state = seed;
        for (let step = 0; step < 30_000_000; step++) {
          state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
        }
        return state;
      }).ms,
  );
  return Math.min(...runs);
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

function measure(
  name: string,
  input: PlanInput,
  gapLimitPpm: number,
  prove: boolean,
  limitMs?: number,
): ScaleResult {
  const yard = yardstickMs();
  const { result, ms } = timed(() => plan(input, { prove }));
  const check = timed(() => checkPlacement(input, result));
  return {
    name,
    accelerators: freeAccelerators(input),
    workloads: input.workloads.length,
    planMs: ms,
    yards: ms / yard,
    limitMs,
    checkMs: check.ms,
    gapPpm: result.bound.gapPpm,
    gapLimitPpm,
    leftOut: result.workloads.filter(({ status }) => status === "left-out").length,
    violations: check.result.length,
  };
}

/** The sizes that plans must cope with. The first run warms the compiler up and is not counted. */
export function measureScale(): readonly ScaleResult[] {
  plan(sites(9, 10, 100, 10_000));
  const many = [1, 2, 3].map((seed) =>
    measure(`F4 x50, seed ${seed}`, sites(seed, 50, 1_000, 100_000), 5_000, false, 1_000),
  );
  const trees = [0.7, 0.85, 0.95].map((load) =>
    measure(`F1 12k hosts, load ${load}`, racks(1, 52, load), 30_000, false),
  );
  const proven = [0.7, 0.85, 0.95].map((load) =>
    measure(`F1 12k hosts, load ${load}, prove`, racks(1, 52, load), 30_000, true),
  );
  return [...many, ...trees, ...proven];
}

function shuffled<T>(items: readonly T[], random: SeededRandom): readonly T[] {
  const list = [...items];
  for (let index = list.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [list[index], list[other]] = [list[other]!, list[index]!];
  }
  return list;
}

/** How many of so many shuffles of one mixed input give other bytes than the first plan. */
export function shufflesThatDiffer(count: number): number {
  const input = FAMILIES.at(-1)!.make(3, 1);
  const first = JSON.stringify(plan(input));
  let differ = 0;
  for (let seed = 1; seed <= count; seed++) {
    const random = new SeededRandom(seed);
    const other = {
      ...input,
      sites: shuffled(input.sites, random).map((site) => ({ ...site, pools: shuffled(site.pools, random) })),
      links: shuffled(input.links, random),
      workloads: shuffled(input.workloads, random),
    };
    differ += JSON.stringify(plan(other)) === first ? 0 : 1;
  }
  return differ;
}
