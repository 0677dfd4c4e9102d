import {
  auth,
  checkKafka,
  databaseLogin,
  input,
  kafkaFields,
  MINUTE_MS,
  name,
  programFields,
  topic,
  tracingField,
  url,
} from "./fields.js";
import { parse } from "./load.js";
import {
  anyObject,
  decimal,
  type Field,
  type FieldError,
  flag,
  json,
  list,
  object,
  oneOf,
  optional,
  type Read,
  tagged,
  text,
  whole,
} from "./schema.js";

/** Where a value is in the event, as in `user.id`. */
const eventPath = () => text(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, "a path in the event, as in user.id");

const kafka = object({
  ...kafkaFields,
  /** Start of the transactional ids; needed for exactly-once. */
  transactionalIdPrefix: optional(text(/^\S{1,200}$/, "the start of a transactional id")),
});

const lookupCommon = {
  name: name(),
  endpoint: url(),
  timeoutMs: whole(1, MINUTE_MS),
  auth: auth(),
  /** What happens to an event whose entity is not there, or whose look-up failed. */
  onMissing: oneOf("default", "fallback", "dead-letter"),
};

const keys = () => list(object({ name: text(), from: eventPath() }), 1);
const features = () => list(object({ name: text(), as: name(), default: optional(json()) }), 1);

const featureLookup = tagged("kind", {
  /** Feast's server: one POST for the batch. `view` is a feature service if `features` name no view. */
  feast: object({ ...lookupCommon, view: text(), keys: keys(), features: features() }),
  /** SageMaker FeatureStore runtime: BatchGetRecord, up to 100 records a call. */
  sagemaker: object({ ...lookupCommon, view: text(), keys: keys(), features: features() }),
  /** Vertex AI: fetchFeatureValues, one call an event. `view` is the resource name of the feature view. */
  vertex: object({ ...lookupCommon, view: text(), keys: keys(), features: features() }),
});

const vectorCommon = { ...lookupCommon, vector: eventPath() };
/** Fields of what the store knows about a neighbour that are wanted. */
const payload = () => list(text());

const vectorLookup = tagged("kind", {
  /** Qdrant: points/query/batch, one call for the batch. */
  qdrant: object({ ...vectorCommon, collection: text(), topK: whole(1, 1_000), payload: payload() }),
  /**
   * S3 Vectors: QueryVectors, one call an event; 100 neighbours at most:
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html, read 2026-11-24.
   */
  "s3-vectors": object({
    ...vectorCommon,
    bucket: text(),
    index: text(),
    topK: whole(1, 100),
    payload: payload(),
  }),
  /** OpenSearch Serverless: _search, one call an event. `field` is the one that is indexed by k-NN. */
  "opensearch-serverless": object({
    ...vectorCommon,
    index: text(),
    field: text(),
    topK: whole(1, 1_000),
    payload: payload(),
  }),
  /** Milvus: entities/search, one call an event. `field` holds the vectors. */
  milvus: object({
    ...vectorCommon,
    collection: text(),
    field: text(),
    topK: whole(1, 1_000),
    payload: payload(),
  }),
  /** pgvector on PostgreSQL, always by TLS with certificate and name checked: a statement an event. */
  pgvector: object({
    ...vectorCommon,
    endpoint: text(/^postgresql:\/\/[^\s/@:]+(:\d{1,5})?$/, "postgresql://host:port"),
    auth: databaseLogin(),
    database: text(),
    table: text(),
    metric: oneOf("cosine", "dot", "euclidean"),
    /** Of the column: an index is used for its own type only. */
    type: oneOf("vector", "halfvec"),
    topK: whole(1, 1_000),
    payload: payload(),
    /** Kept to the server at most; events beyond wait, within their time. */
    connections: whole(1, 100),
    /** How much of an index is looked at. */
    searchParameters: object({
      "hnsw.ef_search": optional(whole(1, 1_000)),
      "ivfflat.probes": optional(whole(1, 32_768)),
    }),
  }),
  /** Vertex AI: findNeighbors, one call for the batch. `indexEndpoint` is a resource name. Neighbours have no payload. */
  vertex: object({
    ...vectorCommon,
    indexEndpoint: text(
      /^projects\/[^/]+\/locations\/[^/]+\/indexEndpoints\/[^/]+$/,
      "projects/…/locations/…/indexEndpoints/…",
    ),
    deployedIndexId: text(),
    topK: whole(1, 1_000),
  }),
});

const model = tagged("protocol", {
  /** Open Inference Protocol (KServe v2): `POST /v2/models/<name>/infer`. */
  "kserve-v2": object({
    endpoint: url(),
    name: text(),
    auth: auth(),
    inputs: list(
      object({
        name: text(),
        datatype: oneOf("BOOL", "INT32", "INT64", "FP32", "FP64", "BYTES"),
        /** `event.<path>`, `features.<lookup>.<name>` or `vectors.<lookup>`, joined by numbers an event. */
        from: list(text(/^(event|features|vectors)\.[^\s]+$/, "event.…, features.… or vectors.…"), 1),
      }),
      1,
    ),
    outputs: list(object({ name: text(), as: name() }), 1),
  }),
  /** OpenAI-compatible server with lists of prompts (vLLM, SGLang): `POST /v1/completions`. */
  openai: object({
    endpoint: url(),
    name: text(),
    auth: auth(),
    /** `{event.x}`, `{features.lookup.x}` and `{vectors.lookup}` are replaced. */
    prompt: text(),
    maxTokens: whole(1, 100_000),
    as: name(),
  }),
});

