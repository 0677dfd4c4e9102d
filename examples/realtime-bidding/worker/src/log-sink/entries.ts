import type { LogEntry } from "../pipeline/outputs.js";

/** Columns of the table, in the order in which they are written. `test/streaming/inline` holds the library to them. */
export const COLUMNS = [
  "decision_id",
  "event_time",
  "model",
  "source",
  "reason",
  "event",
  "features",
  "vectors",
  "output",
] as const;

/** One row; times are ISO 8601, what has parts is JSON as text. */
export type Row = Readonly<Record<Exclude<(typeof COLUMNS)[number], "reason">, string>> & {
  readonly reason: string | null;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Seconds may have parts; a zone is said. What is told apart by time must not be told in two ways. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

/** A row of what the worker wrote; text says why it is none. */
export function rowOf(value: Buffer | undefined): Row | string {
  let entry: unknown;
  try {
    entry = JSON.parse(value?.toString("utf8") ?? "");
  } catch (error) {
    return (error as Error).message;
  }
  if (!isObject(entry) || !isObject(entry.decision)) {
    return "not an entry of the log: no decision";
  }
  const { id, time, model, event, features, vectors, decision } = entry as unknown as LogEntry;
  const { source, reason, output } = decision;
  for (const [name, text] of Object.entries({ id, model, source })) {
    if (typeof text !== "string" || text === "") {
      return `not an entry of the log: no ${name}`;
    }
  }
  if (typeof time !== "string" || !ISO_TIME.test(time) || Number.isNaN(Date.parse(time))) {
    return "not an entry of the log: no time in ISO 8601 and UTC";
  }
  return {
    decision_id: id,
    event_time: new Date(time).toISOString(),
    model,
    source,
    reason: typeof reason === "string" ? reason : null,
    event: JSON.stringify(event ?? {}),
    features: JSON.stringify(features ?? {}),
    vectors: JSON.stringify(vectors ?? {}),
    output: JSON.stringify(output ?? {}),
  };
}

/** Rows of one statement, as the JSON list that it reads. */
export interface Chunk {
  readonly rows: string;
  readonly count: number;
  /** Earliest and latest `event_time`, ISO 8601. */
  readonly from: string;
  readonly to: string;
}

/** What the rows of one statement may take, as the text that they are in it. */
export interface ChunkLimit {
  readonly most: number;
  readonly of: "bytes" | "characters";
}

/** With the comma after it. Quotes are written twice where a text is written in a statement. */
function sizeOf(json: string, { of }: ChunkLimit): number {
  const quotes = json.split("'").length - 1;
  return (of === "bytes" ? Buffer.byteLength(json) : json.length) + quotes + 1;
}

/** Cuts rows into as few statements as hold them. A repeated id is written once: a statement does not see itself. */
export function chunksOf(rows: readonly Row[], limit: ChunkLimit): readonly Chunk[] {
  const chunks: { parts: string[]; size: number; times: string[] }[] = [];
  for (const row of new Map(rows.map((each) => [each.decision_id, each])).values()) {
    const part = JSON.stringify(row);
    const size = sizeOf(part, limit);
    let chunk = chunks.at(-1);
    if (chunk === undefined || chunk.size + size > limit.most) {
      chunk = { parts: [], size: 0, times: [] };
      chunks.push(chunk);
    }
    chunk.parts.push(part);
    chunk.times.push(row.event_time);
    chunk.size += size;
  }
  return chunks.map(({ parts, times }) => {
    const sorted = [...times].sort();
    return { rows: `[${parts.join(",")}]`, count: parts.length, from: sorted[0]!, to: sorted.at(-1)! };
  });
}

/** True if no statement can hold the row. */
export const isTooLarge = (row: Row, limit: ChunkLimit): boolean =>
  sizeOf(JSON.stringify(row), limit) > limit.most;
