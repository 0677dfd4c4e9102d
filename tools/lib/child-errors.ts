import { ValidationError } from "../../lib/core/errors";

// Preloaded before an example: what the user got wrong is told in the words of the library, without the stack trace
// that a bug deserves. cdktf throws a plain Error for `node.addValidation`, known by its first words.
const USER_FAULT =
  /^(Validation failed with the following errors|Encountered Annotations with level "ERROR")/;

process.on("uncaughtException", (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const expected = ValidationError.is(error) || USER_FAULT.test(message);
  console.error(expected ? message : error);
  process.exit(1);
});
