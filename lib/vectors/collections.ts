import { CoreErrors } from "../core/errors";
import type { NameRule, Problems } from "../core/problems";
import type { RemovalPolicy } from "../core/removal-policy";
import { Residency } from "../fabric/residency";
import type { Site } from "../fabric/site";
import { VectorErrors } from "./errors";

/** Engines that a collection compiles to. */
export type VectorEngine =
  | "s3-vectors"
  | "opensearch-serverless"
  | "aurora-pgvector"
  | "vertex"
  | "alloydb"
  | "qdrant"
  | "milvus"
  | "pgvector";

/** How near two vectors are. */
export type VectorMetric = "cosine" | "dot" | "euclidean";

/** Form of the numbers that a search compares: 32, 16 or 8 bits per dimension. */
export type VectorPrecision = "float32" | "float16" | "int8";

/** Types of fields that results are filtered by. */
export type FilterType = "string" | "integer" | "float" | "boolean" | "timestamp" | "string-list";

export interface FilterableField {
  /** 1 to 48 lower-case letters, digits and underscores, starting with a letter. */
  readonly name: string;
  readonly type: FilterType;
}

/**
 * Which approximate index is built. `m` and `efConstruction` are those of the HNSW paper (Malkov and Yashunin, 2016).
 *
 * - `hnsw`: a graph in memory; fast, the dearest in memory.
 * - `ivf`: lists around centroids; less memory than a graph, lower recall at the same speed.
 * - `disk-ann`: compressed vectors in memory, originals on local SSD.
 * - `scann`: Google's tree with quantised leaves.
 * - `flat`: compares with every vector; exact, for small collections.
 */
export type VectorIndex =
  | {
      readonly kind: "hnsw";
      /** Links per vector and layer, 4 to 100. @default 16 */
      readonly m?: number;
      /** Candidates while the graph is built, 16 to 1000, at least `2 m`. @default 128 */
      readonly efConstruction?: number;
    }
  | { readonly kind: "ivf" | "disk-ann" | "scann" | "flat" };

export type VectorIndexKind = VectorIndex["kind"];

/** One set of vectors that are compared with each other. */
export interface VectorCollectionProps {
  /** 3 to 32 lower-case letters, digits and single hyphens, starting with a letter; unique in the store. */
  readonly name: string;
  /** Numbers per vector, as the embedding model gives them. A literal whole number. */
  readonly dimension: number;
  readonly metric: VectorMetric;
  /** Vectors expected at the end of the planning horizon. A literal whole number: memory and machines follow from it. */
  readonly vectors: number;
  /** Fields that queries filter by. @default - none */
  readonly filterable?: readonly FilterableField[];
  /** Queries per second at the peak. */
  readonly queriesPerSecond: number;
  /** Milliseconds within which 95 of 100 queries are to be answered, network inside the site included. */
  readonly p95LatencyMs: number;
  /** Share of true neighbours that a query is to find, 0.8 to 0.999. Decides how far the index is searched. Refused with S3 Vectors, which decides itself. @default 0.95 */
  readonly recall?: number;
  /** Neighbours that a query asks for. @default 10 */
  readonly topK?: number;
  /** Vectors written per second at the peak. @default 0 - loaded in bulk, outside the peak */
  readonly writesPerSecond?: number;
  /**
   * Milliseconds of one vCPU that one query takes, measured with your vectors, filters and index; replaces the sizing
   * model's estimate of it. Has no effect on services that show no machines (S3 Vectors), and is refused there.
   * @default - estimated
   */
  readonly measuredQueryMs?: number;
  /** @default "float32" */
  readonly precision?: VectorPrecision;
  /** @default - the engine's own, see the room's README */
  readonly index?: VectorIndex;
  /** Made from personal data: only grants that say `includePii` reach it. @default false */
  readonly pii?: boolean;
  /** @default - the residency of the store */
  readonly residency?: Residency;
}

