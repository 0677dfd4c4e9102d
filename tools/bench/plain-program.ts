import type { SynthesizedStack } from "../../lib/testing";
import type { Arguments, Binding, Bindings, Declarations } from "./bindings";

type Json = Record<string, unknown>;

/** One stack to write a program for. */
export interface PlainStack {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly json: SynthesizedStack;
}

/** A program that declares the same as some synthesized stacks, with cdktf and the bindings alone. */
export interface PlainProgram {
  readonly source: string;
  /** Arguments written in the bindings' types. */
  readonly typed: number;
  /** Arguments that the bindings cannot express, written as overrides. */
  readonly overrides: number;
}

/** `section.type.id.argument` of arguments that must be written as overrides, because the bindings change them. */
export type Stubborn = ReadonlySet<string>;

class NotTyped extends Error {}

const RAW_SECTIONS = ["check", "import", "locals", "moved", "removed", "variable"] as const;
const META = new Set(["connection", "count", "for_each", "provisioner"]);
const BACKENDS: Readonly<Record<string, string>> = {
  gcs: "GcsBackend",
  http: "HttpBackend",
  local: "LocalBackend",
  s3: "S3Backend",
};

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(camelKeys);
  }
  return value !== null && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [camelCase(key), camelKeys(entry)]))
    : value;
}

interface Declared {
  readonly section: "resource" | "data" | "provider";
  readonly type: string;
  readonly id: string;
  readonly attributes: Json;
  readonly binding: Binding;
}

/** Writes one stack. Names of variables count up, as only the program's speed matters, not its looks. */
class StackWriter {
  readonly lines: string[] = [];
  typed = 0;
  overrides = 0;
  /** Variable and string attributes of what is declared so far, by Terraform address. */
  private readonly declared = new Map<string, { variable: string; texts: ReadonlySet<string> }>();
  private readonly providers = new Map<string, string>();

  constructor(
    private readonly stack: PlainStack,
    private readonly variable: string,
    private readonly bindings: Bindings,
    private readonly imports: Map<string, Set<string>>,
    private readonly stubborn: Stubborn,
  ) {}

  write(): void {
    const { json } = this.stack;
    this.lines.push(`const ${this.variable} = new TerraformStack(app, ${JSON.stringify(this.stack.name)});`);
    this.backend(json.terraform?.backend ?? {});
    for (const [type, entries] of Object.entries(json.provider ?? {})) {
      entries.forEach((attributes, index) => {
        this.element({
          section: "provider",
          type,
          id: `${type}-${index}`,
          attributes,
          ...this.bound("provider", type),
        });
      });
    }
    for (const element of this.inOrder()) {
      this.element(element);
    }
    for (const [id, { value, ...rest }] of Object.entries(json.output ?? {})) {
      this.import("cdktf", "TerraformOutput");
      const options = { value, ...(camelKeys(rest) as Json), staticId: true };
      delete (options as Json)["//"];
      this.lines.push(
        `new TerraformOutput(${this.variable}, ${JSON.stringify(id)}, ${this.plain(options)});`,
      );
    }
    for (const section of RAW_SECTIONS) {
      const content = (json as Json)[section];
      if (content !== undefined) {
        this.lines.push(
          `${this.variable}.addOverride(${JSON.stringify(section)}, ${JSON.stringify(content)});`,
        );
      }
    }
    const { backend: _backend, ...terraform } = json.terraform ?? {};
    for (const [key, value] of Object.entries(terraform)) {
      this.lines.push(`${this.variable}.addOverride("terraform.${key}", ${JSON.stringify(value)});`);
    }
  }

  private import(module: string, name: string): void {
    const names = this.imports.get(module) ?? new Set();
    this.imports.set(module, names.add(name));
  }

  private bound(kind: Binding["kind"], type: string): { binding: Binding } {
    const binding = this.bindings.find(kind, type);
    if (!binding) {
      throw new NotTyped(`${kind} ${type}`);
    }
    return { binding };
  }

