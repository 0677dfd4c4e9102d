type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function sorted(value: unknown): Json {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as Record<string, unknown>)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
  }
  return value as Json;
}

/** JSON with sorted keys: the same value gives the same bytes, whatever the order of declaration. */
export function stableJson(value: unknown, indent?: number): string {
  return JSON.stringify(sorted(value), undefined, indent);
}
