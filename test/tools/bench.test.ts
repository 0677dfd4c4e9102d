import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bindings } from "../../tools/bench/bindings";
import { median } from "../../tools/bench/measure";
import { plainProgram } from "../../tools/bench/plain-program";

const link = (type: string, name: string) =>
  `{@link https://registry.example/docs/${type}#${name} X#${name}}`;

const member = (type: string, terraform: string, declaration: string) =>
  `    /**\n    * Docs: ${link(type, terraform)}\n    */\n    readonly ${declaration};\n`;

const BUCKET = `export interface BucketConfig extends cdktf.TerraformMetaArguments {
${member("bucket", "name", "name: string")}${member("bucket", "max_size", "maxSize?: number")}${member(
  "bucket",
  "is_open",
  "isOpen?: boolean | cdktf.IResolvable",
)}${member("bucket", "tags", "tags?: {\n        [key: string]: string;\n    }")}${member(
  "bucket",
  "rule",
  "rule?: BucketRule[] | cdktf.IResolvable",
)}}
export interface BucketRule {
${member("bucket", "for_days", "forDays?: number")}}
export declare class Bucket extends cdktf.TerraformResource {
    static readonly tfResourceType = "toy_bucket";
    get name(): string;
    get arn(): string;
    get maxSize(): number;
}
`;

const PROVIDER = `export interface ToyProviderConfig {
${member("toy", "region", "region?: string")}}
export declare class ToyProvider extends cdktf.TerraformProvider {
    static readonly tfResourceType = "toy";
}
`;

let folder: string;
let bindings: Bindings;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bindings-"));
  for (const [name, text] of Object.entries({ bucket: BUCKET, provider: PROVIDER })) {
    mkdirSync(join(folder, "lib", name), { recursive: true });
    writeFileSync(join(folder, "lib", name, "index.d.ts"), text);
  }
  bindings = new Bindings(new Map([["@cdktf/provider-toy", folder]]));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Resources = Record<string, Record<string, Record<string, unknown>>>;

function write(resource: Resources, stubborn: readonly string[] = []) {
  const program = plainProgram(
    [{ name: "s", dependencies: [], json: { resource } }],
    bindings,
    new Set(stubborn),
  );
  const lines = program.source.split("\n");
  const start = lines.indexOf('const s0 = new TerraformStack(app, "s");') + 1;
  return {
    ...program,
    lines: lines.slice(start, lines.indexOf("app.synth();")),
    imports: lines.slice(0, start - 2),
  };
}

describe("the plain program that the library is measured against", () => {
  test("declares each resource by its class, deep import and typed arguments", () => {
    const attributes = {
      "//": { metadata: {} },
      name: "a",
      max_size: 5,
      is_open: true,
      tags: { "some-key": "b" },
      rule: [{ for_days: 1 }],
      lifecycle: { prevent_destroy: true },
    };
    const { lines, imports, typed, overrides } = write({ toy_bucket: { one: attributes } });
    expect(imports).toEqual([
      'import { App, TerraformStack } from "cdktf";',
      'import { Bucket } from "@cdktf/provider-toy/lib/bucket";',
    ]);
    expect(lines).toEqual([
      'const s0_1 = new Bucket(s0, "one", { name: "a", maxSize: 5, isOpen: true, tags: { "some-key": "b" }, rule: [{ forDays: 1 }], lifecycle: { "preventDestroy": true } });',
    ]);
    expect([typed, overrides]).toEqual([6, 0]);
  });

  test("refers to other resources through their variables, in the order that needs", () => {
    const { lines } = write({
      toy_bucket: {
        one: {
          name: "x-${toy_bucket.two.arn}",
          tags: { n: "${toy_bucket.two.name}" },
          depends_on: ["toy_bucket.two"],
        },
        two: { name: "$${literal} `tick`" },
        three: { name: "${toy_bucket.two.max_size} ${toy_bucket.two.arn}" },
      },
    });
    expect(lines).toEqual([
      'const s0_1 = new Bucket(s0, "two", { name: "$${literal} `tick`" });',
      'const s0_2 = new Bucket(s0, "one", { name: `x-${s0_1.arn}`, tags: { "n": s0_1.name }, dependsOn: [s0_1] });',
      'const s0_3 = new Bucket(s0, "three", { name: `\\${toy_bucket.two.max_size} ${s0_1.arn}` });',
    ]);
  });

  test("writes what the bindings cannot express as an override", () => {
    const { lines, typed, overrides } = write(
      { toy_bucket: { one: { name: "a", novel: { x: 1 }, max_size: "${var.size}", tags: "${var.tags}" } } },
      ["s resource.toy_bucket.one.name"],
    );
    expect(lines).toEqual([
      'const s0_1 = new Bucket(s0, "one", { maxSize: Token.asNumber("${var.size}") } as any);',
      's0_1.addOverride("name", "a");',
      's0_1.addOverride("novel", {"x":1});',
      's0_1.addOverride("tags", "${var.tags}");',
    ]);
    expect([typed, overrides]).toEqual([1, 3]);
  });

  test("writes a resource without bindings as an override of the stack", () => {
    expect(write({ odd_thing: { a: { "//": {}, b: 1 } } }).lines).toEqual([
      's0.addOverride("resource.odd_thing.a", {"b":1});',
    ]);
  });

  test("gives each stack its backend, providers, outputs and dependencies", () => {
    const json = {
      terraform: {
        backend: { s3: { bucket: "b", use_lockfile: true } },
        required_providers: { toy: { source: "toy", version: "~> 1.0" } },
      },
      provider: { toy: [{ region: "r" }] },
      resource: { toy_bucket: { one: { name: "a", provider: "toy" } } },
      output: { out: { value: "${toy_bucket.one.arn}", sensitive: true } },
    };
    const { source } = plainProgram(
      [
        { name: "first", dependencies: [], json },
        { name: "second", dependencies: ["first"], json: { terraform: { backend: { odd: { a: 1 } } } } },
      ],
      bindings,
      new Set(),
    );
    expect(source.split("\n").slice(3)).toEqual([
      "const app = new App();",
      'const s0 = new TerraformStack(app, "first");',
      'new S3Backend(s0, {"bucket":"b","useLockfile":true});',
      'const s0_2 = new ToyProvider(s0, "toy-0", { region: "r" });',
      'const s0_3 = new Bucket(s0, "one", { name: "a", provider: s0_2 });',
      'new TerraformOutput(s0, "out", { "value": s0_3.arn, "sensitive": true, "staticId": true });',
      's0.addOverride("terraform.required_providers", {"toy":{"source":"toy","version":"~> 1.0"}});',
      'const s1 = new TerraformStack(app, "second");',
      'new (class extends TerraformBackend { synthesizeAttributes() { return {"a":1}; } })(s1, "backend", "odd");',
      "s1.addDependency(s0);",
      "app.synth();",
      "",
    ]);
  });
});

test("the median is the middle, or between the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});
