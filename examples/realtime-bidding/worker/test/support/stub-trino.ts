import { createServer, type IncomingMessage } from "node:http";
import type { Row } from "../../src/log-sink/entries.js";

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

/** The list that a statement reads; a statement without one is not the sink's. */
function rowsOf(sql: string): readonly Row[] {
  const [, text] = /json_parse\('((?:[^']|'')*)'\)/.exec(sql)!;
  return JSON.parse(text!.replaceAll("''", "'"));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Trino's protocol on a socket, and what its MERGE does: adds rows whose id and time are not there. */
export async function startTrino(behaviour: TableBehaviour = { next: [] }): Promise<StubTrino> {
  const statements: Statement[] = [];
  const cancelled: string[] = [];
  const table: Row[] = [];
  const known = new Set<string>();
  let url = "";
  const carryOut = (rows: readonly Row[]): number => {
    const before = new Set(known);
    const added = rows.filter(({ decision_id, event_time }) => !before.has(`${decision_id} ${event_time}`));
    for (const row of added) {
      known.add(`${row.decision_id} ${row.event_time}`);
      table.push(row);
    }
    return added.length;
  };
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
      const updateCount = carryOut(statements[Number(id)]!.rows);
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
    table,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
