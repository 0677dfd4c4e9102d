import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyPackages } from "../compat/workspace";
import { run } from "../lib/run-example";

/** A program outside the repository that uses the packed library. */
export interface Consumer {
  readonly name: string;
  /** Source of its one file. */
  readonly program: string;
  /** Provider packages that it installs. */
  readonly providers: readonly string[];
  /** Check the library's declarations too, which is only possible with all providers. */
  readonly checkDeclarations: boolean;
}

const COMPILER_OPTIONS = {
  target: "ES2022",
  module: "node16",
  moduleResolution: "node16",
  strict: true,
  types: ["node"],
  outDir: "out",
};

function versionOf(repository: string, name: string): string {
  const manifest = JSON.parse(readFileSync(join(repository, "node_modules", name, "package.json"), "utf8"));
  return (manifest as { version: string }).version;
}

/**
 * Installs the tarball and its peers with npm in `folder`, compiles the program with tsc and runs it.
 *
 * Peers of the repository's versions are laid out beforehand, so that npm verifies them instead of fetching 850 MB.
 *
 * @returns folder of the synthesized output
 */
export async function tryOut(
  repository: string,
  folder: string,
  tarball: string,
  consumer: Consumer,
): Promise<string> {
  const packages = ["cdktf", "constructs", ...consumer.providers];
  const versions = Object.fromEntries(packages.map((name) => [name, versionOf(repository, name)]));
  const manifest = {
    name: consumer.name,
    version: "1.0.0",
    private: true,
    dependencies: { ...versions, "cdktf-hybrid-ai": `file:${tarball}` },
    devDependencies: { "@types/node": versionOf(repository, "@types/node") },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
  const compiler = { ...COMPILER_OPTIONS, skipLibCheck: !consumer.checkDeclarations };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: compiler, files: ["main.ts"] }),
  );
  copyFileSync(consumer.program, join(folder, "main.ts"));
  for (const name of packages) {
    const target = join(folder, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    await copyPackages(join(repository, "node_modules", name), target);
  }
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  await run("npm", ["install", ...quiet], { cwd: folder });
  await run("npm", ["ls"], { cwd: folder });
  const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [tsc, "-p", "."], { cwd: folder });
  const out = join(folder, "cdktf.out");
  await run(process.execPath, [join("out", "main.js")], { cwd: folder, env: { CDKTF_OUTDIR: out } });
  return out;
}

/** Provider packages that npm put into a consumer, asked for or not. */
export function installedProviders(folder: string, known: readonly string[]): readonly string[] {
  return known.filter((name) => existsSync(join(folder, "node_modules", name)));
}
