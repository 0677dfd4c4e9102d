import { stableJson } from "../../core/json";
import type { PlanInput } from "../workloads";

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The same input with everything that has no order sorted by name. */
export function canonicalInput(input: PlanInput): PlanInput {
  return {
    sites: byName(input.sites).map((site) => ({
      ...site,
      pools: byName(site.pools).map((pool) => ({
        ...pool,
        offers: [...pool.offers].sort((a, b) => (a.model < b.model ? -1 : 1)),
      })),
    })),
    links: byName(input.links),
    workloads: byName(input.workloads).map((workload) =>
      workload.kind === "inference" ? { ...workload, users: byName(workload.users) } : workload,
    ),
    rules: input.rules,
  };
}

/** Loaded with the first plan: it takes as long to load as a sixth of the planner. */
const nodeCrypto = () => require("node:crypto") as typeof import("node:crypto");

/** Digest of a canonical input: which model a plan is of. */
export function inputDigest(canonical: PlanInput): string {
  return nodeCrypto().createHash("sha256").update(stableJson(canonical)).digest("hex");
}
