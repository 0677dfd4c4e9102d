import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionOf } from "./binaries.js";
import { type EnvoySetup, envoyConfig } from "./envoy-config.js";
import { freePort, run, until } from "./processes.js";

/** What clients talk to. */
export interface Front {
  /** For people: what this is. */
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

export type FrontSetup = Omit<EnvoySetup, "port">;

/** @throws Error with Envoy's own words if it does not take the configuration */
export async function startEnvoy(binary: string, setup: FrontSetup): Promise<Front> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "envoy-"));
  const file = join(directory, "envoy.json");
  writeFileSync(file, JSON.stringify(envoyConfig({ ...setup, port })));
  const level = process.env.ENVOY_LOG_LEVEL ?? "warn";
  const args = ["-c", file, "--log-level", level, "--concurrency", "1", "--disable-hot-restart"];
  const running = run(binary, args);
  const url = `http://127.0.0.1:${port}`;
  try {
    await until("Envoy", async () => {
      if (running.child.exitCode !== null) {
        return true;
      }
      return (await fetch(url)).status > 0;
    });
    if (running.child.exitCode !== null) {
      throw new Error(running.output());
    }
  } catch (error) {
    await running.stop();
    throw new Error(`Envoy did not start: ${(error as Error).message}\n${running.output()}`);
  }
  return {
    name: `Envoy ${versionOf(binary)}`,
    url,
    async stop() {
      await running.stop();
      if (process.env.ENVOY_LOG_LEVEL) {
        process.stderr.write(running.output());
      }
      rmSync(directory, { recursive: true });
    },
  };
}
