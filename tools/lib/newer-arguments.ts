import type { StackJson } from "./stacks";
import { compareVersions } from "./versions";

/**
 * Arguments that the provider of our bindings has and an older provider of a mirror does not, with the first version
 * that could have them. A check with the older one leaves them out and says so; nothing else is ever left out.
 *
 * Source: schema of hashicorp/aws 5.100.0 (last 5.x, does not have it) against `@cdktf/provider-aws` 21.22 (6.25.0, has it).
 */
const NEWER: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  "hashicorp/aws": {
    aws_eks_cluster: { control_plane_scaling_config: "6.0.0", deletion_protection: "6.0.0" },
    aws_emrserverless_application: { runtime_configuration: "6.0.0" },
  },
};

/** The stack as far as `version` of the provider knows its arguments, and a note for each that it does not know. */
export function dropNewerArguments(
  json: StackJson,
  source: string,
  version: string,
): { json: StackJson; notes: readonly string[] } {
  const notes: string[] = [];
  const resource = structuredClone(json.resource ?? {}) as Record<
    string,
    Record<string, Record<string, unknown>>
  >;
  for (const [type, known] of Object.entries(NEWER[source] ?? {})) {
    for (const [name, since] of Object.entries(known)) {
      if (compareVersions(version, since) >= 0) {
        continue;
      }
      for (const body of Object.values(resource[type] ?? {})) {
        if (name in body) {
          delete body[name];
          notes.push(`${type}.${name}: left out, ${source} ${version} does not have it (since 6.x)`);
        }
      }
    }
  }
  return { json: notes.length > 0 ? ({ ...json, resource } as StackJson) : json, notes: [...new Set(notes)] };
}
