import type { FilterType, VectorCollectionModel, VectorEngine, VectorMetric } from "./collections";
import { chosenIndex } from "./engines";
import { ivfLists, SCANN_LEAF } from "./sizing/bytes";

/** Types of PostgreSQL. */
const TYPES: Readonly<Record<FilterType, string>> = {
  string: "text",
  integer: "bigint",
  float: "double precision",
  boolean: "boolean",
  timestamp: "timestamptz",
  "string-list": "text[]",
};

/** Ends of pgvector's operator classes. Source: https://github.com/pgvector/pgvector README (read 2026-11-24) */
const OPERATORS: Readonly<Record<VectorMetric, string>> = { cosine: "cosine", dot: "ip", euclidean: "l2" };
/** Names of distances in AlloyDB's ScaNN. Source: https://docs.cloud.google.com/alloydb/docs/ai/create-scann-index (read 2026-11-24) */
const SCANN_DISTANCES: Readonly<Record<VectorMetric, string>> = {
  cosine: "cosine",
  dot: "dot_product",
  euclidean: "l2",
};

/** Statements for a database, in the order in which they are run. */
export interface PgvectorSql {
  /** Extension, tables, indexes that can be built empty, and rights. May be run any number of times. */
  readonly schema: string;
  /** Indexes whose centroids come from the data: run after the first load. Empty if there are none. */
  readonly afterLoad: string;
}

/** Table of a collection. Names of collections hold no underscore, so no two become the same. */
export function tableName(collection: string): string {
  return collection.replaceAll("-", "_");
}

/** Role that may read, or read and write, a collection. */
export function rightsRole(collection: string, access: "read" | "write"): string {
  return `${tableName(collection)}_${access === "read" ? "reader" : "writer"}`;
}

const quoted = (name: string): string => `"${name}"`;

function vectorType({ precision, dimension }: VectorCollectionModel): string {
  return `${precision === "float16" ? "halfvec" : "vector"}(${dimension})`;
}

function tableSql(collection: VectorCollectionModel): readonly string[] {
  const table = quoted(tableName(collection.name));
  const type = vectorType(collection);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (id text PRIMARY KEY, embedding ${type} NOT NULL, content text);`,
    ...collection.filterable.flatMap(({ name, type: field }) => [
      `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${quoted(name)} ${TYPES[field]};`,
      `CREATE INDEX IF NOT EXISTS ${quoted(`${tableName(collection.name)}_${name}`)} ON ${table}${field === "string-list" ? " USING gin" : ""} (${quoted(name)});`,
    ]),
    // A table of another shape is never changed: that would delete vectors.
    "DO $$ BEGIN",
    `  IF (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attname = 'embedding') <> '${type}' THEN`,
    `    RAISE EXCEPTION 'table ${tableName(collection.name)}: embedding is not ${type}, load the vectors into a collection of another name';`,
    "  END IF;",
    "END $$;",
  ];
}

function indexSql(engine: VectorEngine, collection: VectorCollectionModel): string {
  const table = tableName(collection.name);
  const { kind, m, efConstruction } = chosenIndex(engine, collection);
  const type = collection.precision === "float16" ? "halfvec" : "vector";
  const operators = `${type}_${OPERATORS[collection.metric]}_ops`;
  const on = `CREATE INDEX IF NOT EXISTS ${quoted(`${table}_embedding`)} ON ${quoted(table)}`;
  if (kind === "hnsw") {
    return `${on} USING hnsw (embedding ${operators}) WITH (m = ${m}, ef_construction = ${efConstruction});`;
  }
  if (kind === "ivf") {
    return `${on} USING ivfflat (embedding ${operators}) WITH (lists = ${ivfLists(collection.vectors)});`;
  }
  const leaves = Math.max(1, Math.ceil(collection.vectors / SCANN_LEAF));
  const quantizer = collection.precision === "int8" ? "SQ8" : "FLAT";
  return `${on} USING scann (embedding ${SCANN_DISTANCES[collection.metric]}) WITH (num_leaves = ${leaves}, quantizer = '${quantizer}');`;
}

function rightsSql(collection: VectorCollectionModel): readonly string[] {
  const table = quoted(tableName(collection.name));
  return [
    `GRANT SELECT ON ${table} TO ${quoted(rightsRole(collection.name, "read"))};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${quoted(rightsRole(collection.name, "write"))};`,
  ];
}

function rolesSql(collection: VectorCollectionModel): readonly string[] {
  return (["read", "write"] as const).map((access) => {
    const role = rightsRole(collection.name, access);
    return `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${quoted(role)} NOLOGIN; END IF; END $$;`;
  });
}

/**
 * Tables, indexes and rights of collections in PostgreSQL. Columns: `id`, `embedding`, `content` and the filterable
 * fields.
 *
 * @param options.extensions make the extensions too; needs more rights than the owner of a database has on CloudNativePG
 * @param options.roles make the roles that carry the rights; `false` where something else makes them
 */
export function pgvectorSql(
  engine: "aurora-pgvector" | "alloydb" | "pgvector",
  collections: readonly VectorCollectionModel[],
  options: { readonly extensions: boolean; readonly roles: boolean },
): PgvectorSql {
  const loaded = (collection: VectorCollectionModel) => chosenIndex(engine, collection).kind !== "hnsw";
  const scann = collections.some((collection) => chosenIndex(engine, collection).kind === "scann");
  const extensions = options.extensions
    ? [
        "CREATE EXTENSION IF NOT EXISTS vector;",
        ...(scann ? ["CREATE EXTENSION IF NOT EXISTS alloydb_scann CASCADE;"] : []),
      ]
    : [];
  const schema = [
    ...extensions,
    ...collections.flatMap((collection) => [
      ...(options.roles ? rolesSql(collection) : []),
      ...tableSql(collection),
      ...(loaded(collection) ? [] : [indexSql(engine, collection)]),
      ...rightsSql(collection),
    ]),
  ];
  const afterLoad = collections.filter(loaded).map((collection) => indexSql(engine, collection));
  return { schema: text(schema), afterLoad: text(afterLoad) };
}

function text(statements: readonly string[]): string {
  return statements.length === 0 ? "" : `${statements.join("\n")}\n`;
}
