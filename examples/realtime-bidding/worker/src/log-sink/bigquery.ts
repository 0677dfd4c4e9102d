import type { Http } from "../http/http.js";
import { JsonApi } from "../http/json-api.js";
import type { TableOf } from "./config.js";
import { type Chunk, COLUMNS } from "./entries.js";
import type { LogTable, Merged } from "./table.js";

/** How long one request waits for the statement; then it is asked after. */
const WAIT_MS = 20_000;
const REQUEST_TIMEOUT_MS = WAIT_MS + 10_000;

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query, read 2026-11-24. */
interface Answer {
  readonly jobComplete: boolean;
  readonly jobReference: { readonly jobId: string };
  readonly numDmlAffectedRows?: string;
}

/** What is there by id and time stays. The bounds let BigQuery leave all other partitions unread. */
export function mergeQuery({ project, dataset, table }: TableOf<"bigquery">): string {
  const read = COLUMNS.map((name) => {
    const value = `JSON_VALUE(r, '$.${name}')`;
    return `${name === "event_time" ? `TIMESTAMP(${value})` : value} AS ${name}`;
  });
  return [
    `MERGE \`${project}.${dataset}.${table}\` AS t`,
    `USING (SELECT ${read.join(", ")} FROM UNNEST(JSON_QUERY_ARRAY(@rows)) AS r) AS s`,
    "ON t.decision_id = s.decision_id AND t.event_time = s.event_time",
    "AND t.event_time BETWEEN @first AND @last",
    `WHEN NOT MATCHED THEN INSERT (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map((name) => `s.${name}`).join(", ")})`,
  ].join("\n");
}

const parameter = (name: string, type: "STRING" | "TIMESTAMP", value: string) => ({
  name,
  parameterType: { type },
  parameterValue: { value },
});

export class BigQueryTable implements LogTable {
  /** Rows are a parameter; a request may be larger by far. One statement is to be no heavier than Trino's. */
  readonly limit = { most: 800_000, of: "characters" } as const;
  readonly #api: JsonApi;

  constructor(
    private readonly table: TableOf<"bigquery">,
    http: Http,
    private readonly timeoutMs: number,
  ) {
    this.#api = new JsonApi(http, table.auth);
  }

  async merge({ rows, from, to }: Chunk): Promise<Merged> {
    const until = Date.now() + this.timeoutMs;
    const { endpoint, project, location } = this.table;
    const queries = `${endpoint.replace(/\/$/, "")}/bigquery/v2/projects/${encodeURIComponent(project)}/queries`;
    const query = {
      query: mergeQuery(this.table),
      useLegacySql: false,
      location,
      parameterMode: "NAMED",
      queryParameters: [
        parameter("rows", "STRING", rows),
        parameter("first", "TIMESTAMP", from),
        parameter("last", "TIMESTAMP", to),
      ],
      timeoutMs: WAIT_MS,
    };
    let answer = (await this.#api.post(queries, query, REQUEST_TIMEOUT_MS)) as Answer;
    const { jobId } = answer.jobReference;
    while (!answer.jobComplete) {
      if (Date.now() > until) {
        throw new Error(`BigQuery has not ended job ${jobId} in ${this.timeoutMs} ms`);
      }
      const again = `${queries}/${encodeURIComponent(jobId)}?location=${location}&maxResults=0&timeoutMs=${WAIT_MS}`;
      answer = (await this.#api.get(again, REQUEST_TIMEOUT_MS)) as Answer;
    }
    return { added: Number(answer.numDmlAffectedRows ?? 0) };
  }
}
