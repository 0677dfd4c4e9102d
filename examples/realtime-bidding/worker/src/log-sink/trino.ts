import { setTimeout as sleep } from "node:timers/promises";
import { type Authorize, authorizer } from "../http/credentials.js";
import { type Http, type HttpAnswer, NoAnswer } from "../http/http.js";
import type { TableOf } from "./config.js";
import { type Chunk, COLUMNS } from "./entries.js";
import type { LogTable } from "./table.js";

/** Trino holds an answer back for up to a second, and a busy coordinator for longer. */
const REQUEST_TIMEOUT_MS = 30_000;
const AGAIN_MS = 100;
/** "try again" in Trino's protocol: https://trino.io/docs/current/develop/client-protocol.html, read 2026-11-24. */
const BUSY = [429, 502, 503, 504];

interface Answer {
  readonly nextUri?: string;
  readonly updateCount?: number;
  readonly error?: { readonly message: string; readonly errorName?: string };
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const named = (...names: readonly string[]): string => names.map((name) => `"${name}"`).join(".");
const instant = (iso: string): string => `TIMESTAMP '${iso.replace("T", " ").replace("Z", " UTC")}'`;

/** What is there by id and time stays. The bounds let Trino leave all other partitions unread. */
export function mergeStatement(table: TableOf<"trino">, { rows, from, to }: Chunk): string {
  const columns = COLUMNS.join(", ");
  const read = COLUMNS.map((name) =>
    name === "event_time" ? "from_iso8601_timestamp(event_time) AS event_time" : name,
  ).join(", ");
  return [
    `MERGE INTO ${named(table.catalog, table.schema, table.table)} AS t`,
    `USING (SELECT ${read}`,
    `FROM UNNEST(CAST(json_parse(${quoted(rows)}) AS ARRAY(ROW(${COLUMNS.map((name) => `${name} VARCHAR`).join(", ")}))))`,
    `AS r (${columns})) AS s`,
    "ON t.decision_id = s.decision_id AND t.event_time = s.event_time",
    `AND t.event_time BETWEEN ${instant(from)} AND ${instant(to)}`,
    `WHEN NOT MATCHED THEN INSERT (${columns}) VALUES (${COLUMNS.map((name) => `s.${name}`).join(", ")})`,
  ].join("\n");
}

export class TrinoTable implements LogTable {
  readonly #authorize: Authorize;

  constructor(
    private readonly table: TableOf<"trino">,
    private readonly http: Http,
    private readonly timeoutMs: number,
  ) {
    this.#authorize = authorizer(table.auth, http);
  }

  async merge(chunk: Chunk): Promise<number> {
    const until = Date.now() + this.timeoutMs;
    const { endpoint } = this.table;
    let next: string | undefined;
    try {
      let answer = await this.#ask(
        "POST",
        `${endpoint.replace(/\/$/, "")}/v1/statement`,
        until,
        mergeStatement(this.table, chunk),
      );
      while (answer.error === undefined && answer.nextUri !== undefined) {
        next = answer.nextUri;
        answer = await this.#ask("GET", next, until);
      }
      next = undefined;
      if (answer.error !== undefined) {
        throw new Error(`Trino: ${answer.error.errorName ?? "error"}: ${answer.error.message}`);
      }
      return answer.updateCount ?? 0;
    } finally {
      if (next !== undefined) {
        await this.#cancel(next);
      }
    }
  }

  async #ask(method: "GET" | "POST", url: string, until: number, body?: string): Promise<Answer> {
    for (;;) {
      const answer = await this.#send(method, url, body);
      if (answer.status === 200) {
        return JSON.parse(answer.body) as Answer;
      }
      if (!BUSY.includes(answer.status) || Date.now() > until) {
        throw new Error(`Trino answered ${answer.status}: ${answer.body.slice(0, 200)}`);
      }
      await sleep(AGAIN_MS);
    }
  }

  async #send(method: "GET" | "POST" | "DELETE", url: string, body?: string): Promise<HttpAnswer> {
    const headers = {
      ...(await this.#authorize({ method, url, body })),
      "content-type": "text/plain; charset=utf-8",
      "x-trino-user": this.table.user,
      "x-trino-source": "inline-log-sink",
      "x-trino-time-zone": "UTC",
    };
    return this.http({ method, url, body, headers, timeoutMs: REQUEST_TIMEOUT_MS });
  }

  /** A statement that nobody asks after goes on until Trino gives it up; its locks and its memory with it. */
  async #cancel(url: string): Promise<void> {
    await this.#send("DELETE", url).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) {
        throw error;
      }
    });
  }
}
