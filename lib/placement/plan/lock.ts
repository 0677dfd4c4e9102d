import { stableJson } from "../../core/json";
import { Problems } from "../../core/problems";
import type { AcceptedWorkload, Placement, PlacementLock } from "../placement";
import { PlanErrors } from "../placement-errors";
import type { PlanInput } from "../workloads";

/** What of a plan the next one needs. */
export function lockOf(placement: Placement): PlacementLock {
  const workloads = placement.workloads.filter(
    (workload): workload is AcceptedWorkload => workload.status === "accepted",
  );
  return { version: 1, inputDigest: placement.inputDigest, workloads };
}

/** The text of a lock file: the same plan gives the same bytes. */
export function writeLock(lock: PlacementLock): string {
  return `${stableJson(lock, 2)}\n`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPart(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.site === "string" &&
    typeof value.pool === "string" &&
    typeof value.accelerators === "number" &&
    isRecord(value.domains) &&
    ["leaves", "box", "cubes", "intent"].includes(String(value.domains.kind))
  );
}

function isAccepted(value: unknown): boolean {
  return (
    isRecord(value) &&
    value.status === "accepted" &&
    typeof value.workload === "string" &&
    Array.isArray(value.parts) &&
    value.parts.every(isPart) &&
    Array.isArray(value.flows)
  );
}

function refuse(given: unknown, allowed: string): never {
  const problems = new Problems("readLock");
  problems.add(PlanErrors.LockUnreadable, { subject: "lock", given, allowed });
  problems.throwIfAny();
  throw new Error(allowed);
}

/**
 * The lock in the text of a lock file.
 *
 * @throws LockUnreadable
 */
export function readLock(text: string): PlacementLock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse(text, "JSON");
  }
  if (!isRecord(value) || value.version !== 1 || typeof value.inputDigest !== "string") {
    refuse(isRecord(value) ? value.version : value, "an object of version 1 with the digest of its input");
  }
  if (!Array.isArray(value.workloads) || !value.workloads.every(isAccepted)) {
    refuse(value.workloads, "a list of workloads with status, parts and flows");
  }
  return value as unknown as PlacementLock;
}

/**
 * What of a lock concerns the workloads of an input, by name.
 *
 * @throws LockOfAnotherModel if it is of another version, or if it placed something and nothing of that is in the input,
 *   or a workload of the same name is of another kind; ContradictoryRules if a workload that must stay is pinned elsewhere
 */
export function lockedWorkloads(
  lock: PlacementLock | undefined,
  input: PlanInput,
): ReadonlyMap<string, AcceptedWorkload> {
  const locked = new Map<string, AcceptedWorkload>();
  if (lock === undefined) {
    return locked;
  }
  const problems = new Problems("plan");
  const known = new Map(input.workloads.map((workload) => [workload.name, workload]));
  for (const before of lock.workloads) {
    const workload = known.get(before.workload);
    if (workload === undefined) {
      continue;
    }
    const kind = before.parts.length === 0 ? "data" : before.layout === undefined ? "inference" : "gang";
    if (kind !== workload.kind) {
      problems.add(PlanErrors.LockOfAnotherModel, {
        subject: `workload "${before.workload}"`,
        given: `a lock of a ${kind} workload`,
        allowed: `one of kind "${workload.kind}"`,
      });
    }
    locked.set(before.workload, before);
    if (workload.kind !== "data" && workload.keep && workload.pinned !== undefined) {
      const { site, pool } = workload.pinned;
      const away = before.parts.some((part) => part.site !== site || (pool ?? part.pool) !== part.pool);
      if (away) {
        problems.add(PlanErrors.ContradictoryRules, {
          subject: `workload "${workload.name}", keep and pinned`,
          given: before.parts.map((part) => `${part.site}/${part.pool}`),
          allowed: pool === undefined ? site : `${site}/${pool}`,
        });
      }
    }
  }
  if (lock.version !== 1 || (lock.workloads.length > 0 && locked.size === 0)) {
    problems.add(PlanErrors.LockOfAnotherModel, {
      subject: "lock",
      given: lock.workloads.slice(0, 5).map(({ workload }) => workload),
      allowed: "a lock of version 1 that knows at least one workload of this input",
    });
  }
  problems.throwIfAny();
  return locked;
}
