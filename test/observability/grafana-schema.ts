import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Grafana itself cannot be had on this machine (its module is not served), so dashboards are held against the types that
 * Grafana publishes for programs that write dashboards: unknown fields, missing fields and wrong kinds of values fail.
 */
export const GRAFANA_SDK = "@grafana/grafana-foundation-sdk";

const TYPES = join(dirname(require.resolve("@grafana/grafana-foundation-sdk/dashboard")), "..");

type Type =
  | { readonly kind: "any" | "string" | "number" | "boolean" | "null" }
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "array"; readonly of: Type }
  | { readonly kind: "union"; readonly of: readonly Type[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Field> }
  | { readonly kind: "named"; readonly module: string; readonly name: string };

interface Field {
  readonly optional: boolean;
  readonly type: Type;
}

interface Module {
  readonly interfaces: Map<
    string,
    { readonly bases: readonly string[]; readonly fields: Map<string, Field> }
  >;
  readonly enums: Map<string, readonly unknown[]>;
  readonly aliases: Map<string, Type>;
}

const modules = new Map<string, Module>();

/** Reads the types of TypeScript that the generator of the package writes, and no others. */
class TypeReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly module: string,
  ) {}

  union(): Type {
    const parts = [this.postfix()];
    while (this.take("|")) {
      parts.push(this.postfix());
    }
    return parts.length === 1 ? parts[0]! : { kind: "union", of: parts };
  }

  fields(): Map<string, Field> {
    const fields = new Map<string, Field>();
    while (!this.take("}")) {
      const [, name, optional] = this.match(/^"?([\w-]+)"?(\?)?/)!;
      if (this.take("(")) {
        this.match(/^[^;]*/);
      } else {
        this.require(":");
        fields.set(name!, { optional: optional === "?", type: this.union() });
      }
      this.require(";");
    }
    return fields;
  }

  private postfix(): Type {
    let type = this.single();
    while (this.take("[]")) {
      type = { kind: "array", of: type };
    }
    return type;
  }

  private single(): Type {
    if (this.take("(")) {
      const inner = this.union();
      this.require(")");
      return inner;
    }
    if (this.take("{")) {
      return { kind: "object", fields: this.fields() };
    }
    const literal = this.match(/^"([^"]*)"/);
    if (literal) {
      return { kind: "literal", value: literal[1]! };
    }
    if (this.match(/^Record<string, [^>]*>/)) {
      return { kind: "any" };
    }
    const [name] = this.match(/^[\w.]+/)!;
    return this.named(name);
  }

  private named(name: string): Type {
    switch (name) {
      case "any":
      case "string":
      case "number":
      case "boolean":
      case "null":
        return { kind: name };
      case "cog.Dataquery":
        return { kind: "named", module: "prometheus", name: "Dataquery" };
    }
    const [first, second] = name.split(".");
    return first === "common"
      ? { kind: "named", module: "common", name: second! }
      : { kind: "named", module: this.module, name: first! };
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    this.at += /^\s*/.exec(this.text.slice(this.at))![0].length;
    const found = pattern.exec(this.text.slice(this.at));
    this.at += found?.[0].length ?? 0;
    return found;
  }

  private take(sign: string): boolean {
    this.at += /^\s*/.exec(this.text.slice(this.at))![0].length;
    const taken = this.text.startsWith(sign, this.at);
    this.at += taken ? sign.length : 0;
    return taken;
  }

  private require(sign: string): void {
    if (!this.take(sign)) {
      throw new Error(`expected ${sign} before: ${this.text.slice(this.at, this.at + 60)}`);
    }
  }
}

function load(name: string): Module {
  const known = modules.get(name);
  if (known) {
    return known;
  }
  const text = readFileSync(join(TYPES, name, "types.gen.d.ts"), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const loaded: Module = { interfaces: new Map(), enums: new Map(), aliases: new Map() };
  modules.set(name, loaded);
  for (const [, kind, id, bases, rest] of text.matchAll(
    /^export (interface|declare enum|type) (\w+)(?: extends ([\w., ]+))? ?(?:= )?([\s\S]*?)(?=^export |$(?![\s\S]))/gm,
  )) {
    if (kind === "interface") {
      const fields = new TypeReader(rest!.slice(rest!.indexOf("{") + 1), name).fields();
      loaded.interfaces.set(id!, { bases: bases?.split(", ") ?? [], fields });
    } else if (kind === "type") {
      loaded.aliases.set(id!, new TypeReader(rest!, name).union());
    } else {
      loaded.enums.set(
        id!,
        [...rest!.matchAll(/ = (-?\d+|"[^"]*")/g)].map(([, value]) => JSON.parse(value!) as unknown),
      );
    }
  }
  return loaded;
}

function fieldsOf(module: string, name: string): ReadonlyMap<string, Field> {
  const { bases, fields } = load(module).interfaces.get(name)!;
  return new Map([...bases.flatMap((base) => [...fieldsOf(module, base)]), ...fields]);
}

function checkObject(value: unknown, fields: ReadonlyMap<string, Field>, path: string): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [`${path}: not an object`];
  }
  const unknown = Object.keys(value).filter((key) => !fields.has(key));
  const missing = [...fields].filter(([key, { optional }]) => !optional && !(key in value));
  return [
    ...unknown.map((key) => `${path}.${key}: no such field`),
    ...missing.map(([key]) => `${path}.${key}: missing`),
    ...Object.entries(value).flatMap(([key, entry]) =>
      fields.has(key) ? check(entry, fields.get(key)!.type, `${path}.${key}`) : [],
    ),
  ];
}

function checkNamed(value: unknown, module: string, name: string, path: string): readonly string[] {
  const { interfaces, enums, aliases } = load(module);
  if (interfaces.has(name)) {
    return checkObject(value, fieldsOf(module, name), path);
  }
  const members = enums.get(name);
  if (members) {
    return members.includes(value) ? [] : [`${path}: ${JSON.stringify(value)} is not of ${name}`];
  }
  return check(value, aliases.get(name)!, path);
}

function check(value: unknown, type: Type, path: string): readonly string[] {
  switch (type.kind) {
    case "any":
      return [];
    case "null":
      return value === null ? [] : [`${path}: not null`];
    case "literal":
      return value === type.value ? [] : [`${path}: not "${type.value}"`];
    case "array":
      return Array.isArray(value)
        ? value.flatMap((entry, index) => check(entry, type.of, `${path}[${index}]`))
        : [`${path}: not a list`];
    case "union": {
      const each = type.of.map((option) => check(value, option, path));
      return each.some((found) => found.length === 0) ? [] : each.flat();
    }
    case "object":
      return checkObject(value, type.fields, path);
    case "named":
      return checkNamed(value, type.module, type.name, path);
    default:
      return typeof value === type.kind ? [] : [`${path}: not a ${type.kind}`];
  }
}

/** What of a value does not fit a type that the package publishes, such as `dashboard`, `Dashboard`. */
export function grafanaProblems(value: unknown, module: string, name: string): readonly string[] {
  return checkNamed(value, module, name, name);
}
