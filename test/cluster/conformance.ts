import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import type { TerraformStack } from "cdktf";
import { synthStack } from "../../lib/testing";
import { checkStacks } from "../../tools/conformance/report";
import { SchemaStore } from "../../tools/conformance/schema-store";
import { Validator } from "../../tools/conformance/validator";

const { CRD_SCHEMA_DIR } = process.env;

/** Published schemas, if this machine has them. */
const hasSchemas = CRD_SCHEMA_DIR !== undefined && CRD_SCHEMA_DIR !== "";

/** `test`, or a notice where there are no schemas to hold objects against; in CI their absence is a failure. */
export const conformanceTest = hasSchemas || process.env.CI === "true" ? test : test.skip;
if (!hasSchemas) {
  process.stderr.write(
    "notice: CRD_SCHEMA_DIR is not set, so objects of clusters are not held against schemas\n",
  );
}

let opened: { readonly store: SchemaStore; readonly validator: Validator } | undefined;

function schemas() {
  if (!hasSchemas) {
    throw new Error("CRD_SCHEMA_DIR is not set: objects of clusters are held against no schema");
  }
  const directory = CRD_SCHEMA_DIR;
  const definitions =
    process.env.KUBERNETES_DEFINITIONS ?? join(directory, "..", "data", "kubernetes-1.34-definitions.json");
  const store = SchemaStore.open(
    directory,
    definitions,
    join(__dirname, "../../tools/conformance/own-schemas"),
  );
  opened ??= { store, validator: new Validator(store) };
  return opened;
}

/** What is wrong with one object. */
export function problemsOf(object: Record<string, unknown>): readonly string[] {
  return schemas()
    .validator.check(object)
    .problems.map((problem) => JSON.stringify(problem));
}

/** What is wrong with the objects of a stack, and how many kinds were checked. */
export function conformance(stack: TerraformStack) {
  const { store, validator } = schemas();
  const json = synthStack(stack);
  const { failures, counts } = checkStacks([{ example: "test", stack: "test", json }], store, validator);
  return {
    failures: failures.map(({ address, pointer, message }) => `${address} ${pointer}: ${message}`),
    kinds: counts.map(({ kind }) => kind).sort(),
  };
}

/** Holds an object against CoreWeave's definition as it was captured in 2025, which knows no racks. */
export function capturedNodePoolProblems(object: unknown): readonly string[] {
  const path = join(CRD_SCHEMA_DIR!, "compute.coreweave.com", "nodepool_v1alpha1.json");
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile(JSON.parse(readFileSync(path, "utf8")) as object);
  return validate(object)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
