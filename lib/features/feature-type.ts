import { formatIcebergType, type IcebergType, parseIcebergType } from "../lakehouse/index";

/** A site kind whose feature store holds values. */
export type FeatureSiteKind = "aws" | "google" | "kubernetes";

/** Values that features are made of. `decimal` and `uuid` are held only where a site has them exactly. */
export type ScalarKind =
  | "boolean"
  | "int"
  | "long"
  | "float"
  | "double"
  | "string"
  | "timestamptz"
  | "date"
  | "binary"
  | "uuid"
  | "decimal";

/** Type of a feature after validation. */
export interface FeatureType {
  /** Canonical Iceberg notation, for example `list<float>`. */
  readonly notation: string;
  readonly scalar: ScalarKind;
  /** A list of that scalar. */
  readonly list: boolean;
}

/** The accepted notation, for messages. */
export const FEATURE_TYPE_NOTATION =
  "boolean, int, long, float, double, string, timestamptz, date, binary, uuid, decimal(precision, scale), or list<one of these>";

const SCALARS: readonly string[] = [
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "string",
  "timestamptz",
  "date",
  "binary",
  "uuid",
];

function scalarOf(type: IcebergType): ScalarKind | undefined {
  if (type.kind === "decimal") {
    return "decimal";
  }
  return type.kind === "primitive" && SCALARS.includes(type.name) ? (type.name as ScalarKind) : undefined;
}

/** Reads a type in Iceberg's notation; undefined if no feature can have it. */
export function parseFeatureType(text: string): FeatureType | undefined {
  const type = parseIcebergType(text);
  if (type === undefined) {
    return undefined;
  }
  const list = type.kind === "list";
  const scalar = scalarOf(type.kind === "list" ? type.element : type);
  return scalar === undefined ? undefined : { notation: formatIcebergType(type), scalar, list };
}

/** Type of an embedding in its table. */
export const EMBEDDING_TYPE: FeatureType = { notation: "list<float>", scalar: "float", list: true };

/** How one site holds a scalar, alone and in lists; `undefined` where it cannot. */
export interface SiteType {
  readonly scalar?: string;
  readonly list?: string;
  /** Why not, for what is undefined. */
  readonly because?: string;
}

const none = (because: string): SiteType => ({ because });
const both = (scalar: string, list: string): SiteType => ({ scalar, list });

/**
 * SageMaker has three types. `boolean` is kept as 0 and 1, `timestamptz` as Unix seconds with a fraction; `int` and
 * `float` are widened. Collections hold the same three types, and need the InMemory store.
 *
 * Sources (read 2026-11): https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html (data types),
 * https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-collection-types.html
 */
const AWS: Readonly<Record<ScalarKind, SiteType>> = {
  boolean: { scalar: "Integral", because: "SageMaker would turn a list of booleans into a list of numbers" },
  int: both("Integral", "Integral"),
  long: both("Integral", "Integral"),
  float: both("Fractional", "Fractional"),
  double: both("Fractional", "Fractional"),
  string: both("String", "String"),
  timestamptz: {
    scalar: "Fractional",
    because: "SageMaker would turn a list of instants into a list of numbers",
  },
  date: none("SageMaker has no date"),
  binary: none("SageMaker has no bytes, and its String is UTF-8"),
  uuid: { scalar: "String", because: "SageMaker would turn a list of UUIDs into a list of texts" },
  decimal: none("SageMaker's Fractional is a double and would round it"),
};

/**
 * Vertex AI takes the types of the BigQuery view that it syncs. Online values are booleans, 64-bit numbers, texts,
 * bytes and lists of the first three. There is no instant among them: the view gives microseconds since 1970.
 *
 * Sources (read 2026-11): https://cloud.google.com/vertex-ai/docs/reference/rest/v1/FeatureValue (value),
 * https://cloud.google.com/vertex-ai/docs/featurestore/latest/prepare-data-source
 */
const GOOGLE: Readonly<Record<ScalarKind, SiteType>> = {
  boolean: both("BOOL", "ARRAY<BOOL>"),
  int: both("INT64", "ARRAY<INT64>"),
  long: both("INT64", "ARRAY<INT64>"),
  float: both("FLOAT64", "ARRAY<FLOAT64>"),
  double: both("FLOAT64", "ARRAY<FLOAT64>"),
  string: both("STRING", "ARRAY<STRING>"),
  timestamptz: { scalar: "INT64", because: "a Vertex AI FeatureValue has no list of instants" },
  date: none("a Vertex AI FeatureValue has no date"),
  binary: { scalar: "BYTES", because: "a Vertex AI FeatureValue has no list of bytes" },
  uuid: none("BigQuery has no uuid"),
  decimal: none("a Vertex AI FeatureValue has no exact decimal"),
};

/**
 * Feast's own names (`feast.types`). What Trino calls the column is turned into them when values are materialized.
 *
 * Sources (read 2026-11): https://docs.feast.dev/v0.66-branch/reference/type-system , and `trino_type_map.py` of the
 * Trino store, v0.66.0, which knows no uuid and makes floating point of decimals
 */
const KUBERNETES: Readonly<Record<ScalarKind, SiteType>> = {
  boolean: both("Bool", "Array(Bool)"),
  int: both("Int32", "Array(Int32)"),
  long: both("Int64", "Array(Int64)"),
  float: both("Float32", "Array(Float32)"),
  double: both("Float64", "Array(Float64)"),
  string: both("String", "Array(String)"),
  timestamptz: both("UnixTimestamp", "Array(UnixTimestamp)"),
  date: none("Feast has no date that its Trino store maps without adding a time"),
  binary: both("Bytes", "Array(Bytes)"),
  uuid: none("Feast's Trino store does not map uuid"),
  decimal: none("Feast's Trino store maps decimals to floating point and would round"),
};

const TYPES: Readonly<Record<FeatureSiteKind, Readonly<Record<ScalarKind, SiteType>>>> = {
  aws: AWS,
  google: GOOGLE,
  kubernetes: KUBERNETES,
};

/** The site's own type, for example `Integral`, `ARRAY<FLOAT64>`, `Array(Float32)`; undefined if it has none. */
export function siteType(kind: FeatureSiteKind, type: FeatureType): string | undefined {
  const row = TYPES[kind][type.scalar];
  return type.list ? row.list : row.scalar;
}

/** Why a site cannot hold a type. */
export function whyNot(kind: FeatureSiteKind, type: FeatureType): string {
  return TYPES[kind][type.scalar].because ?? "the site has no such type";
}

/** Types of a site, for messages. */
export function heldTypes(kind: FeatureSiteKind): string {
  return Object.entries(TYPES[kind])
    .flatMap(([name, row]) => [
      ...(row.scalar === undefined ? [] : [name]),
      ...(row.list === undefined ? [] : [`list<${name}>`]),
    ])
    .join(", ");
}
