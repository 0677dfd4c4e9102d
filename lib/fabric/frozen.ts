/**
 * A deep copy of plain data that nobody can change, without the properties that are undefined. What the caller gave
 * stays as it is: it is neither frozen nor shared.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return Object.freeze(value.map((entry) => frozen(entry))) as T;
  }
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.freeze(Object.fromEntries(entries.map(([key, entry]) => [key, frozen(entry)]))) as T;
}
