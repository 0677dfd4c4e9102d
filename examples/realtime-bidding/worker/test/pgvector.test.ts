/**
 * The look-up in pgvector against a real PostgreSQL by TLS. Where its binaries are not to be had (Python's pip, openssl, the
 * network) the tests are skipped and say so: the protocol is the client's, and a stub of it would show little.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { VectorLookupOf } from "../src/config/config.js";
import { pgvectorLookup } from "../src/lookups/pgvector.js";
import { type Database, startPostgres } from "./support/postgres.js";

let database: Database | undefined;
let skip: string | false = false;
try {
  database = await startPostgres();
  console.log(`database: ${database.name}`);
} catch (error) {
  if (process.env.CI === "true") {
    throw error;
  }
  skip = `PostgreSQL is not to be had: ${(error as Error).message.split("\n")[0]}`;
  console.log(skip);
}
after(() => database?.stop());

const TABLES = `
  CREATE TABLE ads (id text PRIMARY KEY, embedding vector(2) NOT NULL, content text, "clicks-7d" bigint);
  INSERT INTO ads VALUES ('east', '[1,0]', 'E', 9007199254740991), ('north', '[0,2]', 'N', 2), ('south', '[0,-1]', NULL, 3);
  CREATE TABLE halves (id text PRIMARY KEY, embedding halfvec(2) NOT NULL, content text);
  INSERT INTO halves SELECT id, embedding::halfvec, content FROM ads;
  CREATE TABLE many (id text PRIMARY KEY, embedding vector(2) NOT NULL, content text);
  INSERT INTO many SELECT i::text, ('[' || i || ',1]')::vector FROM generate_series(1, 2000) i;
  CREATE INDEX many_embedding ON many USING hnsw (embedding vector_l2_ops);
  CREATE TABLE slow_rows (id text PRIMARY KEY, embedding vector(2) NOT NULL);
  INSERT INTO slow_rows VALUES ('a', '[1,0]');
  CREATE FUNCTION slowly(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(5); RETURN $1; END $$;
  CREATE VIEW slow AS SELECT slowly(id) AS id, embedding FROM slow_rows;
  CREATE ROLE reader LOGIN PASSWORD 'only-for-tests';
  GRANT SELECT ON ads, halves, many, slow, slow_rows TO reader;
`;
if (database !== undefined) {
  await database.run(TABLES);
}

type Config = VectorLookupOf<"pgvector">;

const configOf = (change: Partial<Config> = {}): Config => ({
  kind: "pgvector",
  name: "ads",
  endpoint: `postgresql://localhost:${database?.port}`,
  timeoutMs: 5_000,
  auth: { kind: "login", user: "reader", password: { from: "file", path: database!.passwordFile } },
  onMissing: "default",
  vector: "embedding",
  database: "postgres",
  table: "ads",
  metric: "cosine",
  type: "vector",
  topK: 2,
  payload: [],
  connections: 2,
  searchParameters: {},
  ...change,
});

const find = (change: Partial<Config>, ...vectors: readonly unknown[]) =>
  pgvectorLookup(configOf(change), [readFileSync(database!.caFile, "utf8")]).find(
    vectors.map((embedding) => ({ embedding })),
  );

/** Sessions of the look-ups at the server, but for those that are about to end. */
const sessions = async () =>
  (await database!.run("SELECT state, query FROM pg_stat_activity WHERE usename = 'reader'")) as {
    state: string;
    query: string;
  }[];

test("the nearest come first, with the fields that are wanted, and 64 bits as a number", {
  skip,
}, async () => {
  const [east, none, north] = await find({ payload: ["content", "clicks-7d"] }, [1, 0.1], undefined, [0, 1]);
  assert.equal(none, undefined);
  const ids = (found: typeof east) => (found!.neighbours as { id: string }[]).map(({ id }) => id);
  assert.deepEqual(ids(east), ["east", "north"]);
  assert.deepEqual(ids(north), ["north", "east"]);
  const [first] = east!.neighbours as Record<string, unknown>[];
  assert.deepEqual(Object.keys(first!), ["id", "distance", "content", "clicks-7d"]);
  assert.equal(first!["clicks-7d"], 9_007_199_254_740_991);
});

