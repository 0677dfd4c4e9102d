import { createServer, type IncomingHttpHeaders } from "node:http";
import type { Row } from "../../src/log-sink/entries.js";
import { bodyOf, MergedTable, rowsOf } from "./merged-table.js";

/** `conflict`: another commit came between. `hangs`: it never ends by itself. `lost`: it is started, and nobody is told. */
type Fate = "throttled" | "lost" | "conflict" | "refused" | "hangs";

/** Changed while it is asked. */
export interface AthenaBehaviour {
  /** What becomes of the next statements, one after the other; then all are carried out. */
  readonly next: Fate[];
  /** After rows are committed, before anybody is told. */
  committed?: () => void;
}

interface Started {
  readonly token: string;
  readonly sql: string;
  readonly workgroup: string;
  readonly context: { readonly Catalog: string; readonly Database: string };
  readonly rows: readonly Row[];
  readonly fate?: Fate;
  state?: "SUCCEEDED" | "FAILED" | "CANCELLED";
}

export interface StubAthena {
  readonly url: string;
  /** Each statement once, however often it was asked to be started. */
  readonly started: readonly Started[];
  readonly stopped: readonly string[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** The table: rows that no statement had to add again. */
  readonly table: readonly Row[];
  close(): void;
}

const FAILURES: Partial<Record<Fate, string>> = {
  conflict: "ICEBERG_COMMIT_ERROR: Failed to commit Iceberg update to table: lake_raw.decision_log",
  refused: "TABLE_NOT_FOUND: line 1:12: Table 'awsdatacatalog.lake_raw.decision_log' does not exist",
};

/** Athena's JSON on a socket: what the sink asks of it. */
export async function startAthena(behaviour: AthenaBehaviour = { next: [] }): Promise<StubAthena> {
  const started: Started[] = [];
  const stopped: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const table = new MergedTable();
  const asked = new Map<string, number>();

  /** Twice RUNNING or QUEUED, then what it comes to. */
  const status = (id: string) => {
    const statement = started[Number(id)]!;
    const times = (asked.get(id) ?? 0) + 1;
    asked.set(id, times);
    if (statement.state !== undefined) {
      return { State: statement.state };
    }
    if (times < 3 || statement.fate === "hangs") {
      return { State: times === 1 ? "QUEUED" : "RUNNING" };
    }
    const reason = statement.fate && FAILURES[statement.fate];
    if (reason !== undefined) {
      statement.state = "FAILED";
      return { State: "FAILED", StateChangeReason: reason, AthenaError: { Retryable: false } };
    }
    table.merge(statement.rows);
    statement.state = "SUCCEEDED";
    behaviour.committed?.();
    return { State: "SUCCEEDED" };
  };

  const server = createServer(async (request, response) => {
    const answer = (code: number, body: unknown) =>
      response.writeHead(code, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    headers.push(request.headers);
    const given = JSON.parse(await bodyOf(request));
    const [, action] = String(request.headers["x-amz-target"]).split(".");
    if (action === "StopQueryExecution") {
      stopped.push(given.QueryExecutionId);
      started[Number(given.QueryExecutionId)]!.state ??= "CANCELLED";
      answer(200, {});
    } else if (action === "ListQueryExecutions") {
      const newest = started.map((_, index) => `${index}`).reverse();
      answer(200, { QueryExecutionIds: newest.slice(0, given.MaxResults) });
    } else if (action === "BatchGetQueryExecution") {
      const executionOf = (QueryExecutionId: string) => ({
        QueryExecutionId,
        Query: started[Number(QueryExecutionId)]!.sql,
        Status: status(QueryExecutionId),
      });
      answer(200, { QueryExecutions: given.QueryExecutionIds.map(executionOf) });
    } else if (action === "GetQueryExecution") {
      const { QueryExecutionId } = given;
      const Statistics = { DataScannedInBytes: 10_485_760 };
      answer(200, { QueryExecution: { QueryExecutionId, Status: status(QueryExecutionId), Statistics } });
    } else {
      const known = started.findIndex(({ token }) => token === given.ClientRequestToken);
      const fate = known < 0 ? behaviour.next.shift() : undefined;
      if (fate === "throttled") {
        answer(400, {
          __type: "TooManyRequestsException",
          Message: "Rate exceeded",
          Reason: "CONCURRENT_QUERY_LIMIT_EXCEEDED",
        });
        return;
      }
      if (known < 0) {
        const { ClientRequestToken: token, QueryString: sql, WorkGroup: workgroup } = given;
        started.push({
          token,
          sql,
          workgroup,
          context: given.QueryExecutionContext,
          rows: rowsOf(sql),
          fate,
        });
      }
      if (fate === "lost") {
        request.socket.destroy();
        return;
      }
      answer(200, { QueryExecutionId: `${known < 0 ? started.length - 1 : known}` });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    started,
    stopped,
    headers,
    table: table.rows,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