  private backend(backends: Readonly<Record<string, unknown>>): void {
    for (const [type, settings] of Object.entries(backends)) {
      const known = BACKENDS[type];
      if (known) {
        this.import("cdktf", known);
        this.lines.push(`new ${known}(${this.variable}, ${JSON.stringify(camelKeys(settings))});`);
      } else {
        this.import("cdktf", "TerraformBackend");
        this.lines.push(
          `new (class extends TerraformBackend { synthesizeAttributes() { return ${JSON.stringify(settings)}; } })(${this.variable}, "backend", ${JSON.stringify(type)});`,
        );
      }
    }
  }

  /** Resources and data sources, each after those it refers to as far as possible. */
  private inOrder(): readonly Declared[] {
    const all = new Map<string, Declared>();
    for (const section of ["data", "resource"] as const) {
      for (const [type, entries] of Object.entries(this.stack.json[section] ?? {})) {
        for (const [id, attributes] of Object.entries(entries)) {
          if (this.bindings.find(section, type)) {
            const address = section === "data" ? `data.${type}.${id}` : `${type}.${id}`;
            all.set(address, { section, type, id, attributes, ...this.bound(section, type) });
          } else {
            this.overrides++;
            const { "//": _comment, ...raw } = attributes;
            this.lines.push(
              `${this.variable}.addOverride("${section}.${type}.${id}", ${JSON.stringify(raw)});`,
            );
          }
        }
      }
    }
    const ordered = new Set<Declared>();
    const visiting = new Set<string>();
    const visit = (address: string): void => {
      const element = all.get(address);
      if (!element || ordered.has(element) || visiting.has(address)) {
        return;
      }
      visiting.add(address);
      const text = JSON.stringify(element.attributes);
      for (const [reference] of text.matchAll(/(?:data\.)?[a-z][a-z0-9_]+\.[A-Za-z0-9_-]+/g)) {
        visit(reference);
      }
      ordered.add(element);
    };
    for (const address of all.keys()) {
      visit(address);
    }
    return [...ordered];
  }

