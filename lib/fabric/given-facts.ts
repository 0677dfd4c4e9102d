import type { Evidence } from "../catalog/facts";
import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { CatalogueErrors } from "./catalogue-errors";

/** `source` of facts that no table of the library holds. */
export const GIVEN_BY_USER = "given by the user";

/** `read` of such facts when the user does not say when they were read. */
const DAY_NOT_GIVEN = "not given";

const MOST = 1e9;

/**
 * Refuses tokens and null in any fact, and throws at once: facts decide structure and are computed with, and what is
 * unknown is left out. The checks below may then rely on literals.
 *
 * @throws TokenNotAllowed, MissingValue
 */
export function literalFacts(problems: Problems, facts: object): void {
  for (const [property, value] of Object.entries(facts)) {
    if (value === null) {
      const allowed = "a value; leave the fact out if it is unknown";
      problems.add(CoreErrors.MissingValue, { subject: property, given: value, allowed });
    } else if (isToken(value)) {
      problems.literal(property, value);
    }
  }
  problems.throwIfAny();
}

/** A number above 0, where one is given. Unknown facts are left out, not 0. */
export function positive(problems: Problems, subject: string, value: unknown): void {
  if (value === undefined) {
    return;
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0 || value > MOST) {
    const allowed = "a number above 0; leave it out if it is unknown";
    problems.add(CoreErrors.NumberOutOfRange, { subject, given: value, allowed });
  }
}

/** A whole number from 0 on, where one is given. */
export function wholeNumber(problems: Problems, subject: string, value: number | undefined, min = 0): void {
  if (value !== undefined) {
    problems.literalInteger(subject, value, { min, max: MOST });
  }
}

/** True or false, where one is given. */
export function truth(problems: Problems, subject: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") {
    problems.add(CoreErrors.NotOneOf, { subject, given: value, allowed: "true, false" });
  }
}

function checkDay(problems: Problems, read: string | undefined): void {
  const allowed = "a day such as 2026-11-24";
  if (read !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(read) || Number.isNaN(Date.parse(read)))) {
    problems.add(CatalogueErrors.InvalidDay, { subject: "read", given: read, allowed });
  }
}

/** A name for messages, also of what is no string. */
export function shown(name: unknown): string {
  return isToken(name) ? "a token" : typeof name === "string" ? name : typeof name;
}

/** Equal as JSON, whatever the order of keys. */
function same(x: unknown, y: unknown): boolean {
  if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) {
    return x === y;
  }
  const keys = new Set([...Object.keys(x), ...Object.keys(y)]);
  return [...keys].every((key) => same(Reflect.get(x, key), Reflect.get(y, key)));
}

function isUnverified(known: Evidence, property: string): boolean {
  return (known.unverified ?? []).some((name) => name === property || name.startsWith(`${property}.`));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/**
 * Facts as a frozen row. Facts of a name that the catalogue knows are laid over those of the catalogue: they may add what
 * is unknown there and correct what is unverified, but not contradict what a source states.
 *
 * @param given what the user gave
 * @param assumed what the row must have and the user did not give; listed in `unverified`
 * @param known the row of the catalogue, if it has one of that name
 */
export function givenRow<T extends Evidence>(
  problems: Problems,
  given: Partial<T>,
  assumed: Partial<T>,
  known: T | undefined,
): T {
  const { read, source: _source, unverified: _unverified, ...rest } = given;
  checkDay(problems, read);
  const facts = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  for (const [property, value] of Object.entries(facts)) {
    const held = known === undefined ? undefined : Reflect.get(known, property);
    if (known !== undefined && held !== undefined && !same(held, value) && !isUnverified(known, property)) {
      problems.add(CatalogueErrors.ContradictsCatalogue, {
        subject: property,
        given: value,
        allowed: `${JSON.stringify(held)} (${known.source}, read ${known.read})`,
      });
    }
  }
  const missing = Object.fromEntries(Object.entries(assumed).filter(([property]) => !(property in facts)));
  const { unverified: open, ...base } = known ?? { ...missing, unverified: Object.keys(missing) };
  const unverified = (open ?? []).filter((name) => !(name.split(".")[0]! in facts));
  return deepFreeze({
    ...base,
    ...structuredClone(facts),
    source: known ? `${known.source}; ${GIVEN_BY_USER}` : GIVEN_BY_USER,
    read: read ?? known?.read ?? DAY_NOT_GIVEN,
    ...(unverified.length > 0 && { unverified }),
  } as unknown as T);
}
