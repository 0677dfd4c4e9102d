import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Admin, Consumer, FetchIsolationLevels, ListOffsetTimestamps, Producer } from "@platformatic/kafka";
import type { WorkerConfig } from "../../src/config/config.js";
import type { SinkConfig } from "../../src/log-sink/config.js";
import { committedRecords } from "../../src/stream/decode.js";
import type { InputRecord } from "../../src/stream/member.js";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const CRASHING = join(import.meta.dirname, "crashing-worker.ts");

export interface Event {
  readonly key: string;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a test does with a broker beside the worker. */
export class Tools {
  readonly #options;
  readonly #admin: Admin;

  constructor(bootstrap: string) {
    this.#options = { clientId: "test", bootstrapBrokers: [bootstrap], retries: 30, retryDelay: 100 };
    this.#admin = new Admin(this.#options);
  }

  async topics(partitions: number, ...names: string[]): Promise<void> {
    await this.#admin.createTopics({ topics: names, partitions, replicas: 1 });
  }

  async produce(topic: string, events: readonly Event[]): Promise<void> {
    const producer = new Producer({ ...this.#options, idempotent: true });
    for (let start = 0; start < events.length; start += 5_000) {
      const messages = events.slice(start, start + 5_000).map(({ key, value, headers = {} }) => ({
        topic,
        key: Buffer.from(key),
        value: Buffer.from(value),
        headers: new Map(
          Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
        ),
      }));
      await producer.send({ messages });
    }
    await producer.close();
  }

  /** All committed records of a topic, partition by partition. */
  async read(topic: string): Promise<readonly InputRecord[]> {
    const consumer = new Consumer({ ...this.#options, groupId: "reader" });
    try {
      consumer.topics.trackAll(topic);
      const metadata = await consumer.metadata({ topics: [topic], forceUpdate: true });
      const { id, partitions } = metadata.topics.get(topic)!;
      const [first, last] = await Promise.all(
        [ListOffsetTimestamps.EARLIEST, ListOffsetTimestamps.LATEST].map((timestamp) =>
          consumer.listOffsets({
            topics: [topic],
            timestamp,
            isolationLevel: FetchIsolationLevels.READ_COMMITTED,
          }),
        ),
      );
      const records: InputRecord[] = [];
      for (const [partition, { leader }] of partitions.entries()) {
        const end = last!.get(topic)![partition]!;
        for (let at = first!.get(topic)![partition]!; at < end; ) {
          const answer = await consumer.fetch({
            node: leader,
            maxWaitTime: 100,
            maxBytes: 4 << 20,
            isolationLevel: FetchIsolationLevels.READ_COMMITTED,
            topics: [
              {
                topicId: id,
                partitions: [
                  {
                    partition,
                    fetchOffset: at,
                    currentLeaderEpoch: -1,
                    lastFetchedEpoch: -1,
                    partitionMaxBytes: 4 << 20,
                  },
                ],
              },
            ],
          });
          const read = committedRecords(topic, answer.responses[0]!.partitions[0]!, at);
          records.push(...read.records);
          at = read.next;
        }
      }
      return records;
    } finally {
      await consumer.close(true);
    }
  }

  /** Reads again and again until there are `count` or time is up. */
  async readUntil(topic: string, count: number, withinMs: number): Promise<readonly InputRecord[]> {
    const end = Date.now() + withinMs;
    for (;;) {
      const records = await this.read(topic);
      if (records.length >= count || Date.now() > end) {
        return records;
      }
      await sleep(200);
    }
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }
}

export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Ends what tests that failed have left behind: the runner waits for every process that it hears of. */
export function stopWorkers(): void {
  for (const child of running) {
    child.kill("SIGKILL");
  }
}

/** The real program in a process of its own, configured as in the cluster; it may end at its n-th write. */
export const startWorker = (config: WorkerConfig, podName: string, crashAtSend?: number): WorkerProcess =>
  start(config, podName, [crashAtSend === undefined ? MAIN : CRASHING], { CRASH_AT_SEND: `${crashAtSend}` });

/** The sink of the log, in a process of its own. */
export const startSink = (config: SinkConfig, podName: string): WorkerProcess =>
  start(config, podName, [MAIN, "log-sink"]);

function start(
  config: object,
  podName: string,
  program: readonly string[],
  env: Record<string, string> = {},
): WorkerProcess {
  const file = join(mkdtempSync(join(tmpdir(), "worker-")), "config.json");
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, ["--import", "tsx", ...program], {
    env: {
      ...process.env,
      INLINE_INFERENCE_CONFIG: file,
      POD_NAME: podName,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  running.add(child);
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return { child, output: () => output, ended };
}