for (const [metric, distance] of [
  ["cosine", 0],
  ["dot", -4],
  ["euclidean", 0],
] as const) {
  test(`by ${metric}: the lower the nearer`, { skip }, async () => {
    const [found] = await find({ metric, topK: 3 }, [0, 2]);
    const neighbours = found!.neighbours as { id: string; distance: number }[];
    assert.deepEqual([neighbours[0]!.id, neighbours[0]!.distance], ["north", distance]);
    assert.equal(neighbours.at(-1)!.id, "south");
  });
}

test("half precision is asked in its own type", { skip }, async () => {
  const [found] = await find({ table: "halves", type: "halfvec" }, [1, 0]);
  assert.equal((found!.neighbours as { id: string }[])[0]!.id, "east");
});

test("the index is used, and looked at as far as it is said", { skip }, async () => {
  const asked = { table: "many", metric: "euclidean", topK: 60 } as const;
  const count = async (change: Partial<Config>) =>
    ((await find({ ...asked, ...change }, [5, 1]))[0]!.neighbours as unknown[]).length;
  // 40 candidates are what an index gives unless more are asked for; a scan of the table would give all 60.
  assert.equal(await count({}), 40);
  assert.equal(await count({ searchParameters: { "hnsw.ef_search": 100 } }), 60);
});

test("a vector of another dimension, or none, finds nothing and costs the others nothing", {
  skip,
}, async () => {
  const found = await find({}, [1, 0], [1, 2, 3], ["x", "y"], [0, 1]);
  assert.deepEqual(
    found.map((each) => each !== undefined),
    [true, false, false, true],
  );
});

test("what is wrong for all fails, and names what PostgreSQL says", { skip }, async () => {
  await assert.rejects(find({ table: "nothing" }, [1, 0]), /42P01.*nothing/);
});

test("a batch takes no more connections than it may, and they are kept", { skip }, async () => {
  const lookup = pgvectorLookup(configOf({ connections: 2 }), [readFileSync(database!.caFile, "utf8")]);
  const before = (await sessions()).length;
  const events = Array.from({ length: 50 }, () => ({ embedding: [1, 0] }));
  await lookup.find(events);
  await lookup.find(events);
  assert.equal((await sessions()).length - before, 2);
});

test("a connection that comes too late for one event is there for the next", { skip }, async () => {
  const lookup = pgvectorLookup(configOf({ timeoutMs: 1 }), [readFileSync(database!.caFile, "utf8")]);
  const before = (await sessions()).length;
  await assert.rejects(lookup.find([{ embedding: [1, 0] }]), /no answer in time/);
  for (const end = Date.now() + 5_000; (await sessions()).length === before; await sleep(20)) {
    assert.ok(Date.now() < end, "no connection was made");
  }
});

test("time that is up ends the statement at the server too", { skip }, async () => {
  const started = performance.now();
  await assert.rejects(find({ table: "slow", timeoutMs: 300 }, [1, 0]), /PostgreSQL: /);
  assert.ok(performance.now() - started < 1_500);
  for (
    let tries = 0;
    (await sessions()).some(({ state, query }) => state === "active" && query.includes("slow"));
  ) {
    tries += 1;
    assert.ok(tries < 20, "the statement still runs");
    await sleep(50);
  }
});

test("a server that does not answer at all is given up in time", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  process.env.PGVECTOR_TEST_PASSWORD = "x";
  const password = { from: "env", name: "PGVECTOR_TEST_PASSWORD" } as const;
  const config = {
    ...(database === undefined ? {} : configOf()),
    kind: "pgvector",
    name: "ads",
    endpoint: `postgresql://localhost:${port}`,
    timeoutMs: 200,
    auth: { kind: "login", user: "reader", password },
    onMissing: "default",
    vector: "embedding",
    database: "postgres",
    table: "ads",
    metric: "cosine",
    type: "vector",
    topK: 1,
    payload: [],
    connections: 1,
    searchParameters: {},
  } as const;
  const started = performance.now();
  await assert.rejects(pgvectorLookup(config, []).find([{ embedding: [1, 0] }]), /PostgreSQL: /);
  assert.ok(performance.now() - started < 1_500);
  silent.close();
});

test("a certificate of an authority that is not trusted is refused", { skip }, async () => {
  await assert.rejects(
    pgvectorLookup(configOf(), []).find([{ embedding: [1, 0] }]),
    /PostgreSQL: .*certificate/,
  );
});

test("a certificate for another name is refused", { skip }, async () => {
  await assert.rejects(
    find({ endpoint: `postgresql://127.0.0.1:${database!.port}` }, [1, 0]),
    /PostgreSQL: .*(altnames|IP)/,
  );
});
