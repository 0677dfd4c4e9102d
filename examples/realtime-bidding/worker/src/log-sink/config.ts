import {
  auth,
  checkKafka,
  input,
  kafkaFields,
  MINUTE_MS,
  name,
  programFields,
  topic,
  tracingField,
  url,
} from "../config/fields.js";
import { parse } from "../config/load.js";
import {
  type Field,
  type FieldError,
  object,
  optional,
  type Read,
  tagged,
  text,
  whole,
} from "../config/schema.js";

/** What all engines take without quotes, and so need no rule of their own for what is in them. */
const identifier = () => text(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a name of letters, digits and underscores");

const table = tagged("kind", {
  /** Trino's protocol: `POST /v1/statement`. */
  trino: object({
    endpoint: url(),
    auth: auth(),
    /** As Trino knows the one whom the token is of. */
    user: text(),
    catalog: identifier(),
    schema: identifier(),
    table: identifier(),
  }),
  /** BigQuery, `jobs.query`. */
  bigquery: object({
    endpoint: url(),
    auth: auth(),
    project: text(/^[a-z][a-z0-9.:-]{4,61}[a-z0-9]$/, "the id of a project"),
    location: text(/^[A-Za-z0-9-]+$/, "a region"),
    dataset: identifier(),
    table: identifier(),
  }),
  /** Amazon Athena, `StartQueryExecution`. */
  athena: object({
    endpoint: url(),
    auth: auth(),
    workgroup: text(/^[a-zA-Z0-9._-]{1,128}$/, "the name of a work group"),
    /** As Athena knows it, for example `AwsDataCatalog`. */
    catalog: text(/^[\w@/-]{1,256}$/, "the name of a catalogue"),
    database: identifier(),
    table: identifier(),
  }),
});

const fields = object({
  version: whole(1, 1),
  name: name(),
  kafka: object(kafkaFields),
  input: input(),
  /** For what is no log entry. Without it such a record is told and passed over. */
  deadLetters: optional(object({ topic: topic() })),
  batch: object({
    /** Entries of one statement. */
    size: whole(1, 10_000),
    /** How long an entry waits for others. */
    lingerMs: whole(0, 15 * MINUTE_MS),
  }),
  table,
  /** Of one statement. */
  statementTimeoutMs: whole(1_000, 30 * MINUTE_MS),
  tracing: tracingField(),
  ...programFields,
});

export type SinkConfig = Read<typeof fields>;
export type TableOf<Kind> = Extract<SinkConfig["table"], { kind: Kind }>;

/** Every path that a configuration can set, for tests that hold its writers to it. */
export const sinkConfigPaths = (): readonly string[] =>
  [...new Set((fields as Field<unknown>).paths(""))].sort();

function checkTogether({ kafka, input: { topics }, deadLetters }: SinkConfig, errors: FieldError[]): void {
  const add = (path: string, message: string) => errors.push({ path, message });
  checkKafka(kafka, add);
  if (deadLetters !== undefined && topics.includes(deadLetters.topic)) {
    add("deadLetters.topic", "is read as well: what is refused would come again");
  }
}

/** @throws ConfigError that lists everything that is wrong. */
export const parseSinkConfig = (json: unknown): SinkConfig => parse(fields, checkTogether, json);
