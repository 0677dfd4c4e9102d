import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";

/** Reports an object that is not there, or is something else: nothing inside of it can be looked at. */
export function isObject<T>(
  problems: Problems,
  subject: string,
  value: T,
  allowed: string,
): value is T & object {
  if (!problems.required(subject, value, allowed)) {
    return false;
  }
  if (typeof value !== "object") {
    problems.add(CoreErrors.NotOneOf, { subject, given: value, allowed, fix: `give ${allowed}` });
    return false;
  }
  return true;
}

/** Entries of a list that are objects; the others are reported. */
export function objectsIn<T>(
  problems: Problems,
  subject: string,
  list: readonly T[] | undefined,
  allowed: string,
): readonly T[] {
  if (list === undefined || !problems.required(subject, list, `a list, each entry ${allowed}`)) {
    return [];
  }
  if (!Array.isArray(list)) {
    problems.add(CoreErrors.NotOneOf, {
      subject,
      given: list,
      allowed: `a list, each entry ${allowed}`,
      fix: "put the entries into a list",
    });
    return [];
  }
  return list.filter((entry, index) => isObject(problems, `${subject}[${index}]`, entry, allowed));
}
