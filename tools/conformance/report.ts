import Table from "cli-table3";
import type { SynthesizedStack } from "../../lib/testing";
import { declarationsOf } from "./extract";
import type { SchemaStore } from "./schema-store";
import { provesStrict, type Validator } from "./validator";

/** A problem and where it is. */
export interface Failure {
  readonly example: string;
  readonly stack: string;
  readonly address: string;
  readonly pointer: string;
  readonly message: string;
}

/** What the check of some examples found. */
export interface Result {
  /** Per example and kind: how many objects. */
  readonly counts: readonly { readonly example: string; readonly kind: string; readonly objects: number }[];
  readonly failures: readonly Failure[];
  readonly valid: number;
  readonly invalid: number;
  /** Objects whose check was proven to refuse an unknown field. */
  readonly proven: number;
  /** Kinds whose published schema leaves the spec open. */
  readonly open: readonly string[];
  readonly deprecated: readonly string[];
  readonly skipped: readonly string[];
  readonly helmValues: number;
  /** Kinds for which no schema is published, and how many objects were held against our own. */
  readonly transcribed: ReadonlyMap<string, number>;
  /** Kinds with CEL rules, and how many rules. */
  readonly uncheckedRules: ReadonlyMap<string, number>;
}

/** One stack of one example. */
export interface Subject {
  readonly example: string;
  readonly stack: string;
  readonly json: Pick<SynthesizedStack, "resource">;
}

/** Checks every Kubernetes object of the given stacks, and that each check is strict. */
export function checkStacks(subjects: readonly Subject[], store: SchemaStore, validator: Validator): Result {
  const counts = new Map<string, { example: string; kind: string; objects: number }>();
  const failures: Failure[] = [];
  const open = new Set<string>();
  const deprecated = new Set<string>();
  const skipped: string[] = [];
  const uncheckedRules = new Map<string, number>();
  const transcribed = new Map<string, number>();
  let valid = 0;
  let invalid = 0;
  let proven = 0;
  let helmValues = 0;
  for (const { example, stack, json } of subjects) {
    const declared = declarationsOf(json, store);
    helmValues += declared.helmValues;
    skipped.push(
      ...declared.skipped.map(({ address, reason }) => `${example}/${stack} ${address}: ${reason}`),
    );
    failures.push(...declared.problems.map((problem) => ({ example, stack, ...problem })));
    const broken = new Set(declared.problems.map(({ address }) => address));
    invalid += [...broken].filter(
      (address) => !declared.objects.some((each) => each.address === address),
    ).length;
    for (const { address, object } of declared.objects) {
      const name = `${object.apiVersion} ${object.kind}`;
      const count = counts.get(`${example} ${name}`) ?? { example, kind: name, objects: 0 };
      count.objects++;
      counts.set(`${example} ${name}`, count);
      const verdict = validator.check(object);
      failures.push(...verdict.problems.map((problem) => ({ example, stack, address, ...problem })));
      if (verdict.problems.length > 0 || broken.has(address)) {
        invalid++;
      } else {
        valid++;
      }
      if (verdict.kind) {
        if (provesStrict(validator, object)) {
          proven++;
        } else {
          open.add(name);
        }
        const { origin } = verdict.kind;
        if (origin.type === "custom" && origin.transcribed) {
          transcribed.set(name, (transcribed.get(name) ?? 0) + 1);
        }
        if (verdict.kind.deprecated) {
          deprecated.add(name);
        }
        if (verdict.uncheckedRules > 0) {
          uncheckedRules.set(name, verdict.uncheckedRules);
        }
      }
    }
  }
  return {
    counts: [...counts.values()],
    failures,
    valid,
    invalid,
    proven,
    open: [...open].sort(),
    deprecated: [...deprecated].sort(),
    skipped,
    helmValues,
    transcribed,
    uncheckedRules,
  };
}

/** The result as text. The last line is what other programs read. */
export function renderResult(result: Result): string {
  const lines: string[] = [];
  const table = new Table({ head: ["example", "kind", "objects"], style: { head: [], border: [] } });
  table.push(...result.counts.map(({ example, kind, objects }) => [example, kind, objects]));
  lines.push(table.toString());
  if (result.failures.length > 0) {
    const failures = new Table({
      head: ["example", "resource", "where", "problem"],
      style: { head: [], border: [] },
    });
    failures.push(
      ...result.failures.map(({ example, stack, address, pointer, message }) => [
        example,
        `${stack}\n${address}`,
        pointer || "/",
        message,
      ]),
    );
    lines.push(failures.toString());
  }
  lines.push(...result.skipped.map((text) => `not an object: ${text}`));
  lines.push(...result.deprecated.map((kind) => `deprecated by its project: ${kind}`));
  if (result.transcribed.size > 0) {
    const total = [...result.transcribed.values()].reduce((sum, count) => sum + count, 0);
    const kinds = [...result.transcribed.keys()].sort().join(", ");
    lines.push(`${total} objects held against the project's own transcription of the schema: ${kinds}`);
  }
  const rules = [...result.uncheckedRules].map(([kind, count]) => `${kind} (${count})`).join(", ");
  if (rules) {
    lines.push(`CEL rules that only an API server checks: ${rules}`);
  }
  lines.push(`${result.helmValues} Helm values documents parsed`);
  const checked = result.valid + result.invalid;
  const open = result.open.length > 0 ? `; published schema is open: ${result.open.join(", ")}` : "";
  lines.push(`${result.proven} of ${checked} checks proven strict by an unknown field${open}`);
  lines.push(`${result.valid} objects valid, ${result.invalid} invalid`);
  return lines.join("\n");
}
