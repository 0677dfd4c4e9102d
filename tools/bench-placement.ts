/**
 * Holds plans against rules that schedulers go by, against an exact solver, and against their own bounds.
 *
 * `npm run bench:placement [-- --seeds N] [--scale N] [--shuffles N] [--fuzz N] [--json FILE]` prints tables and writes the numbers as
 * JSON. Exit code 1 if a plan is worse than a baseline or than the exact optimum, if the checker finds a violation, or
 * if a bound or a time is missed.
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
  shufflesThatDiffer,
} from "./bench-placement/compare";
import { fuzz } from "./bench-placement/fuzz";
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

interface Options {
  readonly seeds: number;
  readonly scale: number;
  readonly oracle: number;
  readonly shuffles: number;
  readonly fuzz: number;
  readonly json?: string;
}

async function main(options: Options): Promise<number> {
  const families = compareFamilies(options.seeds, options.scale);
  printFamilies(families);
  const oracle = await compareWithOracle(options.oracle);
  console.log(
    `\nExact optimum (HiGHS, all places listed): ${oracle.equal} of ${oracle.solved} equal, ${oracle.proven} proven by the plan itself`,
  );
  const differ = shufflesThatDiffer(options.shuffles);
  console.log(`Shuffles of one input: ${differ} of ${options.shuffles} give other bytes`);
  const scale = measureScale();
  const table = new Table({
    ...PLAIN,
    head: [
      "instance",
      "accelerators",
      "workloads",
      "plan ms",
      "limit",
      "yards",
      "check ms",
      "gap",
      "left out",
      "violations",
    ],
  });
  for (const row of scale) {
    table.push([
      row.name,
      row.accelerators,
      row.workloads,
      row.planMs.toFixed(0),
      row.limitMs ?? "-",
      row.yards.toFixed(1),
      row.checkMs.toFixed(0),
      `${(row.gapPpm / 1e4).toFixed(3)} %`,
      row.leftOut,
      row.violations,
    ]);
  }
  console.log(
    "\nScale, one thread. Limits of time are for information: yards hold a time against a fixed loop run just before it",
  );
  console.log(table.toString());
  const refused = options.fuzz > 0 ? fuzz(options.fuzz, 1) : 0;
  if (options.fuzz > 0) {
    console.log(`\nGenerated instances: ${options.fuzz}, ${refused} refused as contradictory, no violation`);
  }
  const numbers = {
    families,
    oracle,
    shuffles: { runs: options.shuffles, differ },
    scale,
    fuzz: { runs: options.fuzz, refused },
  };
  if (options.json !== undefined) {
    writeFileSync(resolve(options.json), `${JSON.stringify(numbers, null, 2)}\n`);
  }
  const failed =
    families.some(({ worse }) => worse > 0) ||
    oracle.equal < oracle.solved ||
    differ > 0 ||
    scale.some(({ violations, gapPpm, gapLimitPpm }) => violations > 0 || gapPpm > gapLimitPpm);
  return failed ? 1 : 0;
}

void runCommand(async () => {
  const command = new Command("bench:placement")
    .option("--seeds <count>", "instances of each family", count, 5)
    .option("--scale <factor>", "size of the instances", count, 1)
    .option("--oracle <count>", "small instances for the exact solver", count, 40)
    .option("--shuffles <count>", "orders in which one input is planned", count, 20)
    .option("--fuzz <count>", "generated instances for the checker", count, 0)
    .option("--json <file>", "where the numbers are written", "bench-placement.json")
    .parse();
  return main(command.opts<Options>());
});
