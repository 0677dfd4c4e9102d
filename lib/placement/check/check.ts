import { createHash } from "node:crypto";
import { stableJson } from "../../core/json";
import type { AcceptedWorkload, Placement, PlacementLock } from "../placement";
import type { PlanInput, Workload } from "../workloads";
import { checkBound } from "./bound";
import { Facts } from "./facts";
import { checkFlows, checkJob } from "./flows";
import { checkGang } from "./gang-place";
import { boughtBy } from "./money";
import { checkObjective } from "./objective";
import { checkOccupancy } from "./occupancy";
import { checkApart, checkRules } from "./rules-kept";
import { checkServer } from "./server-place";
import { Findings, type Violation } from "./violation";

function named<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
}

function digestOf({ sites, links, workloads, rules }: PlanInput): string {
  const sorted = {
    links: named(links),
    rules,
    sites: named(sites).map((site) => ({
      ...site,
      pools: named(site.pools).map((pool) => ({
        ...pool,
        offers: [...pool.offers].sort((a, b) => (a.model < b.model ? -1 : 1)),
      })),
    })),
    workloads: named(workloads).map((workload) =>
      workload.kind === "inference" ? { ...workload, users: named(workload.users) } : workload,
    ),
  };
  return createHash("sha256").update(stableJson(sorted)).digest("hex");
}

function checkAccepted(
  findings: Findings,
  facts: Facts,
  workload: Workload,
  placed: AcceptedWorkload,
  placement: Placement,
): void {
  if (workload.kind === "data") {
    checkJob(findings, facts, workload, placed, placement);
    return;
  }
  const known = placed.parts.length > 0 && placed.parts.every((part) => boughtBy(facts, part) !== undefined);
  if (
    !findings.that(known, "purchase", workload.name, () => "a part in an unknown pool or without an offer")
  ) {
    return;
  }
  checkRules(findings, facts, workload, placed);
  if (workload.kind === "gang") {
    checkGang(findings, facts, workload, placed);
  } else {
    checkServer(findings, facts, workload, placed);
  }
}

/**
 * Recomputes a plan from the input and the plan alone, with code that shares nothing with the planner: that every rule is
 * kept and every capacity is enough, step times and costs, the objective, and the bound from its prices. `uplinks`,
 * which informs only, is not recomputed.
 *
 * @param lock what the plan was made with
 * @returns what is wrong; empty if nothing is
 */
export function checkPlacement(
  input: PlanInput,
  placement: Placement,
  lock?: PlacementLock,
): readonly Violation[] {
  const findings = new Findings();
  const facts = new Facts(input);
  findings.that(placement.inputDigest === digestOf(input), "not-this-input", "input", () => "another digest");
  const names = input.workloads.map(({ name }) => name).sort();
  const listed = placement.workloads.map(({ workload }) => workload);
  if (
    !findings.that(
      names.join() === listed.join(),
      "workloads",
      "workloads",
      () => "not those of the input, sorted",
    )
  ) {
    return findings.list;
  }
  const byName = new Map(input.workloads.map((workload) => [workload.name, workload]));
  const accepted: AcceptedWorkload[] = [];
  for (const placed of placement.workloads) {
    if (placed.status === "accepted") {
      accepted.push(placed);
      checkAccepted(findings, facts, byName.get(placed.workload)!, placed, placement);
    } else {
      findings.that(placed.reasons.length > 0, "reasons", placed.workload, () => "left out without a reason");
    }
  }
  checkApart(findings, facts, accepted);
  checkOccupancy(findings, facts, placement);
  checkFlows(findings, facts, placement);
  if (findings.list.length > 0) {
    return findings.list;
  }
  checkObjective(findings, facts, placement, lock);
  checkBound(findings, facts, placement, lock, (placed) => ({
    microUsd: placed.cost.microUsdEffective,
    bought: placed.parts.map((part) => boughtBy(facts, part)!),
    flows: placed.flows,
  }));
  return findings.list;
}
