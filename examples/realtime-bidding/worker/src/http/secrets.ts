import { readFileSync, statSync } from "node:fs";
import type { SecretConfig } from "../config/config.js";

/** Gives the secret as it is now. */
export type Secret = () => string;

/** @throws Error if the secret is not there: asked at start, so that a pod without it never becomes ready. */
export function secretOf(config: SecretConfig, env: NodeJS.ProcessEnv = process.env): Secret {
  if (config.from === "env") {
    const value = env[config.name];
    if (!value) {
      throw new Error(`The environment variable ${config.name} holds no secret.`);
    }
    return () => value;
  }
  let readAt = -1;
  let value = "";
  const read = () => {
    const { mtimeMs } = statSync(config.path);
    if (mtimeMs !== readAt) {
      value = readFileSync(config.path, "utf8").trim();
      readAt = mtimeMs;
    }
    return value;
  };
  if (read() === "") {
    throw new Error(`The file ${config.path} holds no secret.`);
  }
  return read;
}
