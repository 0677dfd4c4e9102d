import { awsPartition } from "../../core/aws-partitions";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { PROGRAM_PORT } from "../../kubernetes/program-pod";
import type { KafkaTopicAccess, SecretKeyReference } from "../streaming";
import { checkConsumer, checkProgram, checkRegion, kafkaAccess } from "./access";
import type { AthenaLogTable, InlineLogSinkProps, LogTable } from "./log-sink-props";
import { type ProgramSetup, SecretFiles } from "./program-setup";
import type { ServiceAuth } from "./props";
import { checkAuth, checkEndpoint, checkSecret } from "./services";
import { tracingConfig } from "./tracing";

const MINUTE_MS = 60_000;
/** Quotes would be needed for others, and rules for what is in them. */
const IDENTIFIER = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
  maxLength: 128,
  form: "1 to 128 letters, digits and underscores, not starting with a digit",
};
/** https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html (read 2026-11) */
const WORKGROUP = {
  pattern: /^[a-zA-Z0-9._-]{1,128}$/,
  maxLength: 128,
  form: "1 to 128 letters, digits, full stops, underscores and hyphens",
};
const CATALOG = {
  pattern: /^[\w@/-]{1,256}$/,
  maxLength: 256,
  form: "1 to 256 letters, digits, underscores, hyphens, slashes and at signs",
};
const REGION = {
  pattern: /^[a-z]{2,4}(-[a-z]+)+-\d$/,
  maxLength: 30,
  form: "a region, for example eu-west-1",
};
/** Athena's name of Glue's catalogue. */
const GLUE = "AwsDataCatalog";
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
  switch (table.kind) {
    case "trino":
      return { endpoint: table.endpoint, auth: table.auth };
    case "bigquery":
      return { endpoint: table.endpoint ?? BIGQUERY, auth: { kind: "google" } };
    case "athena": {
      const { region, endpoint } = table;
      return {
        endpoint: endpoint ?? `https://athena.${region}.${awsPartition(region).dnsSuffix}`,
        auth: { kind: "aws", region, service: "athena" },
      };
    }
  }
}

/** What a table is named by: what statements hold without an escape, and what only has to be there. */
function namesOf(table: LogTable): {
  readonly identifiers: Readonly<Record<string, string>>;
  readonly texts: Readonly<Record<string, string>>;
} {
  switch (table.kind) {
    case "trino": {
      const { catalog, schema, user } = table;
      return { identifiers: { catalog, schema, table: table.table }, texts: { user } };
    }
    case "bigquery": {
      const { dataset, project, location } = table;
      return { identifiers: { dataset, table: table.table }, texts: { project, location } };
    }
    case "athena":
      return { identifiers: { database: table.database, table: table.table }, texts: {} };
  }
}

function checkAthena(problems: Problems, { region, workgroup, catalog }: AthenaLogTable): boolean {
  problems.required("table.workgroup", workgroup, WORKGROUP.form);
  for (const [part, name, rule] of [
    ["workgroup", workgroup, WORKGROUP],
    ["catalog", catalog ?? GLUE, CATALOG],
  ] as const) {
    if (name !== undefined && !isToken(name)) {
      problems.name(`table.${part}`, name, rule);
    }
  }
  return problems.name("table.region", region, REGION);
}

function checkTable(problems: Problems, table: LogTable, namespace: string): void {
  problems.required("table", table, "where the log goes");
  if (!problems.oneOf("table.kind", table?.kind, ["trino", "bigquery", "athena"])) {
    return;
  }
  const { identifiers, texts } = namesOf(table);
  for (const [part, name] of Object.entries(identifiers)) {
    if (!isToken(name)) {
      problems.name(`table.${part}`, name, IDENTIFIER);
    }
  }
  for (const [part, text] of Object.entries(texts)) {
    problems.required(`table.${part}`, text, "a name");
  }
  if (table.kind !== "athena" || checkAthena(problems, table)) {
    const { endpoint, auth } = serviceOf(table);
    checkEndpoint(problems, "table.endpoint", endpoint);
    checkAuth(problems, "table.auth", auth, namespace);
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
  switch (table.kind) {
    case "trino":
      return { ...common, user: table.user, catalog: table.catalog, schema: table.schema };
    case "bigquery":
      return { ...common, project: table.project, location: table.location, dataset: table.dataset };
    case "athena": {
      const { workgroup, catalog = GLUE, database } = table;
      return { ...common, workgroup, catalog, database };
    }
  }
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
    server: { port: PROGRAM_PORT },
    logLevel: props.logLevel ?? "info",
    tracing: tracingConfig(files, props.tracing),
  };
  return { config, files: files.files, tokens: files.tokens };
}
