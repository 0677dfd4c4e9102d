import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** One place where two outputs differ. */
export interface Difference {
  readonly file: string;
  /** JSON pointer, or empty if the whole file is meant. */
  readonly pointer: string;
  readonly before: string;
  readonly after: string;
}

const LONGEST_SHOWN = 120;

function show(value: unknown): string {
  const text = value === undefined ? "absent" : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

type Json = Record<string, unknown>;

/** Lists of messages carry the stack trace of their origin: paths of the tool itself, not part of any Terraform. */
function withoutStackTraces(manifest: Json): Json {
  const drop = (key: string, value: unknown) => (key === "stacktrace" ? undefined : value);
  return JSON.parse(JSON.stringify(manifest, drop)) as Json;
}

/** The tool writes its own version into every file it makes; that is the one thing that may differ. */
function withoutToolVersion(file: Json): Json {
  if ("stacks" in file) {
    const { version: _tool, ...manifest } = file;
    return withoutStackTraces(manifest);
  }
  const comment = file["//"] as { metadata?: Json } | undefined;
  if (!comment?.metadata) {
    return file;
  }
  const { version: _tool, ...metadata } = comment.metadata;
  return { ...file, "//": { ...comment, metadata } };
}

function isContainer(value: unknown): value is Json {
  return value !== null && typeof value === "object";
}

function* differencesOf(
  before: unknown,
  after: unknown,
  pointer: string,
): Generator<Omit<Difference, "file">> {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differencesOf(before[key], after[key], `${pointer}/${key}`);
    }
  } else if (!Object.is(before, after)) {
    yield { pointer, before: show(before), after: show(after) };
  }
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** Compares all files of two outputs: JSON by value and without the tool's version, others byte by byte. */
export function compareOutputs(
  before: string,
  after: string,
): { readonly files: readonly string[]; readonly differences: readonly Difference[] } {
  const [left, right] = [filesOf(before), filesOf(after)];
  const files = [...new Set([...left, ...right])].sort();
  const differences = files.flatMap((file): Difference[] => {
    if (!left.includes(file) || !right.includes(file)) {
      const state = (files: readonly string[]) => (files.includes(file) ? "present" : "absent");
      return [{ file, pointer: "", before: state(left), after: state(right) }];
    }
    const [a, b] = [before, after].map((folder) => readFileSync(join(folder, file), "utf8"));
    if (file.endsWith(".json")) {
      const [x, y] = [a, b].map((text) => withoutToolVersion(JSON.parse(text!) as Json));
      return [...differencesOf(x, y, "")].map((difference) => ({ file, ...difference }));
    }
    return a === b ? [] : [{ file, pointer: "", before: show(a), after: show(b) }];
  });
  return { files, differences };
}
