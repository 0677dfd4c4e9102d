import { readFileSync } from "node:fs";
import type { Tracer } from "@opentelemetry/api";
import { type Http, keepAliveHttp } from "../http/http.js";
import type { Log } from "../log.js";
import type { Metrics } from "../metrics.js";
import type { Decide } from "../pipeline/decide.js";
import { deadLetter } from "../pipeline/outputs.js";
import { Worker } from "../pipeline/worker.js";
import { KafkaMember } from "../stream/kafka-member.js";
import { kafkaOptions } from "../stream/kafka-options.js";
import type { InputRecord, OutputRecord, StreamMember } from "../stream/member.js";
import { SpanTracing } from "../tracing/spans.js";
import { AthenaTable } from "./athena.js";
import { BigQueryTable } from "./bigquery.js";
import type { SinkConfig } from "./config.js";
import { chunksOf, isTooLarge, type Row, rowOf } from "./entries.js";
import type { LogTable } from "./table.js";
import { TrinoTable } from "./trino.js";

interface Parts {
  readonly table: LogTable;
  /** @default - what is no entry is told and passed over */
  readonly deadLetters?: string;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Writes a batch into the table; rejects if it is not all there, and the batch is then given again. */
function logWriter({ table, deadLetters, metrics, log }: Parts): Decide {
  const refused = (record: InputRecord, reason: string, detail: string): readonly OutputRecord[] => {
    metrics.decided("dead-letter", reason, 1);
    const { topic, partition, offset } = record;
    log("error", "A record does not go into the table", {
      reason,
      detail,
      topic,
      partition,
      offset: `${offset}`,
    });
    return deadLetters === undefined ? [] : [deadLetter(deadLetters, record, "log-sink", reason, detail)];
  };

  return async (records) => {
    const outputs: OutputRecord[] = [];
    const rows: Row[] = [];
    for (const record of records) {
      const row = rowOf(record.value);
      if (typeof row === "string") {
        outputs.push(...refused(record, "not-an-entry", row));
      } else if (isTooLarge(row, table.limit)) {
        outputs.push(...refused(record, "too-large", "no statement can hold the entry"));
      } else {
        rows.push(row);
      }
    }
    const started = performance.now();
    for (const chunk of chunksOf(rows, table.limit)) {
      const told = await table.merge(chunk);
      log("debug", "Written", { rows: chunk.count, ...told, from: chunk.from, to: chunk.to });
    }
    if (rows.length > 0) {
      metrics.decided("logged", "", rows.length);
    }
    return { outputs, waitedMs: performance.now() - started };
  };
}

function tableOf({ table, statementTimeoutMs }: SinkConfig, http: Http): LogTable {
  switch (table.kind) {
    case "trino":
      return new TrinoTable(table, http, statementTimeoutMs);
    case "bigquery":
      return new BigQueryTable(table, http, statementTimeoutMs);
    case "athena":
      return new AthenaTable(table, http, statementTimeoutMs);
  }
}

/** Puts a log sink together from its configuration. `member` and `http` are given by tests. */
export function makeSink(
  config: SinkConfig,
  {
    metrics,
    log,
    workerName,
    tracer,
  }: { readonly metrics: Metrics; readonly log: Log; readonly workerName: string; readonly tracer?: Tracer },
  given: { readonly http?: Http; readonly member?: StreamMember } = {},
): Worker {
  const trusted = config.trustedCaFiles.map((file) => readFileSync(file, "utf8"));
  const { http = keepAliveHttp(trusted), member } = given;
  // Positions are committed when rows are: what was written in between comes again, and is merged away.
  const reader =
    member ??
    new KafkaMember(
      { ...config, delivery: "at-least-once" },
      kafkaOptions(config.kafka, config.name, http),
      workerName,
      log,
    );
  const write = logWriter({
    table: tableOf(config, http),
    deadLetters: config.deadLetters?.topic,
    metrics,
    log,
  });
  const { size, lingerMs } = config.batch;
  const work = {
    // One commit of the table at a time: two would only make each other try again.
    batch: { size, lingerMs, concurrency: 1, maxInFlight: 2 * size },
    deadline: { ms: config.statementTimeoutMs, hard: false },
    drainMs: config.drainMs,
  };
  const tracing = tracer && new SpanTracing(tracer, config, { name: "write" });
  return new Worker(work, reader, write, metrics, log, tracing);
}
