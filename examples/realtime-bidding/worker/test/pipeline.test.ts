import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerConfig } from "../src/config/config.js";
import type { Worker } from "../src/pipeline/worker.js";
import { makeWorker } from "../src/start.js";
import type { OutputRecord, StreamMember } from "../src/stream/member.js";
import { configOf } from "./support/config.js";
import { MemoryBroker } from "./support/memory-broker.js";
import { Recorded } from "./support/recorded.js";
import { type ModelBehaviour, stubHttp } from "./support/stub-services.js";

interface Bench {
  readonly broker: MemoryBroker;
  readonly behaviour: ModelBehaviour;
  readonly metrics: Recorded;
  worker(member?: StreamMember): Worker;
}

function bench(change: Partial<WorkerConfig> = {}, partitions = 2): Bench {
  const broker = new MemoryBroker("bids", partitions);
  const behaviour: ModelBehaviour = { status: 200, delayMs: 0, calls: 0 };
  const metrics = new Recorded();
  const parts = { metrics, log: () => {}, workerName: "w" };
  return {
    broker,
    behaviour,
    metrics,
    worker: (member = broker.member()) =>
      makeWorker(configOf({}, change), parts, { http: stubHttp(behaviour), member }),
  };
}

async function until(condition: () => boolean, withinMs = 5_000): Promise<void> {
  for (const end = Date.now() + withinMs; !condition(); await sleep(2)) {
    assert.ok(Date.now() < end, "it did not come to pass in time");
  }
}

/** Works until `count` decisions are written. */
async function work({ broker, worker }: Bench, count: number, member?: StreamMember): Promise<void> {
  const running = worker(member);
  const done = running.run();
  await until(() => broker.of("decisions").length + broker.of("dead").length >= count);
  await running.drain();
  await done;
}

function fill(broker: MemoryBroker, count: number, user = "u1"): void {
  for (let index = 0; index < count; index += 1) {
    const event = { user, price: index, auction: `a${index}` };
    broker.produce(index % 2, `k${index % 6}`, JSON.stringify(event));
  }
}

const contentOf = (record: OutputRecord) => JSON.parse(record.value);

function assertOrder(decisions: readonly OutputRecord[]): void {
  const newest = new Map<string, number>();
  for (const decision of decisions) {
    const key = decision.key!.toString();
    const price = Number(contentOf(decision).event.auction.slice(1));
    assert.ok(price > (newest.get(key) ?? -1), `key ${key} went from ${newest.get(key)} to ${price}`);
    newest.set(key, price);
  }
}

test("decisions come in the order of the events, however fast each batch is", async () => {
  const made = bench();
  fill(made.broker, 400);
  const slow = setInterval(() => {
    made.behaviour.delayMs = Math.random() * 20;
  }, 3);
  await work(made, 400);
  clearInterval(slow);
  const decisions = made.broker.of("decisions");
  assert.equal(decisions.length, 400);
  assertOrder(decisions);
  assert.deepEqual(contentOf(decisions[0]!).output, { score: 0.5 });
});

test("a commit that fails is made again from the committed positions: nothing lost, nothing twice", async () => {
  const made = bench();
  fill(made.broker, 300);
  let commits = 0;
  const member = made.broker.member(50, () => {
    commits += 1;
    if (commits % 4 === 2) {
      throw new Error("the broker went away");
    }
  });
  await work(made, 300, member);
  const ids = made.broker.of("decisions").map((each) => contentOf(each).id);
  assert.equal(ids.length, 300);
  assert.equal(new Set(ids).size, 300);
  assertOrder(made.broker.of("decisions"));
  assert.ok(made.metrics.restarts > 0);
});

test("no more than maxInFlight are in work, and partitions are paused meanwhile", async () => {
  const made = bench({ batch: { size: 10, lingerMs: 1, concurrency: 2, maxInFlight: 40 } });
  fill(made.broker, 1_000);
  made.behaviour.delayMs = 15;
  const worker = made.worker(made.broker.member(200));
  const done = worker.run();
  let [most, paused] = [0, 0];
  const watch = setInterval(() => {
    most = Math.max(most, worker.inFlight());
    paused = Math.max(paused, worker.pausedPartitions());
  }, 1);
  await until(() => made.broker.of("decisions").length >= 300);
  clearInterval(watch);
  await worker.drain();
  await done;
  assert.ok(most > 20 && most <= 40, `${most} were in flight`);
  assert.equal(paused, 2);
});

