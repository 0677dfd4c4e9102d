import { readFileSync } from "node:fs";
import type { Field, FieldError } from "./schema.js";

export class ConfigError extends Error {
  constructor(readonly errors: readonly FieldError[]) {
    super(
      [
        "The configuration is refused:",
        ...errors.map((each) => `  ${each.path || "(top)"}: ${each.message}`),
      ].join("\n"),
    );
    this.name = "ConfigError";
  }
}

/** @throws ConfigError that lists everything that is wrong, what no single field can say (`together`) after all else. */
export function parse<T>(
  fields: Field<T>,
  together: (config: T, errors: FieldError[]) => void,
  json: unknown,
): T {
  const errors: FieldError[] = [];
  const config = fields.read(json, "", errors);
  if (errors.length === 0) {
    together(config, errors);
  }
  if (errors.length > 0) {
    throw new ConfigError(errors);
  }
  return config;
}

/** Reads the file that `INLINE_INFERENCE_CONFIG` names. @throws ConfigError */
export function loadConfig<T>(env: NodeJS.ProcessEnv, parsed: (json: unknown) => T): T {
  const file = env.INLINE_INFERENCE_CONFIG;
  const refuse = (message: string) => new ConfigError([{ path: "INLINE_INFERENCE_CONFIG", message }]);
  if (!file) {
    throw refuse("must name the configuration file");
  }
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    throw refuse(`"${file}" cannot be read: ${(error as Error).message}`);
  }
  try {
    return parsed(JSON.parse(content));
  } catch (error) {
    throw error instanceof SyntaxError ? refuse(`"${file}" is not JSON: ${error.message}`) : error;
  }
}
