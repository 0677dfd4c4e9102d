import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";

/**
 * Refuses props whose parts are missing or of another kind, and throws at once: the checks that follow look inside.
 * Programs run without type checks too.
 *
 * @throws MissingValue, TokenNotAllowed
 */
export function requireParts<T extends object>(
  problems: Problems,
  props: T,
  parts: { readonly [K in keyof T]?: "object" | "list" },
): void {
  for (const [subject, kind] of Object.entries(parts)) {
    const given: unknown = Reflect.get(Object(props), subject);
    const held = kind === "list" ? Array.isArray(given) : typeof given === "object" && given !== null;
    const allowed = kind === "list" ? "a list" : "an object";
    if (!held && problems.literal(subject, given, allowed)) {
      problems.add(CoreErrors.MissingValue, { subject, given, allowed });
    }
  }
  problems.throwIfAny();
}
