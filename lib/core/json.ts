function isResolvable(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { resolve?: unknown }).resolve === "function"
  );
}

/** `value` has been through `toJSON` already, `this` still holds what was given. */
function sortKeys(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  if (isResolvable(this[key])) {
    throw new TypeError(`stableJson: "${key}" is known only to Terraform; pass Token.asString of it`);
  }
  return typeof value !== "object" || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * JSON with sorted keys: the same value gives the same bytes, whatever the order of declaration. Otherwise as
 * `JSON.stringify`: undefined entries are left out, dates become ISO strings.
 *
 * @throws TypeError for what JSON cannot hold (undefined, functions, big integers) and for unresolved objects
 */
export function stableJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, sortKeys, indent) as string | undefined;
  if (text === undefined) {
    throw new TypeError(`stableJson: ${typeof value} has no JSON form`);
  }
  return text;
}
