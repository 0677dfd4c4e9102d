import { rootCertificates } from "node:tls";
import { DatabaseError, Pool, type PoolClient, types } from "pg";
import type { VectorLookupOf } from "../config/config.js";
import { NoAnswer } from "../http/http.js";
import { RefusedByService } from "../http/json-api.js";
import { secretOf } from "../http/secrets.js";
import type { Lookup } from "./lookup.js";
import { type Neighbour, neighbourLookup, oneByOne } from "./neighbours.js";

/** The lower, the nearer, with each; `<#>` is the negative inner product. https://github.com/pgvector/pgvector, read 2026-11-24. */
const OPERATORS = { cosine: "<=>", dot: "<#>", euclidean: "<->" } as const;

/** Of what PostgreSQL says of one vector: "data exception" is another dimension, the other one is no number. */
const BLAMES_VECTOR = ["22000", "22P02"];
/** A statement that took longer than `statement_timeout`: the server has ended it. */
const QUERY_CANCELED = "57014";
/** Longer than a look-up may take: a connection that is made too late for one event is there for the next. */
const CONNECT_MS = 5_000;
/** Beyond, a look-up fails at once: a database that is away must not gather those who gave up on it. */
const MAX_WAITING = 10_000;
const INT8 = types.builtins.INT8;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function statementOf({ table, metric, type, topK, payload }: VectorLookupOf<"pgvector">): string {
  const distance = `embedding ${OPERATORS[metric]} $1::${type}`;
  const columns = payload.map((name) => `, ${quoted(name)}`).join("");
  // The limit is no parameter: without it a prepared plan would not know how few rows are wanted, and read all.
  return `SELECT id, ${distance} AS distance${columns} FROM ${quoted(table)} ORDER BY ${distance} LIMIT ${topK}`;
}

function failureOf(error: unknown): Error {
  if (!(error instanceof DatabaseError)) {
    return new NoAnswer(`PostgreSQL: ${(error as Error).message}`);
  }
  if (error.code === QUERY_CANCELED) {
    return new NoAnswer(`PostgreSQL: ${error.message}`);
  }
  const status = BLAMES_VECTOR.includes(error.code ?? "") ? 400 : 502;
  return new RefusedByService(status, `PostgreSQL answered ${error.code}: ${error.message}`);
}

/** Rejects when time is up: a network that loses packets says nothing, and neither does the server's own limit then. */
async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function poolOf(config: VectorLookupOf<"pgvector">, trusted: readonly string[]): Pool {
  const { hostname, port } = new URL(config.endpoint);
  const settings = Object.entries(config.searchParameters).map(([name, value]) => `-c ${name}=${value}`);
  const pool = new Pool({
    host: hostname,
    port: port === "" ? 5432 : Number(port),
    database: config.database,
    user: config.auth.user,
    password: secretOf(config.auth.password),
    // Whole chain and name are checked, as `sslmode=verify-full` does. There is no way to do without.
    ssl: { ca: [...rootCertificates, ...trusted], rejectUnauthorized: true },
    max: config.connections,
    connectionTimeoutMillis: CONNECT_MS,
    // The server ends what nobody waits for any more.
    statement_timeout: config.timeoutMs,
    options: settings.join(" "),
    application_name: "inline-inference",
    keepAlive: true,
    allowExitOnIdle: true,
    // 64 bits are text by default; features are numbers.
    types: {
      getTypeParser: ((oid: number, format?: "text" | "binary") =>
        oid === INT8 ? Number : types.getTypeParser(oid, format as "text")) as typeof types.getTypeParser,
    },
  });
  // A connection that breaks while nobody uses it: the next look-up makes another, and tells if it cannot.
  pool.on("error", () => {});
  return pool;
}

/**
 * pgvector on PostgreSQL: a prepared statement a vector, over a few connections that are kept. Tables are as
 * `lib/vectors` makes them: `id`, `embedding`, and a column for each field.
 */
export function pgvectorLookup(config: VectorLookupOf<"pgvector">, trusted: readonly string[]): Lookup {
  const pool = poolOf(config, trusted);
  const text = statementOf(config);
  const ask = async (client: PoolClient, vector: readonly unknown[]): Promise<readonly Neighbour[]> => {
    const { rows } = await client.query({ name: "neighbours", text, values: [JSON.stringify(vector)] });
    return rows as Neighbour[];
  };
  const connected = async (): Promise<PoolClient> => {
    if (pool.waitingCount >= MAX_WAITING) {
      throw new Error(`${MAX_WAITING} wait for a connection`);
    }
    const connecting = pool.connect();
    try {
      return await inTime(connecting, config.timeoutMs);
    } catch (error) {
      connecting.then(
        (late) => late.release(),
        () => {},
      );
      throw error;
    }
  };
  const search = oneByOne(async (vector) => {
    const until = performance.now() + config.timeoutMs;
    let client: PoolClient | undefined;
    let broken = true;
    try {
      client = await connected();
      const found = await inTime(ask(client, vector), Math.max(1, until - performance.now()));
      broken = false;
      return found;
    } catch (error) {
      // What the database answered is an answer; silence is not, and what may still come must meet nobody else.
      broken = !(error instanceof DatabaseError);
      throw failureOf(error);
    } finally {
      client?.release(broken);
    }
  });
  return neighbourLookup(config, search);
}
