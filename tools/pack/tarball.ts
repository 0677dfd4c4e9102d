import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/run-example";

/** A packed package. */
export interface Tarball {
  readonly path: string;
  readonly files: readonly string[];
  readonly unpackedSize: number;
}

interface PackageJson {
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly typesVersions: { readonly "*": Readonly<Record<string, readonly string[]>> };
}

const NEEDED = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
const CODE = /^dist\/(lib|stacks)\/.+(\.d\.ts|\.js)$/;
const ASSET = /^dist\/lib\/.+\/[a-z0-9_-]+\.(json|py|sh|sql|yaml)$/;

/** Packs what stands in `dist/`. */
export async function pack(repository: string, folder: string): Promise<Tarball> {
  const args = ["pack", "--ignore-scripts", "--json", "--loglevel", "error", "--pack-destination", folder];
  const [packed] = JSON.parse(await run("npm", args, { cwd: repository })) as [
    { filename: string; unpackedSize: number; files: { path: string }[] },
  ];
  return {
    path: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path).sort(),
    unpackedSize: packed.unpackedSize,
  };
}

/** Every file that `package.json` promises. */
function promised(manifest: PackageJson): readonly string[] {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  return [
    manifest.main,
    manifest.types,
    ...targets,
    ...Object.values(manifest.typesVersions["*"]).flat(),
  ].map((target) => target.replace(/^\.\//, ""));
}

/** Files beside the code in `lib/` that it reads at run time, as they are called in the tarball. */
function assets(repository: string): readonly string[] {
  const lib = join(repository, "lib");
  return readdirSync(lib, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).replace(repository, "dist"));
}

/** What is wrong with the list of files, and with their content. */
export function fileProblems(repository: string, files: readonly string[]): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as PackageJson;
  const missing = [...NEEDED, ...promised(manifest), ...assets(repository)].filter(
    (file) => !files.includes(file),
  );
  const useless = files.filter((file) => !NEEDED.includes(file) && !CODE.test(file) && !ASSET.test(file));
  const tied = files.filter((file) => {
    const path = join(repository, file);
    return existsSync(path) && readFileSync(path, "utf8").includes(repository);
  });
  return [
    ...[...new Set(missing)].map((file) => `missing: ${file}`),
    ...useless.map((file) => `no user needs: ${file}`),
    ...tied.map((file) => `names a path of this machine: ${file}`),
  ];
}
