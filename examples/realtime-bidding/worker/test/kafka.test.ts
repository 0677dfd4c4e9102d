import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { InputRecord } from "../src/stream/member.js";
import { startCollector } from "./support/collector.js";
import { configOf } from "./support/config.js";
import { type Broker, startKafka } from "./support/kafka-broker.js";
import {
  type Event,
  startSink,
  startWorker,
  stopWorkers,
  Tools,
  type WorkerProcess,
} from "./support/kafka-tools.js";
import { athenaConfigOf, type SinkPlaces, sinkConfigOf } from "./support/sink-config.js";
import { startAthena } from "./support/stub-athena.js";
import { type ModelBehaviour, type StubServer, startServices } from "./support/stub-services.js";
import { startTrino } from "./support/stub-trino.js";

let broker: Broker | undefined;
let tools: Tools;
const servers: Pick<StubServer, "close">[] = [];
let missing = "";

before(async () => {
  try {
    broker = await startKafka();
    tools = new Tools(broker.bootstrap);
    console.log(`broker: ${broker.name}`);
  } catch (error) {
    missing = String((error as Error).message).split("\n")[0]!;
    console.log(
      `broker: in this process only (test/pipeline.test.ts), because Kafka is not to be had: ${missing}`,
    );
  }
});

after(async () => {
  stopWorkers();
  for (const server of servers) {
    server.close();
  }
  await tools?.close();
  broker?.stop();
});

/** Events of 40 keys; each says where it is in the sequence of its key. */
const events = (count: number): readonly Event[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `k${index % 40}`,
    value: JSON.stringify({ user: `u${index % 40}`, price: index, auction: index }),
  }));

const auctions = (decisions: readonly InputRecord[]): number[] =>
  decisions.map(({ value }) => JSON.parse(value!.toString()).event.auction);

function assertOnceAndInOrder(decisions: readonly InputRecord[], count: number): void {
  const seen = auctions(decisions);
  assert.equal(new Set(seen).size, count, "no event is without a decision");
  assert.equal(seen.length, count, "no event has two decisions");
  const newest = new Map<string, number>();
  for (const { key, value } of decisions) {
    const auction = JSON.parse(value!.toString()).event.auction;
    assert.ok(auction > (newest.get(key!.toString()) ?? -1), `order of ${key}`);
    newest.set(key!.toString(), auction);
  }
}

/** Topics, a group and services that are this test's own: tests run beside each other. */
async function placesFor(name: string, behaviour: ModelBehaviour = { status: 200, delayMs: 1, calls: 0 }) {
  const places = { input: `${name}-in`, decisions: `${name}-out`, dead: `${name}-dead`, group: name };
  await tools.topics(4, places.input, places.decisions, places.dead);
  const services = await startServices(behaviour);
  servers.push(services);
  return { bootstrap: broker!.bootstrap, model: services.url, features: services.url, ...places };
}

