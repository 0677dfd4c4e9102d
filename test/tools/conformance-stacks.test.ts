import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkStacks, renderResult } from "../../tools/conformance/report";
import type { SchemaStore } from "../../tools/conformance/schema-store";
import { Validator } from "../../tools/conformance/validator";
import { lake, publish } from "./published-schemas";

let folder: string;
let validator: Validator;
let store: SchemaStore;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "schemas-"));
  store = publish(folder);
  validator = new Validator(store);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
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
