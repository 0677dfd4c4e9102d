import { AnnotationMetadataEntryType } from "cdktf";
import type { Construct } from "constructs";
import { CoreErrors } from "./errors";
import { Problems } from "./problems";

/** A warning of the catalogue. Ids are public API, like error codes. */
export interface WarningDefinition {
  readonly id: string;
  readonly meaning: string;
}

/** Declares the warnings of one room. */
export function defineWarnings<K extends string>(
  entries: Record<K, string>,
): { readonly [P in K]: WarningDefinition } {
  const defined = {} as Record<K, WarningDefinition>;
  for (const id of Object.keys(entries) as K[]) {
    defined[id] = { id, meaning: entries[id] };
  }
  return defined;
}

const ACKNOWLEDGED_CONTEXT = "cdktf-hybrid-ai/acknowledgedWarnings";

function acknowledgedEntries(scope: Construct): readonly string[] {
  const given: unknown = scope.node.tryGetContext(ACKNOWLEDGED_CONTEXT) ?? [];
  if (Array.isArray(given) && given.every((entry) => typeof entry === "string")) {
    return given;
  }
  const problems = new Problems(scope.node.path);
  problems.add(CoreErrors.InvalidContext, {
    subject: `context "${ACKNOWLEDGED_CONTEXT}"`,
    given,
    allowed: 'a list of "Id" or "Id:construct/path"',
  });
  problems.throwIfAny();
  return [];
}

function covers(entry: string, warning: WarningDefinition, path: string): boolean {
  if (entry === warning.id) {
    return true;
  }
  const prefix = `${warning.id}:`;
  const root = entry.slice(prefix.length);
  return entry.startsWith(prefix) && (path === root || path.startsWith(`${root}/`));
}

/**
 * Warns about `scope` at synth, unless the app acknowledged it: context `cdktf-hybrid-ai/acknowledgedWarnings`, a list
 * of `"Id"` (everywhere) or `"Id:construct/path"` (that construct and all below it).
 *
 * @throws InvalidContext if that context is anything else
 */
export function addWarning(scope: Construct, warning: WarningDefinition, detail: string): void {
  const covered = acknowledgedEntries(scope).some((entry) => covers(entry, warning, scope.node.path));
  if (!covered) {
    // Not Annotations: it may add a stack trace with paths of this machine to the output.
    scope.node.addMetadata(AnnotationMetadataEntryType.WARN, `[${warning.id}] ${warning.meaning}: ${detail}`);
  }
}
