import type { SiteKind } from "../lib/fabric/site";

/**
 * The order in which stacks of one site are applied. Kubernetes objects need a served API, and custom resources a
 * served definition, when Terraform plans; so each kind of thing lives in a stack after the one that makes it possible.
 *
 * - `foundation`: cloud APIs only: network, keys, storage, clusters
 * - `platform`: Helm releases that install operators and their custom resource definitions
 * - `workloads`: Kubernetes objects
 */
export type Phase = "foundation" | "platform" | "workloads";

export const PHASES: readonly Phase[] = ["foundation", "platform", "workloads"];

const PHASES_OF: Readonly<Record<SiteKind, readonly Phase[]>> = {
  aws: ["foundation"],
  google: ["foundation"],
  kubernetes: ["platform", "workloads"],
};

const FOREIGN: Readonly<Record<SiteKind, RegExp>> = {
  aws: /^(google|kubernetes|helm)_/,
  google: /^(aws|kubernetes|helm)_/,
  kubernetes: /^(aws|google)_/,
};

/** Whether a resource of this type cannot belong to any stack of such a site. */
export function isForeign(kind: SiteKind, resourceType: string): boolean {
  return FOREIGN[kind].test(resourceType);
}

/** The phases that a kind of site can have today. */
export function phasesOf(kind: SiteKind): readonly Phase[] {
  return PHASES_OF[kind];
}
