import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { WorkerConfig } from "../src/config/config.js";
import type { Http, HttpRequest } from "../src/http/http.js";
import { makeSink } from "../src/log-sink/sink.js";
import { makeWorker } from "../src/start.js";
import type { OutputRecord, StreamMember } from "../src/stream/member.js";
import { spanExport } from "../src/tracing/export.js";
import { sampledByWriter } from "../src/tracing/headers.js";
import { startCollector } from "./support/collector.js";
import { configOf } from "./support/config.js";
import { MemoryBroker } from "./support/memory-broker.js";
import { Recorded } from "./support/recorded.js";
import { sinkConfigOf } from "./support/sink-config.js";
import { stubHttp } from "./support/stub-services.js";
import { startTrino } from "./support/stub-trino.js";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const WRITER = "00f067aa0ba902b7";
const SAMPLED = { traceparent: `00-${TRACE}-${WRITER}-01`, tracestate: "acme=1" };
const NOT_SAMPLED = { traceparent: `00-${TRACE}-${WRITER}-00` };
/** In no span, whatever happens. */
const PRIVATE = "private-7f3a";

const event = (price: unknown = 1) => JSON.stringify({ user: PRIVATE, price, auction: PRIVATE });

interface Traced {
  readonly broker: MemoryBroker;
  readonly requests: HttpRequest[];
  spans(name?: string): readonly ReadableSpan[];
  one(name: string): ReadableSpan;
  /** Works until `count` records are written. */
  work(count: number, member?: StreamMember): Promise<void>;
}

function traced(
  sampleRate: number,
  change: Partial<WorkerConfig> = {},
  http: Http = stubHttp({ status: 200, delayMs: 0, calls: 0 }),
): Traced {
  const broker = new MemoryBroker("bids", 1);
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const requests: HttpRequest[] = [];
  const config = configOf({}, { tracing: { endpoint: "http://collector", sampleRate }, ...change });
  const parts = {
    metrics: new Recorded(),
    log: () => {},
    workerName: "w",
    tracer: provider.getTracer("test"),
  };
  const spans = (name?: string) =>
    exporter.getFinishedSpans().filter((span) => name === undefined || span.name === name);
  return {
    broker,
    requests,
    spans,
    one(name) {
      const found = spans(name);
      assert.equal(found.length, 1, `${found.length} spans are named ${name}`);
      return found[0]!;
    },
    async work(count, member = broker.member()) {
      const given = {
        member,
        http: (request: HttpRequest) => {
          requests.push(request);
          return http(request);
        },
      };
      const worker = makeWorker(config, parts, given);
      const done = worker.run();
      for (const end = Date.now() + 5_000; broker.written.length < count; await sleep(2)) {
        assert.ok(Date.now() < end, `${broker.written.length} of ${count} were written`);
      }
      await worker.drain();
      await done;
    },
  };
}

const idsOf = (record: OutputRecord | undefined) => record?.headers.traceparent?.split("-");
const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan) => span.spanContext().spanId;
const told = (spans: readonly ReadableSpan[]) =>
  JSON.stringify(spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })));

test("a sampled event goes on in the trace of its writer, from the topic over look-up and model to the decision", async () => {
  const made = traced(0);
  made.broker.produce(0, PRIVATE, event(), SAMPLED);
  await made.work(1);

  const process = made.one("process bids");
  assert.equal(process.kind, SpanKind.CONSUMER);
  assert.equal(process.spanContext().traceId, TRACE);
  assert.equal(parentOf(process), WRITER);
  assert.deepEqual(process.attributes, {
    "messaging.system": "kafka",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.client.id": "bidder",
    "messaging.consumer.group.name": "bidders",
    "messaging.destination.name": "bids",
    "messaging.destination.partition.id": "0",
    "messaging.kafka.offset": 0,
    "inline_inference.outcome": "model",
  });
  const decide = made.one("decide");
  assert.equal(parentOf(decide), idOf(process));
  for (const [name, parent] of [
    ["look up user", decide],
    ["infer bid", decide],
    ["send decisions", process],
  ] as const) {
    assert.equal(parentOf(made.one(name)), idOf(parent), name);
    assert.equal(made.one(name).kind, SpanKind.CLIENT, name);
  }
  assert.deepEqual(idsOf(made.broker.written[0]), ["00", TRACE, idOf(process), "01"]);
  assert.equal(made.broker.written[0]!.headers.tracestate, "acme=1");
});

test("the model is told the trace, look-ups are not", async () => {
  const made = traced(0);
  made.broker.produce(0, "k", event(), SAMPLED);
  await made.work(1);
  const headers = (path: string) => made.requests.find(({ url }) => url.endsWith(path))!.headers!;
  assert.equal(headers("/infer").traceparent, `00-${TRACE}-${idOf(made.one("infer bid"))}-01`);
  assert.equal(headers("/get-online-features").traceparent, undefined);
});

