/**
 * Holds the capacity model of `lib/serving/sizing` against published figures.
 *
 * `npm run bench:serving [-- --sources]` prints a table with predicted, published and error of each row, and the median
 * absolute error. Exit code 1 if a median is above its bound. Rows with an asterisk were in view when the constants were chosen.
 */
import Table from "cli-table3";
import { Command } from "commander";
import {
  BOUNDS,
  type Comparison,
  compare,
  missedBounds,
  type Summary,
  summarize,
} from "./bench-serving/compare";
import type { PublishedRow } from "./bench-serving/published";
import { runCommand } from "./lib/user-error";

const PLAIN = { style: { head: [], border: [], compact: true } };

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function shape({ accelerator, accelerators, division }: PublishedRow): string {
  return `${accelerators} x ${accelerator}${division === "attention-data" ? " (attention data parallel)" : ""}`;
}

function printTable(comparisons: readonly Comparison[]): void {
  const head = [
    "",
    "model",
    "accelerators",
    "weights",
    "in/out",
    "predicted",
    "published",
    "error",
    "version",
  ];
  const table = new Table({ ...PLAIN, head });
  for (const { row, predicted, error } of comparisons) {
    table.push([
      row.calibration ? "*" : "",
      row.model,
      shape(row),
      row.precision,
      `${row.inputTokens}/${row.outputTokens}${row.metric === "decode" ? " alone" : ""}`,
      predicted.toFixed(0),
      row.published.toFixed(0),
      percent(error),
      row.version,
    ]);
  }
  console.log("Tokens of output per second: predicted by the capacity model, not measured, and as published");
  console.log(table.toString());
}

function line(name: string, { rows, medianAbsoluteError, medianError }: Summary, bound?: number): string {
  const limit = bound === undefined ? "" : ` (bound ${percent(bound)})`;
  return `${name}: ${rows} rows, median absolute error ${percent(medianAbsoluteError)}${limit}, median error ${percent(medianError)}`;
}

function main(sources: boolean): number {
  const comparisons = compare();
  printTable(comparisons);
  const [fitted, others] = [true, false].map((is) => comparisons.filter(({ row }) => row.calibration === is));
  console.log(line("\nAll", summarize(comparisons), BOUNDS.all));
  console.log(line("In view when constants were chosen (*)", summarize(fitted!)));
  console.log(line("Others", summarize(others!), BOUNDS.others));
  if (sources) {
    const listed = new Set(comparisons.map(({ row }) => `${row.source}, ${row.version}, read ${row.read}`));
    console.log(["\nSources", ...[...listed].map((source) => `  ${source}`)].join("\n"));
  }
  const missed = missedBounds(comparisons);
  for (const bound of missed) {
    console.log(`missed: ${bound}`);
  }
  return missed.length > 0 ? 1 : 0;
}

void runCommand(async () => {
  const command = new Command("bench:serving").option("--sources", "list the sources", false).parse();
  return main(command.opts<{ readonly sources: boolean }>().sources);
});
