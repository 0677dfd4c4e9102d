import { readFileSync } from "node:fs";
import * as z from "zod";

/** The program is told where a file with this configuration is by this variable. */
const VARIABLE = "RESPONSE_CACHE_CONFIG";

const file = z.string().regex(/^\//, "an absolute path in the container is expected");
const port = z.int().min(0).max(65_535);

/** A week: an answer that is older says more of the past than of the model. */
const MAX_TTL_SECONDS = 604_800;

const classRule = z.strictObject({
  ttlSeconds: z.int().min(1).max(MAX_TTL_SECONDS),
  /** Answers of requests whose `temperature` is not 0 are kept too: the same question then gets the same draw. */
  anyTemperature: z.boolean(),
});

const schema = z.strictObject({
  version: z.literal(1),
  /** Gateway that it works for: part of every key. */
  name: z.string().min(1).max(63),
  listen: z.strictObject({
    port,
    /** Read again when they change. Without it the program speaks in the clear. */
    tls: z.optional(z.strictObject({ certificateFile: file, privateKeyFile: file })),
  }),
  /** `/livez`, `/readyz`, `/metrics`. */
  server: z.strictObject({ port }),
  store: z.strictObject({
    /** Redis or Valkey. */
    host: z.string().min(1),
    port: port.min(1),
    tls: z.boolean(),
    /** Authority beside the public ones. */
    caFile: z.optional(file),
    passwordFile: z.optional(file),
    /** A look-up that takes longer is a miss. */
    budgetMs: z.int().min(1).max(10_000),
  }),
  classes: z.record(z.string().min(1), classRule).refine((classes) => Object.keys(classes).length > 0, {
    message: "at least one class is expected",
  }),
  /** Longer answers are not kept. */
  maxAnswerBytes: z.int().min(1_024).max(67_108_864),
  /** Longer requests are not looked up. */
  maxRequestBytes: z.int().min(1_024).max(67_108_864),
  /** How long exchanges may take to end after SIGTERM. */
  drainMs: z.int().min(0).max(3_600_000),
  logLevel: z.enum(["debug", "info", "warn", "error"]),
});

export type Config = z.infer<typeof schema>;
export type ClassRule = Config["classes"][string];

export class ConfigError extends Error {
  constructor(readonly problems: readonly { readonly path: string; readonly message: string }[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
    this.name = "ConfigError";
  }
}

/** @throws ConfigError with everything that is wrong */
export function parseConfig(json: unknown): Config {
  const { success, data, error } = schema.safeParse(json);
  if (!success) {
    throw new ConfigError(
      error.issues.map(({ path, message }) => ({ path: path.join(".") || "(top)", message })),
    );
  }
  if (data.store.caFile !== undefined && !data.store.tls) {
    throw new ConfigError([{ path: "store.caFile", message: "has no effect without store.tls" }]);
  }
  return data;
}

/** @throws ConfigError */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const name = env[VARIABLE];
  const refuse = (message: string) => new ConfigError([{ path: VARIABLE, message }]);
  if (!name) {
    throw refuse("must name the configuration file");
  }
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(name, "utf8"));
  } catch (error) {
    throw refuse(`"${name}" is not readable JSON: ${(error as Error).message}`);
  }
  return parseConfig(json);
}
