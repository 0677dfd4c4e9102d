/**
 * Measures what the worker costs over the bare client loop: consume and produce with the same client and the same
 * guarantee, over the same events, at the same broker, in the same run.
 *
 * `npm run bench:worker [-- --quick] [-- --json FILE]`. Exit code 1 if the worker decides fewer than 5,000 events a
 * second on one core, if it is more than twice as slow as the bare loop, or if it cannot keep up with 5,000 events a
 * second that arrive evenly. Exit code 0 with a note where there is no Kafka to be had.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Producer } from "@platformatic/kafka";
import { configOf } from "../test/support/config.js";
import { type Broker, startKafka } from "../test/support/kafka-broker.js";
import { Tools } from "../test/support/kafka-tools.js";
import type { Measured } from "./loops.js";

const QUICK = process.argv.includes("--quick");
const JSON_FILE = process.argv[process.argv.indexOf("--json") + 1];
const RATE = 5_000;
const RATIO_LIMIT = 2;
const MODEL_MS = 1;
const EVENTS = QUICK ? 120_000 : 200_000;
/** An odd number: the median is one of them. */
const PAIRS = 5;
const PACED_SECONDS = QUICK ? 5 : 20;
const PARTITIONS = 4;

const here = (file: string) => join(import.meta.dirname, file);
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/**
 * `taskset` keeps the loop on one core, and all else (broker, stubs, this process) off it; without it one thread of
 * JavaScript uses little more than one.
 */
function pinned(): readonly string[] {
  const cores = availableParallelism();
  try {
    if (cores > 1) {
      execFileSync("taskset", ["-a", "-c", "-p", `1-${cores - 1}`, String(process.pid)], { stdio: "ignore" });
    }
    execFileSync("taskset", ["-c", "0", "true"], { stdio: "ignore" });
    return ["taskset", "-c", "0"];
  } catch {
    return [];
  }
}

const PIN = pinned();

const eventAt = (index: number) => ({
  key: `user-${index % 5_000}`,
  value: JSON.stringify({
    auction: `a-${index}`,
    user: `user-${index % 5_000}`,
    price: (index % 1_000) / 100,
    site: { domain: "news.example", category: "sport", page: index % 300 },
    device: { os: "android", browser: "chrome", width: 1080, height: 2400 },
  }),
});

function start(command: readonly string[]): ReturnType<typeof spawn> {
  return spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
}

async function loop(kind: "worker" | "bare" | "bare-at-least-once", task: object): Promise<Measured> {
  const file = join(mkdtempSync(join(tmpdir(), "bench-")), "task.json");
  writeFileSync(file, JSON.stringify(task));
  const child = start([...PIN, process.execPath, "--import", "tsx", here("loops.ts"), kind, file]);
  for await (const line of createInterface({ input: child.stdout! })) {
    return JSON.parse(line) as Measured;
  }
  throw new Error(`the loop "${kind}" ended without a result`);
}

async function services(): Promise<{ url: string; stop: () => void }> {
  const child = start([process.execPath, "--import", "tsx", here("services.ts"), String(MODEL_MS)]);
  for await (const line of createInterface({ input: child.stdout! })) {
    return { url: line, stop: () => child.kill() };
  }
  throw new Error("the stub services did not start");
}

/** Sends `RATE` events a second, evenly, for a while. */
async function pace(bootstrap: string, topic: string, count: number): Promise<void> {
  const producer = new Producer({ clientId: "pace", bootstrapBrokers: [bootstrap], idempotent: true });
  const startedAt = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1_000) * RATE));
    const messages = Array.from({ length: due - sent }, (_, index) => {
      const { key, value } = eventAt(sent + index);
      return { topic, key: Buffer.from(key), value: Buffer.from(value) };
    });
    if (messages.length > 0) {
      await producer.send({ messages });
    }
    sent = due;
    await sleep(5);
  }
  await producer.close();
}

