import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { type Literal, literalOf, pointerStep } from "./expressions";
import { closeCustomResource, closeDefinitions, countRules, type Schema } from "./schema";
import type { KindSchema, SchemaStore } from "./schema-store";
import { didYouMean } from "./suggest";

/** One thing that is wrong with a Kubernetes object. */
export interface Problem {
  /** JSON pointer into the object. */
  readonly pointer: string;
  readonly message: string;
}

/** What came out of checking one object. */
export interface Verdict {
  readonly problems: readonly Problem[];
  /** Set if the kind was found. */
  readonly kind?: KindSchema;
  /** Rules of the kind in CEL, which only an API server checks. */
  readonly uncheckedRules: number;
}

const CORE_ID = "kubernetes";
const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Restrictions of a string's text: unknown while the text holds an expression. */
const TEXT_RULES = new Set(["pattern", "format", "enum", "const", "minLength", "maxLength", "not"]);
const SCALARS = new Set(["number", "integer", "boolean"]);

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const QUALIFIED_NAME =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;

/** RE2 as the API server uses it: JavaScript has no `(?i)`, so a pattern that holds one ignores case throughout. */
function kubernetesRegExp(pattern: string): RegExp {
  return pattern.includes("(?i)") ? new RegExp(pattern.replaceAll("(?i)", ""), "i") : new RegExp(pattern);
}
kubernetesRegExp.code = "kubernetesRegExp";

function newAjv(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    unicodeRegExp: false,
    code: { regExp: kubernetesRegExp },
  });
  addFormats(ajv, ["date-time", "ipv4", "ipv6", "uri"]);
  const whole = (bits: bigint, signed: boolean) => {
    const [min, max] = signed ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
    return (value: number) => Number.isInteger(value) && BigInt(value) >= min && BigInt(value) <= max;
  };
  ajv.addFormat("int32", { type: "number", validate: whole(32n, true) });
  ajv.addFormat("int64", { type: "number", validate: whole(64n, true) });
  ajv.addFormat("uint16", { type: "number", validate: whole(16n, false) });
  ajv.addFormat("double", { type: "number", validate: Number.isFinite });
  ajv.addFormat("byte", /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
  ajv.addFormat(
    "duration",
    /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)(([0-9]+(\.[0-9]*)?)(ns|us|µs|ms|s|m|h))*$|^0$/,
  );
  ajv.addFormat(
    "cidr",
    /^([0-9]{1,3}(\.[0-9]{1,3}){3}\/[0-9]{1,2}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\/[0-9]{1,3})$/,
  );
  ajv.addFormat("ip", /^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/);
  return ajv;
}

function acceptsExpression(error: ErrorObject, literal: Literal): boolean {
  if (!literal.expressions.has(error.instancePath)) {
    return false;
  }
  if (error.keyword === "type") {
    const types = ([] as string[]).concat(error.params.type);
    return literal.pure.has(error.instancePath) && types.some((type) => SCALARS.has(type));
  }
  return TEXT_RULES.has(error.keyword);
}

/** The errors that stay when what only Terraform knows gets the benefit of the doubt. */
function withoutUnknowns(errors: readonly ErrorObject[], literal: Literal): readonly ErrorObject[] {
  const gone = new Set(errors.filter((error) => acceptsExpression(error, literal)));
  const composites = errors
    .filter(({ keyword, params }) => keyword === "anyOf" || (keyword === "oneOf" && !params.passingSchemas))
    .sort((a, b) => b.schemaPath.length - a.schemaPath.length);
  for (const composite of composites) {
    const { schemaPath, instancePath } = composite;
    const children = errors.filter(
      (error) =>
        error.schemaPath.startsWith(`${schemaPath}/`) &&
        (error.instancePath === instancePath || error.instancePath.startsWith(`${instancePath}/`)),
    );
    const branches = new Map<string, ErrorObject[]>();
    for (const child of children) {
      const branch = child.schemaPath.slice(schemaPath.length + 1).split("/", 1)[0]!;
      branches.set(branch, [...(branches.get(branch) ?? []), child]);
    }
    if ([...branches.values()].some((branch) => branch.every((error) => gone.has(error)))) {
      for (const error of [composite, ...children]) {
        gone.add(error);
      }
    } else if (children.some((child) => !gone.has(child))) {
      gone.add(composite);
    }
  }
  return errors.filter((error) => !gone.has(error));
}

function explain(error: ErrorObject): Problem {
  const parent = error.parentSchema as Schema;
  if (error.keyword === "additionalProperties") {
    const field = String(error.params.additionalProperty);
    const known = Object.keys(parent.properties ?? {});
    const meant = didYouMean(field, known);
    const hint = meant ? `; did you mean "${meant}"?` : known.length > 0 ? "" : "; nothing is declared here";
    return { pointer: error.instancePath + pointerStep(field), message: `unknown field${hint}` };
  }
  if (error.keyword === "enum") {
    const allowed = (error.params.allowedValues as unknown[]).map(String);
    const meant = didYouMean(String(error.data), allowed);
    const hint = meant ? `; did you mean "${meant}"?` : "";
    return { pointer: error.instancePath, message: `must be one of ${allowed.join(", ")}${hint}` };
  }
  if (error.keyword === "type") {
    const is = error.data === null ? "null" : Array.isArray(error.data) ? "array" : typeof error.data;
    return { pointer: error.instancePath, message: `${error.message}, is ${is}` };
  }
  return { pointer: error.instancePath, message: error.message ?? error.keyword };
}

type Metadata = Readonly<Record<string, unknown>>;

