import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Http, type HttpRequest, keepAliveHttp } from "../src/http/http.js";
import { AthenaTable } from "../src/log-sink/athena.js";
import type { TableOf } from "../src/log-sink/config.js";
import { chunksOf, isTooLarge, type Row, rowOf } from "../src/log-sink/entries.js";
import { makeSink } from "../src/log-sink/sink.js";
import { MemoryBroker, TIME } from "./support/memory-broker.js";
import { rowsOf } from "./support/merged-table.js";
import { Recorded } from "./support/recorded.js";
import { athenaConfigOf } from "./support/sink-config.js";
import { type AthenaBehaviour, type StubAthena, startAthena } from "./support/stub-athena.js";

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html */
const MAX_STATEMENT_BYTES = 262_144;

const servers: StubAthena[] = [];
const http = keepAliveHttp();
before(() => {
  process.env.AWS_ACCESS_KEY_ID = "AKIDEXAMPLE";
  process.env.AWS_SECRET_ACCESS_KEY = "example";
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
  }
});

async function athena(behaviour?: AthenaBehaviour): Promise<StubAthena> {
  const server = await startAthena(behaviour);
  servers.push(server);
  return server;
}

const tableAt = (
  endpoint: string,
  timeoutMs = 20_000,
  change: Partial<TableOf<"athena">> = {},
  by: Http = http,
) => new AthenaTable({ ...(athenaConfigOf(endpoint).table as TableOf<"athena">), ...change }, by, timeoutMs);

const actionOf = ({ headers }: HttpRequest) => headers!["x-amz-target"]!.replace("AmazonAthena.", "");
const entry = (index: number, event: object = { user: "u'1", price: index }) => ({
  id: `bids-0-${index}`,
  time: new Date(TIME + index).toISOString(),
  model: "bid",
  event,
  features: {},
  vectors: {},
  decision: { source: "model", output: { score: 1 } },
});
const row = (index: number, event?: object) => rowOf(Buffer.from(JSON.stringify(entry(index, event)))) as Row;
const chunk = (...rows: readonly Row[]) => chunksOf(rows, { most: 200_000, of: "bytes" })[0]!;

test("one statement in the sink's own work group, asked after until it has ended", async () => {
  const server = await athena();
  assert.deepEqual(await tableAt(server.url).merge(chunk(row(0), row(1))), { scannedBytes: 10_485_760 });
  const [statement] = server.started;
  assert.equal(server.started.length, 1);
  assert.equal(statement!.workgroup, "bidder-log");
  assert.deepEqual(statement!.context, { Catalog: "AwsDataCatalog", Database: "lake_raw" });
  assert.match(statement!.sql, /^MERGE INTO "lake_raw"\."decision_log" AS t\n/);
  assert.match(statement!.sql, /ON t\.decision_id = s\.decision_id AND t\.event_time = s\.event_time\n/);
  assert.match(statement!.token, /^[0-9a-f-]{36}$/);
  assert.deepEqual(server.stopped, []);
  assert.deepEqual(
    server.table.map(({ decision_id }) => decision_id),
    ["bids-0-0", "bids-0-1"],
  );
});

test("every call is signed, its action with it", async () => {
  const server = await athena();
  const auth = { kind: "aws", region: "eu-west-1", service: "athena" } as const;
  await tableAt(server.url, 20_000, { auth }).merge(chunk(row(0)));
  assert.ok(server.headers.length > 2);
  for (const headers of server.headers) {
    assert.match(headers.authorization!, /Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/athena\/aws4_request/);
    assert.match(headers.authorization!, /SignedHeaders=[a-z0-9;-]*x-amz-target/);
    assert.equal(headers["content-type"], "application/x-amz-json-1.1");
  }
});

