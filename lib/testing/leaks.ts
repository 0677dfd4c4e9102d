import { homedir } from "node:os";
import { isToken } from "../core/tokens";

/** A text in a synthesized stack that should not be there. */
export interface Leak {
  /** Where it is, for example `resource.aws_s3_bucket.raw.bucket`. */
  readonly path: string;
  readonly text: string;
}

/** What tokens look like when they were computed on instead of being resolved, and objects that became text. */
const LEAKS = [/TfToken\[/, /\bTOKEN\.\d/i, /-?\d(?:\.\d+)?e\+2[89]\d/, /\[object \w+\]/, / Map Token Value/];

function walk(value: unknown, path: readonly string[], visit: (text: string, path: string) => void): void {
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) {
      walk(entry, [...path, String(index)], visit);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      visit(key, [...path, `(key) ${key}`].join("."));
      walk(entry, [...path, key], visit);
    }
  } else if (typeof value === "string" || typeof value === "number") {
    visit(String(value), path.join("."));
  }
}

function find(json: unknown, matches: (text: string) => boolean): readonly Leak[] {
  const leaks: Leak[] = [];
  walk(json, [], (text, path) => {
    if (matches(text)) {
      leaks.push({ path, text });
    }
  });
  return leaks;
}

/**
 * Tokens that came through to the output unresolved: a number token in a template string, a list token that was
 * indexed, a map token whose placeholder was read, an object where a text was meant. Empty if all is well.
 */
export function findTokenLeaks(json: unknown): readonly Leak[] {
  return find(json, (text) => isToken(text) || LEAKS.some((leak) => leak.test(text)));
}

const HOMES = /^(?:file:\/\/)?(?:\/home\/|\/Users\/|[A-Za-z]:[\\/])/;

/** Matches `root` as a whole path, not as the middle or the beginning of a longer name. */
function whole(root: string): RegExp {
  const literal = root.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`(?<![A-Za-z0-9._-])${literal}(?![A-Za-z0-9._-])`);
}

/**
 * Paths of the machine that synthesized: such output differs between machines and breaks in CI. Found are texts that
 * hold one of `roots`, and texts that start with a home directory or a Windows drive. Absolute paths of containers
 * and of IAM are no such paths.
 *
 * @param roots @default - the working directory and the home directory
 */
export function findAbsolutePaths(
  json: unknown,
  roots: readonly string[] = [process.cwd(), homedir()],
): readonly Leak[] {
  const forms = [HOMES, ...roots.filter((root) => root.length > 1).map(whole)];
  return find(json, (text) => forms.some((form) => form.test(text)));
}
