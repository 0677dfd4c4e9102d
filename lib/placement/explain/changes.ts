import type { AcceptedWorkload, Placement, PlacementLock } from "../placement";

/** How a workload differs from the lock. */
export interface Change {
  readonly workload: string;
  readonly change: "added" | "moved" | "rearranged" | "stopped";
  /** Sites and pools, before and after. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function places({ parts }: AcceptedWorkload): readonly string[] {
  return parts.map(({ site, pool }) => `${site}/${pool}`);
}

/** What is not as the lock had it, by name; nothing without a lock. */
export function changesSince(lock: PlacementLock | undefined, placement: Placement): readonly Change[] {
  if (lock === undefined) {
    return [];
  }
  const before = new Map(lock.workloads.map((workload) => [workload.workload, workload]));
  const changes: Change[] = [];
  for (const workload of placement.workloads) {
    const old = before.get(workload.workload);
    before.delete(workload.workload);
    if (workload.status === "left-out") {
      if (old !== undefined) {
        changes.push({ workload: workload.workload, change: "stopped", before: places(old), after: [] });
      }
      continue;
    }
    const after = places(workload);
    if (old === undefined) {
      changes.push({ workload: workload.workload, change: "added", before: [], after });
    } else if (places(old).join() !== after.join()) {
      changes.push({ workload: workload.workload, change: "moved", before: places(old), after });
    } else if (
      JSON.stringify(old.parts.map(({ domains }) => domains)) !==
      JSON.stringify(workload.parts.map(({ domains }) => domains))
    ) {
      changes.push({ workload: workload.workload, change: "rearranged", before: places(old), after });
    }
  }
  for (const [workload, old] of before) {
    changes.push({ workload, change: "stopped", before: places(old), after: [] });
  }
  return changes.sort((a, b) => (a.workload < b.workload ? -1 : 1));
}