test("no event can leave its text", async () => {
  const server = await athena();
  const hostile = {
    a: "'); DROP TABLE decision_log; --",
    b: "\\'; \u0000 \u2028 \ud800",
    c: "''",
    d: "?",
    e: '")) AS r) /*',
  };
  await tableAt(server.url).merge(chunk(row(0, hostile)));
  const [statement] = server.started;
  const outside = statement!.sql.replace(/'(?:[^']|'')*'/g, "TEXT");
  assert.equal(outside.includes("DROP"), false);
  assert.deepEqual(outside.match(/TEXT/g)?.length, 3, "rows, first and last time");
  assert.deepEqual(JSON.parse(rowsOf(statement!.sql)[0]!.event), JSON.parse(JSON.stringify(hostile)));
});

test("statements are as long as Athena takes them, and no longer", async () => {
  const table = tableAt("http://athena");
  // Quotes are written twice, and umlauts are two bytes: what is counted is what is sent.
  const event = { text: `${"'".repeat(300)}${"ü".repeat(400)}` };
  const rows = Array.from({ length: 400 }, (_, index) => row(index, event));
  const chunks = chunksOf(rows, table.limit);
  const statements = await Promise.all(chunks.map(statementOf));
  const lengths = statements.map((sql) => Buffer.byteLength(sql));
  assert.equal(
    chunks.reduce((sum, { count }) => sum + count, 0),
    400,
  );
  assert.ok(Math.max(...lengths) <= MAX_STATEMENT_BYTES);
  const one = Buffer.byteLength(JSON.stringify(rows[0])) + 301;
  assert.ok(lengths[0]! > MAX_STATEMENT_BYTES - 2 * one, "and no shorter than they must be");
  assert.equal(isTooLarge(row(0, { text: "x".repeat(261_000) }), table.limit), false);
  assert.equal(isTooLarge(row(0, { text: "x".repeat(262_144) }), table.limit), true);
});

/** What is sent for a chunk, without a server. */
async function statementOf(each: ReturnType<typeof chunk>): Promise<string> {
  let sent = "";
  const by: Http = async (request) => {
    if (actionOf(request) === "ListQueryExecutions") {
      return { status: 200, body: "{}" };
    }
    sent = JSON.parse(request.body!).QueryString;
    return { status: 400, body: "no" };
  };
  await assert.rejects(tableAt("http://athena", 1_000, {}, by).merge(each), /400/);
  return sent;
}

test("what another commit came before is tried again, as another statement", async () => {
  const server = await athena({ next: ["conflict", "conflict"] });
  await tableAt(server.url).merge(chunk(row(0)));
  assert.equal(server.started.length, 3);
  assert.equal(new Set(server.started.map(({ token }) => token)).size, 3);
  assert.equal(server.table.length, 1);
});

test("what Athena calls worth another try is tried again", async () => {
  const states = [{ State: "FAILED", AthenaError: { Retryable: true } }, { State: "SUCCEEDED" }];
  const answers: Readonly<Record<string, () => object>> = {
    ListQueryExecutions: () => ({}),
    StartQueryExecution: () => ({ QueryExecutionId: "1" }),
    GetQueryExecution: () => ({ QueryExecution: { Status: states.shift() } }),
  };
  const by: Http = async (request) => ({ status: 200, body: JSON.stringify(answers[actionOf(request)]!()) });
  assert.deepEqual(await tableAt("http://athena", 20_000, {}, by).merge(chunk(row(0))), {
    scannedBytes: undefined,
  });
  assert.equal(states.length, 0);
});

test("a statement that is wrong is not tried again", async () => {
  const server = await athena({ next: ["refused"] });
  await assert.rejects(tableAt(server.url).merge(chunk(row(0))), /FAILED: TABLE_NOT_FOUND/);
  assert.equal(server.started.length, 1);
  assert.deepEqual(server.stopped, [], "it has ended by itself");
});

test("an account that asks too often is asked to wait", async () => {
  const server = await athena({ next: ["throttled", "throttled"] });
  await tableAt(server.url).merge(chunk(row(0)));
  assert.equal(server.started.length, 1);
});

