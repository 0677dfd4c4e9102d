import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compareOutputs } from "../../tools/compat/compare";
import { replaceCdktf } from "../../tools/compat/workspace";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compat-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function output(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
  return join(folder, name);
}

function stack(version: string, resource: unknown, indent?: number): string {
  return JSON.stringify({ "//": { metadata: { version, stackName: "s" } }, resource }, undefined, indent);
}

function compare(before: Record<string, string>, after: Record<string, string>) {
  return compareOutputs(output("before", before), output("after", after)).differences.map(
    ({ file, pointer, before: a, after: b }) => `${file} ${pointer} ${a} -> ${b}`,
  );
}

describe("comparing what two tools synthesize", () => {
  test("passes over where in the tool a message came from, not over the message", () => {
    const manifest = (message: string, place: string) =>
      JSON.stringify({ stacks: { s: { annotations: [{ message, stacktrace: [place] }] } } });
    expect(
      compare({ "manifest.json": manifest("a", "/x") }, { "manifest.json": manifest("b", "/y") }),
    ).toEqual(['manifest.json /stacks/s/annotations/0/message "a" -> "b"']);
  });

  test("passes over the tool's version and white space", () => {
    expect(
      compare(
        {
          "manifest.json": '{"version":"0.21.0","stacks":{}}',
          "stacks/s/cdk.tf.json": stack("0.21.0", { a: {} }, 2),
        },
        {
          "manifest.json": '{"version":"0.24.0","stacks":{}}',
          "stacks/s/cdk.tf.json": stack("0.24.0", { a: {} }),
        },
      ),
    ).toEqual([]);
  });

  test("finds what is different, missing or of another kind", () => {
    const before = { a: { version: "1" }, b: [1, 2], c: { d: null } };
    const after = { a: { version: "2" }, b: [1], c: { d: {} }, e: 1 };
    expect(compare({ "x/cdk.tf.json": stack("1", before) }, { "x/cdk.tf.json": stack("1", after) })).toEqual([
      'x/cdk.tf.json /resource/a/version "1" -> "2"',
      "x/cdk.tf.json /resource/b/1 2 -> absent",
      "x/cdk.tf.json /resource/c/d null -> {}",
      "x/cdk.tf.json /resource/e absent -> 1",
    ]);
  });

  test("finds a stack that only one of them made, and a changed asset", () => {
    expect(
      compare({ "a/cdk.tf.json": "{}", "assets/x.py": "1" }, { "b/cdk.tf.json": "{}", "assets/x.py": "2" }),
    ).toEqual([
      "a/cdk.tf.json  present -> absent",
      'assets/x.py  "1" -> "2"',
      "b/cdk.tf.json  absent -> present",
    ]);
  });
});

test("an app that replaces cdktf overrides it in every provider", () => {
  const manifest = {
    devDependencies: {
      cdktf: "0.21.0",
      "@cdktf/provider-aws": "21.0.0",
      "@cdktf/provider-helm": "12.0.0",
      jest: "1",
    },
    peerDependencies: { cdktf: "^0.21.0" },
    peerDependenciesMeta: {},
  };
  expect(replaceCdktf(manifest, "npm:cdktn@0.24.0")).toEqual({
    devDependencies: {
      cdktf: "npm:cdktn@0.24.0",
      "@cdktf/provider-aws": "21.0.0",
      "@cdktf/provider-helm": "12.0.0",
      jest: "1",
    },
    overrides: { "@cdktf/provider-aws": { cdktf: "$cdktf" }, "@cdktf/provider-helm": { cdktf: "$cdktf" } },
  });
});
