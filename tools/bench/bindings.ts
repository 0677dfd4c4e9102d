import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One argument of a block, as the bindings declare it. */
export interface Argument {
  /** Name in TypeScript. */
  readonly name: string;
  /** TypeScript type without `cdktf.IResolvable`, for example `string[]` or `S3BucketLogging`. */
  readonly type: string;
}

/** Arguments of a block by their name in Terraform. */
export type Arguments = ReadonlyMap<string, Argument>;

/** One class of a provider's bindings. */
export interface Binding {
  readonly className: string;
  /** What to import it from. */
  readonly module: string;
  readonly kind: "resource" | "data" | "provider";
  readonly terraformType: string;
}

/** The declarations behind one class. */
export interface Declarations {
  /** Arguments of every block, by the name of its interface. */
  readonly blocks: ReadonlyMap<string, Arguments>;
  /** Attributes of type string, by their name in Terraform. */
  readonly texts: ReadonlySet<string>;
}

const KINDS = {
  TerraformResource: "resource",
  TerraformDataSource: "data",
  TerraformProvider: "provider",
} as const;
const CLASS =
  /export declare class (\w+) extends cdktf\.(TerraformResource|TerraformDataSource|TerraformProvider) \{\s+static readonly tfResourceType = "(\w+)"/;
const TERRAFORM_NAME = /\{@link \S+#(\w+) /;

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function parseInterfaces(text: string): Map<string, Arguments> {
  const blocks = new Map<string, Arguments>();
  for (const [, name, body] of text.matchAll(
    /^export interface (\w+)(?: extends [^{]+)? \{\n([\s\S]*?)^\}/gm,
  )) {
    const found = new Map<string, Argument>();
    const member = /\/\*\*([\s\S]*?)\*\/\s+readonly (\w+)\??: ((?:\{[\s\S]*?\}|[^;{])+);/g;
    for (const [, comment, property, type] of body!.matchAll(member)) {
      const terraformName = TERRAFORM_NAME.exec(comment!)?.[1];
      if (terraformName) {
        const bare = type!.replace(/\s+/g, " ").replace(" | cdktf.IResolvable", "");
        found.set(terraformName, { name: property!, type: bare });
      }
    }
    blocks.set(name!, found);
  }
  return blocks;
}

/** Reads what provider packages declare, from their `.d.ts` files. */
export class Bindings {
  private readonly classes = new Map<string, Binding>();
  private readonly parsed = new Map<string, Declarations>();

  /** @param packages folders of installed provider packages, by package name */
  constructor(private readonly packages: ReadonlyMap<string, string>) {
    for (const [name, folder] of packages) {
      const lib = join(folder, "lib");
      for (const entry of readdirSync(lib, { withFileTypes: true }).filter((each) => each.isDirectory())) {
        const file = join(lib, entry.name, "index.d.ts");
        const match = existsSync(file) ? CLASS.exec(readFileSync(file, "utf8")) : null;
        if (match) {
          const kind = KINDS[match[2] as keyof typeof KINDS];
          const [className, terraformType] = [match[1]!, match[3]!];
          const module = `${name}/lib/${entry.name}`;
          this.classes.set(`${kind} ${terraformType}`, { className, module, kind, terraformType });
        }
      }
    }
  }

  find(kind: Binding["kind"], terraformType: string): Binding | undefined {
    return this.classes.get(`${kind} ${terraformType}`);
  }

  declarations(binding: Binding): Declarations {
    let known = this.parsed.get(binding.module);
    if (!known) {
      known = this.parse(binding);
      this.parsed.set(binding.module, known);
    }
    return known;
  }

  private parse({ module, className }: Binding): Declarations {
    const [name, folder] = [...this.packages].find(([each]) => module.startsWith(`${each}/`))!;
    const home = join(folder, module.slice(name.length + 1));
    const structs = join(home, "index-structs");
    const files = [
      join(home, "index.d.ts"),
      ...(existsSync(structs)
        ? readdirSync(structs)
            .filter((file) => file.endsWith(".d.ts"))
            .map((file) => join(structs, file))
        : []),
    ];
    const blocks = new Map(files.flatMap((file) => [...parseInterfaces(readFileSync(file, "utf8"))]));
    const [, body = ""] = readFileSync(files[0]!, "utf8").split(`export declare class ${className} `);
    const getters = new Set([...body.matchAll(/^ {4}get (\w+)\(\): string;/gm)].map(([, getter]) => getter!));
    const names = new Set(["id", "arn", ...[...blocks.values()].flatMap((block) => [...block.keys()])]);
    const computed = [...getters].map((getter) =>
      getter.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    const texts = [...names, ...computed].filter((text) => getters.has(camelCase(text)));
    return { blocks, texts: new Set(texts) };
  }
}