  private element({ section, type, id, attributes, binding }: Declared): void {
    const variable = `${this.variable}_${this.lines.length}`;
    const declarations = this.bindings.declarations(binding);
    const block = declarations.blocks.get(`${binding.className}Config`);
    const typed: string[] = [];
    const overrides: [string, unknown][] = [];
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "//") {
        continue;
      }
      const written = this.stubborn.has(`${this.stack.name} ${section}.${type}.${id}.${name}`)
        ? undefined
        : this.argument(name, value, block, declarations);
      if (written === undefined) {
        overrides.push([name, value]);
      } else {
        typed.push(written);
      }
    }
    this.typed += typed.length;
    this.overrides += overrides.length;
    this.import(binding.module, binding.className);
    this.lines.push(
      `const ${variable} = new ${binding.className}(${this.variable}, ${JSON.stringify(id)}, { ${typed.join(", ")} }${overrides.length > 0 ? " as any" : ""});`,
      ...overrides.map(
        ([name, value]) => `${variable}.addOverride(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
      ),
    );
    if (section === "provider") {
      const alias = attributes.alias === undefined ? type : `${type}.${attributes.alias}`;
      this.providers.set(alias, variable);
    } else {
      const address = section === "data" ? `data.${type}.${id}` : `${type}.${id}`;
      this.declared.set(address, { variable, texts: declarations.texts });
    }
  }

  private argument(
    name: string,
    value: unknown,
    block: Arguments | undefined,
    declarations: Declarations,
  ): string | undefined {
    if (name === "depends_on") {
      const known = (value as string[]).map((address) => this.declared.get(address)?.variable);
      return known.every(Boolean) ? `dependsOn: [${known.join(", ")}]` : undefined;
    }
    if (name === "provider") {
      const provider = this.providers.get(value as string);
      return provider && `provider: ${provider}`;
    }
    if (name === "lifecycle") {
      return `lifecycle: ${this.plain(camelKeys(value))}`;
    }
    const argument = META.has(name) ? undefined : block?.get(name);
    if (!argument) {
      return undefined;
    }
    try {
      return `${argument.name}: ${this.value(value, argument.type, declarations)}`;
    } catch (error) {
      if (error instanceof NotTyped) {
        return undefined;
      }
      throw error;
    }
  }

  private value(value: unknown, type: string, declarations: Declarations): string {
    const list = /^(.+)\[\]$/.exec(type)?.[1];
    if (list && Array.isArray(value)) {
      return `[${value.map((entry) => this.value(entry, list, declarations)).join(", ")}]`;
    }
    const block = declarations.blocks.get(type);
    if (block && value !== null && typeof value === "object" && !Array.isArray(value)) {
      const entries = Object.entries(value).map(([name, entry]) => {
        const argument = block.get(name);
        if (!argument) {
          throw new NotTyped(name);
        }
        return `${argument.name}: ${this.value(entry, argument.type, declarations)}`;
      });
      return `{ ${entries.join(", ")} }`;
    }
    return this.scalar(value, type);
  }

  private scalar(value: unknown, type: string): string {
    if (typeof value === "string" && type !== "string" && type !== "any") {
      const conversion = { number: "asNumber", boolean: "asAny", "string[]": "asList" }[type];
      if (!conversion) {
        throw new NotTyped(type);
      }
      this.import("cdktf", "Token");
      return `Token.${conversion}(${JSON.stringify(value)})`;
    }
    const map = /^\{ \[key: string\]: (string|any|boolean|number)/.test(type);
    const isMap = value !== null && typeof value === "object" && !Array.isArray(value);
    if ((type === typeof value && !isMap) || (map && isMap) || type === "any") {
      return this.plain(value);
    }
    throw new NotTyped(type);
  }

  /** A literal whose references to what is declared already are written as a person would: through its variable. */
  private plain(value: unknown): string {
    if (typeof value === "string") {
      return this.text(value);
    }
    if (Array.isArray(value)) {
      return `[${value.map((entry) => this.plain(entry)).join(", ")}]`;
    }
    if (value !== null && typeof value === "object") {
      const entries = Object.entries(value).map(
        ([key, entry]) => `${JSON.stringify(key)}: ${this.plain(entry)}`,
      );
      return `{ ${entries.join(", ")} }`;
    }
    return JSON.stringify(value);
  }

  private text(value: string): string {
    let referred = false;
    const parts = value.split(/(?<!\$)\$\{((?:data\.)?[a-z][a-z0-9_]+\.[A-Za-z0-9_-]+\.[a-z0-9_]+)\}/);
    const written = parts.map((part, index) => {
      if (index % 2 === 0) {
        return part.replace(/[\\`]|\$(?=\{)/g, "\\$&");
      }
      const end = part.lastIndexOf(".");
      const [address, attribute] = [part.slice(0, end), part.slice(end + 1)];
      const target = this.declared.get(address);
      if (!target?.texts.has(attribute)) {
        return `\\\${${part}}`;
      }
      referred = true;
      return `\${${target.variable}.${camelCase(attribute)}}`;
    });
    const [before, only, after] = written;
    if (referred && written.length === 3 && before === "" && after === "") {
      return only!.slice("${".length, -"}".length);
    }
    return referred ? `\`${written.join("")}\`` : JSON.stringify(value);
  }
}

/** Writes a program for `stacks`: no helper, no abstraction, each resource by its class and deep import. */
export function plainProgram(
  stacks: readonly PlainStack[],
  bindings: Bindings,
  stubborn: Stubborn,
): PlainProgram {
  const imports = new Map([["cdktf", new Set(["App", "TerraformStack"])]]);
  const variables = new Map(stacks.map(({ name }, index) => [name, `s${index}`]));
  const lines: string[] = [];
  let typed = 0;
  let overrides = 0;
  for (const stack of stacks) {
    const variable = variables.get(stack.name)!;
    const writer = new StackWriter(stack, variable, bindings, imports, stubborn);
    writer.write();
    lines.push(...writer.lines);
    lines.push(...stack.dependencies.map((name) => `${variable}.addDependency(${variables.get(name)});`));
    typed += writer.typed;
    overrides += writer.overrides;
  }
  const head = [...imports].map(
    ([module, names]) => `import { ${[...names].sort().join(", ")} } from ${JSON.stringify(module)};`,
  );
  return {
    source: [...head, "const app = new App();", ...lines, "app.synth();", ""].join("\n"),
    typed,
    overrides,
  };
}
