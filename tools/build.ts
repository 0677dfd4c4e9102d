/**
 * Builds `dist/` (or `--out DIR`): JavaScript and declarations of `lib/` and `stacks/`, and the files they read.
 *
 * TypeScript checks, writes declarations and JavaScript, in which a module is then loaded when something of it is first
 * used. Programs name a few entries and use a small part of what these gather: the rest, and the bindings that it
 * imports, is never read. `npm run bench` shows what that is worth.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { loadOnFirstUse, nameFiles } from "./build/on-first-use";
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

/** @param file TypeScript in the repository, whose JavaScript stands at the same place below `out` */
function rewrite(file: string, out: string): void {
  const target = join(out, relative(REPOSITORY, file)).replace(/\.ts$/, ".js");
  const isFile = (path: string) => existsSync(join(dirname(file), `${path}.ts`));
  writeFileSync(target, nameFiles(loadOnFirstUse(readFileSync(target, "utf8")), isFile));
}

async function main(): Promise<number> {
  const [flag, folder, ...rest] = process.argv.slice(2);
  if ((flag !== undefined && (flag !== "--out" || folder === undefined)) || rest.length > 0) {
    throw new UserError("usage: npm run build [-- --out DIR]");
  }
  const out = resolve(folder ?? join(REPOSITORY, "dist"));
  rmSync(out, { recursive: true, force: true });
  const compiler = join(REPOSITORY, "node_modules", "typescript", "bin", "tsc");
  const compile = (...args: string[]) =>
    run(process.execPath, [
      compiler,
      "-p",
      join(REPOSITORY, "tsconfig.build.json"),
      "--outDir",
      out,
      ...args,
    ]);
  await compile("--emitDeclarationOnly");
  // Comments stand in the declarations, where editors read them.
  await compile("--declaration", "false", "--removeComments", "--noCheck");
  for (const file of SOURCES.flatMap((source) => sources(join(REPOSITORY, source)))) {
    rewrite(file, out);
  }
  for (const asset of SOURCES.flatMap((source) => assets(join(REPOSITORY, source)))) {
    cpSync(asset, join(out, relative(REPOSITORY, asset)));
  }
  return 0;
}

void runCommand(main);
