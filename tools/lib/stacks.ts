import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "./user-error";

type Json = Record<string, unknown>;

/** A `cdk.tf.json` as far as the tools look into it. */
export interface StackJson {
  "//"?: { metadata?: { hybridAi?: { site: string; siteKind: string; phase: string; state: string } } };
  terraform?: Json & {
    backend?: Record<string, Json>;
    required_providers?: Record<string, { source: string; version?: string }>;
  };
  provider?: Record<string, Json[]>;
  resource?: Record<string, Record<string, Json>>;
  data?: Record<string, Record<string, Json>>;
  output?: Record<string, Json>;
  locals?: Json;
  check?: Record<string, Json>;
}

/** One Terraform root of a synthesized app. */
export interface Stack {
  readonly name: string;
  /** Folder of its `cdk.tf.json`. */
  readonly directory: string;
  /** Names of the stacks that have to be applied before this one. */
  readonly dependencies: readonly string[];
  readonly warnings: readonly string[];
  readonly json: StackJson;
}

interface StackManifest {
  readonly name: string;
  readonly constructPath: string;
  readonly synthesizedStackPath: string;
  readonly dependencies: readonly string[];
  readonly annotations: readonly { level: string; constructPath: string; message: string }[];
}

/** Sorts so that every stack comes after those it depends on, by name where the order is free. */
export function inDependencyOrder<T extends Pick<Stack, "name" | "dependencies">>(stacks: readonly T[]): T[] {
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const ordered = new Set<T>();
  const visit = (stack: T, path: readonly string[]): void => {
    if (path.includes(stack.name)) {
      throw new UserError(`stacks depend on each other in a circle: ${[...path, stack.name].join(" -> ")}`);
    }
    for (const name of [...stack.dependencies].sort()) {
      const dependency = byName.get(name);
      if (dependency && !ordered.has(dependency)) {
        visit(dependency, [...path, stack.name]);
      }
    }
    ordered.add(stack);
  };
  for (const name of [...byName.keys()].sort()) {
    visit(byName.get(name)!, []);
  }
  return [...ordered];
}

/** Reads what an app wrote to `outdir`, in dependency order. */
export function readStacks(outdir: string): Stack[] {
  const manifestPath = join(outdir, "manifest.json");
  if (!existsSync(manifestPath)) {
    throw new UserError(`no manifest.json in ${outdir}: the program did not call app.synth()`);
  }
  const { stacks } = JSON.parse(readFileSync(manifestPath, "utf8")) as {
    stacks: Record<string, StackManifest>;
  };
  const entries = Object.values(stacks);
  const nameOf = new Map(entries.map((entry) => [entry.constructPath, entry.name]));
  return inDependencyOrder(
    entries.map((entry) => {
      const file = join(outdir, entry.synthesizedStackPath);
      return {
        name: entry.name,
        directory: dirname(file),
        dependencies: entry.dependencies.map((path) => nameOf.get(path) ?? path),
        warnings: entry.annotations
          .filter((annotation) => annotation.level.endsWith("warn"))
          .map((annotation) => `${annotation.constructPath}: ${annotation.message}`),
        json: JSON.parse(readFileSync(file, "utf8")) as StackJson,
      };
    }),
  );
}

/** `hashicorp/aws` for `aws`, `hashicorp/aws` and `registry.terraform.io/hashicorp/aws`. */
export function providerSource(source: string): string {
  const parts = source.replace(/^registry\.terraform\.io\//, "").split("/");
  return parts.length === 1 ? `hashicorp/${parts[0]}` : parts.join("/");
}

/** Local name, source and version constraint of every provider of a stack, by name. */
export function providersOf(json: StackJson): { name: string; source: string; version: string }[] {
  return Object.entries(json.terraform?.required_providers ?? {})
    .map(([name, entry]) => ({ name, source: providerSource(entry.source), version: entry.version ?? "any" }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Number of resources by type, most first. */
export function resourceCounts(json: StackJson): [string, number][] {
  return Object.entries(json.resource ?? {})
    .map(([type, entries]): [string, number] => [type, Object.keys(entries).length])
    .sort(([typeA, a], [typeB, b]) => b - a || (typeA < typeB ? -1 : 1));
}

/** Phase, site and place of the state, "-" where a stack does not tell. */
export function placeOf(json: StackJson): { phase: string; site: string; state: string } {
  const told = json["//"]?.metadata?.hybridAi;
  return {
    phase: told?.phase ?? "-",
    site: told ? `${told.site} (${told.siteKind})` : "-",
    state: told?.state ?? "-",
  };
}
