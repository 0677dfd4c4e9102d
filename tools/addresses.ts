/** Rewrites examples/<name>/addresses.txt, the committed lists that `npm test` holds every change against. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resourceAddresses } from "../lib/core/addresses";
import { exampleNames, REPOSITORY } from "./lib/run-example";
import { exampleProgram, synthesize } from "./lib/synthesize";

async function rewrite(example: string): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), "addresses-"));
  try {
    const { stacks } = await synthesize(exampleProgram(example), out);
    const addresses = stacks
      .flatMap((stack) => resourceAddresses(stack.json).map((address) => `${stack.name}/${address}`))
      .sort();
    writeFileSync(join(REPOSITORY, "examples", example, "addresses.txt"), `${addresses.join("\n")}\n`);
    console.log(`${example}: ${addresses.length} addresses`);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  for (const example of exampleNames()) {
    await rewrite(example);
  }
}

void main();
