/** The parts of JSON Schema, with the Kubernetes extensions, that published schemas use. */
export interface Schema {
  readonly [key: string]: unknown;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
}

const META: Schema = { type: "string" };

/** `nullable: true` of OpenAPI says in JSON Schema: null is one more type and one more member of the list. */
function withNull(schema: Record<string, unknown>): void {
  if (schema.nullable !== true) {
    return;
  }
  delete schema.nullable;
  if (typeof schema.type === "string") {
    schema.type = [schema.type, "null"];
  }
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) {
    schema.enum = [...schema.enum, null];
  }
}

function mapSchemas(schemas: Readonly<Record<string, Schema>>, change: (schema: Schema) => Schema) {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, change(schema)]));
}

/**
 * A CRD schema that refuses fields the API server would drop.
 *
 * Only structural positions are closed: what stands inside `allOf`, `anyOf`, `oneOf` and `not` restricts values of
 * fields that are declared outside, so it is left as published. An object without declared fields keeps nothing
 * unless it asks to, so it is closed too. A list that asks to keeps what its items hold.
 *
 * @param kept a list around it keeps unknown fields. Source: kubernetes/apiextensions-apiserver
 *   pkg/apiserver/schema/pruning/algorithm.go, skipPrune (read 2026-11-24)
 */
export function closeCustomResource(published: Schema, kept = false): Schema {
  const schema: Record<string, unknown> = { ...published };
  delete schema.default;
  delete schema["x-kubernetes-validations"];
  const open = kept || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  if (published.items) {
    schema.items = closeCustomResource(published.items, open && schema.type === "array");
  }
  if (published.additionalProperties && typeof published.additionalProperties === "object") {
    schema.additionalProperties = closeCustomResource(published.additionalProperties);
  }
  if (published.properties || embedded) {
    schema.properties = {
      ...(embedded ? { apiVersion: META, kind: META, metadata: { type: "object" } } : {}),
      ...mapSchemas(published.properties ?? {}, (property) => closeCustomResource(property)),
    };
  }
  if (schema.type === "object" && schema.additionalProperties === undefined && !open) {
    schema.additionalProperties = false;
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    delete schema.type;
    schema.anyOf ??= [{ type: "integer" }, { type: "string" }];
  }
  withNull(schema);
  return schema;
}

/** The definitions of the built-in kinds, closed. What has no declared fields (raw JSON) stays open. */
export function closeDefinitions(
  definitions: Readonly<Record<string, Schema>>,
): Readonly<Record<string, Schema>> {
  const close = (published: Schema): Schema => {
    const schema: Record<string, unknown> = { ...published };
    delete schema.default;
    if (published.items) {
      schema.items = close(published.items);
    }
    if (published.additionalProperties && typeof published.additionalProperties === "object") {
      schema.additionalProperties = close(published.additionalProperties);
    }
    if (published.properties) {
      schema.properties = mapSchemas(published.properties, close);
      const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
      if (schema.additionalProperties === undefined && !open) {
        schema.additionalProperties = false;
      }
    }
    withNull(schema);
    return schema;
  };
  return mapSchemas(definitions, close);
}

/** Number of CEL rules in a published schema. JSON Schema cannot check them. */
export function countRules(schema: unknown): number {
  if (Array.isArray(schema)) {
    return schema.reduce((sum: number, entry) => sum + countRules(entry), 0);
  }
  if (schema === null || typeof schema !== "object") {
    return 0;
  }
  return Object.entries(schema).reduce(
    (sum, [key, entry]) =>
      sum + (key === "x-kubernetes-validations" && Array.isArray(entry) ? entry.length : countRules(entry)),
    0,
  );
}
