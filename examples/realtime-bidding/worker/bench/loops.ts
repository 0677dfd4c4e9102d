/**
 * One loop over a topic, in a process of its own so that its processor time is its own. Started by `bench.ts`:
 * argument 1 is the kind, argument 2 a JSON file `{ config, events }`. Prints one JSON line when `events` are committed.
 */
import { readFileSync } from "node:fs";
import { Consumer, type Message, Producer } from "@platformatic/kafka";
import { parseConfig, type WorkerConfig } from "../src/config/config.js";
import type { Metrics } from "../src/metrics.js";
import { makeWorker } from "../src/start.js";

export interface Measured {
  readonly events: number;
  /** From the first event to the last commit. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the worker: from taken into work to committed, without look-ups and model. Milliseconds. */
  readonly overheadMs?: { readonly p50: number; readonly p99: number };
  /** Of the worker: one transaction. Milliseconds. */
  readonly commitMs?: { readonly p50: number; readonly p99: number };
  readonly fallbacks?: number;
}

interface Task {
  readonly config: WorkerConfig;
  readonly events: number;
}

class Stopwatch {
  #startedAt = 0;
  #cpu = process.cpuUsage();

  start(): void {
    if (this.#startedAt === 0) {
      this.#startedAt = performance.now();
      this.#cpu = process.cpuUsage();
    }
  }

  read(events: number): Measured {
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      events,
      seconds: (performance.now() - this.#startedAt) / 1e3,
      cpuSeconds: (user + system) / 1e6,
    };
  }
}

async function workerLoop({ config, events }: Task): Promise<Measured> {
  const watch = new Stopwatch();
  const overheads = new Float64Array(events + 100_000);
  const commits: number[] = [];
  let [done, fallbacks] = [0, 0];
  let finished: (() => void) | undefined;
  const metrics: Metrics = {
    decided: (outcome, _reason, count) => {
      watch.start();
      fallbacks += outcome === "model" ? 0 : count;
    },
    eventDone: (_total, overhead) => {
      overheads[done] = overhead;
      done += 1;
    },
    committed: (ms) => {
      commits.push(ms);
      if (done >= events) {
        finished?.();
      }
    },
    modelCalled() {},
    modelRetried() {},
    lookedUp() {},
    breakerChanged() {},
    restarted() {},
    spansExported() {},
  };
  const log = (level: string, message: string, fields?: object) => {
    if (level !== "info") {
      process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
    }
  };
  const worker = makeWorker(config, { metrics, log, workerName: `bench-${process.pid}` });
  const running = worker.run();
  await new Promise<void>((resolve) => {
    finished = resolve;
  });
  const measured = watch.read(done);
  await worker.drain();
  await running;
  return {
    ...measured,
    fallbacks,
    overheadMs: spread(overheads.subarray(0, done)),
    commitMs: spread(commits),
  };
}

function spread(values: ArrayLike<number>): { p50: number; p99: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

/**
 * What the client's documentation shows: a stream of messages in, a producer out, the same bytes. With the same
 * guarantee as the worker, and the same pattern: what came while a commit was under way goes into the next.
 */
async function bareLoop({ config, events }: Task, transactional: boolean): Promise<Measured> {
  const options = {
    clientId: "bare",
    bootstrapBrokers: config.kafka.bootstrapServers.split(","),
    retries: 40,
    retryDelay: 5,
  };
  const consumer = new Consumer({ ...options, groupId: config.kafka.groupId });
  const producer = new Producer({ ...options, idempotent: true, transactionalId: `bare-${process.pid}` });
  const stream = await consumer.consume({
    topics: [...config.input.topics],
    mode: "committed",
    fallbackMode: "earliest",
    autocommit: false,
    maxWaitTime: 100,
  });
  const watch = new Stopwatch();
  const waiting: Message[] = [];
  let done = 0;
  let arrived: (() => void) | undefined;
  stream.on("data", (message: Message) => {
    watch.start();
    waiting.push(message);
    if (waiting.length >= config.batch.maxInFlight) {
      stream.pause();
    }
    arrived?.();
  });
  while (done < events) {
    if (waiting.length === 0) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    const batch = waiting.splice(0);
    stream.resume();
    const messages = batch.map(({ key, value }) => ({ topic: config.decisions.topic, key, value }));
    const last = new Map(batch.map((message) => [message.partition, message]));
    if (transactional) {
      const transaction = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 });
      await transaction.send({ messages });
      await transaction.addConsumer(consumer);
      for (const message of last.values()) {
        await transaction.addOffset(message);
      }
      await transaction.commit();
    } else {
      await producer.send({ messages });
      const offsets = [...last.values()].map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: offset + 1n,
        leaderEpoch: -1,
      }));
      await consumer.commit({ offsets });
    }
    done += batch.length;
  }
  const measured = watch.read(done);
  await consumer.close(true);
  await producer.close();
  return measured;
}

const [kind, file] = process.argv.slice(2);
const given = JSON.parse(readFileSync(file!, "utf8")) as Task;
const task = { events: given.events, config: parseConfig(given.config) };
const measured = await (kind === "worker" ? workerLoop(task) : bareLoop(task, kind === "bare"));
process.stdout.write(`${JSON.stringify(measured)}\n`);
process.exit(0);