test("the breaker opens when the model fails, the fallback decides, and the model is asked again later", async () => {
  const made = bench({ request: { timeoutMs: 400, maxAttempts: 1 } });
  made.behaviour.status = 503;
  fill(made.broker, 400);
  const worker = made.worker();
  const done = worker.run();
  await until(() => made.broker.of("decisions").length === 400);
  assert.ok(made.behaviour.calls <= 10, `${made.behaviour.calls} calls were made to a model that was down`);
  assert.deepEqual(made.metrics.breaker, ["open"]);
  made.behaviour.status = 200;
  await sleep(320);
  fill(made.broker, 200);
  await until(() => made.broker.of("decisions").length === 600);
  await worker.drain();
  await done;
  assert.deepEqual(made.metrics.breaker, ["open", "half-open", "closed"]);
  const sources = made.broker.of("decisions").map((each) => contentOf(each).source);
  assert.ok(sources.slice(0, 400).every((source) => source === "fallback"));
  assert.ok(sources.slice(500).includes("model"));
  assert.deepEqual(contentOf(made.broker.of("decisions")[0]!).output, { score: 0 });
  assert.ok((made.metrics.outcomes.get("fallback: breaker-open") ?? 0) > 0);
});

test("a slow model costs no more than the time-out; then the fallback decides", async () => {
  const made = bench({ request: { timeoutMs: 30, maxAttempts: 1 } });
  made.behaviour.delayMs = 10_000;
  fill(made.broker, 20);
  const started = performance.now();
  await work(made, 20);
  assert.equal(made.metrics.outcomes.get("fallback: model-failed"), 20);
  assert.ok(performance.now() - started < 2_000);
});

test("what cannot be decided goes to the dead letters, unchanged and with the reason", async () => {
  const made = bench();
  made.broker.produce(0, "k", "{ not json");
  made.broker.produce(0, "k", JSON.stringify({ user: "u", price: "much", auction: "a1" }));
  made.broker.produce(0, "k", JSON.stringify({ user: "u", price: 2, auction: "a2" }));
  await work(made, 3);
  const [first, second] = made.broker.of("dead");
  assert.equal(first!.value, "{ not json");
  assert.deepEqual(
    [
      first!.headers["dead-letter-stage"],
      first!.headers["dead-letter-reason"],
      first!.headers["dead-letter-source"],
    ],
    ["decode", "not-json", "bids-0-0"],
  );
  assert.equal(second!.headers["dead-letter-reason"], "unusable-input");
  assert.match(second!.headers["dead-letter-detail"]!, /event\.price is "much", the model takes FP32/);
  assert.equal(made.broker.of("decisions").length, 1);
});

for (const [onMissing, reason] of [
  ["default", "model"],
  ["fallback", "fallback: entity-missing"],
  ["dead-letter", "dead-letter: entity-missing"],
] as const) {
  test(`an entity that is not there: ${onMissing}`, async () => {
    const [feature] = configOf().features;
    const withoutDefault = [{ name: "ctr", as: "ctr", ...(onMissing === "default" ? { default: 0 } : {}) }];
    const made = bench({ features: [{ ...feature!, onMissing, features: withoutDefault }] });
    fill(made.broker, 4, "nobody");
    await work(made, 4);
    assert.equal(made.metrics.outcomes.get(reason), 4);
  });
}

test("the log is a sample: the same events whenever they are decided again", async () => {
  const samples = async () => {
    const made = bench({ log: { topic: "log", sampleRate: 0.25 } });
    fill(made.broker, 400);
    await work(made, 400);
    return made.broker.of("log");
  };
  const [first, second] = [await samples(), await samples()];
  assert.ok(first.length > 60 && first.length < 140, `${first.length} of 400 were sampled`);
  assert.deepEqual(
    first.map((each) => contentOf(each).id).sort(),
    second.map((each) => contentOf(each).id).sort(),
  );
  assert.deepEqual(contentOf(first[0]!).features, { user: { ctr: 0.5 } });
});

test("draining decides what was taken and takes nothing more", async () => {
  const made = bench();
  made.behaviour.delayMs = 30;
  fill(made.broker, 2_000);
  const worker = made.worker();
  const done = worker.run();
  await until(() => worker.inFlight() > 50);
  await worker.drain();
  await done;
  assert.equal(worker.inFlight(), 0);
  const ids = made.broker.of("decisions").map((each) => contentOf(each).id);
  assert.ok(ids.length < 2_000);
  assert.equal(new Set(ids).size, ids.length);
});
