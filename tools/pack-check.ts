/**
 * Packs the library as npm would publish it and uses it from outside the repository: with all peers, with the AWS peer
 * alone, and with no provider at all. Exit code 1 if a file is missing or useless, or a program does not compile or synthesize.
 */
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareOutputs } from "./compat/compare";
import { REPOSITORY, run } from "./lib/run-example";
import { exampleProgram, synthesize } from "./lib/synthesize";
import { runCommand, UserError } from "./lib/user-error";
import { type Consumer, installedProviders, tryOut } from "./pack/consumer";
import { fileProblems, pack } from "./pack/tarball";

const EXAMPLE = "portable-pool";
const AWS = "@cdktf/provider-aws";
const PROVIDERS = [AWS, "@cdktf/provider-google", "@cdktf/provider-helm", "@cdktf/provider-kubernetes"];

const HYBRID: Consumer = {
  name: "hybrid-user",
  program: exampleProgram(EXAMPLE),
  providers: PROVIDERS,
  checkDeclarations: true,
};

const AWS_ONLY: Consumer = {
  name: "aws-only-user",
  program: join(REPOSITORY, "tools", "pack", "aws-only.ts"),
  providers: [AWS],
  checkDeclarations: false,
};

const PLANNER: Consumer = {
  name: "planner-user",
  program: join(REPOSITORY, "tools", "pack", "planner.ts"),
  providers: [],
  checkDeclarations: false,
};

function stackCount(out: string): number {
  return readdirSync(join(out, "stacks")).length;
}

async function tryHybrid(folder: string, tarball: string): Promise<void> {
  const out = await tryOut(REPOSITORY, join(folder, HYBRID.name), tarball, HYBRID);
  await synthesize(HYBRID.program, join(folder, "expected"));
  const { differences } = compareOutputs(join(folder, "expected"), out);
  const [first] = differences;
  if (first) {
    throw new UserError(
      `the packed library synthesizes ${EXAMPLE} differently, first in ${first.file} ${first.pointer}: ${first.before} became ${first.after}`,
    );
  }
  console.log(`all peers: compiles, ${stackCount(out)} stacks, same output as in the repository`);
}

async function tryAwsOnly(folder: string, tarball: string): Promise<void> {
  const home = join(folder, AWS_ONLY.name);
  const out = await tryOut(REPOSITORY, home, tarball, AWS_ONLY);
  const installed = installedProviders(home, PROVIDERS);
  if (installed.join() !== AWS) {
    throw new UserError(`npm installed ${installed.join(", ")} where only ${AWS} was asked for`);
  }
  console.log(`AWS peer alone: compiles, ${stackCount(out)} stacks`);
}

async function tryPlanner(folder: string, tarball: string): Promise<void> {
  const home = join(folder, PLANNER.name);
  await tryOut(REPOSITORY, home, tarball, PLANNER);
  const installed = installedProviders(home, PROVIDERS);
  if (installed.length > 0) {
    throw new UserError(`npm installed ${installed.join(", ")} where no provider was asked for`);
  }
  console.log("no provider: compiles, plans and checks");
}

async function main(): Promise<number> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pack-")));
  try {
    await run("npm", ["run", "build"]);
    const tarball = await pack(REPOSITORY, folder);
    const problems = fileProblems(REPOSITORY, tarball.files);
    if (problems.length > 0) {
      throw new UserError(problems.join("\n"));
    }
    console.log(`${tarball.files.length} files, ${Math.round(tarball.unpackedSize / 1024)} KiB unpacked`);
    await tryHybrid(folder, tarball.path);
    await tryAwsOnly(folder, tarball.path);
    await tryPlanner(folder, tarball.path);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void runCommand(main);