test("a statement whose start nobody heard of is not started twice", async () => {
  const server = await athena({ next: ["lost"] });
  await tableAt(server.url).merge(chunk(row(0)));
  assert.equal(server.started.length, 1);
  assert.equal(server.table.length, 1);
});

test("what a killed pod started is waited for, so that both do not add the same rows", async () => {
  const server = await athena();
  let calls = 0;
  const dies: Http = (request) => {
    calls += 1;
    // It hears that its statement is started, and is gone.
    return calls > 2 ? new Promise(() => undefined) : http(request);
  };
  void tableAt(server.url, 20_000, {}, dies).merge(chunk(row(0)));
  for (const end = Date.now() + 5_000; server.started.length === 0; await sleep(5)) {
    assert.ok(Date.now() < end, "it was never started");
  }
  let stateThen: unknown = "not started";
  const watched: Http = (request) => {
    if (actionOf(request) === "StartQueryExecution") {
      stateThen = server.started[0]!.state;
    }
    return http(request);
  };
  await tableAt(server.url, 20_000, {}, watched).merge(chunk(row(0), row(1)));
  assert.equal(stateThen, "SUCCEEDED");
  assert.equal(server.table.length, 2);
});

test("what others ask in the same work group is not waited for", async () => {
  const server = await athena({ next: ["hangs"] });
  await assert.rejects(tableAt(server.url, 700, { table: "other" }).merge(chunk(row(0))), /has not ended/);
  server.started[0]!.state = undefined;
  await tableAt(server.url, 5_000).merge(chunk(row(0)));
  assert.equal(server.table.length, 1);
});

test("a statement that takes too long is stopped", async () => {
  const server = await athena({ next: ["hangs"] });
  await assert.rejects(
    tableAt(server.url, 1_000).merge(chunk(row(0))),
    /has not ended statement 0 in 1000 ms/,
  );
  assert.deepEqual(server.stopped, ["0"]);
});

test("conflicts without end are an error when time is up", async () => {
  const server = await athena({ next: Array.from({ length: 50 }, () => "conflict" as const) });
  await assert.rejects(tableAt(server.url, 2_500).merge(chunk(row(0))), /ICEBERG_COMMIT_ERROR/);
  assert.ok(server.started.length >= 2);
});

test("who may not start a statement is told so at once", async () => {
  const by: Http = async () => ({
    status: 400,
    body: '{"__type":"AccessDeniedException","Message":"not you"}',
  });
  const started = Date.now();
  await assert.rejects(tableAt("http://athena", 20_000, {}, by).merge(chunk(row(0))), /400: .*AccessDenied/);
  assert.ok(Date.now() - started < 1_000);
});

test("the log is in the table once, though statements and positions are lost", async () => {
  const broker = new MemoryBroker("log", 2);
  for (let index = 0; index < 120; index += 1) {
    broker.produce(index % 2, "k", JSON.stringify(entry(index)));
    broker.produce(index % 2, "k", JSON.stringify(entry(index)));
  }
  const server = await athena({ next: ["conflict", "refused"] });
  const metrics = new Recorded();
  let lost = false;
  const member = broker.member(50, () => {
    if (!lost) {
      lost = true;
      throw new Error("the broker is gone");
    }
  });
  const config = athenaConfigOf(server.url);
  const sink = makeSink(config, { metrics, log: () => {}, workerName: "w" }, { member });
  const running = sink.run();
  for (const end = Date.now() + 30_000; server.table.length < 120; await sleep(5)) {
    assert.ok(Date.now() < end, "it did not come to pass in time");
  }
  await sink.drain();
  await running;
  assert.equal(
    metrics.restarts,
    2,
    "the refused statement and the lost positions; the conflict ended nothing",
  );
  assert.deepEqual(
    server.table.map(({ decision_id }) => decision_id).sort(),
    Array.from({ length: 120 }, (_, index) => `bids-0-${index}`).sort(),
  );
});
