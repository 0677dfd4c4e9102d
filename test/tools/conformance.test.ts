import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkStacks, renderResult } from "../../tools/conformance/report";
import type { Schema } from "../../tools/conformance/schema";
import { SchemaStore } from "../../tools/conformance/schema-store";
import { provesStrict, Validator } from "../../tools/conformance/validator";

const text: Schema = { type: "string" };
const texts: Schema = { type: "object", additionalProperties: text };
const meta: Schema = { $ref: "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

function builtIn(group: string, version: string, kind: string, properties: Record<string, Schema>): Schema {
  return {
    type: "object",
    properties: { apiVersion: text, kind: text, metadata: meta, ...properties },
    "x-kubernetes-group-version-kind": [{ group, version, kind }],
  };
}

const DEFINITIONS: Record<string, Schema> = {
  "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {
    type: "object",
    properties: { name: text, namespace: text, labels: texts, annotations: texts },
  },
  Namespace: builtIn("", "v1", "Namespace", {}),
  Secret: builtIn("", "v1", "Secret", { data: texts, stringData: texts, type: text }),
  StorageClass: builtIn("storage.k8s.io", "v1", "StorageClass", { provisioner: text, parameters: texts }),
  JobBeta: builtIn("batch", "v1beta1", "Job", {}),
  Job: builtIn("batch", "v1", "Job", { spec: ref("JobSpec") }),
  JobSpec: {
    type: "object",
    required: ["template"],
    properties: {
      ttlSecondsAfterFinished: { type: "integer", format: "int32" },
      suspend: { type: "boolean" },
      template: ref("PodTemplate"),
    },
  },
  PodTemplate: { type: "object", properties: { metadata: meta, spec: ref("PodSpec") } },
  PodSpec: {
    type: "object",
    required: ["containers"],
    properties: {
      containers: { type: "array", items: ref("Container") },
      hostIP: text,
      policies: { type: "array", items: text },
      volumes: { type: "array", items: ref("Volume") },
    },
  },
  Container: {
    type: "object",
    required: ["name"],
    properties: { name: text, image: text, ports: { type: "array", items: ref("Port") } },
  },
  Port: { type: "object", properties: { containerPort: { type: "integer", format: "int32" } } },
  Volume: {
    type: "object",
    properties: {
      name: text,
      configMap: { type: "object", properties: { defaultMode: { type: "integer" } } },
    },
  },
};

const LAKE: Schema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      "x-kubernetes-validations": [{ rule: "self.size > 0" }, { rule: "true" }],
      properties: {
        size: { type: "integer", format: "int32", minimum: 1 },
        tier: { type: "string", enum: ["hot", "cold"] },
        mood: { type: "string", pattern: "^(?i)(abort|warn)?$" },
        port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
        share: {
          "x-kubernetes-int-or-string": true,
          anyOf: [{ type: "integer" }, { type: "string" }],
          pattern: "^[0-9]+%$",
        },
        owner: { type: "string", nullable: true },
        encrypted: { type: "boolean" },
        settings: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        dropped: { type: "object" },
        volumes: { type: "array", "x-kubernetes-preserve-unknown-fields": true, items: { type: "object" } },
        labels: texts,
        source: {
          type: "object",
          properties: { a: text, b: text },
          oneOf: [{ required: ["a"] }, { required: ["b"] }],
        },
      },
    },
  },
};

let folder: string;
let validator: Validator;
let store: SchemaStore;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "schemas-"));
  mkdirSync(join(folder, "lake.example"));
  const facts = { project: "lake", projectVersion: "v1" };
  const version = (name: string, served: boolean, schema = LAKE) => ({ name, served, schema });
  writeFileSync(
    join(folder, "lake.example", "lakes.json"),
    JSON.stringify({
      ...facts,
      kind: "Lake",
      scope: "Namespaced",
      versions: [version("v1", true), version("v1alpha1", false)],
    }),
  );
  const open: Schema = {
    type: "object",
    properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  };
  writeFileSync(
    join(folder, "lake.example", "basins.json"),
    JSON.stringify({ ...facts, kind: "Basin", scope: "Cluster", versions: [version("v1", true, open)] }),
  );
  writeFileSync(
    join(folder, "INDEX.tsv"),
    [
      "group\tversions\tkind\tfile",
      "lake.example\tv1\tLake\tlake.example/lakes.json",
      "lake.example\tv1\tBasin\tlake.example/basins.json",
      "",
    ].join("\n"),
  );
  store = new SchemaStore(folder, DEFINITIONS);
  validator = new Validator(store);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function lake(
  spec: Record<string, unknown>,
  metadata: Record<string, unknown> = {},
  apiVersion = "lake.example/v1",
) {
  return {
    apiVersion,
    kind: "Lake",
    metadata: { name: "a", namespace: "b", ...metadata },
    spec: { size: 1, ...spec },
  };
}

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

