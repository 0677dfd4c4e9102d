import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseExamples, clearOutput, synthesize } from "../../tools/lib/synthesize";
import { UserError } from "../../tools/lib/user-error";

const FIXTURE = join(__dirname, "fixtures", "two-stacks.ts");

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "synth-test-"));
});
afterEach(() => {
  delete process.env.FAIL;
  rmSync(out, { recursive: true });
});

describe("choice of examples", () => {
  const known = ["aws-lakehouse", "hybrid-lakehouse"];

  test("the hybrid lakehouse unless others are named; each once", () => {
    expect(chooseExamples([], { known })).toEqual(["hybrid-lakehouse"]);
    expect(chooseExamples(["aws-lakehouse", "aws-lakehouse"], { known })).toEqual(["aws-lakehouse"]);
    expect(chooseExamples([], { all: true, known })).toEqual(known);
  });

  test("an unknown one is an error that lists the examples", () => {
    const choose = () => chooseExamples(["nope"], { known });
    expect(choose).toThrow(UserError);
    expect(choose).toThrow("unknown example: nope\nexamples: aws-lakehouse, hybrid-lakehouse");
  });

  test("names and --all together are refused", () => {
    expect(() => chooseExamples(["aws-lakehouse"], { all: true, known })).toThrow("--all");
  });
});

describe("old output", () => {
  test("goes, but what terraform init and local state left there stays", () => {
    const stack = join(out, "stacks", "a");
    mkdirSync(join(stack, ".terraform"), { recursive: true });
    for (const file of ["cdk.tf.json", "terraform.tfstate", ".terraform.lock.hcl", "metadata.json"]) {
      writeFileSync(join(stack, file), "{}");
    }
    writeFileSync(join(out, "manifest.json"), "{}");
    clearOutput(out);
    expect(existsSync(join(out, "manifest.json"))).toBe(false);
    expect(readdirSync(stack).sort()).toEqual([".terraform", ".terraform.lock.hcl", "terraform.tfstate"]);
  });

  test("a folder that holds no output is never touched", () => {
    mkdirSync(join(out, "stacks", "mine"), { recursive: true });
    writeFileSync(join(out, "stacks", "mine", "site-stack.ts"), "");
    clearOutput(out);
    expect(readdirSync(join(out, "stacks", "mine"))).toEqual(["site-stack.ts"]);
  });
});

describe("synthesizing a program", () => {
  test("gives its stacks in dependency order with warnings, and no stack of an earlier run", async () => {
    mkdirSync(join(out, "stacks", "stale"), { recursive: true });
    writeFileSync(join(out, "stacks", "stale", "cdk.tf.json"), "{}");
    const { stacks } = await synthesize(FIXTURE, out);
    expect(stacks.map(({ name, dependencies, warnings }) => ({ name, dependencies, warnings }))).toEqual([
      { name: "a", dependencies: [], warnings: ["a/bucket: [X] careful"] },
      { name: "b", dependencies: ["a"], warnings: [] },
    ]);
    expect(readdirSync(join(out, "stacks")).sort()).toEqual(["a", "b"]);
  });

  test("a ValidationError is told without a stack trace, and leaves nothing half-written", async () => {
    process.env.FAIL = "validation";
    const failure = await synthesize(FIXTURE, out).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).message).toMatch(
      /^test\/tools\/fixtures\/two-stacks\.ts failed:\nx\/y\n {2}\[InvalidName\]/,
    );
    expect((failure as Error).message).not.toMatch(/\n\s+at /);
    expect(existsSync(join(out, "manifest.json"))).toBe(false);
  });

  test("so is a failed validation of the whole app", async () => {
    process.env.FAIL = "app";
    await expect(synthesize(FIXTURE, out)).rejects.toThrow("[a] bad thing");
    expect(readdirSync(join(out, "stacks"))).toEqual([]);
  });

  test("a bug keeps its stack trace", async () => {
    process.env.FAIL = "bug";
    await expect(synthesize(FIXTURE, out)).rejects.toThrow(/TypeError: bug\n\s+at /);
  });
});
