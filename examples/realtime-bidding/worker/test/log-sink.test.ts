import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../src/config/load.js";
import type { Http, HttpRequest } from "../src/http/http.js";
import { BigQueryTable, mergeQuery } from "../src/log-sink/bigquery.js";
import { parseSinkConfig } from "../src/log-sink/config.js";
import {
  type Chunk,
  type ChunkLimit,
  chunksOf,
  isTooLarge,
  type Row,
  rowOf,
} from "../src/log-sink/entries.js";
import { mergeSql } from "../src/log-sink/merge-sql.js";
import { makeSink } from "../src/log-sink/sink.js";
import { TrinoTable } from "../src/log-sink/trino.js";
import { makeWorker } from "../src/start.js";
import { configOf } from "./support/config.js";
import { MemoryBroker, TIME } from "./support/memory-broker.js";
import { Recorded } from "./support/recorded.js";
import { sinkConfigOf } from "./support/sink-config.js";
import { stubHttp } from "./support/stub-services.js";
import { type StubTrino, startTrino, type TableBehaviour } from "./support/stub-trino.js";

const started: StubTrino[] = [];
afterEach(() => {
  for (const server of started.splice(0)) {
    server.close();
  }
});

async function trino(behaviour?: TableBehaviour): Promise<StubTrino> {
  const server = await startTrino(behaviour);
  started.push(server);
  return server;
}

const entry = (index: number, change: object = {}) => ({
  id: `bids-0-${index}`,
  time: new Date(TIME + index).toISOString(),
  model: "bid",
  event: { user: "u'1", price: index },
  features: { user: { ctr: 0.5 } },
  vectors: {},
  decision: { source: "model", output: { score: 1 } },
  ...change,
});
const LIMIT: ChunkLimit = { most: 800_000, of: "characters" };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const row = (index: number, change: object = {}): Row => rowOf(bytes(entry(index, change))) as Row;

async function until(condition: () => boolean, withinMs = 5_000): Promise<void> {
  for (const end = Date.now() + withinMs; !condition(); await sleep(2)) {
    assert.ok(Date.now() < end, "it did not come to pass in time");
  }
}

/** Sinks what is in the broker until `done`. */
async function sink(
  broker: MemoryBroker,
  server: StubTrino,
  done: () => boolean,
  change = {},
  beforeCommit?: () => void,
) {
  const metrics = new Recorded();
  const config = sinkConfigOf({ trino: server.url }, change);
  const made = makeSink(
    config,
    { metrics, log: () => {}, workerName: "w" },
    { member: broker.member(50, beforeCommit) },
  );
  const running = made.run();
  await until(done);
  await made.drain();
  await running;
  return metrics;
}

test("a sample of the worker is a row, with the time of the event", async () => {
  const broker = new MemoryBroker("bids", 1);
  broker.produce(0, "k", JSON.stringify({ user: "u1", price: 3, auction: "a1" }));
  const config = configOf({}, { log: { topic: "log", sampleRate: 1 } });
  const worker = makeWorker(
    config,
    { metrics: new Recorded(), log: () => {}, workerName: "w" },
    { http: stubHttp({ status: 200, delayMs: 0, calls: 0 }), member: broker.member() },
  );
  const running = worker.run();
  await until(() => broker.of("log").length === 1);
  await worker.drain();
  await running;
  assert.deepEqual(rowOf(Buffer.from(broker.of("log")[0]!.value)), {
    decision_id: "bids-0-0",
    event_time: new Date(TIME).toISOString(),
    model: "bid",
    source: "model",
    reason: null,
    event: '{"user":"u1","price":3,"auction":"a1"}',
    features: '{"user":{"ctr":0.5}}',
    vectors: "{}",
    output: '{"score":3.5}',
  });
});

test("what is no entry is no row, and it is said why", () => {
  for (const [value, reason] of [
    [undefined, /JSON/],
    [Buffer.from("{"), /JSON/],
    [bytes([]), /no decision/],
    [bytes(entry(0, { decision: "x" })), /no decision/],
    [bytes(entry(0, { id: "" })), /no id/],
    [bytes(entry(0, { model: 7 })), /no model/],
    [bytes(entry(0, { decision: { output: {} } })), /no source/],
    [bytes(entry(0, { time: "2026-11-01" })), /no time/],
    [bytes(entry(0, { time: "2026-13-01T00:00:00Z" })), /no time/],
    // What is told apart by time must not be told in two ways.
    [bytes(entry(0, { time: "2026-11-01T00:00:00+01:00" })), /no time/],
  ] as const) {
    assert.match(String(rowOf(value)), reason);
  }
  assert.equal(row(0, { decision: { source: "fallback", reason: "late", output: {} } }).reason, "late");
});