describe("what a stack declares", () => {
  const check = (resource: Record<string, Record<string, Record<string, unknown>>>) =>
    checkStacks([{ example: "ex", stack: "st", json: { resource } }], store, validator);
  const failures = (resource: Record<string, Record<string, Record<string, unknown>>>) =>
    check(resource).failures.map(({ address, pointer, message }) => `${address} ${pointer}: ${message}`);

  const job = {
    "//": { metadata: {} },
    depends_on: ["x.y"],
    timeouts: { create: "5m" },
    wait_for_completion: true,
    metadata: { name: "a", namespace: "b" },
    spec: {
      ttl_seconds_after_finished: "60",
      suspend: "true",
      template: [
        {
          metadata: [{}],
          spec: {
            host_ip: "1.2.3.4",
            policy: ["p"],
            container: [{ name: "c", image: "i", port: { container_port: 80 } }],
            volume: [{ name: "v", config_map: { default_mode: "0644" } }],
          },
        },
      ],
    },
  };

  test("includes typed resources, as the objects that the provider sends", () => {
    const result = check({
      kubernetes_job_v1: { j: job },
      kubernetes_namespace_v1: { n: { metadata: { name: "a" } } },
    });
    expect(result.failures).toEqual([]);
    expect(result.counts).toEqual([
      { example: "ex", kind: "batch/v1 Job", objects: 1 },
      { example: "ex", kind: "v1 Namespace", objects: 1 },
    ]);
    expect([result.valid, result.invalid, result.proven]).toEqual([2, 0, 2]);
  });

  test("is refused where a typed resource says something the object does not have", () => {
    const spec = { ...job.spec, template: [{ spec: { container: [{ name: "c", imagee: "i" }] } }] };
    expect(failures({ kubernetes_job_v1: { j: { ...job, spec } } })).toEqual([
      'kubernetes_job_v1.j /spec/template/spec/containers/0/imagee: unknown field; did you mean "image"?',
    ]);
  });

  test("is refused where a typed resource is not written as its provider wants it", () => {
    const spec = { ...job.spec, ttlSecondsAfterFinished: 5 };
    expect(failures({ kubernetes_job_v1: { j: { ...job, spec } } })).toEqual([
      "kubernetes_job_v1.j ttlSecondsAfterFinished: the provider's arguments are in snake case",
    ]);
  });

  test("knows the arguments that are named differently from the field", () => {
    const metadata = { name: "a", namespace: "b" };
    expect(
      failures({
        kubernetes_storage_class_v1: {
          s: { metadata: { name: "a" }, storage_provisioner: "p", parameters: { a: 1 } },
        },
        kubernetes_secret_v1: { s: { metadata, data: { a: "b" }, data_wo: { c: "d" }, data_wo_revision: 1 } },
      }),
    ).toEqual([]);
  });

  test("includes manifests, and refuses those that nobody can check", () => {
    const manifest = { ...lake({}), status: {} };
    const result = check({ kubernetes_manifest: { a: { manifest }, b: { manifest: "${yamldecode(x)}" } } });
    expect(
      result.failures.map(({ address, pointer, message }) => `${address} ${pointer}: ${message}`),
    ).toEqual([
      "kubernetes_manifest.a /status: kubernetes_manifest refuses the key status",
      "kubernetes_manifest.b : the manifest is an expression, so nobody can check it",
      "kubernetes_manifest.a /status: unknown field",
    ]);
    expect([result.valid, result.invalid]).toEqual([0, 2]);
  });

  test("reads values of a chart in which Terraform encodes a value itself", () => {
    const queue = '{"queue":${jsonencode(data.x["a"].outputs.name)},"plain":"${var.a}","object":';
    const values = [`${queue}${JSON.stringify(lake({ teir: "hot" }))}}`];
    const pointers = (texts: string[]) =>
      check({ helm_release: { r: { values: texts } } }).failures.map(({ pointer }) => pointer);
    expect(pointers(values)).toEqual(["/spec/teir"]);
    expect(pointers(['{"queue":$${jsonencode(x)}}'])).toEqual(["/values/0"]);
  });

  test("includes objects inside the values of a chart, which must be YAML", () => {
    const values = [JSON.stringify({ objects: [lake({ teir: "hot" })] }), "a: b\nc: d\n"];
    const result = check({ helm_release: { r: { values }, s: { values: ["a: [", "- a"] } } });
    expect(result.failures.map(({ address, pointer }) => `${address} ${pointer}`)).toEqual([
      "helm_release.s /values/0",
      "helm_release.s /values/1",
      "helm_release.r /spec/teir",
    ]);
    expect(result.helmValues).toBe(4);
    expect([result.valid, result.invalid]).toEqual([0, 2]);
  });

  test("is refused for a typed resource of an unknown kind, and passes over what declares no object", () => {
    const result = check({
      kubernetes_wonder_v1: { a: {} },
      kubernetes_labels: { b: {} },
      aws_s3_bucket: { c: {} },
    });
    expect(result.failures.map(({ message }) => message)).toEqual([
      "no built-in kind is known for kubernetes_wonder_v1",
    ]);
    expect(result.skipped).toEqual([
      "ex/st kubernetes_labels.b: labels an object that another party declares",
    ]);
  });

  test("is summed up in a last line that programs can read", () => {
    const lines = renderResult(
      check({ kubernetes_manifest: { a: { manifest: lake({}) }, b: { manifest: lake({ teir: 1 }) } } }),
    ).split("\n");
    expect(lines.at(-1)).toBe("1 objects valid, 1 invalid");
    expect(lines.at(-2)).toBe("2 of 2 checks proven strict by an unknown field");
    expect(lines.at(-4)).toBe("CEL rules that only an API server checks: lake.example/v1 Lake (2)");
  });
});
