import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resourceAddresses } from "../../lib";
import {
  diffAddresses,
  findAbsolutePaths,
  findTokenLeaks,
  normaliseStack,
  type SynthesizedStack,
} from "../../lib/testing";

const EXAMPLES = join(__dirname, "../../examples");
// A folder without a program holds only parts of an example.
const NAMES = readdirSync(EXAMPLES)
  .filter((name) => existsSync(join(EXAMPLES, name, "main.ts")))
  .sort();

/** Runs the program as it is, in this process, and gives the text of every stack. */
function synthesize(example: string): ReadonlyMap<string, string> {
  const out = mkdtempSync(join(tmpdir(), "example-"));
  process.env.CDKTF_OUTDIR = out;
  try {
    jest.isolateModules(() => {
      require(join(EXAMPLES, example, "main"));
    });
    const stacks = join(out, "stacks");
    return new Map(
      readdirSync(stacks)
        .sort()
        .map((name) => [name, readFileSync(join(stacks, name, "cdk.tf.json"), "utf8")]),
    );
  } finally {
    delete process.env.CDKTF_OUTDIR;
    rmSync(out, { recursive: true, force: true });
  }
}

describe.each(NAMES)("example %s", (name) => {
  const first = synthesize(name);
  const stacks = [...first].map(([stack, text]) => [stack, JSON.parse(text) as SynthesizedStack] as const);

  test.each(stacks)("%s is as it was read and accepted", (_, json) => {
    expect(normaliseStack(json)).toMatchSnapshot();
  });

  test("gives the same bytes twice", () => {
    expect([...synthesize(name)]).toEqual([...first]);
  });

  test.each(stacks)("%s leaks no token and holds no path of this machine", (_, json) => {
    expect(findTokenLeaks(json)).toEqual([]);
    expect(findAbsolutePaths(json)).toEqual([]);
  });

  test("keeps the addresses of its resources", () => {
    const committed = readFileSync(join(EXAMPLES, name, "addresses.txt"), "utf8")
      .trim()
      .split("\n");
    expect([...new Set(committed.map((line) => line.split("/")[0]))]).toEqual(
      stacks.filter(([, json]) => resourceAddresses(json).length > 0).map(([stack]) => stack),
    );
    for (const [stack, json] of stacks) {
      const before = committed
        .filter((line) => line.startsWith(`${stack}/`))
        .map((line) => line.split("/")[1]!);
      expect({ stack, ...diffAddresses(before, json) }).toMatchObject({ stack, missing: [], added: [] });
    }
  });
});
