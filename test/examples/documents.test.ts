import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { transformSync } from "@swc/core";
import { TerraformStack } from "cdktf";
import { Site } from "../../lib";
import { testApp } from "../../lib/testing";

const REPOSITORY = resolve(__dirname, "..", "..");
/** Documents whose programs are whole, or need no more than a stack and a site. */
const DOCUMENTS = [
  "README.md",
  "lib/catalog/README.md",
  "lib/fabric/README.md",
  "lib/placement/README.md",
  "lib/serving/README.md",
  "lib/network/README.md",
  "lib/cluster/README.md",
  "lib/cluster/aws/README.md",
  "lib/cluster/google/README.md",
  "lib/cluster/kubernetes/README.md",
  "lib/cluster/in-cluster/README.md",
];

const programs = DOCUMENTS.flatMap((document) =>
  [...readFileSync(join(REPOSITORY, document), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    (match, index) => [`${document} program ${index + 1}`, match[1]!] as const,
  ),
);

const outdir = mkdtempSync(join(tmpdir(), "documents-"));
const before = process.env.CDKTF_OUTDIR;
beforeAll(() => {
  process.env.CDKTF_OUTDIR = outdir;
  jest.spyOn(console, "log").mockImplementation(() => undefined);
});
afterAll(() => {
  if (before === undefined) {
    delete process.env.CDKTF_OUTDIR;
  } else {
    process.env.CDKTF_OUTDIR = before;
  }
  rmSync(outdir, { recursive: true, force: true });
  jest.restoreAllMocks();
});

/** What programs of the documents leave out, unless they declare it. */
function given(program: string): Readonly<Record<string, unknown>> {
  const all = {
    stack: () => new TerraformStack(testApp(), "stack"),
    site: () => Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" }),
  };
  const wanted = Object.entries(all).filter(([name]) => !new RegExp(`const ${name}\\b`).test(program));
  return Object.fromEntries(wanted.map(([name, make]) => [name, make()]));
}

test.each(programs)("%s is not refused", (_, program) => {
  const { code } = transformSync(program, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  });
  const scope = given(program);

  const run = new Function("require", "exports", ...Object.keys(scope), code);
  expect(() => run(require, {}, ...Object.values(scope))).not.toThrow();
});

test.each(
  readdirSync(join(REPOSITORY, "examples")).filter((name) =>
    existsSync(join(REPOSITORY, "examples", name, "README.md")),
  ),
)("%s names no root that it does not make", (example) => {
  const read = (file: string) => readFileSync(join(REPOSITORY, "examples", example, file), "utf8");
  const named = [...read("README.md").matchAll(/`([a-z0-9-]+-(?:foundation|platform|workloads))`/g)];
  const made = read("addresses.txt")
    .split("\n")
    .map((line) => line.split("/")[0]);

  expect(named.map(([, root]) => root).filter((root) => !made.includes(root))).toEqual([]);
});