test("rows are cut into statements that are short enough, each id once", () => {
  assert.deepEqual(chunksOf([], LIMIT), []);
  const rows = Array.from({ length: 10 }, (_, index) => row(index));
  const [whole] = chunksOf([...rows, row(3)], LIMIT);
  assert.equal(whole!.count, 10);
  assert.equal(JSON.parse(whole!.rows).length, 10);
  assert.equal(whole!.from, new Date(TIME).toISOString());
  assert.equal(whole!.to, new Date(TIME + 9).toISOString());
  const one = JSON.stringify(rows[0]).length + 2;
  const cut = chunksOf(rows, { ...LIMIT, most: 3 * one });
  assert.deepEqual(
    cut.map(({ count }) => count),
    [3, 3, 3, 1],
  );
  assert.deepEqual(
    cut.flatMap((chunk) => JSON.parse(chunk.rows)),
    rows,
  );
});

test("a row counts with its quotes doubled, and one that no statement holds is told", () => {
  const quotes = "'".repeat(LIMIT.most / 2);
  assert.equal(isTooLarge(row(0, { event: { quotes } }), LIMIT), true);
  assert.equal(isTooLarge(row(0, { event: { quotes: quotes.replaceAll("'", "x") } }), LIMIT), false);
  const umlauts = "ü".repeat(LIMIT.most / 2);
  assert.equal(isTooLarge(row(0, { event: { umlauts } }), LIMIT), false);
  assert.equal(isTooLarge(row(0, { event: { umlauts } }), { ...LIMIT, of: "bytes" }), true);
});

test("Trino: one statement that adds what is not there, and reads no other partitions", () => {
  const [chunk] = chunksOf([row(0), row(5)], LIMIT);
  const sql = mergeSql(["raw", "main", "decision_log"], chunk!);
  assert.match(sql, /^MERGE INTO "raw"\."main"\."decision_log" AS t\n/);
  assert.match(sql, /ON t\.decision_id = s\.decision_id AND t\.event_time = s\.event_time\n/);
  assert.match(
    sql,
    /BETWEEN TIMESTAMP '2026-11-01 12:00:00\.000 UTC' AND TIMESTAMP '2026-11-01 12:00:00\.005 UTC'/,
  );
  assert.match(sql, /u''1/);
  assert.equal((sql.match(/WHEN/g) ?? []).length, 1, "nothing that is there is changed");
});

test("the log is in the table once, whatever comes twice", async () => {
  const broker = new MemoryBroker("log", 2);
  for (let index = 0; index < 120; index += 1) {
    broker.produce(index % 2, "k", JSON.stringify(entry(index)));
    broker.produce(index % 2, "k", JSON.stringify(entry(index)));
  }
  const server = await trino();
  // Positions of the first commit are lost: the rows are there, and come again.
  let lost = false;
  const metrics = await sink(
    broker,
    server,
    () => server.table.length >= 120,
    {},
    () => {
      if (!lost) {
        lost = true;
        throw new Error("the broker is gone");
      }
    },
  );
  assert.equal(metrics.restarts, 1);
  assert.deepEqual(
    server.table.map(({ decision_id }) => decision_id).sort(),
    Array.from({ length: 120 }, (_, index) => `bids-0-${index}`).sort(),
  );
  assert.ok(server.statements.every(({ user }) => user === "bidder-log"));
});

test("a table that refuses a commit gets the same rows again, and a busy engine is asked again", async () => {
  const broker = new MemoryBroker("log", 1);
  broker.produce(0, "k", JSON.stringify(entry(0)));
  const server = await trino({ next: ["busy", "error"] });
  const metrics = await sink(broker, server, () => server.table.length === 1);
  assert.equal(metrics.restarts, 1, "only the error ended a session");
  assert.equal(server.statements.length, 2);
  assert.equal(metrics.outcomes.get("logged"), 1);
});

