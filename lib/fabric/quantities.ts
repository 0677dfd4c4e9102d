import type { Problems } from "../core/problems";
import { FabricErrors } from "./fabric-errors";

/** Bounds of a measure. Both are allowed values themselves unless said otherwise. */
export interface QuantityBounds {
  /** @default 0 */
  readonly min?: number;
  /** The lower bound itself is refused. @default false */
  readonly aboveMin?: boolean;
  /** @default - any finite number */
  readonly max?: number;
}

function describeBounds({ min = 0, aboveMin = false, max }: QuantityBounds): string {
  const lower = aboveMin ? `above ${min}` : `of at least ${min}`;
  return max === undefined ? `a finite number ${lower}` : `a finite number ${lower} and at most ${max}`;
}

/**
 * A real number that synth computes with: finite and within bounds. Refuses tokens, NaN and infinities.
 *
 * @returns true if the value can be computed with
 */
export function checkQuantity(
  problems: Problems,
  subject: string,
  value: number,
  bounds: QuantityBounds = {},
): boolean {
  const allowed = describeBounds(bounds);
  if (!problems.literal(subject, value, allowed)) {
    return false;
  }
  const { min = 0, aboveMin = false, max = Number.MAX_VALUE } = bounds;
  if (!Number.isFinite(value) || value < min || value > max || (aboveMin && value === min)) {
    problems.add(FabricErrors.NotAQuantity, { subject, given: value, allowed });
    return false;
  }
  return true;
}

/** A measure that must be larger than zero. */
export function checkPositive(problems: Problems, subject: string, value: number, max?: number): boolean {
  return checkQuantity(problems, subject, value, { aboveMin: true, max });
}

/** A whole number of things, at least one. */
export function checkCount(problems: Problems, subject: string, value: number, min = 1): boolean {
  return problems.literalInteger(subject, value, { min, max: 1_000_000_000 });
}
