import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Schema } from "../../tools/conformance/schema";
import { SchemaStore } from "../../tools/conformance/schema-store";

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

/** A store with the definitions above and two published kinds, `Lake` and `Basin`. */
export function publish(folder: string): SchemaStore {
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
  return new SchemaStore(folder, DEFINITIONS);
}

export function lake(
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
