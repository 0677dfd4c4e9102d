import { type Config, ConfigError, loadConfig } from "./config.js";
import { errorText, jsonLog } from "./log.js";
import { serve } from "./processor.js";
import { RemoteStore } from "./store.js";
import { telemetry } from "./telemetry.js";

/** What sysexits.h calls a configuration error: a restart will not mend it. */
const EX_CONFIG = 78;

/** Of answers, while the store does not take them. */
const MOST_WAITING_BYTES = 134_217_728;

function configuration(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [{ message: errorText(error) }];
    for (const problem of problems) {
      jsonLog("info")("error", "The configuration is refused", { ...problem });
    }
    process.exit(EX_CONFIG);
  }
}

async function main(): Promise<void> {
  const config = configuration();
  const log = jsonLog(config.logLevel);
  const { metrics, listen, close } = telemetry(config.name);
  const mostWaiting = Math.min(10_000, Math.max(16, Math.floor(MOST_WAITING_BYTES / config.maxAnswerBytes)));
  const store = new RemoteStore(config.store, `response-cache:${config.name}:`, log, mostWaiting);
  let draining = false;
  const processor = await serve({ config, store, metrics, log, now: Date.now });
  const serverPort = await listen(config.server.port, () => !draining);
  log("info", "Started", { port: processor.port, serverPort, classes: Object.keys(config.classes) });

  const stop = async (signal: string) => {
    if (draining) {
      return;
    }
    draining = true;
    log("info", "Draining", { signal });
    await processor.drain(config.drainMs);
    await store.close();
    await close();
    log("info", "Stopped");
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

main().catch((error: unknown) => {
  jsonLog("info")("error", "The cache ends", { error: errorText(error) });
  process.exit(1);
});
