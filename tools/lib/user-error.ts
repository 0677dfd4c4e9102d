/** A failure that is the user's to fix: printed as it is, without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Runs a command; what it returns becomes the exit code, what it throws becomes a message and exit code 1. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = 1;
  }
}
