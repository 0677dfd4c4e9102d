import { Problems } from "../../core/problems";
import { checkQuantity } from "../../fabric/quantities";

/** Measures that a formula is given, by name with unit. */
export type Measures = Readonly<Record<string, number>>;

function allSound(measures: Measures, aboveZero: boolean): boolean {
  for (const name in measures) {
    const value = measures[name]!;
    if (!(Number.isFinite(value) && (aboveZero ? value > 0 : value >= 0))) {
      return false;
    }
  }
  return true;
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
  if (!allSound(positive, true) || !allSound(atLeastZero, false)) {
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
