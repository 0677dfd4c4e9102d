import { stableJson } from "../core/json";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { StreamingErrors } from "./errors";

/**
 * Types of message fields, in Avro's words; `timestamp` is a moment in microseconds since 1970 UTC.
 *
 * Source: https://avro.apache.org/docs/1.12.0/specification/ (read 2026-11)
 */
export const FIELD_TYPES = [
  "boolean",
  "bytes",
  "double",
  "float",
  "int",
  "long",
  "string",
  "timestamp",
] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

export const SCHEMA_FORMATS = ["avro", "json", "protobuf"] as const;

export type SchemaFormat = (typeof SCHEMA_FORMATS)[number];

/** What a new version of a schema may change, in the words that all registries share. */
export const COMPATIBILITIES = ["backward", "forward", "full", "none"] as const;

export type SchemaCompatibility = (typeof COMPATIBILITIES)[number];

export interface MessageField {
  /** A letter or underscore, then letters, digits and underscores. Literal. */
  readonly name: string;
  readonly type: FieldType;
  /** @default false */
  readonly optional?: boolean;
}

/** What a message holds. */
export interface MessageSchemaProps {
  readonly format: SchemaFormat;
  /** The schema in the language of its format. Literal. @default - written from `fields` */
  readonly definition?: string;
  /** @default - unknown: the definition says it */
  readonly fields?: readonly MessageField[];
  /** @default "backward": new readers read old messages */
  readonly compatibility?: SchemaCompatibility;
}

/** A schema after validation. */
export interface MessageSchema {
  readonly format: SchemaFormat;
  /** In the language of the format, the same text for the same declaration. */
  readonly definition: string;
  /** Undefined if only a definition was given. */
  readonly fields?: readonly MessageField[];
  readonly compatibility: SchemaCompatibility;
}

/** Name of fields and records in all three formats. */
const FIELD_NAME = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  maxLength: 64,
  form: "1 to 64 letters, digits and underscores, not starting with a digit (Avro and Protocol Buffers)",
};

/** The record of a topic: `bid-requests` becomes `BidRequests`. */
function recordName(topic: string): string {
  return topic
    .split(/[-_.]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

function avroType(field: MessageField): unknown {
  const type = field.type === "timestamp" ? { type: "long", logicalType: "timestamp-micros" } : field.type;
  return field.optional ? ["null", type] : type;
}

function avro(topic: string, fields: readonly MessageField[]): string {
  return stableJson({
    type: "record",
    name: recordName(topic),
    fields: fields.map((field) => ({
      name: field.name,
      type: avroType(field),
      ...(field.optional && { default: null }),
    })),
  });
}

const JSON_TYPES: Readonly<Record<FieldType, object>> = {
  boolean: { type: "boolean" },
  bytes: { type: "string", contentEncoding: "base64" },
  double: { type: "number" },
  float: { type: "number" },
  int: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
  long: { type: "integer" },
  string: { type: "string" },
  timestamp: { type: "integer", description: "microseconds since 1970-01-01T00:00:00Z" },
};

function jsonSchema(topic: string, fields: readonly MessageField[]): string {
  return stableJson({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: recordName(topic),
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, JSON_TYPES[field.type]])),
    required: fields.filter((field) => !field.optional).map((field) => field.name),
  });
}

const PROTOBUF_TYPES: Readonly<Record<FieldType, string>> = {
  boolean: "bool",
  bytes: "bytes",
  double: "double",
  float: "float",
  int: "int32",
  long: "int64",
  string: "string",
  // No import: registries take a single file.
  timestamp: "int64",
};

/** Field numbers follow the order of declaration: append new fields, never reorder. */
function protobuf(topic: string, fields: readonly MessageField[]): string {
  const lines = fields.map(
    (field, index) =>
      `  ${field.optional ? "optional " : ""}${PROTOBUF_TYPES[field.type]} ${field.name} = ${index + 1};`,
  );
  return ['syntax = "proto3";', "", `message ${recordName(topic)} {`, ...lines, "}", ""].join("\n");
}

const WRITERS: Readonly<Record<SchemaFormat, (topic: string, fields: readonly MessageField[]) => string>> = {
  avro,
  json: jsonSchema,
  protobuf,
};

function checkDefinition(problems: Problems, subject: string, format: SchemaFormat, given: string): void {
  if (!problems.literal(subject, given, "the schema as a literal text")) {
    return;
  }
  const broken = (allowed: string) =>
    problems.add(StreamingErrors.InvalidSchemaDefinition, { subject, given, allowed });
  if (format === "protobuf") {
    if (!/\bmessage\s+\w+\s*\{/.test(given)) {
      broken("Protocol Buffers with one message at least");
    }
    return;
  }
  try {
    const parsed: unknown = JSON.parse(given);
    if (typeof parsed !== "object" || parsed === null || !("type" in parsed || "$ref" in parsed)) {
      broken("a JSON object that holds `type`");
    }
  } catch {
    broken("JSON");
  }
}

/** Checks a schema and writes its definition. What is wrong goes to `problems`. */
export function resolveSchema(
  problems: Problems,
  topic: string,
  props: MessageSchemaProps,
): MessageSchema | undefined {
  const subject = `topic "${topic}" schema`;
  const compatibility = props.compatibility ?? "backward";
  problems.oneOf(`${subject}.compatibility`, compatibility, COMPATIBILITIES);
  if (!problems.oneOf(`${subject}.format`, props.format, SCHEMA_FORMATS)) {
    return undefined;
  }
  const { fields, definition } = props;
  if ((fields === undefined) === (definition === undefined) || fields?.length === 0) {
    problems.add(StreamingErrors.SchemaFormUnclear, {
      subject,
      given: fields === undefined && definition === undefined ? undefined : { fields, definition },
      allowed: "definition, or fields with one field or more",
    });
    return undefined;
  }
  if (definition !== undefined) {
    checkDefinition(problems, `${subject}.definition`, props.format, definition);
    return { format: props.format, definition, compatibility };
  }
  const known = fields!.map((field) => {
    const named = problems.name(
      `${subject} field "${isToken(field.name) ? "?" : field.name}"`,
      field.name,
      FIELD_NAME,
    );
    return problems.oneOf(`${subject} field "${field.name}" type`, field.type, FIELD_TYPES) && named;
  });
  const unique = problems.unique(
    `${subject}.fields`,
    fields!.map((field) => field.name),
  );
  return known.every(Boolean) && unique
    ? { format: props.format, definition: WRITERS[props.format](topic, fields!), fields, compatibility }
    : undefined;
}
