import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { KafkaTopicAccess, SecretKeyReference } from "../streaming";
import { checkConsumer, checkProgram, checkRegion, kafkaAccess } from "./access";
import type { InlineLogSinkProps, LogTable } from "./log-sink-props";
import { type ProgramSetup, SecretFiles } from "./program-setup";
import type { ServiceAuth } from "./props";
import { checkAuth, checkEndpoint, checkSecret } from "./services";
import { tracingConfig } from "./tracing";
import { SERVER_PORT } from "./worker-config";

const MINUTE_MS = 60_000;
/** Quotes would be needed for others, and rules for what is in them. */
const IDENTIFIER = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
  maxLength: 128,
  form: "1 to 128 letters, digits and underscores, not starting with a digit",
};
const BIGQUERY = "https://bigquery.googleapis.com";

/** Every number of the sink, filled in. */
interface SinkNumbers {
  readonly batch: { readonly size: number; readonly lingerMs: number };
  readonly statementTimeoutMs: number;
  readonly drainMs: number;
  readonly sessionTimeoutMs: number;
}

/** A sink after validation. */
export interface ResolvedSink {
  readonly input: KafkaTopicAccess;
  readonly numbers: SinkNumbers;
  /** Where the table's engine is, and how it is proved who asks. */
  readonly service: { readonly endpoint: string; readonly auth?: ServiceAuth };
}

function numbersOf(props: InlineLogSinkProps): SinkNumbers {
  return {
    batch: { size: props.batch?.size ?? 1_000, lingerMs: props.batch?.lingerMs ?? MINUTE_MS },
    statementTimeoutMs: props.statementTimeoutMs ?? 5 * MINUTE_MS,
    drainMs: props.drainMs ?? MINUTE_MS,
    sessionTimeoutMs: props.sessionTimeoutMs ?? 30_000,
  };
}

/** The bounds are those of the program's own parser; `test/streaming/inline` holds them together. */
function checkNumbers(problems: Problems, numbers: SinkNumbers): void {
  const whole = (subject: string, value: number, min: number, max: number) =>
    problems.literalInteger(subject, value, { min, max });
  whole("batch.size", numbers.batch.size, 1, 10_000);
  whole("batch.lingerMs", numbers.batch.lingerMs, 0, 15 * MINUTE_MS);
  whole("statementTimeoutMs", numbers.statementTimeoutMs, 1_000, 30 * MINUTE_MS);
  whole("drainMs", numbers.drainMs, 0, 10 * MINUTE_MS);
  whole("sessionTimeoutMs", numbers.sessionTimeoutMs, 1_000, 30 * MINUTE_MS);
}

function serviceOf(table: LogTable): ResolvedSink["service"] {
  return table.kind === "bigquery"
    ? { endpoint: table.endpoint ?? BIGQUERY, auth: { kind: "google" } }
    : { endpoint: table.endpoint, auth: table.auth };
}

function checkTable(problems: Problems, table: LogTable, namespace: string): void {
  problems.required("table", table, "where the log goes");
  if (!problems.oneOf("table.kind", table?.kind, ["trino", "bigquery"])) {
    return;
  }
  const { endpoint, auth } = serviceOf(table);
  checkEndpoint(problems, "table.endpoint", endpoint);
  checkAuth(problems, "table.auth", auth, namespace);
  const names =
    table.kind === "trino"
      ? { catalog: table.catalog, schema: table.schema, table: table.table }
      : { dataset: table.dataset, table: table.table };
  for (const [part, name] of Object.entries(names)) {
    if (!isToken(name)) {
      problems.name(`table.${part}`, name, IDENTIFIER);
    }
  }
  const texts =
    table.kind === "trino" ? { user: table.user } : { project: table.project, location: table.location };
  for (const [part, text] of Object.entries(texts)) {
    problems.required(`table.${part}`, text, "a name");
  }
}

/** Checks everything and throws once. */
export function resolveSink(problems: Problems, props: InlineLogSinkProps): ResolvedSink {
  checkProgram(problems, props);
  const numbers = numbersOf(props);
  checkNumbers(problems, numbers);
  checkTable(problems, props.table, props.namespace);
  props.trustedCas?.forEach((secret, index) => {
    checkSecret(problems, `trustedCas[${index}]`, secret, props.namespace);
  });
  const input = kafkaAccess(problems, "input", props.input);
  if (input !== undefined) {
    checkConsumer(problems, input, props.namespace);
    checkRegion(problems, input, props.awsRegion);
  }
  problems.throwIfAny();
  return { input: input!, numbers, service: serviceOf(props.table) };
}

function tableConfig(files: SecretFiles, table: LogTable, service: ResolvedSink["service"]): object {
  const { kind, table: name } = table;
  const common = { kind, endpoint: service.endpoint, auth: files.auth("table", service.auth), table: name };
  return table.kind === "trino"
    ? { ...common, user: table.user, catalog: table.catalog, schema: table.schema }
    : { ...common, project: table.project, location: table.location, dataset: table.dataset };
}

/** The sink's configuration, one JSON document, and the files that it names. */
export function sinkSetup(
  props: InlineLogSinkProps,
  { input, numbers, service }: ResolvedSink,
  trustedCas: readonly SecretKeyReference[],
): ProgramSetup {
  const files = new SecretFiles();
  const { sessionTimeoutMs, ...rest } = numbers;
  const config = {
    version: 1,
    name: props.name,
    kafka: files.kafka(input, { awsRegion: props.awsRegion, sessionTimeoutMs }),
    input: { topics: [input.topic], startFrom: props.startFrom ?? "earliest" },
    deadLetters: input.deadLetter && { topic: input.deadLetter.topic },
    ...rest,
    table: tableConfig(files, props.table, service),
    trustedCaFiles: files.trusted(trustedCas),
    server: { port: SERVER_PORT },
    logLevel: props.logLevel ?? "info",
    tracing: tracingConfig(files, props.tracing),
  };
  return { config, files: files.files, tokens: files.tokens };
}
