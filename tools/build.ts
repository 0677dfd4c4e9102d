/**
 * Builds `dist/` (or `--out DIR`): JavaScript and declarations of `lib/` and `stacks/`, and the files they read.
 *
 * TypeScript checks and writes declarations; swc writes JavaScript in which a module is loaded when something of it is
 * first used. Programs name a few entries and use a small part of what these gather: the rest, and the bindings that it
 * imports, is never read. `npm run bench` shows what that is worth.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { transform } from "@swc/core";
import { REPOSITORY, run } from "./lib/run-example";
import { runCommand, UserError } from "./lib/user-error";

const SOURCES = ["lib", "stacks"];

/** Files beside the code that it reads at run time, such as job scripts. */
function assets(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

const MODULE = /\bfrom\s+"([^"]+)"/g;

/** @param file in the repository; its JavaScript goes to the same place below `out` */
async function compile(file: string, out: string): Promise<void> {
  const source = readFileSync(file, "utf8");
  const { code } = await transform(source, {
    filename: relative(REPOSITORY, file),
    jsc: { target: "es2022", parser: { syntax: "typescript" } },
    module: { type: "commonjs", lazy: [...source.matchAll(MODULE)].map(([, name]) => name!) },
    sourceMaps: false,
  });
  const target = join(out, relative(REPOSITORY, file)).replace(/\.ts$/, ".js");
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
}

async function main(): Promise<number> {
  const [flag, folder, ...rest] = process.argv.slice(2);
  if ((flag !== undefined && (flag !== "--out" || folder === undefined)) || rest.length > 0) {
    throw new UserError("usage: npm run build [-- --out DIR]");
  }
  const out = resolve(folder ?? join(REPOSITORY, "dist"));
  rmSync(out, { recursive: true, force: true });
  const compiler = join(REPOSITORY, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [compiler, "-p", join(REPOSITORY, "tsconfig.build.json"), "--outDir", out]);
  const files = SOURCES.flatMap((source) => sources(join(REPOSITORY, source)));
  await Promise.all(files.map((file) => compile(file, out)));
  for (const asset of SOURCES.flatMap((source) => assets(join(REPOSITORY, source)))) {
    cpSync(asset, join(out, relative(REPOSITORY, asset)));
  }
  return 0;
}

void runCommand(main);
