import { Annotations } from "cdktf";
import type { Construct } from "constructs";

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

/**
 * Warns about `scope` at synth, unless the app acknowledged this id for all, or for a path that holds `scope`:
 * `acknowledgedWarnings` context, a list of `"Id"` or `"Id:construct/path"`.
 */
export function addWarning(scope: Construct, warning: WarningDefinition, detail: string): void {
  const acknowledged: unknown = scope.node.tryGetContext(ACKNOWLEDGED_CONTEXT);
  const entries = Array.isArray(acknowledged) ? acknowledged.map(String) : [];
  const covered = entries.some((entry) => {
    const [id, path] = entry.split(":", 2);
    const prefix = path ?? "";
    return (
      id === warning.id &&
      (prefix === "" || scope.node.path === prefix || scope.node.path.startsWith(`${prefix}/`))
    );
  });
  if (!covered) {
    Annotations.of(scope).addWarning(`[${warning.id}] ${warning.meaning}: ${detail}`);
  }
}
