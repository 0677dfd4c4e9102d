import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { SecretKeyReference } from "../streaming";
import { InlineErrors } from "./errors";
import type { InlineInferenceProps, InlineVectorLookup, PgvectorLookup, ServiceAuth } from "./props";

const LOOKUP_NAME = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
  maxLength: 63,
  form: "1 to 63 letters, digits, underscores and hyphens",
};

/** What comes after the colon is the password. */
const LOGIN = { pattern: /^[^\s:]+$/, maxLength: 255, form: "a name without a colon or a space" };

export function lookupsOf(props: InlineInferenceProps) {
  return [...(props.features ?? []), ...(props.vectors ?? [])];
}

const HTTP = { pattern: /^https?:\/\/[^\s/]+/, form: "an http:// or https:// address" };
const POSTGRESQL = { pattern: /^postgresql:\/\/[^\s/@:]+(:\d{1,5})?$/, form: "postgresql://host:port" };

/** `https://name:word@host` holds a secret as well. */
export function checkEndpoint(problems: Problems, subject: string, endpoint: string, rule = HTTP): void {
  problems.required(subject, endpoint, rule.form);
  if (typeof endpoint !== "string" || isToken(endpoint)) {
    return;
  }
  if (/^[a-z]+:\/\/[^/]*@/.test(endpoint)) {
    problems.add(CoreErrors.SecretAsText, {
      subject,
      given: "an address with a password",
      allowed: "one without",
    });
  } else if (!rule.pattern.test(endpoint)) {
    problems.add(CoreErrors.InvalidName, { subject, given: endpoint, allowed: rule.form });
  }
}

export function checkSecret(problems: Problems, subject: string, secret: unknown, namespace: string): void {
  const { name, key, namespace: of } = (secret ?? {}) as Partial<SecretKeyReference>;
  if (typeof secret !== "object" || typeof name !== "string" || typeof key !== "string") {
    problems.add(CoreErrors.SecretAsText, {
      subject,
      given: "text",
      allowed: "{ namespace, name, key } of a Secret",
    });
  } else if (of !== namespace) {
    problems.add(InlineErrors.SecretInOtherNamespace, {
      subject,
      given: `${of}/${name}`,
      allowed: `a Secret in ${namespace}`,
    });
  }
}

export function checkAuth(
  problems: Problems,
  subject: string,
  auth: ServiceAuth | undefined,
  namespace: string,
): void {
  problems.oneOf(`${subject}.kind`, auth?.kind ?? "none", [
    "none",
    "bearer",
    "header",
    "login",
    "service-account",
    "google",
    "aws",
  ]);
  if (auth?.kind === "bearer" || auth?.kind === "header") {
    checkSecret(problems, `${subject}.secret`, auth.secret, namespace);
  }
  if (auth?.kind === "login") {
    checkSecret(problems, `${subject}.password`, auth.password, namespace);
    if (problems.required(`${subject}.user`, auth.user, "a name") && !isToken(auth.user)) {
      problems.name(`${subject}.user`, auth.user, LOGIN);
    }
  }
}

/** What a store of vectors asks of its clients; the bounds are those of the worker's own parser. */
interface VectorStoreFacts {
  readonly maxTopK: number;
  /** What says where the vectors are. */
  readonly names: readonly string[];
  /** The only way in. @default - any */
  readonly auth?: Readonly<Record<string, string>>;
}

const VECTOR_STORES: Readonly<Record<InlineVectorLookup["kind"], VectorStoreFacts>> = {
  qdrant: { maxTopK: 1_000, names: ["collection"] },
  milvus: { maxTopK: 1_000, names: ["collection", "field"] },
  "s3-vectors": {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html (read 2026-11-24)
    maxTopK: 100,
    names: ["bucket", "index"],
    auth: { kind: "aws", service: "s3vectors" },
  },
  "opensearch-serverless": {
    maxTopK: 1_000,
    names: ["index", "field"],
    auth: { kind: "aws", service: "aoss" },
  },
  pgvector: { maxTopK: 1_000, names: ["database", "table"], auth: { kind: "login" } },
  vertex: { maxTopK: 1_000, names: ["indexEndpoint", "deployedIndexId"], auth: { kind: "google" } },
};

/** The bounds are those of the worker's own parser, and pgvector's: https://github.com/pgvector/pgvector (read 2026-11-24) */
const SEARCH_PARAMETERS: Readonly<Record<string, number>> = {
  "hnsw.ef_search": 1_000,
  "ivfflat.probes": 32_768,
};

