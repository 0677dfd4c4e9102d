import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Authorize, authorizer } from "../http/credentials.js";
import { type Http, NoAnswer } from "../http/http.js";
import type { TableOf } from "./config.js";
import type { Chunk, ChunkLimit } from "./entries.js";
import { mergeSql } from "./merge-sql.js";
import type { LogTable, Merged } from "./table.js";

/**
 * Of a statement, in UTF-8.
 * https://docs.aws.amazon.com/athena/latest/ug/service-limits.html#service-limits-query-string-length, read 2026-11-24.
 */
const MAX_STATEMENT_BYTES = 262_144;
const REQUEST_TIMEOUT_MS = 10_000;
/** Waits grow from the first to the last. GetQueryExecution has a quota of 100 calls a second in an account. */
const POLL = { firstMs: 200, mostMs: 2_000 };
const BUSY = { firstMs: 200, mostMs: 5_000 };
/** Who compacts the table takes seconds. */
const CONFLICT = { firstMs: 500, mostMs: 20_000 };
/** A sink starts one after the other, and the list begins with the newest. Each comes with its text. */
const NEWEST = 5;
const SHOWN = 300;

/** Errors of Athena that are answered with 400 and pass by themselves. */
const THROTTLED = /"__type"\s*:\s*"[^"]*(TooManyRequestsException|ThrottlingException)"/;

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html, read 2026-11-24. */
interface Execution {
  readonly QueryExecutionId: string;
  readonly Query?: string;
  readonly Status: {
    readonly State: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
    readonly StateChangeReason?: string;
    readonly AthenaError?: { readonly Retryable?: boolean };
  };
  readonly Statistics?: { readonly DataScannedInBytes?: number };
}

type Action =
  | "StartQueryExecution"
  | "GetQueryExecution"
  | "BatchGetQueryExecution"
  | "ListQueryExecutions"
  | "StopQueryExecution";

const wait = ({ firstMs, mostMs }: typeof POLL, attempt: number) => Math.min(mostMs, firstMs * 2 ** attempt);

const isRunning = ({ Status }: Execution): boolean => ["QUEUED", "RUNNING"].includes(Status.State);

/** Another commit came between, or Athena says itself that another try may go well. */
const mayGoWell = ({ Status }: Execution): boolean =>
  Status.State === "FAILED" &&
  (Status.AthenaError?.Retryable === true ||
    (Status.StateChangeReason ?? "").includes("ICEBERG_COMMIT_ERROR"));

/** An Iceberg table in Athena (engine version 3), whose statements hold the rows. */
export class AthenaTable implements LogTable {
  readonly limit: ChunkLimit;
  readonly #authorize: Authorize;
  /** How every statement on this table begins. */
  readonly #beginning: string;
  /** Nothing that was started may still run. At first nobody knows: a pod that was killed cannot stop what it started. */
  #settled = false;

  constructor(
    private readonly table: TableOf<"athena">,
    private readonly http: Http,
    private readonly timeoutMs: number,
  ) {
    this.#authorize = authorizer(table.auth, http);
    const time = new Date(0).toISOString();
    const empty = this.#statement({ rows: "[]", from: time, to: time });
    this.#beginning = empty.slice(0, empty.indexOf("'"));
    this.limit = { most: MAX_STATEMENT_BYTES - Buffer.byteLength(empty), of: "bytes" };
  }

  async merge(chunk: Chunk): Promise<Merged> {
    const until = Date.now() + this.timeoutMs;
    const statement = this.#statement(chunk);
    for (let attempt = 0; ; attempt += 1) {
      await this.#settle(until);
      const ended = await this.#carryOut(statement, until);
      const { State, StateChangeReason = "" } = ended.Status;
      if (State === "SUCCEEDED") {
        return { scannedBytes: ended.Statistics?.DataScannedInBytes };
      }
      const waitMs = wait(CONFLICT, attempt);
      if (!mayGoWell(ended) || Date.now() + waitMs > until) {
        throw new Error(`Athena: ${State}: ${StateChangeReason.slice(0, SHOWN)}`);
      }
      await sleep(waitMs);
    }
  }

