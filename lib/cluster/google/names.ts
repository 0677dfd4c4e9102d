import { resourceName } from "../../core/naming";
import type { NameRule, Problems } from "../../core/problems";

/** Source: https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters (read 2026-11-24) */
const CLUSTER_NAME: NameRule = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 32,
  form: "1 to 32 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen; GKE takes 40, other names are made from it",
};

/** A service account has 6 to 30 characters. Source: https://cloud.google.com/iam/docs/service-accounts-create (read 2026-11-24) */
export function nodeAccountId(namePrefix: string): string {
  return resourceName([namePrefix, "nodes"], { maxLength: 30 });
}

/** Adds InvalidName, TokenNotAllowed. */
export function checkClusterName(problems: Problems, namePrefix: string): void {
  problems.name("namePrefix", namePrefix, CLUSTER_NAME);
}
