import { createHash } from "node:crypto";
import { CoreErrors } from "./errors";
import { Problems } from "./problems";

/** What a provider allows in the name of one kind of resource. */
export interface NameLimits {
  /** At least 10: one character, a separator and the hash. */
  readonly maxLength: number;
  /** @default "-" */
  readonly separator?: "-" | "_";
}

const HASH_LENGTH = 8;

/** Short, stable fingerprint of a text, lower-case hex. */
export function fingerprint(text: string, length = HASH_LENGTH): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

function check(parts: readonly string[], limits: NameLimits): void {
  const problems = new Problems(`resourceName(${parts.length} parts)`);
  problems.integer("maxLength", limits.maxLength, { min: HASH_LENGTH + 2, max: Number.MAX_SAFE_INTEGER });
  problems.required("parts", parts[0], "one part or more");
  for (const [index, part] of parts.entries()) {
    if (problems.literal(`part ${index + 1}`, part) && part === "" && index > 0) {
      problems.add(CoreErrors.MissingValue, {
        subject: `part ${index + 1}`,
        given: part,
        allowed: "a part that is not empty",
      });
    }
  }
  problems.throwIfAny();
}

/**
 * Joins parts to a deterministic resource name within a provider's limits.
 *
 * - A name that fits is the parts joined, nothing else: people read and type these names.
 * - A longer one is cut and gets a hash of all parts, so two long names never become the same.
 * - With `separator: "_"` hyphens in parts become underscores. A part that holds an underscore itself could then not
 *   be told from one with a hyphen, so such names always get the hash: `["a-b"]` is `a_b`, `["a_b"]` is `a_b_…`.
 *
 * Joining alone does not tell `["a", "b-c"]` from `["a-b", "c"]`. That is accepted: at any one place of use the parts
 * have fixed roles, and all but the first come from one construct, whose validation keeps them apart. Who joins parts
 * of several owners, each of which may hold the separator, adds `fingerprint(parts.join("/"))` as the last part.
 *
 * @throws TokenNotAllowed, MissingValue for an empty part, NumberOutOfRange for limits that leave no room for the hash
 */
export function resourceName(parts: readonly string[], limits: NameLimits): string {
  check(parts, limits);
  const separator = limits.separator ?? "-";
  const joined = parts.join(separator);
  const full = separator === "_" ? joined.replaceAll("-", "_") : joined;
  const ambiguous = separator === "_" && parts.some((part) => part.includes("_"));
  if (full.length <= limits.maxLength && !ambiguous) {
    return full;
  }
  const head = full.slice(0, limits.maxLength - HASH_LENGTH - 1).replace(/[-_]+$/, "");
  return `${head}${separator}${fingerprint(JSON.stringify(parts))}`;
}
