/**
 * Builds `dist/` (or `--out DIR`): JavaScript and declarations of `lib/` and `stacks/`, and the files they read.
 *
 * TypeScript checks, writes declarations and JavaScript, in which a module is then loaded when something of it is first
 * used. Programs name a few entries and use a small part of what these gather: the rest, and the bindings that it
 * imports, is never read. The modules of one folder stand in one file, because Node takes longer to find and open a
 * module than to read it. `npm run bench` shows what that is worth.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { loadOnFirstUse, nameFiles } from "./build/on-first-use";
import { makeRoom, ROOM, type RoomModule, roomOf, throughRooms } from "./build/rooms";
import { REPOSITORY, run } from "./lib/run-example";
import { runCommand, UserError } from "./lib/user-error";

const SOURCES = ["lib", "stacks"];

/** Files beside the code that it reads at run time, such as job scripts. */
function assets(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Modules below a folder of the repository, such as `lib/core/naming`. */
function modulesOf(folder: string): readonly string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file.replaceAll(sep, "/").replace(/\.ts$/, "")}`);
}

/** JavaScript of a module as TypeScript wrote it below `out`, made ready to be loaded on first use. */
function ready(module: string, out: string): string {
  const isFile = (path: string) => existsSync(join(REPOSITORY, dirname(module), `${path}.ts`));
  const code = readFileSync(join(out, `${module}.js`), "utf8");
  return throughRooms(module, nameFiles(loadOnFirstUse(code), isFile));
}

/** Puts the modules of each folder into one file, where programs use most of them or none. */
function furnish(modules: readonly string[], out: string): void {
  const rooms = new Map<string, RoomModule[]>();
  for (const module of modules) {
    const [code, file, room] = [ready(module, out), join(out, `${module}.js`), roomOf(module)];
    if (room === undefined) {
      writeFileSync(file, code);
    } else {
      rooms.set(room, [...(rooms.get(room) ?? []), { name: basename(module), code }]);
      rmSync(file);
    }
  }
  for (const [room, members] of rooms) {
    writeFileSync(join(out, room, ROOM), makeRoom(members));
  }
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
  furnish(SOURCES.flatMap((source) => modulesOf(source)).sort(), out);
  for (const asset of SOURCES.flatMap((source) => assets(join(REPOSITORY, source)))) {
    cpSync(asset, join(out, relative(REPOSITORY, asset)));
  }
  return 0;
}

void runCommand(main);
