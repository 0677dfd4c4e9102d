import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";

/** An object with properties: no list, no text, not null, and none that only Terraform will know. */
export function isObject(value: unknown): value is object {
  const object = typeof value === "object" && value !== null && !Array.isArray(value);
  return object && typeof Reflect.get(value, "resolve") !== "function";
}

/**
 * An object where one is due. Programs run without type checks, and reading a property of nothing tells them nothing.
 *
 * Adds MissingValue, TokenNotAllowed, NotOneOf.
 */
export function checkObject(problems: Problems, subject: string, value: unknown, allowed: string): boolean {
  return (
    isObject(value) ||
    (problems.required(subject, value, allowed) &&
      problems.literal(subject, value, allowed) &&
      refuse(problems, subject, value, allowed))
  );
}

/** As `checkObject`, and throws at once: nothing can be said about the properties of what is none. */
export function requireObject(problems: Problems, subject: string, value: unknown, allowed: string): void {
  if (!checkObject(problems, subject, value, allowed)) {
    problems.throwIfAny();
  }
}

/** Every object of JavaScript has something of this name, so nothing is told apart by it: no entry and no construct. */
const TAKEN = "constructor";

/** Refuses the one name that is of every usual form and taken everywhere. Adds InvalidName. */
export function refuseTakenName(problems: Problems, subject: string, name: string): void {
  if (name === TAKEN) {
    const allowed = `any other name: JavaScript has a ${TAKEN} everywhere`;
    problems.add(CoreErrors.InvalidName, { subject, given: name, allowed });
  }
}

/** A list where one is given. Adds NotOneOf. */
export function checkList(problems: Problems, subject: string, value: unknown, allowed: string): boolean {
  return value === undefined || Array.isArray(value) || refuse(problems, subject, value, allowed);
}

/** A text that is not empty. Adds MissingValue, TokenNotAllowed, NotOneOf. */
export function checkText(problems: Problems, subject: string, value: unknown, allowed: string): boolean {
  if (!problems.required(subject, value, allowed) || !problems.literal(subject, value, allowed)) {
    return false;
  }
  return typeof value === "string" || refuse(problems, subject, value, allowed);
}

function refuse(problems: Problems, subject: string, given: unknown, allowed: string): false {
  problems.add(CoreErrors.NotOneOf, { subject, given, allowed });
  return false;
}