/** What every vector store shares, wherever it is. */
export interface VectorStoreProps<S extends Site = Site> {
  readonly site: S;
  /** Start of every resource name: 2 to 20 lower-case letters, digits and single hyphens, starting with a letter. */
  readonly namePrefix: string;
  readonly collections: readonly VectorCollectionProps[];
  /** @default Residency.ANYWHERE */
  readonly residency?: Residency;
  /**
   * `destroy` needs the app's consent too, see `mayDestroy`.
   * @default "retain"
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A collection after validation, every default filled in. */
export interface VectorCollectionModel {
  readonly name: string;
  readonly dimension: number;
  readonly metric: VectorMetric;
  readonly vectors: number;
  /** Sorted by name. */
  readonly filterable: readonly FilterableField[];
  readonly queriesPerSecond: number;
  readonly p95LatencyMs: number;
  readonly recall: number;
  /** Whether the declaration states the recall. */
  readonly recallGiven: boolean;
  readonly topK: number;
  readonly writesPerSecond: number;
  readonly measuredQueryMs?: number;
  readonly precision: VectorPrecision;
  /** As declared; undefined for the engine's own. */
  readonly index?: VectorIndex;
  readonly pii: boolean;
  readonly residency: Residency;
}

/** Names of OpenSearch collections have 32 characters, and begin with it. */
export const NAME_PREFIX_LENGTH = 20;

const NAME_PREFIX: NameRule = {
  pattern: /^[a-z](-?[a-z0-9])+$/,
  maxLength: NAME_PREFIX_LENGTH,
  form: "2 to 20 lower-case letters, digits and single hyphens, starting with a letter, not ending with a hyphen (names of OpenSearch collections have 32 characters)",
};

const COLLECTION_NAME: NameRule = {
  pattern: /^[a-z](-?[a-z0-9]){2,}$/,
  maxLength: 32,
  form: "3 to 32 lower-case letters, digits and single hyphens, starting with a letter, not ending with a hyphen (index names of S3 Vectors have at least three characters)",
};

/** `id`, `embedding` and `content` are columns that the library makes in stores that are databases. */
const RESERVED_FIELDS = ["id", "embedding", "content"];

const FIELD_NAME: NameRule = {
  pattern: /^[a-z][a-z0-9_]*$/,
  maxLength: 48,
  form: "1 to 48 lower-case letters, digits and underscores, starting with a letter",
};

export const FILTER_TYPES: readonly FilterType[] = [
  "string",
  "integer",
  "float",
  "boolean",
  "timestamp",
  "string-list",
];

const MAX_DIMENSION = 100_000;
const MAX_VECTORS = 1e12;
const MAX_RATE = 1e7;

/** A number, finite and within bounds, that is computed with. */
function checkNumber(problems: Problems, subject: string, value: number, min: number, max: number): void {
  const allowed = `a number from ${min} to ${max}`;
  if (!problems.literal(subject, value, allowed)) {
    return;
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value < min || value > max) {
    problems.add(CoreErrors.NumberOutOfRange, { subject, given: value, allowed });
  }
}

function checkIndex(problems: Problems, subject: string, index: VectorIndex | undefined): void {
  if (index === undefined) {
    return;
  }
  const known = problems.oneOf(`${subject} index.kind`, index.kind, [
    "hnsw",
    "ivf",
    "disk-ann",
    "scann",
    "flat",
  ]);
  if (!known || index.kind !== "hnsw") {
    return;
  }
  const m = index.m ?? 16;
  const valid = problems.literalInteger(`${subject} index.m`, m, { min: 4, max: 100 });
  problems.literalInteger(`${subject} index.efConstruction`, index.efConstruction ?? 128, {
    min: Math.max(16, valid ? 2 * m : 16),
    max: 1000,
  });
}

function checkFields(problems: Problems, subject: string, fields: readonly FilterableField[]): void {
  for (const field of fields) {
    const of = `${subject} filterable "${field.name}"`;
    if (problems.name(of, field.name, FIELD_NAME) && RESERVED_FIELDS.includes(field.name)) {
      problems.add(CoreErrors.InvalidName, {
        subject: of,
        given: field.name,
        allowed: `any name but ${RESERVED_FIELDS.join(", ")}`,
      });
    }
    problems.oneOf(`${of} type`, field.type, FILTER_TYPES);
  }
  problems.unique(
    `${subject} filterable`,
    fields.map(({ name }) => name),
  );
}

function checkResidency(
  problems: Problems,
  subject: string,
  site: Site,
  store: Residency,
  residency: Residency,
): void {
  if (!store.contains(residency)) {
    problems.add(VectorErrors.CollectionResidencyWider, {
      subject: `${subject} residency`,
      given: residency.name,
      allowed: `within ${store.name}: ${store.describe()}`,
    });
  }
  if (!residency.allows(site.country)) {
    problems.add(VectorErrors.CollectionOutsideResidency, {
      subject,
      given: `${site.name} (${site.country})`,
      allowed: `${residency.name}: ${residency.describe()}`,
    });
  }
}

function resolveCollection(
  problems: Problems,
  site: Site,
  store: Residency,
  props: VectorCollectionProps,
): VectorCollectionModel {
  const subject = `collection "${props.name}"`;
  problems.name(subject, props.name, COLLECTION_NAME);
  problems.literalInteger(`${subject} dimension`, props.dimension, { min: 1, max: MAX_DIMENSION });
  problems.oneOf(`${subject} metric`, props.metric, ["cosine", "dot", "euclidean"]);
  problems.literalInteger(`${subject} vectors`, props.vectors, { min: 1, max: MAX_VECTORS });
  checkNumber(problems, `${subject} queriesPerSecond`, props.queriesPerSecond, 0.001, MAX_RATE);
  checkNumber(problems, `${subject} p95LatencyMs`, props.p95LatencyMs, 0.1, 60_000);
  const filterable = props.filterable ?? [];
  checkFields(problems, subject, filterable);
  const { recall = 0.95, topK = 10, writesPerSecond = 0, precision = "float32" } = props;
  checkNumber(problems, `${subject} recall`, recall, 0.8, 0.999);
  problems.literalInteger(`${subject} topK`, topK, { min: 1, max: 100_000 });
  checkNumber(problems, `${subject} writesPerSecond`, writesPerSecond, 0, MAX_RATE);
  if (props.measuredQueryMs !== undefined) {
    checkNumber(problems, `${subject} measuredQueryMs`, props.measuredQueryMs, 0.001, 60_000);
  }
  problems.oneOf(`${subject} precision`, precision, ["float32", "float16", "int8"]);
  checkIndex(problems, subject, props.index);
  const residency = props.residency ?? store;
  checkResidency(problems, subject, site, store, residency);
  return {
    name: props.name,
    dimension: props.dimension,
    metric: props.metric,
    vectors: props.vectors,
    filterable: [...filterable].sort((a, b) => (a.name < b.name ? -1 : 1)),
    queriesPerSecond: props.queriesPerSecond,
    p95LatencyMs: props.p95LatencyMs,
    recall,
    recallGiven: props.recall !== undefined,
    topK,
    writesPerSecond,
    measuredQueryMs: props.measuredQueryMs,
    precision,
    index: props.index,
    pii: props.pii ?? false,
    residency,
  };
}

/**
 * Checks what all vector stores share and fills in defaults. What is wrong goes to `problems`; nothing can be computed
 * from the result unless `problems` is empty.
 */
export function resolveCollections(
  problems: Problems,
  props: VectorStoreProps,
): readonly VectorCollectionModel[] {
  problems.name("namePrefix", props.namePrefix, NAME_PREFIX);
  problems.required("collections", props.collections?.[0], "one collection or more");
  const declared = props.collections ?? [];
  problems.unique(
    "collections",
    declared.map(({ name }) => name),
  );
  const residency = props.residency ?? Residency.ANYWHERE;
  return declared
    .map((collection) => resolveCollection(problems, props.site, residency, collection))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
