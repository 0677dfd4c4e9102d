import { Problems } from "../../core/problems";
import { checkQuantity } from "../../fabric/quantities";

/** Measures that a formula is given, by name with unit. */
export type Measures = Readonly<Record<string, number>>;

function sound(value: number, min: number): boolean {
  return Number.isFinite(value) && value >= min;
}

/**
 * Refuses what a formula has no answer for. Costs nothing to speak of while all is well, because planners call formulae
 * millions of times.
 *
 * @param positive must be finite and above zero: bandwidths, rates, sizes
 * @param atLeastZero must be finite and not negative: bytes, latencies
 * @throws NotAQuantity, TokenNotAllowed
 */
export function guard(where: string, positive: Measures, atLeastZero: Measures = {}): void {
  const bad =
    Object.values(positive).some((value) => !(sound(value, 0) && value > 0)) ||
    Object.values(atLeastZero).some((value) => !sound(value, 0));
  if (bad) {
    const problems = new Problems(where);
    for (const [subject, value] of Object.entries(positive)) {
      checkQuantity(problems, subject, value, { aboveMin: true });
    }
    for (const [subject, value] of Object.entries(atLeastZero)) {
      checkQuantity(problems, subject, value);
    }
    problems.throwIfAny();
  }
}

/**
 * Refuses sizes that are not whole numbers of at least one.
 *
 * @throws NumberOutOfRange, TokenNotAllowed
 */
export function guardCounts(where: string, counts: Measures, min = 1): void {
  if (Object.values(counts).some((count) => !Number.isSafeInteger(count) || count < min)) {
    const problems = new Problems(where);
    for (const [subject, count] of Object.entries(counts)) {
      problems.literalInteger(subject, count, { min, max: Number.MAX_SAFE_INTEGER });
    }
    problems.throwIfAny();
  }
}