test("spans tell the model and the stores in the words of the conventions", async () => {
  const answer = {
    choices: [{ index: 0, text: "yes" }],
    usage: { prompt_tokens: 12, completion_tokens: 1 },
  };
  const made = traced(
    1,
    {
      features: [],
      vectors: [
        {
          kind: "opensearch-serverless",
          name: "ads",
          endpoint: "https://ads.example.com",
          timeoutMs: 100,
          auth: { kind: "none" },
          onMissing: "default",
          vector: "embedding",
          index: "ads",
          field: "v",
          topK: 1,
          payload: [],
        },
      ],
      model: {
        protocol: "openai",
        endpoint: "http://vllm:8000",
        name: "m",
        auth: { kind: "none" },
        prompt: "{event.user}",
        maxTokens: 8,
        as: "text",
      },
    },
    async () => ({ status: 200, body: JSON.stringify(answer) }),
  );
  made.broker.produce(0, "k", event());
  await made.work(1);
  assert.deepEqual(made.one("text_completion m").attributes, {
    "gen_ai.operation.name": "text_completion",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "m",
    "gen_ai.request.max_tokens": 8,
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 1,
    "server.address": "vllm",
    "server.port": 8000,
    "inline_inference.model.rows": 1,
  });
  assert.deepEqual(made.one("look up ads").attributes, {
    "inline_inference.lookup.name": "ads",
    "inline_inference.lookup.kind": "opensearch-serverless",
    "server.address": "ads.example.com",
    "server.port": 443,
    "db.system.name": "opensearch",
    "db.operation.name": "search",
  });
});

test("an event whose writer does not sample it has no span, and its trace context goes on as it came", async () => {
  const made = traced(1);
  made.broker.produce(0, "k", event(), NOT_SAMPLED);
  await made.work(1);
  assert.deepEqual(made.spans(), []);
  assert.equal(made.broker.written[0]!.headers.traceparent, NOT_SAMPLED.traceparent);
});

test("at a rate of 0 an event without trace context has no span and gets none", async () => {
  const made = traced(0);
  made.broker.produce(0, "k", event());
  await made.work(1);
  assert.deepEqual(made.spans(), []);
  assert.equal(made.broker.written[0]!.headers.traceparent, undefined);
});

test("at a rate of 1 each event has a trace of its own, and all of a batch lead to what the batch did", async () => {
  const made = traced(1);
  for (let index = 0; index < 3; index += 1) {
    made.broker.produce(0, `k${index}`, event(index));
  }
  await made.work(3);
  const events = made.spans("process bids");
  assert.equal(new Set(events.map((span) => span.spanContext().traceId)).size, 3);
  assert.deepEqual(
    made.broker.written.map((record) => idsOf(record)?.[2]),
    events.map(idOf),
  );
  const [first, ...others] = events;
  const decide = made.one("decide");
  assert.equal(parentOf(decide), idOf(first!));
  assert.equal(decide.attributes["messaging.batch.message_count"], 3);
  assert.deepEqual(
    decide.links.map(({ context }) => context.spanId),
    others.map(idOf),
  );
  for (const span of others) {
    assert.deepEqual(
      span.links.map(({ context }) => context.spanId),
      [idOf(decide)],
    );
  }
  assert.equal(made.one("send decisions").attributes["messaging.batch.message_count"], 3);
});

test("the sink of the log goes on in the trace of the event that was decided", async () => {
  const made = traced(0, { log: { topic: "log", sampleRate: 1 } });
  made.broker.produce(0, "k", event(), SAMPLED);
  await made.work(2);
  const [sample] = made.broker.of("log");
  const log = new MemoryBroker("log", 1);
  log.produce(0, "k", sample!.value, sample!.headers);
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const trino = await startTrino();
  const sink = makeSink(
    sinkConfigOf({ trino: trino.url }),
    { metrics: new Recorded(), log: () => {}, workerName: "s", tracer: provider.getTracer("test") },
    { member: log.member() },
  );
  const done = sink.run();
  for (const end = Date.now() + 5_000; exporter.getFinishedSpans().length < 2; await sleep(2)) {
    assert.ok(Date.now() < end, "no spans were made");
  }
  await sink.drain();
  await done;
  trino.close();
  const [write, process] = exporter.getFinishedSpans();
  assert.deepEqual([write!.name, process!.name], ["write", "process log"]);
  assert.equal(process!.spanContext().traceId, TRACE);
  assert.equal(parentOf(process!), idOf(made.one("process bids")));
  assert.equal(parentOf(write!), idOf(process!));
});