test("what is no entry becomes a dead letter, or is passed over, and holds nothing up", async () => {
  for (const deadLetters of [undefined, { topic: "log-dlq" }]) {
    const broker = new MemoryBroker("log", 1);
    broker.produce(0, "k", "broken");
    broker.produce(0, "k", JSON.stringify(entry(1)));
    const server = await trino();
    const metrics = await sink(broker, server, () => server.table.length === 1, { deadLetters });
    assert.equal(metrics.outcomes.get("dead-letter: not-an-entry"), 1);
    const dead = broker.of("log-dlq").map(({ value, headers }) => [value, headers["dead-letter-stage"]]);
    assert.deepEqual(dead, deadLetters ? [["broken", "log-sink"]] : []);
  }
});

test("Trino: a statement that nobody waits for any more is ended there", async () => {
  const seen: HttpRequest[] = [];
  const http: Http = async (request) => {
    seen.push(request);
    if (request.method === "GET") {
      return { status: 500, body: "out of memory" };
    }
    return { status: 200, body: JSON.stringify({ nextUri: "http://trino/v1/statement/q/1" }) };
  };
  const table = new TrinoTable(sinkConfigOf().table as never, http, 1_000);
  await assert.rejects(table.merge(chunksOf([row(0)], LIMIT)[0]!), /Trino answered 500: out of memory/);
  assert.deepEqual(
    seen.map(({ method }) => method),
    ["POST", "GET", "DELETE"],
  );
});

const BIGQUERY = {
  kind: "bigquery",
  endpoint: "https://bigquery.googleapis.com",
  auth: { kind: "none" },
  project: "acme-ai",
  location: "europe-west4",
  dataset: "lake_raw",
  table: "decision_log",
} as const;

test("BigQuery: one query with parameters, asked after until it has ended", async () => {
  const seen: HttpRequest[] = [];
  const http: Http = async (request) => {
    seen.push(request);
    const jobReference = { projectId: "acme-ai", jobId: "job_1", location: "europe-west4" };
    const answer =
      request.method === "POST"
        ? { jobComplete: false, jobReference }
        : { jobComplete: true, jobReference, numDmlAffectedRows: "2" };
    return { status: 200, body: JSON.stringify(answer) };
  };
  const [chunk] = chunksOf([row(0), row(1)], LIMIT) as [Chunk];
  assert.deepEqual(await new BigQueryTable(BIGQUERY, http, 1_000).merge(chunk), { added: 2 });
  const [asked, again] = seen;
  assert.equal(asked!.url, "https://bigquery.googleapis.com/bigquery/v2/projects/acme-ai/queries");
  const { query, queryParameters, ...rest } = JSON.parse(asked!.body!);
  assert.deepEqual(rest, {
    useLegacySql: false,
    location: "europe-west4",
    parameterMode: "NAMED",
    timeoutMs: 20_000,
  });
  assert.equal(query, mergeQuery(BIGQUERY));
  assert.match(query, /^MERGE `acme-ai\.lake_raw\.decision_log` AS t\n/);
  assert.deepEqual(
    queryParameters.map(
      (each: { name: string; parameterType: object; parameterValue: { value: string } }) => [
        each.name,
        each.parameterType,
        each.parameterValue.value,
      ],
    ),
    [
      ["rows", { type: "STRING" }, chunk.rows],
      ["first", { type: "TIMESTAMP" }, chunk.from],
      ["last", { type: "TIMESTAMP" }, chunk.to],
    ],
  );
  assert.match(again!.url, /\/queries\/job_1\?location=europe-west4&maxResults=0&timeoutMs=20000$/);
});

test("BigQuery: a query that is refused is an error", async () => {
  const http: Http = async () => ({ status: 400, body: '{"error":{"message":"no such column"}}' });
  await assert.rejects(
    new BigQueryTable(BIGQUERY, http, 1_000).merge(chunksOf([row(0)], LIMIT)[0]!),
    /400: .*no such column/,
  );
});

test("a configuration is read as it is, and what is wrong with it is said at once", () => {
  const config = JSON.parse(JSON.stringify(sinkConfigOf()));
  assert.deepEqual(parseSinkConfig(config), config);
  const wrong = {
    ...config,
    batch: { size: 0, lingerMs: -1 },
    table: { ...config.table, table: 'x"; DROP' },
  };
  assert.throws(
    () => parseSinkConfig(wrong),
    (error) =>
      error instanceof ConfigError &&
      error.errors.map(({ path }) => path).join() === "batch.size,batch.lingerMs,table.table",
  );
  assert.throws(() => parseSinkConfig({ ...config, deadLetters: { topic: "log" } }), /would come again/);
});
