import { parseTemplate } from "./expressions";
import type { Schema } from "./schema";
import type { SchemaStore } from "./schema-store";

type Block = Readonly<Record<string, unknown>>;

/** Arguments that belong to Terraform or to the provider, not to the object. */
const TERRAFORM_ARGUMENTS = new Set([
  "//",
  "connection",
  "count",
  "depends_on",
  "for_each",
  "id",
  "lifecycle",
  "provider",
  "provisioner",
  "timeouts",
  "wait_for_completion",
  "wait_for_default_service_account",
  "wait_for_load_balancer",
  "wait_for_rollout",
  "wait_for_service_account_token",
  "wait_until_bound",
]);

/** Resources that change or ask for something and declare no object of their own, with the reason. */
const NO_OBJECT: Readonly<Record<string, string>> = {
  kubernetes_annotations: "annotates an object that another party declares",
  kubernetes_config_map_v1_data: "fills an object that another party declares",
  kubernetes_env: "changes an object that another party declares",
  kubernetes_labels: "labels an object that another party declares",
  kubernetes_node_taint: "taints a node",
  kubernetes_secret_v1_data: "fills an object that another party declares",
  kubernetes_token_request_v1: "asks for a token",
};

/** Why a resource type declares no Kubernetes object, or undefined if it does. */
export function declaresNoObject(resourceType: string): string | undefined {
  return NO_OBJECT[resourceType];
}

/** The built-in kind that a typed resource of the Kubernetes provider declares. */
function kindOf(resourceType: string, store: SchemaStore): { apiVersion: string; kind: string } | undefined {
  const match = /^kubernetes_(?:default_)?([a-z_]+?)(?:_(v\d+(?:(?:alpha|beta)\d+)?))?$/.exec(resourceType);
  const name = match?.[1]?.replaceAll("_", "");
  return name === undefined ? undefined : store.coreKind(name, match?.[2]);
}

/** Arguments whose name is not the field's name in snake case or its singular. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  StorageClass: { storage_provisioner: "provisioner" },
  Secret: { data: "stringData", data_wo: "stringData", binary_data: "data", binary_data_wo: "data" },
};

/** Blocks whose fields belong to the object around them. */
const INLINED = new Set(["persistent_volume_source"]);

/** Arguments of one kind that are no fields. */
const NOT_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  Secret: new Set(["data_wo_revision", "binary_data_wo_revision"]),
};

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The field of `properties` that an argument means: same words in any case, or the plural of the argument. */
function fieldOf(argument: string, properties: readonly string[]): string | undefined {
  const words = argument.replaceAll("_", "").toLowerCase();
  const forms = [words, `${words}s`, `${words}es`, words.replace(/y$/, "ies")];
  for (const form of forms) {
    const field = properties.find((name) => name.toLowerCase() === form);
    if (field) {
      return field;
    }
  }
  return undefined;
}

/** A typed resource as the object that the provider would send. */
export interface Translation {
  readonly object: Block;
  /** Arguments that cannot be the provider's, because they are not in snake case. */
  readonly strange: readonly string[];
}

/** Turns typed resources of the Kubernetes provider into the objects that the provider would send. */
export class Translator {
  private strange: string[] = [];

  constructor(private readonly store: SchemaStore) {}

  /**
   * @param attributes of the resource, in snake case as in `cdk.tf.json`
   * @returns undefined if the resource type is of no known kind
   */
  translate(resourceType: string, attributes: Block): Translation | undefined {
    this.strange = [];
    const identity = kindOf(resourceType, this.store);
    const found = identity && this.store.find(identity.apiVersion, identity.kind);
    if (found?.origin.type !== "core") {
      return undefined;
    }
    const renamed = RENAMED[found.kind] ?? {};
    const ignored = NOT_FIELDS[found.kind];
    const fields: Record<string, unknown> = {};
    const own = Object.entries(attributes).filter(
      ([name]) => !(ignored?.has(name) || (TERRAFORM_ARGUMENTS.has(name) && !renamed[name])),
    );
    for (const [name, value] of own) {
      const field = renamed[name];
      if (field) {
        fields[field] = typeof value === "object" ? { ...(fields[field] as object), ...value } : value;
      }
    }
    const rest = Object.fromEntries(own.filter(([name]) => !renamed[name]));
    const schema = this.store.definitions[found.origin.definition]!;
    const object = {
      apiVersion: found.apiVersion,
      kind: found.kind,
      ...this.object(rest, schema),
      ...fields,
    };
    return { object, strange: this.strange };
  }

  private resolve(schema: Schema): Schema {
    const name = schema.$ref?.replace("#/definitions/", "");
    return name === undefined ? schema : (this.store.definitions[name] ?? schema);
  }

  private object(block: Block, schema: Schema): Block {
    const properties = schema.properties ?? {};
    const names = Object.keys(properties);
    const object: Record<string, unknown> = {};
    for (const [argument, value] of Object.entries(block)) {
      if (value === undefined || value === null) {
        continue;
      }
      if (!/^[a-z0-9_]+$/.test(argument)) {
        this.strange.push(argument);
      }
      if (INLINED.has(argument)) {
        const [inner] = ([] as unknown[]).concat(value);
        Object.assign(object, this.object(inner as Block, schema));
        continue;
      }
      const field = fieldOf(argument, names);
      object[field ?? camelCase(argument)] = field ? this.value(value, properties[field]!) : value;
    }
    return object;
  }

  private value(value: unknown, reference: Schema): unknown {
    const schema = this.resolve(reference);
    if (schema.type === "array") {
      return ([] as unknown[]).concat(value).map((entry) => this.value(entry, schema.items ?? {}));
    }
    if (schema.properties) {
      const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
      return single !== null && typeof single === "object" && !Array.isArray(single)
        ? this.object(single as Block, schema)
        : single;
    }
    if (schema.type === "object" && value !== null && typeof value === "object" && !Array.isArray(value)) {
      const entry = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.value(item, entry)]));
    }
    return scalar(value, schema);
  }
}

/** Terraform converts between text, numbers and booleans by itself; file modes are octal text in the provider. */
function scalar(value: unknown, schema: Schema): unknown {
  if (typeof value === "string" && !parseTemplate(value).expression) {
    if (schema.type === "integer" || schema.type === "number") {
      const parsed = /^0[0-7]+$/.test(value) ? Number.parseInt(value, 8) : Number(value);
      return value.trim() === "" || Number.isNaN(parsed) ? value : parsed;
    }
    if (schema.type === "boolean" && (value === "true" || value === "false")) {
      return value === "true";
    }
  }
  if (schema.type === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return String(value);
  }
  return value;
}
