/** Builds `dist/` (or `--out DIR`): JavaScript and declarations of `lib/` and `stacks/`, and the files they read. */
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { REPOSITORY, run } from "./lib/run-example";
import { runCommand, UserError } from "./lib/user-error";

const SOURCES = ["lib", "stacks"];

/** Files beside the code that it reads at run time, such as job scripts. */
function assets(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
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
  for (const asset of SOURCES.flatMap((source) => assets(join(REPOSITORY, source)))) {
    cpSync(asset, join(out, relative(REPOSITORY, asset)));
  }
  return 0;
}

void runCommand(main);
