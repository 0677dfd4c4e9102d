/**
 * Synthesizes every example twice: with cdktf, and in a temporary copy where npm `overrides` put its community
 * successor in its place. Exit code 1 if the Terraform differs in more than the tool's own version.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { compareOutputs, type Difference } from "./compat/compare";
import { installWith } from "./compat/workspace";
import { exampleNames, REPOSITORY, run } from "./lib/run-example";
import { runCommand } from "./lib/user-error";

const REPLACEMENT = "cdktn@0.24.0";
const SHOWN = 20;

async function synthesizeIn(repository: string, example: string, out: string): Promise<void> {
  mkdirSync(out, { recursive: true });
  await run(process.execPath, ["--import", "tsx", join("examples", example, "main.ts")], {
    cwd: repository,
    env: { CDKTF_OUTDIR: out },
  });
}

async function compare(copy: string, folder: string): Promise<number> {
  const table = new Table({ head: ["example", "stacks", "differences"], style: { head: [], border: [] } });
  const all: Difference[] = [];
  for (const example of exampleNames()) {
    const [before, after] = [join(folder, "before", example), join(folder, "after", example)];
    await synthesizeIn(REPOSITORY, example, before);
    await synthesizeIn(copy, example, after);
    const { files, differences } = compareOutputs(before, after);
    const stacks = files.filter((file) => file.endsWith("cdk.tf.json")).length;
    table.push([example, stacks, differences.length]);
    all.push(...differences.map((difference) => ({ ...difference, file: `${example}/${difference.file}` })));
  }
  console.log(table.toString());
  for (const { file, pointer, before, after } of all.slice(0, SHOWN)) {
    console.log(`${file} ${pointer}\n  cdktf: ${before}\n  ${REPLACEMENT}: ${after}`);
  }
  if (all.length > SHOWN) {
    console.log(`and ${all.length - SHOWN} more`);
  }
  return all.length;
}

async function main(): Promise<number> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "compat-")));
  try {
    const copy = join(folder, "repository");
    const started = Date.now();
    await installWith(REPOSITORY, copy, REPLACEMENT);
    console.log(
      `installed with ${REPLACEMENT} in place of cdktf: ${Math.round((Date.now() - started) / 1000)} s`,
    );
    const count = await compare(copy, folder);
    console.log(
      count === 0
        ? "same Terraform but for the tool's version"
        : `${count} differences between the two tools`,
    );
    return count === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void runCommand(main);
