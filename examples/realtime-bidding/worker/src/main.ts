import { hostname } from "node:os";
import { ConfigError, loadConfig, type WorkerConfig } from "./config/config.js";
import { errorText, jsonLog } from "./log.js";
import { telemetry } from "./server.js";
import { makeWorker } from "./start.js";

/** What sysexits.h calls a configuration error: a restart will not mend it. */
const EX_CONFIG = 78;

function configured(): WorkerConfig {
  try {
    return loadConfig(process.env);
  } catch (error) {
    const log = jsonLog("info");
    if (error instanceof ConfigError) {
      for (const { path, message } of error.errors) {
        log("error", "The configuration is refused", { field: path, problem: message });
      }
    } else {
      log("error", "The configuration is refused", { problem: errorText(error) });
    }
    process.exit(EX_CONFIG);
  }
}

async function main(): Promise<void> {
  const config = configured();
  const log = jsonLog(config.logLevel);
  const { metrics, listen, close } = telemetry(config.name);
  const workerName = process.env.POD_NAME ?? `${hostname()}-${process.pid}`;
  const worker = makeWorker(config, { metrics, log, workerName });
  metrics.watch(worker);

  // Before anything that takes time: a pod may be told to stop while it starts.
  let stopping: Promise<void> | undefined;
  const stop = (signal: string) => {
    stopping ??= (async () => {
      log("info", "Draining", { signal, inFlight: worker.inFlight() });
      await worker.drain();
      log("info", "Stopped");
    })();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);

  let running = true;
  const port = await listen(config.server.port, { alive: () => running, ready: () => worker.ready });
  log("info", "Started", { worker: workerName, port, delivery: config.delivery });
  try {
    await worker.run();
    await stopping;
  } finally {
    running = false;
    await close();
  }
}

main().catch((error: unknown) => {
  jsonLog("info")("error", "The worker ends", { error: errorText(error) });
  process.exit(1);
});
