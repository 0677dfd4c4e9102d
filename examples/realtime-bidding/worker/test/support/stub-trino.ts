import { createServer } from "node:http";
import type { Row } from "../../src/log-sink/entries.js";
import { bodyOf, MergedTable, rowsOf } from "./merged-table.js";

export interface Statement {
  readonly user: string;
  readonly authorization?: string;
  readonly rows: readonly Row[];
}

/** Changed while it is asked. */
export interface TableBehaviour {
  /** What becomes of the next statements, one after the other; then all are carried out. */
  readonly next: ("busy" | "error")[];
  /** After rows are committed, before anybody is told. */
  committed?: () => void;
}

export interface StubTrino {
  readonly url: string;
  readonly statements: readonly Statement[];
  readonly cancelled: readonly string[];
  /** The table: rows that no statement had to add again. */
  readonly table: readonly Row[];
  close(): void;
}

/** Trino's protocol on a socket. */
export async function startTrino(behaviour: TableBehaviour = { next: [] }): Promise<StubTrino> {
  const statements: Statement[] = [];
  const cancelled: string[] = [];
  const table = new MergedTable();
  let url = "";
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const [, , , id = "", step] = request.url!.split("/");
    if (request.method === "POST") {
      const said = behaviour.next.shift();
      if (said === "busy") {
        answer(503, "busy");
        return;
      }
      statements.push({
        user: String(request.headers["x-trino-user"]),
        authorization: request.headers.authorization,
        rows: rowsOf(await bodyOf(request)),
      });
      const name = `${statements.length - 1}${said === "error" ? "-error" : ""}`;
      answer(200, { id: name, nextUri: `${url}/v1/statement/${name}/1`, stats: { state: "QUEUED" } });
    } else if (request.method === "DELETE") {
      cancelled.push(id);
      answer(204, undefined);
    } else if (step === "1") {
      answer(200, { id, nextUri: `${url}/v1/statement/${id}/2`, stats: { state: "RUNNING" } });
    } else if (id.endsWith("-error")) {
      const error = { message: "the table has changed", errorName: "ICEBERG_COMMIT_ERROR" };
      answer(200, { id, error, stats: { state: "FAILED" } });
    } else {
      const updateCount = table.merge(statements[Number(id)]!.rows);
      behaviour.committed?.();
      answer(200, { id, updateType: "MERGE", updateCount, stats: { state: "FINISHED" } });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    url,
    statements,
    cancelled,
    table: table.rows,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
