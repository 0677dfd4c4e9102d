import type { IncomingMessage } from "node:http";
import type { Row } from "../../src/log-sink/entries.js";

/** The list that a statement reads; a statement without one is not the sink's. */
export function rowsOf(sql: string): readonly Row[] {
  const [, text] = /json_parse\('((?:[^']|'')*)'\)/.exec(sql)!;
  return JSON.parse(text!.replaceAll("''", "'"));
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What a MERGE of the sink does: adds rows whose id and time are not there. */
export class MergedTable {
  readonly rows: Row[] = [];
  readonly #known = new Set<string>();

  /** Gives how many were new. A statement does not see what it adds itself. */
  merge(rows: readonly Row[]): number {
    const keyOf = ({ decision_id, event_time }: Row) => `${decision_id} ${event_time}`;
    const added = rows.filter((row) => !this.#known.has(keyOf(row)));
    for (const row of added) {
      this.#known.add(keyOf(row));
      this.rows.push(row);
    }
    return added.length;
  }
}
