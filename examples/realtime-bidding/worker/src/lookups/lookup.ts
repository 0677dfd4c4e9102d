/** An event as it is read: a JSON object. */
export type EventObject = Readonly<Record<string, unknown>>;

/** What was found for one event, by the names that the model's inputs use; undefined: nothing was found. */
export type Found = Readonly<Record<string, unknown>> | undefined;

/** Looks values up for a batch of events, in one call to the store where it can. */
export interface Lookup {
  readonly name: string;
  /** What a failed look-up means for an event. */
  readonly onMissing: "default" | "fallback" | "dead-letter";
  /** What events get under `onMissing: "default"`. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** One entry per event, in the same order. Rejects if the store cannot be reached. */
  find(events: readonly EventObject[]): Promise<readonly Found[]>;
}

/** Value at `user.id`; undefined if there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) {
      return undefined;
    }
    at = (at as EventObject)[step];
  }
  return at;
}

export const steps = (path: string): readonly string[] => path.split(".");

/** Calls `answer` for each distinct key once: a burst of one user's events costs one entity. */
export async function perDistinct<T>(
  keys: readonly (string | undefined)[],
  answer: (distinct: readonly number[]) => Promise<readonly T[]>,
): Promise<readonly (T | undefined)[]> {
  const first = new Map<string, number>();
  keys.forEach((key, index) => {
    if (key !== undefined && !first.has(key)) {
      first.set(key, index);
    }
  });
  if (first.size === 0) {
    return keys.map(() => undefined);
  }
  const answers = await answer([...first.values()]);
  const byKey = new Map([...first.keys()].map((key, index) => [key, answers[index]]));
  return keys.map((key) => (key === undefined ? undefined : byKey.get(key)));
}
