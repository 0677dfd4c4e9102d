import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provesStrict, Validator } from "../../tools/conformance/validator";
import { lake, publish } from "./published-schemas";

let folder: string;
let validator: Validator;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "schemas-"));
  validator = new Validator(publish(folder));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function problemsOf(object: unknown): string[] {
  return validator.check(object).problems.map(({ pointer, message }) => `${pointer}: ${message}`);
}

describe("an object against its published schema", () => {
  test("passes when it is right", () => {
    const spec = {
      tier: "hot",
      port: "http",
      owner: null,
      settings: { any: { thing: 1 } },
      volumes: [{ secret: { name: "a" } }],
      labels: { a: "b" },
    };
    expect(problemsOf(lake(spec))).toEqual([]);
    expect(problemsOf(lake({ port: 80, mood: "WARN", share: "5%", source: { a: "x" } }))).toEqual([]);
  });

  test.each([
    [{ teir: "hot" }, ['/spec/teir: unknown field; did you mean "tier"?']],
    [{ tier: "hott" }, ['/spec/tier: must be one of hot, cold; did you mean "hot"?']],
    [{ size: "1" }, ["/spec/size: must be integer, is string"]],
    [{ size: 2 ** 31 }, ['/spec/size: must match format "int32"']],
    [{ size: 0 }, ["/spec/size: must be >= 1"]],
    [{ tier: null }, ["/spec/tier: must be string, is null", "/spec/tier: must be one of hot, cold"]],
    [{ mood: "sad" }, ['/spec/mood: must match pattern "^(?i)(abort|warn)?$"']],
    [{ dropped: { any: 1 } }, ["/spec/dropped/any: unknown field; nothing is declared here"]],
    [{ labels: { a: 1 } }, ["/spec/labels/a: must be string, is number"]],
    [{ source: { a: "x", b: "y" } }, ["/spec/source: must match exactly one schema in oneOf"]],
    [{ settings: [] }, ["/spec/settings: must be object, is array"]],
  ])("is refused for %j", (spec, expected) => {
    expect(problemsOf(lake(spec))).toEqual(expected);
  });

  test("is refused without a required field", () => {
    expect(problemsOf({ ...lake({}), spec: {} })).toEqual(["/spec: must have required property 'size'"]);
    expect(problemsOf({ apiVersion: "v1", kind: "Namespace" })).toEqual([
      ": must have required property 'metadata'",
    ]);
  });

  test("is refused when nothing is published about its kind, and told in which versions it is", () => {
    expect(problemsOf(lake({}, {}, "lake.example/v2"))).toEqual([
      "/apiVersion: no schema is published for lake.example/v2 Lake; published versions: v1, v1alpha1",
    ]);
    expect(problemsOf({ apiVersion: "x/v1", kind: "Y", metadata: {} })).toEqual([
      "/apiVersion: no schema is published for x/v1 Y",
    ]);
  });

  test("is refused in a version that is no longer served", () => {
    expect(problemsOf(lake({}, {}, "lake.example/v1alpha1"))).toEqual([
      "/apiVersion: lake.example/v1alpha1 Lake is no longer served",
    ]);
  });

  test("must have a namespace exactly if its kind is namespaced", () => {
    expect(problemsOf(lake({}, { namespace: undefined }))).toEqual([
      "/metadata/namespace: is required: the kind is namespaced",
    ]);
    const basin = { apiVersion: "lake.example/v1", kind: "Basin", metadata: { name: "a", namespace: "b" } };
    expect(problemsOf(basin)).toEqual(["/metadata/namespace: must be absent: the kind is cluster-scoped"]);
    expect(
      problemsOf({ apiVersion: "v1", kind: "Namespace", metadata: { name: "a", namespace: "b" } }),
    ).toEqual(["/metadata/namespace: must be absent: the kind is cluster-scoped"]);
  });

  test("must have metadata that the API server takes", () => {
    expect(problemsOf(lake({}, { name: "A_b" }))).toEqual([
      '/metadata/name: "A_b" is not a DNS subdomain in lower case',
    ]);
    expect(problemsOf(lake({}, { name: undefined }))).toEqual(["/metadata/name: is required"]);
    expect(problemsOf(lake({}, { labels: { "a b": "c", d: "e/f" } }))).toEqual([
      "/metadata/labels/a b: the key is not a qualified name",
      '/metadata/labels/d: "e/f" is not a label value',
    ]);
    expect(problemsOf(lake({}, { lables: {} }))).toEqual([
      '/metadata/lables: unknown field; did you mean "labels"?',
    ]);
  });
});

describe("a Terraform expression in an object", () => {
  test("stands for any text, whatever the text must look like", () => {
    expect(problemsOf(lake({ tier: "${var.tier}", mood: "x-${var.mood}" }, { name: "${var.name}" }))).toEqual(
      [],
    );
  });

  test("stands for a number or a switch only if it is the whole value", () => {
    expect(problemsOf(lake({ size: "${var.size}", encrypted: "${var.on}", share: "${var.share}" }))).toEqual(
      [],
    );
    expect(problemsOf(lake({ size: "1${var.size}" }))).toEqual(["/spec/size: must be integer, is string"]);
    expect(problemsOf(lake({ encrypted: "${var.a}${var.b}" }))).toEqual([
      "/spec/encrypted: must be boolean, is string",
    ]);
  });

  test("never stands for an object or a list, which nobody could check", () => {
    expect(problemsOf(lake({ source: "${var.source}" }))).toContain(
      "/spec/source: must be object, is string",
    );
  });

  test("is not an expression when it is escaped", () => {
    expect(problemsOf(lake({ tier: "$${tier}" }))).toEqual(["/spec/tier: must be one of hot, cold"]);
    expect(problemsOf(lake({ size: "$${size}" }))).toEqual(["/spec/size: must be integer, is string"]);
  });

  test("cannot decide the kind", () => {
    expect(problemsOf({ ...lake({}), kind: "${var.kind}" })).toEqual([
      ": apiVersion and kind must be known at plan",
    ]);
  });
});

describe("the self-test", () => {
  test("proves that a closed schema refuses an unknown field, and tells when a schema is open", () => {
    expect(provesStrict(validator, lake({}))).toBe(true);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "b" } };
    expect(provesStrict(validator, secret)).toBe(true);
    const basin = { apiVersion: "lake.example/v1", kind: "Basin", metadata: { name: "a" }, spec: {} };
    expect(provesStrict(validator, basin)).toBe(false);
  });
});
