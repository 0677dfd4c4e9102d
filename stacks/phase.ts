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

/** Phases inside a cluster; all others are outside of one. */
export type ClusterPhase = Exclude<Phase, "foundation">;

const PHASES_OF: Readonly<Record<SiteKind, readonly Phase[]>> = {
  aws: PHASES,
  google: PHASES,
  kubernetes: ["platform", "workloads"],
};

const FOREIGN_OUTSIDE_CLUSTERS: Readonly<Record<SiteKind, RegExp>> = {
  aws: /^(google|kubernetes|helm)_/,
  google: /^(aws|kubernetes|helm)_/,
  kubernetes: /^(aws|google)_/,
};
const FOREIGN_IN_CLUSTERS = /^(aws|google)_/;

/** Whether a resource of this type cannot belong to the stack of such a site and phase. */
export function isForeign(kind: SiteKind, phase: Phase, resourceType: string): boolean {
  const foreign = phase === "foundation" ? FOREIGN_OUTSIDE_CLUSTERS[kind] : FOREIGN_IN_CLUSTERS;
  return foreign.test(resourceType);
}

/** The phases that a kind of site can have; those inside a cluster need one there. */
export function phasesOf(kind: SiteKind): readonly Phase[] {
  return PHASES_OF[kind];
}