/** What the API server demands of every object's metadata beyond its schema. */
function metadataProblems(metadata: Metadata, kind: KindSchema, literal: Literal): Problem[] {
  const problems: Problem[] = [];
  const known = (pointer: string) => !literal.expressions.has(pointer);
  const { name, namespace } = metadata;
  if (name === undefined && metadata.generateName === undefined) {
    problems.push({ pointer: "/metadata/name", message: "is required" });
  }
  const rbac = kind.apiVersion.startsWith("rbac.authorization.k8s.io/");
  const fits = (text: string) =>
    rbac ? !/[/%]|^\.{1,2}$/.test(text) : DNS_SUBDOMAIN.test(text) && text.length <= 253;
  if (typeof name === "string" && known("/metadata/name") && !fits(name)) {
    problems.push({ pointer: "/metadata/name", message: `"${name}" is not a DNS subdomain in lower case` });
  }
  if (kind.scope === "Cluster" && namespace !== undefined) {
    problems.push({ pointer: "/metadata/namespace", message: "must be absent: the kind is cluster-scoped" });
  }
  if (kind.scope === "Namespaced" && namespace === undefined) {
    problems.push({ pointer: "/metadata/namespace", message: "is required: the kind is namespaced" });
  }
  for (const field of ["labels", "annotations"]) {
    for (const [key, value] of Object.entries((metadata[field] ?? {}) as Metadata)) {
      const pointer = `/metadata/${field}${pointerStep(key)}`;
      if (!key.includes("${") && !QUALIFIED_NAME.test(key)) {
        problems.push({ pointer, message: "the key is not a qualified name" });
      }
      if (field === "labels" && typeof value === "string" && known(pointer)) {
        if (value.length > 63 || !LABEL_VALUE.test(value)) {
          problems.push({ pointer, message: `"${value}" is not a label value` });
        }
      }
    }
  }
  return problems;
}

/** Checks Kubernetes objects as strictly as an API server with strict field validation, minus CEL. */
export class Validator {
  private readonly ajv = newAjv();
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(private readonly store: SchemaStore) {
    this.ajv.addSchema({ $id: CORE_ID, definitions: closeDefinitions(store.definitions) });
  }

  /** @param object as Terraform's JSON syntax has it: strings are templates */
  check(object: unknown): Verdict {
    const literal = literalOf(object);
    const { apiVersion, kind, metadata } = (literal.value ?? {}) as Record<string, unknown>;
    const refuse = (pointer: string, message: string): Verdict => ({
      problems: [{ pointer, message }],
      uncheckedRules: 0,
    });
    if (typeof apiVersion !== "string" || typeof kind !== "string") {
      return refuse("", "apiVersion and kind must be text");
    }
    if (literal.expressions.has("/apiVersion") || literal.expressions.has("/kind")) {
      return refuse("", "apiVersion and kind must be known at plan");
    }
    const found = this.store.find(apiVersion, kind);
    if (!found) {
      const versions = this.store.versions(apiVersion, kind);
      const others = versions.length > 0 ? `; published versions: ${versions.join(", ")}` : "";
      return refuse("/apiVersion", `no schema is published for ${apiVersion} ${kind}${others}`);
    }
    const validate = this.validatorOf(found);
    validate(literal.value);
    const errors = withoutUnknowns(validate.errors ?? [], literal);
    const problems = errors.map(explain);
    if (!found.served) {
      problems.push({ pointer: "/apiVersion", message: `${apiVersion} ${kind} is no longer served` });
    }
    if (metadata !== null && typeof metadata === "object") {
      problems.push(...metadataProblems(metadata as Metadata, found, literal));
    }
    return {
      problems,
      kind: found,
      uncheckedRules: found.origin.type === "custom" ? countRules(found.origin.schema) : 0,
    };
  }

  private validatorOf(kind: KindSchema): ValidateFunction {
    const key = `${kind.apiVersion}/${kind.kind}`;
    let validate = this.compiled.get(key);
    if (!validate) {
      const { origin } = kind;
      validate = this.ajv.compile(
        origin.type === "core"
          ? {
              allOf: [{ $ref: `${CORE_ID}#/definitions/${origin.definition}` }],
              required: ["apiVersion", "kind", "metadata"],
            }
          : this.customResource(origin.schema),
      );
      this.compiled.set(key, validate);
    }
    return validate;
  }

  private customResource(published: Schema): Schema {
    const closed = closeCustomResource(published);
    const text: Schema = { type: "string" };
    return {
      ...closed,
      properties: {
        ...closed.properties,
        apiVersion: text,
        kind: text,
        metadata: this.store.definitions[OBJECT_META]
          ? { $ref: `${CORE_ID}#/definitions/${OBJECT_META}` }
          : { type: "object" },
      },
      required: [...new Set([...(closed.required ?? []), "apiVersion", "kind", "metadata"])],
    };
  }
}

const INTRUDER = "unknownFieldOfTheSelfTest";

/**
 * Proves that the check of `object` is strict: an unknown field in `spec` (at the root if there is none) is found.
 *
 * @returns false if the published schema leaves that place open
 */
export function provesStrict(validator: Validator, object: Readonly<Record<string, unknown>>): boolean {
  const { spec } = object;
  const nested = spec !== null && typeof spec === "object" && !Array.isArray(spec);
  const spoiled = nested ? { ...object, spec: { ...spec, [INTRUDER]: 1 } } : { ...object, [INTRUDER]: 1 };
  const pointer = nested ? `/spec/${INTRUDER}` : `/${INTRUDER}`;
  return validator.check(spoiled).problems.some((problem) => problem.pointer === pointer);
}