describe("on Kafka", { concurrency: true }, () => {
  test("a crash in the middle loses nothing and decides nothing twice", {
    timeout: 180_000,
  }, async (context) => {
    if (broker === undefined) {
      context.skip(missing);
      return;
    }
    const COUNT = 6_000;
    const behaviour: ModelBehaviour = { status: 200, delayMs: 10, calls: 0 };
    const places = await placesFor("crash", behaviour);
    await tools.produce(places.input, events(COUNT));
    const config = configOf(places);
    // What was decided is not looked at between: an open transaction of the dead hides it until it is aborted. The first
    // comes back under its own name, which aborts it at once; after the third the transaction has to time out.
    for (const [pod, crashAtSend] of [
      ["pod-0", 12],
      ["pod-0", 7],
      ["pod-1", 20],
    ] as const) {
      const worker = startWorker(config, pod, crashAtSend);
      assert.equal(await worker.ended, null, "the worker was killed");
    }
    // Once more, at whatever time it is: not in a commit, most likely.
    const killed = startWorker(config, "pod-1");
    const until = behaviour.calls + 40;
    for (const end = Date.now() + 60_000; behaviour.calls < until; await sleep(5)) {
      assert.ok(Date.now() < end, killed.output());
    }
    killed.child.kill("SIGKILL");
    await killed.ended;
    assert.ok((await tools.read(places.decisions)).length < COUNT, "the last crash came before the end");
    behaviour.delayMs = 1;
    const last = startWorker(config, "pod-2");
    await tools.readUntil(places.decisions, COUNT, 60_000);
    last.child.kill("SIGTERM");
    assert.equal(await last.ended, 0, last.output());
    const decisions = await tools.read(places.decisions);
    assertOnceAndInOrder(decisions, COUNT);
    const crashed = new Set((await tools.read(places.input)).map(({ partition }) => partition));
    assert.equal(crashed.size, 4, "events were in all partitions");
  });

  test("workers that come and go share the work, once and in order", {
    timeout: 180_000,
  }, async (context) => {
    if (broker === undefined) {
      context.skip(missing);
      return;
    }
    const COUNT = 6_000;
    const places = await placesFor("group");
    const all = events(COUNT);
    await tools.produce(places.input, all.slice(0, COUNT / 2));
    const config = configOf(places);
    const first = startWorker(config, "a");
    await tools.readUntil(places.decisions, 200, 60_000);
    const second = startWorker(config, "b");
    await sleep(1_500);
    await tools.produce(places.input, all.slice(COUNT / 2));
    await tools.readUntil(places.decisions, COUNT / 2 + 200, 60_000);
    first.child.kill("SIGTERM");
    assert.equal(await first.ended, 0, first.output());
    await tools.readUntil(places.decisions, COUNT, 60_000);
    second.child.kill("SIGTERM");
    assert.equal(await second.ended, 0, second.output());
    assertOnceAndInOrder(await tools.read(places.decisions), COUNT);
  });

  test("at-least-once decides everything, and a repeat has the same id", {
    timeout: 180_000,
  }, async (context) => {
    if (broker === undefined) {
      context.skip(missing);
      return;
    }
    const COUNT = 1_000;
    const places = await placesFor("least");
    await tools.produce(places.input, [...events(COUNT), { key: "k0", value: "broken" }]);
    const config = configOf(places, { delivery: "at-least-once" });
    const first = startWorker(config, "l-0", 8);
    assert.equal(await first.ended, null, "the worker was killed");
    const second = startWorker({ ...config, logLevel: "info" }, "l-1");
    const end = Date.now() + 60_000;
    const portOf = () => /"port":(\d+)/.exec(second.output())?.[1];
    // The broken event is the last of its partition: it may end after all others.
    const decidedAll = async () =>
      new Set(auctions(await tools.read(places.decisions))).size === COUNT &&
      (await tools.read(places.dead)).length > 0;
    while (!(portOf() && (await decidedAll())) && Date.now() < end) {
      await sleep(200);
    }
    const port = portOf();
    const metricsNow = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const caughtUp = /inline_inference_consumer_lag\{topic="least-in",partition="\d"[^}]*\} 0/;
    let metrics = await metricsNow();
    // Positions are told after decisions are written.
    for (; !caughtUp.test(metrics) && Date.now() < end; metrics = await metricsNow()) {
      await sleep(200);
    }
    assert.match(metrics, /inline_inference_events_total\{[^}]*outcome="model"[^}]*\} \d+/);
    assert.match(metrics, caughtUp);
    assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200);
    second.child.kill("SIGTERM");
    await second.ended;
    const decisions = await tools.read(places.decisions);
    const byAuction = new Map<number, string>();
    for (const { value, headers } of decisions) {
      const { id, event } = JSON.parse(value!.toString());
      assert.equal(byAuction.get(event.auction) ?? id, id);
      assert.equal(headers.find(([name]) => String(name) === "decision-id")?.[1]?.toString(), id);
      byAuction.set(event.auction, id);
    }
    assert.equal(byAuction.size, COUNT);
    assert.ok(
      decisions.length > COUNT,
      "the crash came where it hurts: exactly-once had something to prevent",
    );
    const [dead] = await tools.read(places.dead);
    assert.equal(dead!.value!.toString(), "broken");
  });
});

