/** Type-checks every ```ts block of the documents: each block is a complete program, or it is marked ```text. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..");
const FOLDER = join(ROOT, ".readme-check");

function documents(): readonly string[] {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed.stdout.split("\n").filter((file) => file !== "");
}

/** Blocks may leave out the app, stack and site that every program has. */
const SCOPE: Readonly<Record<string, string>> = {
  app: 'declare const app: import("cdktf").App;',
  stack: 'declare const stack: import("cdktf").TerraformStack;',
  site: "declare const site: never;",
};

function withScope(block: string): string {
  const missing = Object.keys(SCOPE).filter(
    (name) =>
      new RegExp(`[(\\s]${name}[,.;\\s]`).test(block) && !new RegExp(`(const|let) ${name}\\b`).test(block),
  );
  return `${block}\n${missing.map((name) => SCOPE[name]).join("\n")}\nexport {};\n`;
}

function extract(): number {
  let blocks = 0;
  for (const document of documents()) {
    const text = readFileSync(join(ROOT, document), "utf8");
    for (const match of text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
      blocks += 1;
      const line = text.slice(0, match.index).split("\n").length;
      const name = `${document.replaceAll(/[^A-Za-z0-9]+/g, "-")}-line-${line}.ts`;
      writeFileSync(join(FOLDER, name), withScope(match[1] ?? ""));
    }
  }
  return blocks;
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER);
try {
  const blocks = extract();
  writeFileSync(
    join(FOLDER, "tsconfig.json"),
    JSON.stringify({
      extends: "../tsconfig.json",
      compilerOptions: { noUnusedLocals: false },
      include: ["*.ts"],
    }),
  );
  const checked = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", FOLDER], {
    cwd: ROOT,
    stdio: "inherit",
  });
  console.log(
    `${blocks} code blocks in documents ${checked.status === 0 ? "compile" : "do not all compile"}`,
  );
  process.exitCode = checked.status === 0 && blocks > 0 ? 0 : 1;
} finally {
  rmSync(FOLDER, { recursive: true, force: true });
}
