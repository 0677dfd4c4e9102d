import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";

/**
 * Adds NoEffect for options that belong to other engines than the chosen one.
 *
 * @param own names of the options of each engine, beside those that all have
 */
export function refuseForeignOptions<E extends string>(
  problems: Problems,
  props: { readonly engine: E },
  own: Readonly<Record<E, readonly string[]>>,
): void {
  problems.oneOf("engine", props.engine, Object.keys(own));
  const given = props as unknown as Readonly<Record<string, unknown>>;
  const options = new Set(Object.values<readonly string[]>(own).flat());
  for (const key of [...options].sort()) {
    if (given[key] !== undefined && !own[props.engine]?.includes(key)) {
      problems.add(CoreErrors.NoEffect, {
        subject: key,
        given: key === "network" ? "a network" : given[key],
        allowed: `nothing, with engine ${props.engine}`,
      });
    }
  }
}
