import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "./user-error";

/** The repository. */
export const REPOSITORY = resolve(__dirname, "..", "..");

/** Names of all examples, sorted. */
export function exampleNames(repository = REPOSITORY): readonly string[] {
  const folder = join(repository, "examples");
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "main.ts")))
    .sort();
}

/**
 * Runs a program to its end.
 *
 * @returns what it printed to standard output
 * @throws UserError with all that the program printed if it fails
 */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd ?? REPOSITORY,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.on("error", failed);
    child.on("close", (code) => {
      if (code === 0) {
        done(output);
      } else {
        const printed = [output, errors].map((text) => text.trim()).filter(Boolean);
        failed(new UserError([`${[command, ...args].join(" ")} ended with ${code}`, ...printed].join("\n")));
      }
    });
  });
}
