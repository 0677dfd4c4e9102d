import { PROGRAM_PORT } from "../../kubernetes/program-pod";
import { type ProgramSetup, SecretFiles } from "./program-setup";
import type { InlineFeatureLookup, InlineInferenceProps, InlineVectorLookup } from "./props";
import { LOOKUP_TIMEOUT_MS, type ResolvedInline } from "./resolve";
import { tracingConfig } from "./tracing";

/** To a database, of one replica: as many batches as are decided at once. */
const CONNECTIONS = 4;

function lookupCommon(files: SecretFiles, lookup: InlineFeatureLookup | InlineVectorLookup): object {
  const { kind, name, endpoint, timeoutMs = LOOKUP_TIMEOUT_MS, onMissing = "default" } = lookup;
  return { kind, name, endpoint, timeoutMs, onMissing, auth: files.auth(`lookup-${name}`, lookup.auth) };
}

/** Where a store has the vectors, and what of a neighbour is wanted. */
function placeOf(lookup: InlineVectorLookup): object {
  if (lookup.kind === "vertex") {
    return { indexEndpoint: lookup.indexEndpoint, deployedIndexId: lookup.deployedIndexId };
  }
  const payload = [...(lookup.payload ?? [])];
  switch (lookup.kind) {
    case "qdrant":
      return { collection: lookup.collection, payload };
    case "milvus":
      return { collection: lookup.collection, field: lookup.field, payload };
    case "pgvector": {
      const { database, table, metric, precision = "float32", connections = CONNECTIONS } = lookup;
      const type = precision === "float16" ? "halfvec" : "vector";
      const searchParameters = { ...lookup.searchParameters };
      return { database, table, metric, type, connections, searchParameters, payload };
    }
    case "s3-vectors":
      return { bucket: lookup.bucket, index: lookup.index, payload };
    case "opensearch-serverless":
      return { index: lookup.index, field: lookup.field, payload };
  }
}

function modelOf(files: SecretFiles, { model }: InlineInferenceProps): object {
  const { protocol, endpoint, name } = model;
  const common = { protocol, endpoint, name, auth: files.auth("model", model.auth) };
  if (model.protocol === "openai") {
    return { ...common, prompt: model.prompt, maxTokens: model.maxTokens, as: model.as ?? "text" };
  }
  return {
    ...common,
    inputs: model.inputs.map((input) => ({
      name: input.name,
      datatype: input.datatype,
      from: [...input.from],
    })),
    outputs: model.outputs.map((output) => ({ name: output.name, as: output.as ?? output.name })),
  };
}

/**
 * The worker's configuration, one JSON document, and the files that it names. `test/streaming/inline` gives it to the
 * worker's own parser.
 */
export function workerSetup(props: InlineInferenceProps, resolved: ResolvedInline): ProgramSetup {
  const files = new SecretFiles();
  const { topics, delivery, numbers } = resolved;
  const config = {
    version: 1,
    name: props.name,
    kafka: {
      ...files.kafka(topics.input, {
        awsRegion: props.awsRegion,
        sessionTimeoutMs: numbers.sessionTimeoutMs,
      }),
      transactionalIdPrefix: delivery === "exactly-once" ? topics.decisions.transactionalIdPrefix : undefined,
    },
    input: { topics: [topics.input.topic], startFrom: props.startFrom ?? "earliest" },
    decisions: { topic: topics.decisions.topic, copy: [...(props.copy ?? [])] },
    deadLetters: { topic: topics.deadLetters },
    log: props.log && { topic: topics.log, sampleRate: props.log.sampleRate },
    delivery,
    batch: numbers.batch,
    deadline: numbers.deadline,
    features: (props.features ?? []).map((lookup) => ({
      ...lookupCommon(files, lookup),
      view: lookup.view,
      keys: lookup.keys.map(({ name, from }) => ({ name, from })),
      features: lookup.features.map(({ name, as, default: other }) => ({
        name,
        as: as ?? name,
        default: other,
      })),
    })),
    vectors: (props.vectors ?? []).map((lookup) => ({
      ...lookupCommon(files, lookup),
      vector: lookup.vector,
      topK: lookup.topK,
      ...placeOf(lookup),
    })),
    model: modelOf(files, props),
    trustedCaFiles: files.trusted(props.trustedCas),
    request: numbers.request,
    retryBudget: numbers.retryBudget,
    breaker: numbers.breaker,
    fallback: props.fallback && { output: props.fallback },
    server: { port: PROGRAM_PORT },
    drainMs: numbers.drainMs,
    logLevel: props.logLevel ?? "info",
    tracing: tracingConfig(files, props.tracing),
  };
  return { config, files: files.files, tokens: files.tokens };
}
