/**
 * JSON with one form for one meaning: members by name, no space. Two texts that a JSON parser reads alike give the same.
 *
 * @throws RangeError for a number that two different texts could have meant
 */
export function canonical(value: unknown): string {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RangeError("a whole number beyond 2^53 may have been another one");
  }
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, of]) => `${JSON.stringify(name)}:${canonical(of)}`).join(",")}}`;
}
