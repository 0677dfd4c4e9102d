/**
 * Holds plans against rules that schedulers go by, against an exact solver, and against their own bounds.
 *
 * `npm run bench:placement [-- --quick] [--seeds N] [--scale N] [--oracle N] [--fuzz N] [--json FILE]` prints tables and
 * writes the numbers as JSON. Exit code 1, and a line for each reason, if a plan is worse than a baseline or than the
 * exact optimum, changes with the order of the input, is refused by the checker, or misses its gap or its time.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import {
  compareFamilies,
  compareWithOracle,
  type FamilyResult,
  measureScale,
  type ScaleResult,
} from "./bench-placement/compare";
import { FAMILIES } from "./bench-placement/families";
import { fuzz } from "./bench-placement/fuzz";
import { missedPromises } from "./bench-placement/verdict";
import { runCommand } from "./lib/user-error";

const PLAIN = { style: { head: [], border: [], compact: true } };

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError("a whole number");
  }
  return value;
}

function percent(ratio: number): string {
  return `${((ratio - 1) * 100).toFixed(2)} %`;
}

function printFamilies(results: readonly FamilyResult[]): void {
  const table = new Table({
    ...PLAIN,
    head: ["family", "baseline", "worse", "mean gain", "most gain", "same value", "more value"],
  });
  for (const { family, baseline, instances, worse, gains, moreValue } of results) {
    const mean =
      gains.length === 0 ? "-" : percent(gains.reduce((sum, gain) => sum + gain, 0) / gains.length);
    const most = gains.length === 0 ? "-" : percent(Math.max(...gains));
    table.push([family, baseline, worse, mean, most, `${gains.length}/${instances}`, moreValue]);
  }
  console.log(
    "Effective cost against baselines where both accept the same value, and how often plans accept more value",
  );
  console.log(table.toString());
}

function printScale(scale: readonly ScaleResult[]): void {
  const columns = ["wall ms", "thread ms", "CPU ms", "check ms", "gap", "left out", "violations"];
  const table = new Table({ ...PLAIN, head: ["instance", "accelerators", "workloads", ...columns] });
  for (const row of scale) {
    table.push([
      row.name,
      row.accelerators,
      row.workloads,
      row.plan.wallMs.toFixed(0),
      row.plan.threadMs.toFixed(0),
      row.plan.cpuMs.toFixed(0),
      row.checkMs.toFixed(0),
      `${(row.gapPpm / 1e4).toFixed(3)} %`,
      row.leftOut,
      row.violations,
    ]);
  }
  console.log(
    "\nScale: the fastest of three plans, of one where proven; limits are on the time of the thread that plans",
  );
  console.log(table.toString());
}

interface Options {
  readonly quick: boolean;
  readonly seeds?: number;
  readonly scale: number;
  readonly oracle?: number;
  readonly fuzz?: number;
  readonly json: string;
}

async function main(options: Options): Promise<number> {
  const { quick } = options;
  const seeds = options.seeds ?? (quick ? 2 : 5);
  const shuffles = quick ? 1 : 4;
  const families = compareFamilies(seeds, options.scale, shuffles);
  printFamilies(families);
  const changed = FAMILIES.reduce(
    (sum, { name }) => sum + (families.find(({ family }) => family === name)?.reordered ?? 0),
    0,
  );
  console.log(
    `\nShuffled input: ${FAMILIES.length * seeds * shuffles} orders of ${FAMILIES.length * seeds} instances, other bytes on ${changed} instances`,
  );
  const oracle = await compareWithOracle(options.oracle ?? (quick ? 15 : 40));
  console.log(
    `\nExact optimum (HiGHS, all places listed): ${oracle.equal} of ${oracle.solved} equal, ${oracle.proven} proven by the plan itself`,
  );
  const scale = measureScale(quick);
  printScale(scale);
  const generated = fuzz(options.fuzz ?? (quick ? 100 : 500), 1);
  const measured = { families, oracle, scale, fuzz: generated };
  const missed = missedPromises(measured);
  console.log(`\nGenerated instances: ${generated.runs}, ${generated.refused} refused as contradictory`);
  for (const promise of missed) {
    console.log(`missed: ${promise}`);
  }
  writeFileSync(resolve(options.json), `${JSON.stringify({ ...measured, missed }, null, 2)}\n`);
  return missed.length > 0 ? 1 : 0;
}

void runCommand(async () => {
  const command = new Command("bench:placement")
    .option("--quick", "fewer instances, every promise: for CI", false)
    .option("--seeds <count>", "instances of each family (5, quick 2)", count)
    .option("--scale <factor>", "size of the instances", count, 1)
    .option("--oracle <count>", "small instances for the exact solver (40, quick 15)", count)
    .option("--fuzz <count>", "generated instances for the checker (500, quick 100)", count)
    .option("--json <file>", "where the numbers are written", "bench-placement.json")
    .parse();
  return main(command.opts<Options>());
});