test("a trace goes through Kafka, and what was not sent yet is sent before the program ends", {
  timeout: 120_000,
}, async (context) => {
  if (broker === undefined) {
    context.skip(missing);
    return;
  }
  const places = await placesFor("traced");
  const collector = await startCollector(200);
  servers.push(collector);
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  await tools.produce(places.input, [{ ...events(1)[0]!, headers }]);
  const tracing = { endpoint: collector.url, sampleRate: 0 };
  const worker = startWorker(configOf(places, { tracing }), "traced-0");
  const [decision] = await tools.readUntil(places.decisions, 1, 60_000);
  worker.child.kill("SIGTERM");
  assert.equal(await worker.ended, 0, worker.output());
  const carried = decision!.headers.find(([name]) => String(name) === "traceparent")?.[1]?.toString();
  const spans = collector.bodies.flatMap((body) =>
    JSON.parse(body.slice(body.indexOf("{"))).resourceSpans.flatMap(
      ({ scopeSpans }: { scopeSpans: { spans: { name: string; traceId: string; spanId: string }[] }[] }) =>
        scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
  assert.deepEqual(spans.map(({ name }) => name).sort(), [
    "decide",
    "infer bid",
    "look up user",
    "process traced-in",
    "send traced-out",
  ]);
  assert.ok(spans.every(({ traceId }) => traceId === trace));
  const process = spans.find(({ name }) => name.startsWith("process"))!;
  assert.equal(carried, `00-${trace}-${process.spanId}-01`);
});

/** What the sink writes into, with all that was written. */
const ENGINES = {
  trino: async (behaviour: { committed?: () => void }) => {
    const server = await startTrino({ next: [], ...behaviour });
    return {
      server,
      config: (places: SinkPlaces) => sinkConfigOf({ ...places, trino: server.url }),
      given: server.statements,
    };
  },
  athena: async (behaviour: { committed?: () => void }) => {
    const server = await startAthena({ next: [], ...behaviour });
    const batch = { size: 100, lingerMs: 20 };
    return {
      server,
      config: (places: SinkPlaces) => athenaConfigOf(server.url, places, { batch }),
      given: server.started,
    };
  },
};

// By themselves: what the others do to the machine would be measured as waiting.
for (const [engine, start] of Object.entries(ENGINES)) {
  test(`the log is in the table once, though the sink is killed between rows and positions: ${engine}`, {
    timeout: 180_000,
  }, async (context) => {
    if (broker === undefined) {
      context.skip(missing);
      return;
    }
    const COUNT = 1_000;
    const places = await placesFor(`log-${engine}`);
    const log = `log-samples-${engine}`;
    await tools.topics(4, log);
    await tools.produce(places.input, events(COUNT));
    let sink: WorkerProcess;
    let commits = 0;
    const committed = () => {
      commits += 1;
      if (commits === 3) {
        // Its rows are there, and it never hears of it.
        sink.child.kill("SIGKILL");
      }
    };
    const { server, config: configFor, given } = await start({ committed });
    servers.push(server);
    const config = configFor({ bootstrap: places.bootstrap, group: `sink-${engine}`, log });
    sink = startSink(config, "sink-0");
    const worker = startWorker(configOf(places, { log: { topic: log, sampleRate: 1 } }), "w");
    assert.equal(await sink.ended, null, "the sink was killed");
    const again = startSink(config, "sink-1");
    for (const end = Date.now() + 60_000; server.table.length < COUNT; await sleep(100)) {
      assert.ok(Date.now() < end, `${server.table.length} rows; ${again.output()}`);
    }
    for (const each of [worker, again]) {
      each.child.kill("SIGTERM");
      assert.equal(await each.ended, 0, each.output());
    }
    const rowsGiven = given.reduce((sum, { rows }) => sum + rows.length, 0);
    assert.ok(rowsGiven > COUNT, "rows came again after the crash");
    assert.equal(server.table.length, COUNT, "and were added once");
    const ids = (await tools.read(places.decisions)).map(({ value }) => JSON.parse(value!.toString()).id);
    assert.deepEqual(server.table.map(({ decision_id }) => decision_id).sort(), ids.sort());
    const made = server.table.map(({ event_time }) => Date.parse(event_time));
    assert.ok(
      made.every((time) => Math.abs(time - Date.now()) < 120_000),
      "times are those of the events",
    );
  });
}