function checkPgvector(problems: Problems, subject: string, lookup: PgvectorLookup): void {
  problems.oneOf(`${subject} metric`, lookup.metric, ["cosine", "dot", "euclidean"]);
  problems.oneOf(`${subject} precision`, lookup.precision ?? "float32", ["float32", "float16"]);
  if (lookup.connections !== undefined) {
    problems.literalInteger(`${subject} connections`, lookup.connections, { min: 1, max: 100 });
  }
  for (const [name, value] of Object.entries(lookup.searchParameters ?? {})) {
    if (problems.oneOf(`${subject} searchParameters`, name, Object.keys(SEARCH_PARAMETERS))) {
      problems.literalInteger(`${subject} ${name}`, value, { min: 1, max: SEARCH_PARAMETERS[name]! });
    }
  }
}

const INDEX_ENDPOINT = /^projects\/[^/]+\/locations\/[^/]+\/indexEndpoints\/[^/]+$/;

function checkVectors(problems: Problems, lookup: InlineVectorLookup): void {
  const subject = `look-up "${lookup.name}"`;
  if (!problems.oneOf(`${subject} kind`, lookup.kind, Object.keys(VECTOR_STORES))) {
    return;
  }
  const { maxTopK, names, auth } = VECTOR_STORES[lookup.kind];
  problems.literalInteger(`${subject} topK`, lookup.topK, { min: 1, max: maxTopK });
  const given: Readonly<Record<string, unknown>> = { ...lookup };
  for (const name of names) {
    problems.required(`${subject} ${name}`, given[name], "a name");
  }
  const shown = lookup.auth as Readonly<Record<string, string>> | undefined;
  for (const [field, needed] of Object.entries(auth ?? {})) {
    problems.oneOf(`${subject} auth.${field}`, shown?.[field] ?? "none", [needed]);
  }
  if (lookup.kind === "pgvector") {
    checkPgvector(problems, subject, lookup);
  }
  if (lookup.kind !== "vertex") {
    return;
  }
  const { indexEndpoint } = lookup;
  if (typeof indexEndpoint === "string" && !isToken(indexEndpoint) && !INDEX_ENDPOINT.test(indexEndpoint)) {
    problems.add(CoreErrors.InvalidName, {
      subject: `${subject} indexEndpoint`,
      given: indexEndpoint,
      allowed: "projects/…/locations/…/indexEndpoints/…",
    });
  }
  if ("payload" in lookup) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${subject} payload`,
      given: lookup.payload,
      allowed: "nothing: Vertex AI answers with ids and distances only",
    });
  }
}

export function checkServices(problems: Problems, props: InlineInferenceProps): void {
  const services = [
    ...lookupsOf(props).map(
      (each) => [`look-up "${each.name}"`, each, each.kind === "pgvector" ? POSTGRESQL : HTTP] as const,
    ),
    ["model", props.model, HTTP] as const,
  ];
  for (const [subject, { endpoint, auth }, rule] of services) {
    checkEndpoint(problems, `${subject} endpoint`, endpoint, rule);
    checkAuth(problems, `${subject} auth`, auth, props.namespace);
  }
  props.trustedCas?.forEach((secret, index) => {
    checkSecret(problems, `trustedCas[${index}]`, secret, props.namespace);
  });
  problems.unique(
    "look-ups",
    lookupsOf(props).map(({ name }) => name),
  );
  for (const { name, onMissing = "default" } of lookupsOf(props)) {
    problems.name(`look-up "${name}" name`, name, LOOKUP_NAME);
    problems.oneOf(`look-up "${name}" onMissing`, onMissing, ["default", "fallback", "dead-letter"]);
  }
  for (const lookup of props.vectors ?? []) {
    checkVectors(problems, lookup);
  }
  for (const { name, kind, keys } of props.features ?? []) {
    problems.oneOf(`look-up "${name}" kind`, kind, ["feast", "sagemaker", "vertex"]);
    problems.required(`look-up "${name}" keys`, keys[0], "one key or more");
    if (kind === "sagemaker" && keys.length > 1) {
      problems.add(CoreErrors.NoEffect, {
        subject: `look-up "${name}" keys`,
        given: keys.map((key) => key.name),
        allowed: "one: records of SageMaker have one identifier",
      });
    }
  }
}