test("a dead letter stays in the trace, and its span says why without quoting the event", async () => {
  const made = traced(0);
  made.broker.produce(0, PRIVATE, event(PRIVATE), SAMPLED);
  made.broker.produce(0, PRIVATE, `{ ${PRIVATE}`, SAMPLED);
  await made.work(2);
  const reasons = made
    .spans("process bids")
    .map(({ attributes, status }) => [
      attributes["error.type"],
      attributes["inline_inference.outcome"],
      status.code,
    ]);
  assert.deepEqual(reasons, [
    ["unusable-input", "dead-letter", SpanStatusCode.ERROR],
    ["not-json", "dead-letter", SpanStatusCode.ERROR],
  ]);
  assert.deepEqual(
    made.broker.of("dead").map(idsOf),
    made.spans("process bids").map((span) => ["00", TRACE, idOf(span), "01"]),
  );
  assert.equal(told(made.spans()).includes(PRIVATE), false);
});

test("a model that fails is told by its status, each attempt for itself, and without its words", async () => {
  const made = traced(1, {}, async ({ url }) =>
    url.endsWith("/infer")
      ? { status: 503, body: `no room for ${PRIVATE}` }
      : { status: 500, body: `nobody is called ${PRIVATE}` },
  );
  made.broker.produce(0, PRIVATE, event());
  await made.work(1);
  const attempts = made.spans("infer bid");
  assert.deepEqual(
    attempts.map(({ attributes }) => [attributes["error.type"], attributes["http.request.resend_count"]]),
    [
      ["503", undefined],
      ["503", 1],
    ],
  );
  assert.equal(made.one("look up user").attributes["error.type"], "500");
  assert.equal(made.one("process bids").attributes["inline_inference.reason"], "model-failed");
  assert.equal(told(made.spans()).includes(PRIVATE), false);
});

test("a batch whose commit fails ends its spans, and the events are traced again", async () => {
  const made = traced(0);
  made.broker.produce(0, "k", event(), SAMPLED);
  let commits = 0;
  const member = made.broker.member(50, () => {
    commits += 1;
    if (commits === 1) {
      throw new Error("the broker went away");
    }
  });
  await made.work(1, member);
  const [given, kept] = made.spans("process bids");
  assert.equal(given!.attributes["error.type"], "abandoned");
  assert.equal(kept!.attributes["error.type"], undefined);
  assert.equal(idsOf(made.broker.written[0])![2], idOf(kept!));
  assert.equal(made.spans("send decisions").length, 2);
});

test("what the writer says about sampling is read from any trace context there may be", () => {
  const of = (text: string | null, name = "traceparent") =>
    sampledByWriter([[Buffer.from(name), text === null ? null : Buffer.from(text)]]);
  const flags = (digits: string) => of(`00-${TRACE}-${WRITER}-${digits}`);
  assert.deepEqual(["01", "03", "0b", "ff"].map(flags), [true, true, true, true]);
  assert.deepEqual(["00", "02", "0a", "fe"].map(flags), [false, false, false, false]);
  assert.deepEqual([of(null), of("00-1"), of(SAMPLED.traceparent, "tracepar-nt")], Array(3).fill(undefined));
  assert.equal(sampledByWriter([]), undefined);
});

async function exported(endpoint: string, withinMs: number) {
  const metrics = new Recorded();
  const lines: string[] = [];
  const { tracer, close } = spanExport(
    { endpoint, sampleRate: 1 },
    { name: "bidder", instance: "bidder-0" },
    metrics,
    (level, message) => lines.push(`${level}: ${message}`),
  );
  tracer.startSpan("process bids").end();
  const started = performance.now();
  await close(withinMs);
  return { metrics, lines, tookMs: performance.now() - started };
}

test("what is left is sent when the worker stops, by OTLP over HTTP", async () => {
  const { close, url, bodies } = await startCollector(200);
  const { metrics, lines } = await exported(url, 2_000);
  close();
  assert.equal(bodies.length, 1);
  assert.match(bodies[0]!, /^POST \/v1\/traces application\/json /);
  const { resourceSpans } = JSON.parse(bodies[0]!.slice(bodies[0]!.indexOf("{")));
  assert.equal(resourceSpans[0].scopeSpans[0].spans[0].name, "process bids");
  assert.deepEqual(
    resourceSpans[0].resource.attributes.find(({ key }: { key: string }) => key === "service.name").value,
    { stringValue: "bidder" },
  );
  assert.deepEqual(metrics.spans, { ok: 1, failed: 0 });
  assert.deepEqual(lines, []);
});

test("a collector that refuses costs its spans, which is told and counted", async () => {
  const { close, url } = await startCollector(400);
  const { metrics, lines } = await exported(url, 2_000);
  close();
  assert.deepEqual(metrics.spans, { ok: 0, failed: 1 });
  assert.deepEqual(lines, ["warn: Spans were lost"]);
});

test("a collector that is silent holds nobody up", async () => {
  const { close, url, bodies } = await startCollector(undefined);
  const { tookMs } = await exported(url, 200);
  close();
  assert.equal(bodies.length, 1);
  assert.ok(tookMs < 1_000, `${tookMs} ms`);
});
