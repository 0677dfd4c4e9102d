import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "..", "..");

/** A house in which every rule is broken once, file by file. */
const BROKEN: Readonly<Record<string, string>> = {
  "lib/core/a.ts": 'import { a } from "../catalog/a"; export const b = a;',
  "lib/catalog/a.ts": 'import type { Token } from "cdktf"; export type A = Token; export const a = 1;',
  "lib/catalog/up.ts": 'import { f } from "../fabric/a"; export const u = f;',
  "lib/fabric/a.ts": 'import { helper } from "../core/thin"; export const f = helper;',
  "lib/fabric/up.ts": 'import { p } from "../placement/a"; export const u = p;',
  "lib/core/thin.ts": 'import { Fn } from "cdktf"; export const helper = Fn;',
  "lib/placement/a.ts": 'import { k } from "../kubernetes/a"; export const p = k;',
  "lib/kubernetes/a.ts": 'import { n } from "../network/network"; export const k = n;',
  "lib/network/network.ts": "export const n = 1;",
  "lib/network/inside.ts": "export const inside = 1;",
  "lib/lakehouse/good.ts": 'import { n } from "../network/network"; export const g = n;',
  "lib/lakehouse/bad.ts": 'import { inside } from "../network/inside"; export const b = inside;',
  "lib/lakehouse/barrel.ts": 'import { vpc } from "@cdktf/provider-aws"; export const v = vpc;',
  "lib/lakehouse/deep.ts": 'import { Vpc } from "@cdktf/provider-aws/lib/vpc"; export const v = Vpc;',
  "lib/lakehouse/tested.ts": 'import { t } from "../testing/kit"; export const v = t;',
  "lib/lakehouse/high.ts": 'import type { S } from "../../stacks/a"; export type H = S;',
  "lib/lakehouse/entry.ts": 'import { x } from "../aws"; export const y = x;',
  "lib/lakehouse/dev.ts": 'import fc from "fast-check"; export const y = fc;',
  "lib/lakehouse/lost.ts": 'import { no } from "./nowhere"; export const y = no;',
  "lib/testing/kit.ts": "export const t = 1;",
  "lib/aws.ts": 'import { Bucket } from "./google-thing"; export const x = Bucket;',
  "lib/google-thing.ts":
    'import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket"; export const Bucket = StorageBucket;',
  "lib/index.ts": 'export { v } from "./lakehouse/deep";',
  "stacks/a.ts": 'import type { B } from "./b"; export type S = B;',
  "stacks/b.ts": 'import type { S } from "./a"; export type B = S;',
  "stacks/up.ts": 'import { e } from "../examples/one/main"; export const z = e;',
  "examples/one/main.ts": 'import { n } from "../../lib/network/network"; export const e = n;',
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "floors-"));
  for (const [path, text] of Object.entries(BROKEN)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  symlinkSync(join(REPOSITORY, "package.json"), join(folder, "package.json"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function cruise(cwd: string, ...folders: string[]): string[] {
  const program = join(REPOSITORY, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  const config = join(REPOSITORY, ".dependency-cruiser.cjs");
  const { stdout } = spawnSync(
    process.execPath,
    [program, ...folders, "--config", config, "--output-type", "json"],
    {
      cwd,
      encoding: "utf8",
      maxBuffer: 1e8,
    },
  );
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  return [...new Set(summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`))].sort();
}

describe("the floors of the house", () => {
  test("let nothing pass that breaks them", () => {
    expect(cruise(folder, "lib", "stacks", "examples")).toEqual(
      [
        "declared-dependencies: lib/lakehouse/dev.ts",
        "declared-dependencies: lib/lakehouse/lost.ts",
        "aws-loads-only-its-providers: lib/aws.ts",
        "entries-are-for-users: lib/lakehouse/entry.ts",
        "everything-resolves: lib/lakehouse/lost.ts",
        "floor-0-catalog: lib/catalog/up.ts",
        "floor-0-core: lib/core/a.ts",
        "floor-1-fabric: lib/fabric/up.ts",
        "floor-2-kubernetes: lib/kubernetes/a.ts",
        "floor-2-placement: lib/placement/a.ts",
        "floor-3-capabilities: lib/lakehouse/entry.ts",
        "floor-3-capabilities: lib/lakehouse/high.ts",
        "floor-3-capabilities: lib/lakehouse/tested.ts",
        "floor-3-contracts: lib/lakehouse/bad.ts",
        "floor-4-testing: lib/lakehouse/tested.ts",
        "floor-5-stacks: stacks/up.ts",
        "floor-6-examples: examples/one/main.ts",
        "index-loads-only-its-providers: lib/index.ts",
        "lib-below-stacks: lib/lakehouse/high.ts",
        "no-circles: stacks/a.ts",
        "no-provider-barrel: lib/lakehouse/barrel.ts",
        "pure-rooms: lib/catalog/a.ts",
        "pure-rooms: lib/catalog/up.ts",
        "pure-rooms: lib/fabric/a.ts",
      ].sort(),
    );
  });
});
