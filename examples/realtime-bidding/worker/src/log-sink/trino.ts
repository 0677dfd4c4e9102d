import { setTimeout as sleep } from "node:timers/promises";
import { type Authorize, authorizer } from "../http/credentials.js";
import { type Http, type HttpAnswer, NoAnswer } from "../http/http.js";
import type { TableOf } from "./config.js";
import type { Chunk } from "./entries.js";
import { mergeSql } from "./merge-sql.js";
import type { LogTable, Merged } from "./table.js";

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

export class TrinoTable implements LogTable {
  /** Trino takes statements of 1,000,000 characters by default (`query.max-length`). */
  readonly limit = { most: 800_000, of: "characters" } as const;
  readonly #authorize: Authorize;

  constructor(
    private readonly table: TableOf<"trino">,
    private readonly http: Http,
    private readonly timeoutMs: number,
  ) {
    this.#authorize = authorizer(table.auth, http);
  }

  async merge(chunk: Chunk): Promise<Merged> {
    const until = Date.now() + this.timeoutMs;
    const { endpoint, catalog, schema, table } = this.table;
    let next: string | undefined;
    try {
      let answer = await this.#ask(
        "POST",
        `${endpoint.replace(/\/$/, "")}/v1/statement`,
        until,
        mergeSql([catalog, schema, table], chunk),
      );
      while (answer.error === undefined && answer.nextUri !== undefined) {
        next = answer.nextUri;
        answer = await this.#ask("GET", next, until);
      }
      next = undefined;
      if (answer.error !== undefined) {
        throw new Error(`Trino: ${answer.error.errorName ?? "error"}: ${answer.error.message}`);
      }
      return { added: answer.updateCount ?? 0 };
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