const fields = object({
  version: whole(1, 1),
  name: name(),
  kafka,
  input: input(),
  decisions: object({ topic: topic(), copy: list(eventPath()) }),
  deadLetters: object({ topic: topic() }),
  log: optional(object({ topic: topic(), sampleRate: decimal(0, 1) })),
  delivery: oneOf("exactly-once", "at-least-once"),
  batch: object({
    size: whole(1, 10_000),
    lingerMs: whole(0, MINUTE_MS),
    /** Batches in look-ups and models at once. */
    concurrency: whole(1, 64),
    /** Events in work, taken and not yet committed. A partition beyond its share is paused. */
    maxInFlight: whole(1, 1_000_000),
  }),
  /** From the time an event was taken into work. Hard: the fallback decides when it is over. */
  deadline: object({ ms: whole(1, 10 * MINUTE_MS), hard: flag() }),
  features: list(featureLookup),
  vectors: list(vectorLookup),
  model,
  ...programFields,
  request: object({ timeoutMs: whole(1, 10 * MINUTE_MS), maxAttempts: whole(1, 10) }),
  /** Retries are at most this share of requests, and `minPerSecond` besides. */
  retryBudget: object({ ratio: decimal(0, 1), minPerSecond: decimal(0, 1_000) }),
  breaker: object({
    failureRatio: decimal(0.01, 1),
    /** The newest calls that are looked at. */
    window: whole(1, 10_000),
    minimumCalls: whole(1, 10_000),
    openMs: whole(1, 10 * MINUTE_MS),
    probes: whole(1, 100),
  }),
  fallback: optional(object({ output: anyObject() })),
  tracing: tracingField(),
});

export type WorkerConfig = Read<typeof fields>;
export type FeatureLookupConfig = Read<typeof featureLookup>;
export type VectorLookupConfig = Read<typeof vectorLookup>;
export type VectorLookupOf<Kind> = Extract<VectorLookupConfig, { kind: Kind }>;
export type ModelConfig = Read<typeof model>;
export type AuthConfig = WorkerConfig["model"]["auth"];
export type SecretConfig = Extract<AuthConfig, { kind: "bearer" }>["token"];
export type KafkaConfig = WorkerConfig["kafka"];

/** Every path that a configuration can set, for tests that hold its writers to it. */
export const configPaths = (): readonly string[] => [...new Set((fields as Field<unknown>).paths(""))].sort();

/** What no single field can say. */
function checkTogether(config: WorkerConfig, errors: FieldError[]): void {
  const add = (at: string, message: string) => errors.push({ path: at, message });
  const { kafka: broker, batch, breaker, request, deadline } = config;
  if (config.delivery === "exactly-once" && broker.transactionalIdPrefix === undefined) {
    add("kafka.transactionalIdPrefix", "is needed for exactly-once");
  }
  checkKafka(broker, add);
  if (batch.size > batch.maxInFlight) {
    add("batch.maxInFlight", `must be at least batch.size, ${batch.size}: no batch would ever be full`);
  }
  if (breaker.minimumCalls > breaker.window) {
    add("breaker.minimumCalls", `must be at most breaker.window, ${breaker.window}: it would never open`);
  }
  const lookupsMs = Math.max(0, ...[...config.features, ...config.vectors].map(({ timeoutMs }) => timeoutMs));
  const worst = batch.lingerMs + lookupsMs + request.maxAttempts * request.timeoutMs;
  if (worst > deadline.ms) {
    add("deadline.ms", `is ${deadline.ms}, but linger, look-ups and all attempts may take ${worst} ms`);
  }
  const needsFallback = [...config.features, ...config.vectors].find(
    ({ onMissing }) => onMissing === "fallback",
  );
  if (config.fallback === undefined && (deadline.hard || needsFallback)) {
    add(
      "fallback",
      deadline.hard ? "is needed: the deadline is hard" : `is needed by look-up ${needsFallback!.name}`,
    );
  }
  const out = [config.decisions.topic, config.deadLetters.topic, config.log?.topic];
  for (const each of config.input.topics) {
    if (out.includes(each)) {
      add("input.topics", `"${each}" is written to as well: the worker would read what it wrote`);
    }
  }
  checkSources(config, add);
}

/** Every value that the model is given must be looked up by somebody. */
function checkSources(config: WorkerConfig, add: (at: string, message: string) => void): void {
  const known = new Set([
    ...config.features.flatMap((each) =>
      each.features.map((feature) => `features.${each.name}.${feature.as}`),
    ),
    ...config.vectors.map((each) => `vectors.${each.name}`),
  ]);
  const lookupNames = [...config.features, ...config.vectors].map((each) => each.name);
  for (const each of new Set(lookupNames.filter((given, index) => lookupNames.indexOf(given) !== index))) {
    add("features", `two look-ups are named "${each}"`);
  }
  const used =
    config.model.protocol === "kserve-v2"
      ? config.model.inputs.flatMap(({ from }) => from)
      : [...config.model.prompt.matchAll(/\{((?:event|features|vectors)\.[^}\s]+)\}/g)].map(
          ([, source]) => source!,
        );
  for (const source of used) {
    if (!source.startsWith("event.") && !known.has(source)) {
      add("model", `"${source}" is looked up by nobody; there are ${[...known].join(", ") || "no look-ups"}`);
    }
  }
}

/** @throws ConfigError that lists everything that is wrong. */
export const parseConfig = (json: unknown): WorkerConfig => parse(fields, checkTogether, json);