async function measure(broker: Broker) {
  const tools = new Tools(broker.bootstrap);
  const stub = await services();
  let runs = 0;
  const configFor = async (input: string) => {
    runs += 1;
    const decisions = `out-${runs}`;
    await tools.topics(PARTITIONS, decisions);
    return configOf(
      {
        bootstrap: broker.bootstrap,
        input,
        decisions,
        dead: "dead",
        group: `group-${runs}`,
        model: stub.url,
        features: stub.url,
      },
      {
        batch: { size: 256, lingerMs: 2, concurrency: 4, maxInFlight: 4_000 },
        kafka: {
          ...configOf({ bootstrap: broker.bootstrap, group: `group-${runs}` }).kafka,
          sessionTimeoutMs: 10_000,
        },
      },
    );
  };
  try {
    await tools.topics(PARTITIONS, "events", "paced", "dead");
    await tools.produce(
      "events",
      Array.from({ length: EVENTS }, (_, index) => eventAt(index)),
    );
    const pairs: { bare: Measured; worker: Measured }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const bare = await loop("bare", { config: await configFor("events"), events: EVENTS });
      const worker = await loop("worker", { config: await configFor("events"), events: EVENTS });
      pairs.push({ bare, worker });
    }
    const loose = await loop("bare-at-least-once", { config: await configFor("events"), events: EVENTS });
    const pacedEvents = RATE * PACED_SECONDS;
    const config = { ...(await configFor("paced")), input: { topics: ["paced"], startFrom: "earliest" } };
    const paced = loop("worker", { config, events: pacedEvents });
    await sleep(3_000);
    await pace(broker.bootstrap, "paced", pacedEvents);
    return { pairs, loose, paced: await paced };
  } finally {
    stub.stop();
    await tools.close();
  }
}

async function main(): Promise<number> {
  let broker: Broker;
  try {
    broker = await startKafka();
  } catch (error) {
    console.log(`bench skipped, Kafka is not to be had: ${(error as Error).message.split("\n")[0]}`);
    return 0;
  }
  const { pairs, loose, paced } = await measure(broker);
  broker.stop();
  const rate = ({ events, seconds }: Measured) => events / seconds;
  const result = {
    bareEventsPerSecond: Math.round(median(pairs.map(({ bare }) => rate(bare)))),
    bareAtLeastOnceEventsPerSecond: Math.round(rate(loose)),
    workerEventsPerSecond: Math.round(median(pairs.map(({ worker }) => rate(worker)))),
    ratio: median(pairs.map(({ bare, worker }) => rate(bare) / rate(worker))),
    workerCpuMicrosPerEvent: median(pairs.map(({ worker }) => (worker.cpuSeconds / worker.events) * 1e6)),
    bareCpuMicrosPerEvent: median(pairs.map(({ bare }) => (bare.cpuSeconds / bare.events) * 1e6)),
    pacedEventsPerSecond: Math.round(rate(paced)),
    overheadMs: paced.overheadMs!,
    commitMs: paced.commitMs!,
    fallbacks: paced.fallbacks! + pairs.reduce((sum, { worker }) => sum + worker.fallbacks!, 0),
  };
  console.log(
    `broker: ${broker.name}; loops ${PIN.length > 0 ? "pinned to one core" : "not pinned: no taskset"}`,
  );
  console.log(
    `stub model ${MODEL_MS} ms, stub feature server, ${EVENTS} events, ${PAIRS} pair(s), exactly-once`,
  );
  console.log(
    `bare client loop     ${result.bareEventsPerSecond} events/s, ${result.bareCpuMicrosPerEvent.toFixed(1)} us of processor an event`,
  );
  console.log(`  at-least-once      ${result.bareAtLeastOnceEventsPerSecond} events/s, for comparison`);
  console.log(
    `worker               ${result.workerEventsPerSecond} events/s, ${result.workerCpuMicrosPerEvent.toFixed(1)} us of processor an event`,
  );
  console.log(
    `ratio                ${result.ratio.toFixed(2)} times slower than the bare loop (limit ${RATIO_LIMIT})`,
  );
  console.log(
    `at ${RATE} events/s     ${result.pacedEventsPerSecond} events/s kept up; overhead p50 ${result.overheadMs.p50.toFixed(1)} ms, p99 ${result.overheadMs.p99.toFixed(1)} ms`,
  );
  console.log(
    `  one transaction    p50 ${result.commitMs.p50.toFixed(1)} ms, p99 ${result.commitMs.p99.toFixed(1)} ms`,
  );
  console.log(`fallbacks            ${result.fallbacks}`);
  if (process.argv.includes("--json")) {
    writeFileSync(JSON_FILE!, `${JSON.stringify(result, null, 2)}\n`);
  }
  const missed = [
    result.workerEventsPerSecond < RATE && `fewer than ${RATE} events/s`,
    result.ratio > RATIO_LIMIT && `more than ${RATIO_LIMIT} times slower than the bare loop`,
    result.pacedEventsPerSecond < RATE * 0.97 && `did not keep up with ${RATE} events/s`,
    result.fallbacks > 0 && "the fallback decided although the model was well",
  ].filter(Boolean);
  for (const miss of missed) {
    console.log(`MISSED: ${miss}`);
  }
  return missed.length > 0 ? 1 : 0;
}

process.exitCode = await main();
