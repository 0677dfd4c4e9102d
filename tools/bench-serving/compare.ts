import { predict } from "./predict";
import { PUBLISHED, type PublishedRow } from "./published";

export interface Comparison {
  readonly row: PublishedRow;
  readonly predicted: number;
  /** Predicted over published, less one. */
  readonly error: number;
}

export interface Summary {
  readonly rows: number;
  readonly medianAbsoluteError: number;
  /** Median of the signed errors: positive where the model promises too much. */
  readonly medianError: number;
}

/** Largest median absolute errors that the command accepts: of all rows, and of those that nothing was fitted to. */
export const BOUNDS = { all: 0.2, others: 0.25 } as const;

export function compare(rows: readonly PublishedRow[] = PUBLISHED): readonly Comparison[] {
  return rows.map((row) => {
    const predicted = predict(row);
    return { row, predicted, error: predicted / row.published - 1 };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function summarize(comparisons: readonly Comparison[]): Summary {
  const errors = comparisons.map(({ error }) => error);
  return {
    rows: errors.length,
    medianAbsoluteError: median(errors.map(Math.abs)),
    medianError: median(errors),
  };
}

/** One line for each bound that is missed. */
export function missedBounds(comparisons: readonly Comparison[]): readonly string[] {
  const others = comparisons.filter(({ row }) => !row.calibration);
  const measured = { all: summarize(comparisons), others: summarize(others) };
  return (["all", "others"] as const)
    .filter((part) => !(measured[part].medianAbsoluteError <= BOUNDS[part]))
    .map((part) => {
      const found = (100 * measured[part].medianAbsoluteError).toFixed(1);
      return `median absolute error of ${part === "all" ? "all rows" : "the other rows"} is ${found} %, above ${100 * BOUNDS[part]} %`;
    });
}
