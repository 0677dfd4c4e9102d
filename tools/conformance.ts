/**
 * Checks every Kubernetes object that the examples emit against the published schemas.
 *
 * `npm run conformance [-- <example>...]`. CRDs come from `CRD_SCHEMA_DIR`, built-in kinds from
 * `KUBERNETES_DEFINITIONS`, kinds that no published set has from our own transcription. Exit code 1 if an object is invalid, has no schema, or nothing could be checked in CI.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkStacks, renderResult, type Subject } from "./conformance/report";
import { SchemaStore } from "./conformance/schema-store";
import { Validator } from "./conformance/validator";
import { exampleNames } from "./lib/run-example";
import { chooseExamples, exampleProgram, synthesize } from "./lib/synthesize";
import { runCommand } from "./lib/user-error";

const MISSING =
  "CRD_SCHEMA_DIR is not set, so no Kubernetes object was checked; it names a folder with INDEX.tsv and <group>/<plural>.json";

async function subjectsOf(examples: readonly string[], directory: string): Promise<readonly Subject[]> {
  const subjects: Subject[] = [];
  for (const example of examples) {
    const { stacks } = await synthesize(exampleProgram(example), join(directory, example));
    subjects.push(...stacks.map(({ name, json }) => ({ example, stack: name, json })));
  }
  return subjects;
}

async function main(): Promise<number> {
  const schemas = process.env.CRD_SCHEMA_DIR;
  if (!schemas) {
    const needed = process.env.CI === "true";
    console.error(`${needed ? "failure" : "notice"}: ${MISSING}`);
    return needed ? 1 : 0;
  }
  const definitions =
    process.env.KUBERNETES_DEFINITIONS ?? join(schemas, "..", "data", "kubernetes-1.34-definitions.json");
  const store = SchemaStore.open(schemas, definitions, join(__dirname, "conformance", "own-schemas"));
  const asked = process.argv.slice(2);
  const examples = asked.length > 0 ? chooseExamples(asked) : exampleNames();
  const directory = mkdtempSync(join(tmpdir(), "conformance-"));
  try {
    const subjects = await subjectsOf(examples, directory);
    const result = checkStacks(subjects, store, new Validator(store));
    console.log(renderResult(result));
    return result.invalid > 0 || result.failures.length > 0 || result.valid === 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

void runCommand(main);
