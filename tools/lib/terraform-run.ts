import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TERRAFORM, Terraform, terraformVersion } from "./terraform";
import { UserError } from "./user-error";

/**
 * Version of Terraform, or undefined after a notice. No gate skips silently: without Terraform this fails in CI.
 *
 * @param required fail without Terraform also elsewhere
 */
export function requireTerraform(required = false): string | undefined {
  const version = terraformVersion();
  if (version !== undefined) {
    return version;
  }
  const message = `${TERRAFORM} is not installed: https://developer.hashicorp.com/terraform/install`;
  if (process.env.CI === "true" || required) {
    throw new UserError(message);
  }
  console.log(`nothing checked: ${message}`);
  return undefined;
}

/** Runs something in a folder of its own, which is gone afterwards, also when the user breaks off. */
export async function inWorkDirectory<T>(
  prefix: string,
  run: (workDirectory: string) => Promise<T>,
): Promise<T> {
  const workDirectory = mkdtempSync(join(tmpdir(), prefix));
  const clean = () => rmSync(workDirectory, { recursive: true, force: true });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      Terraform.killAll();
      clean();
      process.exit(1);
    });
  }
  try {
    return await run(workDirectory);
  } finally {
    clean();
  }
}
