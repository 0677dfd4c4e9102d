import { createHash } from "node:crypto";

/** What a provider allows in the name of one kind of resource. */
export interface NameLimits {
  readonly maxLength: number;
  /** @default "-" */
  readonly separator?: "-" | "_";
}

const HASH_LENGTH = 8;

/** Short, stable fingerprint of a text, lower-case hex. */
export function fingerprint(text: string, length = HASH_LENGTH): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/**
 * Joins parts to a deterministic resource name within a provider's limits.
 *
 * A name that fits is the parts joined, nothing else. A longer one is cut and gets a hash of the full name, so
 * that two long names never become the same. With `separator: "_"` hyphens in parts become underscores, and the
 * hash is always added if that loses information.
 */
export function resourceName(parts: readonly string[], limits: NameLimits): string {
  const separator = limits.separator ?? "-";
  const exact = parts.join(separator);
  const full = separator === "_" ? exact.replaceAll("-", "_") : exact;
  const ambiguous = separator === "_" && parts.some((part) => part.includes("_") && /-/.test(exact));
  if (full.length <= limits.maxLength && !ambiguous) {
    return full;
  }
  const head = full.slice(0, limits.maxLength - HASH_LENGTH - 1).replace(/[-_]+$/, "");
  return `${head}${separator}${fingerprint(parts.join("\u0000"))}`;
}
