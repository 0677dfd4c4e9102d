import { hostname } from "node:os";
import { parseConfig } from "./config/config.js";
import type { TracingConfig } from "./config/fields.js";
import { ConfigError, loadConfig } from "./config/load.js";
import { errorText, jsonLog } from "./log.js";
import { parseSinkConfig } from "./log-sink/config.js";
import { makeSink } from "./log-sink/sink.js";
import type { Worker } from "./pipeline/worker.js";
import { telemetry } from "./server.js";
import { makeWorker } from "./start.js";
import { spanExport } from "./tracing/export.js";

/** What sysexits.h calls a command used wrongly, and a configuration error: a restart will not mend them. */
const EX_USAGE = 64;
const EX_CONFIG = 78;

type Parts = Parameters<typeof makeWorker>[1];

/** What is in every configuration, and what it becomes. */
interface Program {
  readonly config: {
    readonly name: string;
    readonly logLevel: Parameters<typeof jsonLog>[0];
    readonly server: { readonly port: number };
    readonly drainMs: number;
    readonly tracing?: TracingConfig;
  };
  readonly make: (parts: Parts) => Worker;
}

/** By the first argument; without one events are decided. */
const PROGRAMS: Readonly<Record<string, () => Program>> = {
  worker: () => {
    const config = loadConfig(process.env, parseConfig);
    return { config, make: (parts) => makeWorker(config, parts) };
  },
  "log-sink": () => {
    const config = loadConfig(process.env, parseSinkConfig);
    return { config, make: (parts) => makeSink(config, parts) };
  },
};

function chosen(): Program {
  const log = jsonLog("info");
  const [name = "worker"] = process.argv.slice(2);
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (program === undefined) {
    log("error", "There is no such program", { given: name, allowed: Object.keys(PROGRAMS) });
    process.exit(EX_USAGE);
  }
  try {
    return program();
  } catch (error) {
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

/** Spans are sent in what is left of the time to drain, and this at least. */
const LEAST_FLUSH_MS = 1_000;

async function main(): Promise<void> {
  const { config, make } = chosen();
  const log = jsonLog(config.logLevel);
  const { metrics, listen, close } = telemetry(config.name);
  const workerName = process.env.POD_NAME ?? `${hostname()}-${process.pid}`;
  const spans =
    config.tracing && spanExport(config.tracing, { name: config.name, instance: workerName }, metrics, log);
  const worker = make({ metrics, log, workerName, tracer: spans?.tracer });
  metrics.watch(worker);

  // Before anything that takes time: a pod may be told to stop while it starts.
  let stopping: Promise<void> | undefined;
  let stopBy = 0;
  const stop = (signal: string) => {
    stopping ??= (async () => {
      stopBy = performance.now() + config.drainMs;
      log("info", "Draining", { signal, inFlight: worker.inFlight() });
      await worker.drain();
      log("info", "Stopped");
    })();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);

  let running = true;
  const port = await listen(config.server.port, { alive: () => running, ready: () => worker.ready });
  log("info", "Started", { worker: workerName, port });
  try {
    await worker.run();
    await stopping;
  } finally {
    running = false;
    await spans?.close(Math.max(LEAST_FLUSH_MS, stopBy - performance.now()));
    await close();
  }
}

main().catch((error: unknown) => {
  jsonLog("info")("error", "The worker ends", { error: errorText(error) });
  process.exit(1);
});