  #statement(chunk: Pick<Chunk, "rows" | "from" | "to">): string {
    return mergeSql([this.table.database, this.table.table], chunk);
  }

  /**
   * Waits for what an earlier try may have left. Athena isolates statements by snapshots only: two that add the same rows at
   * the same time do not see each other's, and both would be added.
   */
  async #settle(until: number): Promise<void> {
    for (let attempt = 0; !this.#settled; attempt += 1) {
      const [running] = (await this.#newest(until)).filter(
        (each) => isRunning(each) && each.Query?.startsWith(this.#beginning),
      );
      this.#settled = running === undefined;
      if (running !== undefined) {
        await this.#pause(running.QueryExecutionId, attempt, until);
      }
    }
  }

  async #newest(until: number): Promise<readonly Execution[]> {
    const list = { WorkGroup: this.table.workgroup, MaxResults: NEWEST };
    const { QueryExecutionIds = [] } = (await this.#ask("ListQueryExecutions", list, until)) as {
      readonly QueryExecutionIds?: readonly string[];
    };
    if (QueryExecutionIds.length === 0) {
      return [];
    }
    const { QueryExecutions = [] } = (await this.#ask(
      "BatchGetQueryExecution",
      { QueryExecutionIds },
      until,
    )) as {
      readonly QueryExecutions?: readonly Execution[];
    };
    return QueryExecutions;
  }

  async #pause(id: string, attempt: number, until: number): Promise<void> {
    const waitMs = wait(POLL, attempt);
    if (Date.now() + waitMs > until) {
      throw new Error(`Athena has not ended statement ${id} in ${this.timeoutMs} ms`);
    }
    await sleep(waitMs);
  }

  /** Gives the statement as it ended; one that has not in time is stopped. */
  async #carryOut(statement: string, until: number): Promise<Execution> {
    const { workgroup, catalog, database } = this.table;
    const start = {
      QueryString: statement,
      QueryExecutionContext: { Catalog: catalog, Database: database },
      WorkGroup: workgroup,
      // The same for every try to start it: Athena starts it once.
      ClientRequestToken: randomUUID(),
    };
    this.#settled = false;
    const { QueryExecutionId } = (await this.#ask("StartQueryExecution", start, until)) as {
      readonly QueryExecutionId: string;
    };
    try {
      for (let attempt = 0; ; attempt += 1) {
        const answer = await this.#ask("GetQueryExecution", { QueryExecutionId }, until);
        const { QueryExecution } = answer as { readonly QueryExecution: Execution };
        this.#settled = !isRunning(QueryExecution);
        if (this.#settled) {
          return QueryExecution;
        }
        await this.#pause(QueryExecutionId, attempt, until);
      }
    } finally {
      if (!this.#settled) {
        // It may have ended meanwhile; what counts is told by the error on its way out.
        await this.#send("StopQueryExecution", { QueryExecutionId }).catch(() => undefined);
      }
    }
  }

  /** Asks until there is an answer: asking twice does no more than asking once. */
  async #ask(action: Action, content: object, until: number): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#send(action, content).catch((error: unknown) => {
        if (error instanceof NoAnswer) {
          return error;
        }
        throw error;
      });
      if (!(answer instanceof NoAnswer) && answer.status === 200) {
        return JSON.parse(answer.body);
      }
      const again =
        answer instanceof NoAnswer ||
        answer.status === 429 ||
        answer.status >= 500 ||
        THROTTLED.test(answer.body);
      const waitMs = wait(BUSY, attempt);
      if (!again || Date.now() + waitMs > until) {
        throw answer instanceof NoAnswer
          ? answer
          : new Error(`Athena answered ${answer.status}: ${answer.body.slice(0, SHOWN)}`);
      }
      await sleep(waitMs);
    }
  }

  /** JSON 1.1 of AWS: the action is a header, which the signature covers. */
  async #send(action: Action, content: object) {
    const request = {
      method: "POST",
      url: `${this.table.endpoint.replace(/\/$/, "")}/`,
      body: JSON.stringify(content),
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `AmazonAthena.${action}` },
    } as const;
    const headers = { ...request.headers, ...(await this.#authorize(request)) };
    return this.http({ ...request, headers, timeoutMs: REQUEST_TIMEOUT_MS });
  }
}
