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
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const entry = (value as Record<string, unknown>)[key];
    if (entry !== undefined) {
      setOwn(copy, key, frozen(entry));
    }
  }
  return Object.freeze(copy) as T;
}

/** An assignment, several times as fast as making objects from entries, that cannot reach the prototype. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true });
  } else {
    object[key] = value;
  }
}
