import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { exampleNames, REPOSITORY } from "./run-example";
import { readStacks, type Stack } from "./stacks";
import { UserError } from "./user-error";

/** What a user's Terraform keeps beside `cdk.tf.json` between two runs of synth. */
const KEPT = /^(\.terraform|\.terraform\.lock\.hcl|terraform\.tfstate.*)$/;

/**
 * The examples that were asked for.
 *
 * @throws UserError with the names of all examples if one is unknown
 */
export function chooseExamples(
  names: readonly string[],
  options: { readonly all?: boolean; readonly known?: readonly string[] } = {},
): readonly string[] {
  const known = options.known ?? exampleNames();
  if (options.all && names.length > 0) {
    throw new UserError("give either names of examples or --all, not both");
  }
  if (options.all) {
    return known;
  }
  const bare = names.map((name) => name.replace(/^(\.\/)?examples\//, "").replace(/\/$/, ""));
  const chosen = [...new Set(bare.length > 0 ? bare : ["hybrid-lakehouse"])];
  const unknown = chosen.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      `unknown example: ${unknown.join(", ")}\nexamples: ${known.join(", ") || "none in examples/"}`,
    );
  }
  return chosen;
}

/** The program of an example. */
export function exampleProgram(name: string): string {
  return join(REPOSITORY, "examples", name, "main.ts");
}

/**
 * Removes what an earlier synth wrote, so that no stack outlives its declaration. Only folders that hold a
 * `cdk.tf.json` are touched. Providers and locks of `terraform init` and local state stay.
 */
export function clearOutput(outdir: string): void {
  rmSync(join(outdir, "manifest.json"), { force: true });
  const stacks = join(outdir, "stacks");
  for (const name of existsSync(stacks) ? readdirSync(stacks) : []) {
    const folder = join(stacks, name);
    if (existsSync(join(folder, "cdk.tf.json"))) {
      for (const entry of readdirSync(folder).filter((candidate) => !KEPT.test(candidate))) {
        rmSync(join(folder, entry), { recursive: true, force: true });
      }
      if (readdirSync(folder).length === 0) {
        rmdirSync(folder);
      }
    }
  }
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runProgram(program: string, outdir: string, context?: Record<string, unknown>): Promise<Finished> {
  const preload = join(__dirname, "child-errors.ts");
  const environment = {
    ...process.env,
    CDKTF_OUTDIR: outdir,
    ...(context ? { CDKTF_CONTEXT_JSON: JSON.stringify(context) } : {}),
  };
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ["--import", "tsx", "--import", preload, program], {
      cwd: REPOSITORY,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", failed);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/** What a program declared, and what it printed while doing so. */
export interface Synthesized {
  readonly stacks: readonly Stack[];
  readonly output: string;
}

/**
 * Runs a program that calls `app.synth()` and reads what it wrote to `outdir`.
 *
 * @param context given to the app on top of its own
 * @throws UserError with the program's own message if it fails; nothing half-written stays
 */
export async function synthesize(
  program: string,
  outdir: string,
  context?: Record<string, unknown>,
): Promise<Synthesized> {
  const target = resolve(outdir);
  clearOutput(target);
  mkdirSync(target, { recursive: true });
  const { code, stdout, stderr } = await runProgram(program, target, context);
  if (code !== 0) {
    clearOutput(target);
    throw new UserError(`${relative(REPOSITORY, program)} failed:\n${stderr.trim() || stdout.trim()}`);
  }
  return { stacks: readStacks(target), output: `${stdout}${stderr}`.trim() };
}
