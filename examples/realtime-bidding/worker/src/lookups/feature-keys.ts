import type { FeatureLookupConfig } from "../config/config.js";
import { type EventObject, steps, valueAt } from "./lookup.js";

/** Reads the entity keys of one look-up out of events. */
export function keyReader(
  config: FeatureLookupConfig,
): (event: EventObject) => readonly unknown[] | undefined {
  const paths = config.keys.map(({ from }) => steps(from));
  return (event) => {
    const values = paths.map((path) => valueAt(event, path));
    return values.every((value) => typeof value === "string" || typeof value === "number")
      ? values
      : undefined;
  };
}

/** Features that the store left out, or holds as null, get their default; one without makes the whole entity missing. */
export function featuresOf(
  config: FeatureLookupConfig,
  read: (feature: string) => unknown,
): Readonly<Record<string, unknown>> | undefined {
  const found: Record<string, unknown> = {};
  for (const { name, as, default: other } of config.features) {
    const value = read(name) ?? other;
    if (value === undefined || value === null) {
      return undefined;
    }
    found[as] = value;
  }
  return found;
}

export const defaultsOf = (config: FeatureLookupConfig): Readonly<Record<string, unknown>> =>
  Object.fromEntries(config.features.map(({ as, default: other }) => [as, other ?? null]));
