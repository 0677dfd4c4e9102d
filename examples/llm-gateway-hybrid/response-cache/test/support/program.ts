import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../../src/config.js";
import { freePort, type Running, run, until } from "./processes.js";
import { PASSWORD } from "./valkey.js";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A whole configuration, as the gateway writes it. */
export function configOf(given: Partial<Config> = {}): Config {
  return {
    version: 1,
    name: "acme",
    listen: { port: 50_051 },
    server: { port: 9_464 },
    store: { host: "127.0.0.1", port: 6_379, tls: false, budgetMs: 50 },
    classes: { enrich: { ttlSeconds: 60, anyTemperature: false } },
    maxAnswerBytes: 262_144,
    maxRequestBytes: 1_048_576,
    drainMs: 2_000,
    logLevel: "debug",
    ...given,
  };
}

export interface Program {
  readonly port: number;
  readonly running: Running;
  metrics(): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The program itself, in a process of its own. */
export async function startProgram(storePort: number, given: Partial<Config> = {}): Promise<Program> {
  const directory = mkdtempSync(join(tmpdir(), "response-cache-"));
  const passwordFile = join(directory, "password");
  const file = join(directory, "config.json");
  const port = given.listen?.port ?? (await freePort());
  const serverPort = await freePort();
  const config = configOf({
    store: { host: "127.0.0.1", port: storePort, tls: false, budgetMs: 500, passwordFile },
    ...given,
    listen: { ...given.listen, port },
    server: { port: serverPort },
  });
  writeFileSync(passwordFile, `${PASSWORD}\n`);
  writeFileSync(file, JSON.stringify(config));
  const running = run(process.execPath, ["--import", "tsx", MAIN], { RESPONSE_CACHE_CONFIG: file });
  const url = `http://127.0.0.1:${serverPort}`;
  await until("the program", async () => {
    if (running.child.exitCode !== null) {
      throw new Error(running.output());
    }
    return (await fetch(`${url}/readyz`)).ok && running.output().includes("The store answers");
  }).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}\n${running.output()}`);
  });
  return {
    port,
    running,
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    async stop(signal) {
      const code = await running.stop(signal);
      rmSync(directory, { recursive: true });
      return code;
    },
  };
}
