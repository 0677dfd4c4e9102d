import { copyFileSync, cpSync, existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { run } from "../lib/run-example";
import { UserError } from "../lib/user-error";

const LEFT_OUT = new Set([".git", "cdktf.out", "coverage", "dist", "node_modules"]);

interface PackageJson {
  devDependencies: Record<string, string>;
  peerDependencies?: unknown;
  peerDependenciesMeta?: unknown;
  overrides?: unknown;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/**
 * Puts a copy of installed packages into `target`. Hard links where the file system allows it: the providers alone
 * are 850 MB. npm replaces packages by new folders, so linked files are never written to, but for its own list of
 * what is installed, which becomes a file of its own.
 */
export async function copyPackages(installed: string, target: string): Promise<void> {
  // A link copied as a link would let npm write into what it points to.
  const source = realpathSync(installed);
  try {
    await run("cp", ["-al", source, target]);
  } catch {
    rmSync(target, { recursive: true, force: true });
    cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  }
  const list = ".package-lock.json";
  if (existsSync(join(source, list))) {
    rmSync(join(target, list), { force: true });
    copyFileSync(join(source, list), join(target, list));
  }
}

/** `package.json` of the repository as an app has it that replaces cdktf by `replacement`. */
export function replaceCdktf(manifest: PackageJson, replacement: string): PackageJson {
  const { peerDependencies: _peers, peerDependenciesMeta: _meta, ...app } = manifest;
  const providers = Object.keys(app.devDependencies).filter((name) => name.startsWith("@cdktf/provider-"));
  return {
    ...app,
    devDependencies: { ...app.devDependencies, cdktf: replacement },
    overrides: Object.fromEntries(providers.map((name) => [name, { cdktf: "$cdktf" }])),
  };
}

/** Name and version of the package that `module` gets when it requires cdktf. */
function resolvedCdktf(module: string): string {
  const { name, version } = createRequire(module)("cdktf/package.json") as { name: string; version: string };
  return `${name}@${version}`;
}

/**
 * Copies the repository to `folder` and installs it there with cdktf replaced.
 *
 * @param replacement `name@version`
 * @throws UserError if npm refuses, or any provider would still load another cdktf
 */
export async function installWith(repository: string, folder: string, replacement: string): Promise<void> {
  cpSync(repository, folder, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(relative(repository, path)),
  });
  await copyPackages(join(repository, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, "package.json");
  const manifest = replaceCdktf(readJson<PackageJson>(file), `npm:${replacement}`);
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  await run("npm", ["install", ...quiet], { cwd: folder });
  await run("npm", ["ls", "cdktf", "constructs"], { cwd: folder });
  const providers = Object.keys(manifest.overrides as object).map((name) =>
    join(folder, "node_modules", name, "package.json"),
  );
  for (const module of [file, ...providers]) {
    const found = resolvedCdktf(module);
    if (found !== replacement) {
      throw new UserError(`${relative(folder, module)} loads ${found} instead of ${replacement}`);
    }
  }
}
