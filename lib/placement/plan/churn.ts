import { chipsOf } from "../../fabric/torus";
import type { AcceptedWorkload, PlacedDomains, PlacedPart } from "../placement";
import type { PartPlan } from "./model";

/** Accelerators that two places in one pool have in common. */
function common(a: PlacedDomains, b: PlacedDomains, perHost: number): number {
  if (a.kind === "leaves" && b.kind === "leaves") {
    const hosts = new Map(a.leaves.map((share) => [share.leaf, share.hosts]));
    return (
      b.leaves.reduce((sum, share) => sum + Math.min(share.hosts, hosts.get(share.leaf) ?? 0), 0) * perHost
    );
  }
  if (a.kind === "cubes" && b.kind === "cubes") {
    const shared = b.cubes.filter((cube) => a.cubes.includes(cube)).length;
    const each = Math.min(chipsOf(a.shape.dims) / a.cubes.length, chipsOf(b.shape.dims) / b.cubes.length);
    return shared * each;
  }
  if (a.kind === "box" && b.kind === "box") {
    return JSON.stringify(a.box) === JSON.stringify(b.box) ? chipsOf(a.box.dims) : 0;
  }
  return a.kind === "intent" && b.kind === "intent" ? Math.min(a.hosts, b.hosts) * perHost : 0;
}

function samePart(old: PlacedPart, part: PartPlan): boolean {
  return (
    old.site === part.pool.site.name &&
    old.pool === part.pool.pool.name &&
    (old.serving?.phase ?? "both") === (part.serving?.phase ?? "both")
  );
}

/** Accelerators that ran before and are not where they were. */
export function churnOf(
  before: AcceptedWorkload | undefined,
  parts: readonly PartPlan[],
  domains: readonly PlacedDomains[],
): number {
  let moved = 0;
  for (const old of before?.parts ?? []) {
    const index = parts.findIndex((part) => samePart(old, part));
    const kept = index < 0 ? 0 : common(old.domains, domains[index]!, parts[index]!.pool.perHost);
    moved += Math.max(0, old.accelerators - kept);
  }
  return moved;
}
