import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "@swc/core";
import { normaliseStack, type SynthesizedStack } from "../../lib/testing";
import { compareOutputs } from "../compat/compare";
import { run } from "../lib/run-example";
import { readStacks } from "../lib/stacks";
import { exampleProgram } from "../lib/synthesize";
import { UserError } from "../lib/user-error";
import { Bindings } from "./bindings";
import { type PlainProgram, plainProgram } from "./plain-program";

const LIBRARY = "cdktf-hybrid-ai";
const PROVIDERS = ["aws", "google", "helm", "kubernetes"].map((name) => `@cdktf/provider-${name}`);
const MOST_ROUNDS = 4;

/** Two programs that declare the same, compiled the same way, in one folder with one `node_modules`. */
export interface Workspace {
  /** Folder from which the library and cdktf can be imported. */
  readonly folder: string;
  readonly ours: string;
  readonly plain: string;
  /** The same two programs in TypeScript, to be run by tsx. */
  readonly oursSource: string;
  readonly plainSource: string;
  readonly program: PlainProgram;
  readonly stacks: number;
  readonly resources: number;
}

/** Builds the library into the folder's own `node_modules`; everything else there is the repository's. */
async function installLibrary(repository: string, folder: string): Promise<void> {
  const packages = join(folder, "node_modules");
  mkdirSync(packages, { recursive: true });
  for (const name of readdirSync(join(repository, "node_modules")).filter((each) => !each.startsWith("."))) {
    symlinkSync(join(repository, "node_modules", name), join(packages, name));
  }
  const library = join(packages, LIBRARY);
  mkdirSync(library);
  copyFileSync(join(repository, "package.json"), join(library, "package.json"));
  const build = [join("tools", "build.ts"), "--out", join(library, "dist")];
  await run(process.execPath, ["--import", "tsx", ...build], { cwd: repository });
}

async function compile(source: string, target: string): Promise<void> {
  const { code } = await transform(readFileSync(source, "utf8"), {
    jsc: { target: "es2022", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
    sourceMaps: false,
  });
  writeFileSync(target, code);
}

function stubbornArguments(out: string, plainOut: string): readonly string[] {
  const { differences } = compareOutputs(out, plainOut);
  return differences.flatMap(({ file, pointer }) => {
    const stack = /^stacks\/([^/]+)\/cdk\.tf\.json$/.exec(file)?.[1];
    const [, section, type, id, argument] = pointer.split("/");
    return stack && argument && argument !== "//" ? [`${stack} ${section}.${type}.${id}.${argument}`] : [];
  });
}

function equal(left: SynthesizedStack, right: SynthesizedStack): boolean {
  return JSON.stringify(normaliseStack(left)) === JSON.stringify(normaliseStack(right));
}

/**
 * Writes a plain program for what an example synthesizes, and proves that it synthesizes the same. What the typed
 * bindings write differently is turned into an override, round by round.
 *
 * @throws UserError if the two never become equal: then no comparison would be honest
 */
export async function makeWorkspace(repository: string, folder: string, example: string): Promise<Workspace> {
  await installLibrary(repository, folder);
  const source = exampleProgram(example);
  const [oursSource, ours] = [join(folder, "ours.ts"), join(folder, "ours.js")];
  const [plainSource, plain] = [join(folder, "plain.ts"), join(folder, "plain.js")];
  copyFileSync(source, oursSource);
  await compile(source, ours);
  const out = join(folder, "out-ours");
  await run(process.execPath, [ours], { cwd: folder, env: { CDKTF_OUTDIR: out } });
  const stacks = readStacks(out).map(({ name, dependencies, json }) => ({
    name,
    dependencies,
    json: json as SynthesizedStack,
  }));
  const bindings = new Bindings(
    new Map(PROVIDERS.map((name) => [name, join(repository, "node_modules", name)])),
  );
  const stubborn = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const program = plainProgram(stacks, bindings, stubborn);
    writeFileSync(plainSource, program.source);
    await compile(plainSource, plain);
    const plainOut = join(folder, `out-plain-${round}`);
    await run(process.execPath, [plain], { cwd: folder, env: { CDKTF_OUTDIR: plainOut } });
    const made = new Map(readStacks(plainOut).map(({ name, json }) => [name, json as SynthesizedStack]));
    const same = stacks.every(({ name, json }) => made.has(name) && equal(json, made.get(name)!));
    if (same && made.size === stacks.length) {
      const resources = stacks
        .flatMap(({ json }) => Object.values(json.resource ?? {}).map(Object.keys))
        .flat().length;
      return { folder, ours, plain, oursSource, plainSource, program, stacks: stacks.length, resources };
    }
    for (const argument of stubbornArguments(out, plainOut)) {
      stubborn.add(argument);
    }
  }
  const last = compareOutputs(out, join(folder, `out-plain-${MOST_ROUNDS - 1}`)).differences.filter(
    ({ file, pointer }) => file.endsWith("cdk.tf.json") && !pointer.includes("//"),
  );
  const shown = last
    .slice(0, 5)
    .map(({ file, pointer, before, after }) => `${file} ${pointer}: ${before}, plain ${after}`);
  throw new UserError(["the plain program does not declare the same:", ...shown].join("\n"));
}
