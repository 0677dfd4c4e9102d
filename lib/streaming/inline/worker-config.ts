import type { SecretKeyReference } from "../streaming";
import type { InlineFeatureLookup, InlineInferenceProps, InlineVectorLookup, ServiceAuth } from "./props";
import { LOOKUP_TIMEOUT_MS, type ResolvedInline } from "./resolve";

/** Port of health and metrics. */
export const SERVER_PORT = 9464;
const SECRETS = "/var/run/inline-inference";

/** A file of the pod that is a key of a Secret. */
export interface SecretFile {
  readonly secret: SecretKeyReference;
  /** Below the folder of secrets. */
  readonly path: string;
}

/** Collects the Secrets that the configuration points to. */
class SecretFiles {
  readonly files: SecretFile[] = [];

  /** Path in the pod; the same for the same purpose. */
  at(path: string, secret: SecretKeyReference): string {
    this.files.push({ secret, path });
    return `${SECRETS}/${path}`;
  }

  maybe(path: string, secret: SecretKeyReference | undefined): string | undefined {
    return secret === undefined ? undefined : this.at(path, secret);
  }
}

export const SECRETS_FOLDER = SECRETS;
/** Files below the folder of secrets. */
export const ACCOUNT_TOKEN = "service-account/token";

export interface WorkerSetup {
  /** What the worker's parser reads. Values may be tokens. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: readonly SecretFile[];
  /** A token of the pod's account is among the secrets; the kubelet renews it. */
  readonly accountToken: boolean;
}

function authOf(files: SecretFiles, folder: string, auth: ServiceAuth = { kind: "none" }): object {
  switch (auth.kind) {
    case "bearer":
      return { kind: "bearer", token: { from: "file", path: files.at(`${folder}/token`, auth.secret) } };
    case "header": {
      const value = { from: "file", path: files.at(`${folder}/value`, auth.secret) };
      return { kind: "header", name: auth.name, value };
    }
    case "service-account":
      return { kind: "bearer", token: { from: "file", path: `${SECRETS}/${ACCOUNT_TOKEN}` } };
    default:
      return { ...auth };
  }
}

function lookupCommon(files: SecretFiles, lookup: InlineFeatureLookup | InlineVectorLookup): object {
  const { kind, name, endpoint, timeoutMs = LOOKUP_TIMEOUT_MS, onMissing = "default" } = lookup;
  return { kind, name, endpoint, timeoutMs, onMissing, auth: authOf(files, `lookup-${name}`, lookup.auth) };
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
    case "s3-vectors":
      return { bucket: lookup.bucket, index: lookup.index, payload };
    case "opensearch-serverless":
      return { index: lookup.index, field: lookup.field, payload };
  }
}

function modelOf(files: SecretFiles, { model }: InlineInferenceProps): object {
  const { protocol, endpoint, name } = model;
  const common = { protocol, endpoint, name, auth: authOf(files, "model", model.auth) };
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

function kafkaOf(
  files: SecretFiles,
  props: InlineInferenceProps,
  { topics, delivery, numbers }: ResolvedInline,
): object {
  const { input, decisions } = topics;
  const { certificate, privateKey, password } = input.credentials ?? {};
  const sasl = {
    mtls: () => ({ kind: "none" }),
    scram: () => ({
      kind: "scram",
      mechanism: "SCRAM-SHA-512",
      username: input.username,
      password: { from: "file", path: files.maybe("kafka/password", password) },
    }),
    "sasl-iam": () => ({ kind: "aws-iam", region: props.awsRegion }),
    oauthbearer: () => ({ kind: "google" }),
  }[input.auth]();
  return {
    bootstrapServers: input.bootstrapServers,
    groupId: input.consumerGroup,
    transactionalIdPrefix: delivery === "exactly-once" ? decisions.transactionalIdPrefix : undefined,
    tls: {
      enabled: true,
      caFile: files.maybe("kafka/ca.crt", input.caCertificate),
      certificateFile: files.maybe("kafka/tls.crt", certificate),
      privateKeyFile: files.maybe("kafka/tls.key", privateKey),
    },
    sasl,
    sessionTimeoutMs: numbers.sessionTimeoutMs,
  };
}

/**
 * The worker's configuration, one JSON document, and the files that it names. `test/streaming/inline` gives it to the
 * worker's own parser.
 */
export function workerSetup(props: InlineInferenceProps, resolved: ResolvedInline): WorkerSetup {
  const files = new SecretFiles();
  const { topics, delivery, numbers } = resolved;
  const config = {
    version: 1,
    name: props.name,
    kafka: kafkaOf(files, props, resolved),
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
    trustedCaFiles: (props.trustedCas ?? []).map((secret, index) => files.at(`trusted/${index}.crt`, secret)),
    request: numbers.request,
    retryBudget: numbers.retryBudget,
    breaker: numbers.breaker,
    fallback: props.fallback && { output: props.fallback },
    server: { port: SERVER_PORT },
    drainMs: numbers.drainMs,
    logLevel: props.logLevel ?? "info",
  };
  const services = [...(props.features ?? []), ...(props.vectors ?? []), props.model];
  const accountToken = services.some(({ auth }) => auth?.kind === "service-account");
  return { config, files: files.files, accountToken };
}
