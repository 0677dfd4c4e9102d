import { Problems } from "../../core/problems";
import { requireParts } from "../../fabric/required-parts";
import { PlanErrors } from "../placement-errors";
import { allowsCountry } from "../rules";
import type { SizedPool } from "../sized-pool";
import type { PlanInput, Workload } from "../workloads";
import type { PlanOptions } from "./options";

/** Path of the first number in plain data that is not finite or is negative. */
function unsound(
  value: unknown,
  path: string,
): { readonly path: string; readonly given: number } | undefined {
  if (typeof value === "number") {
    return Number.isFinite(value) && value >= 0 ? undefined : { path, given: value };
  }
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const found = unsound((value as Record<string, unknown>)[key], path === "" ? key : `${path}.${key}`);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function checkNumbers(problems: Problems, input: PlanInput): void {
  const parts = { sites: input.sites, links: input.links, workloads: input.workloads, rules: input.rules };
  for (const [part, value] of Object.entries(parts)) {
    const found = unsound(value, part);
    if (found !== undefined) {
      problems.add(PlanErrors.UnsoundInput, {
        subject: found.path,
        given: found.given,
        allowed: "a finite number that is not negative",
      });
    }
  }
}

/** What is known by name. */
interface Names {
  readonly sites: ReadonlyMap<string, PlanInput["sites"][number]>;
  readonly workloads: ReadonlyMap<string, Workload>;
}

function list(names: Iterable<string>): string {
  const sorted = [...names].sort();
  return sorted.length > 12
    ? `${sorted.slice(0, 12).join(", ")} and ${sorted.length - 12} more`
    : sorted.join(", ") || "none";
}

function knownSite(problems: Problems, subject: string, site: string, names: Names): boolean {
  if (names.sites.has(site)) {
    return true;
  }
  problems.add(PlanErrors.UnknownPlace, { subject, given: site, allowed: list(names.sites.keys()) });
  return false;
}

function checkPin(problems: Problems, workload: Exclude<Workload, { kind: "data" }>, names: Names): void {
  const { pinned, name } = workload;
  const subject = `workload "${name}"`;
  if (pinned === undefined || !knownSite(problems, `${subject}, pinned.site`, pinned.site, names)) {
    return;
  }
  const site = names.sites.get(pinned.site)!;
  const pools = site.pools.filter((pool) => pinned.pool === undefined || pool.name === pinned.pool);
  if (pools.length === 0) {
    problems.add(PlanErrors.UnknownPlace, {
      subject: `${subject}, pinned.pool`,
      given: pinned.pool ?? `${pinned.site}, which has no pools`,
      allowed: list(site.pools.map((pool) => pool.name)),
    });
  } else if (!allowsCountry(workload, site.country)) {
    problems.add(PlanErrors.ContradictoryRules, {
      subject: `${subject}, pinned and residency`,
      given: `${pinned.site} (${site.country})`,
      allowed: `a site in ${list(workload.countries ?? [])}`,
    });
  } else if (!pools.some((pool) => workload.accelerators.includes(pool.accelerator.name))) {
    problems.add(PlanErrors.ContradictoryRules, {
      subject: `${subject}, pinned and accelerators`,
      given: `${pinned.site} with ${list(pools.map((pool) => pool.accelerator.name))}`,
      allowed: `a site with ${list(workload.accelerators)}`,
    });
  }
}

function checkSized(problems: Problems, subject: string, sized: SizedPool["sized"], names: Names): void {
  for (const { site, pool } of sized) {
    if (knownSite(problems, `${subject}, sized`, site, names)) {
      const pools = names.sites.get(site)!.pools.map(({ name }) => name);
      if (!pools.includes(pool)) {
        problems.add(PlanErrors.UnknownPlace, {
          subject: `${subject}, sized at ${site}`,
          given: pool,
          allowed: list(pools),
        });
      }
    }
  }
}

function checkReferences(problems: Problems, workload: Workload, names: Names): void {
  const subject = `workload "${workload.name}"`;
  if (workload.kind === "data") {
    knownSite(problems, `${subject}, from`, workload.from, names);
    if ("site" in workload.to) {
      knownSite(problems, `${subject}, to.site`, workload.to.site, names);
      return;
    }
    const target = names.workloads.get(workload.to.workload);
    if (target === undefined || target.kind === "data") {
      const runs = [...names.workloads.values()].filter(({ kind }) => kind !== "data");
      problems.add(PlanErrors.UnknownPlace, {
        subject: `${subject}, to.workload`,
        given: workload.to.workload,
        allowed: list(runs.map(({ name }) => name)),
      });
    }
    return;
  }
  checkPin(problems, workload, names);
  if (workload.kind === "inference") {
    for (const group of workload.users) {
      for (const site of Object.keys(group.rttMs)) {
        knownSite(problems, `${subject}, users "${group.name}", rttMs`, site, names);
      }
    }
    checkSized(problems, subject, "sized" in workload ? workload.sized : [], names);
  }
}

/** Workloads that must be kept apart and are pinned together. */
function checkApart(problems: Problems, workloads: readonly Workload[]): void {
  const pinned = new Map<string, string>();
  for (const workload of workloads) {
    if (workload.kind === "data" || workload.pinned === undefined || workload.spread === undefined) {
      continue;
    }
    const { group, apartIn } = workload.spread;
    const { site, pool } = workload.pinned;
    if (apartIn === "domain" || (apartIn === "pool" && pool === undefined)) {
      continue;
    }
    const key = JSON.stringify([group, apartIn, site, apartIn === "pool" ? pool : ""]);
    const other = pinned.get(key);
    if (other !== undefined) {
      problems.add(PlanErrors.ContradictoryRules, {
        subject: `workloads "${other}" and "${workload.name}", pinned and spread`,
        given: pool === undefined ? site : `${site}, pool ${pool}`,
        allowed: `places apart, as group "${group}" asks for`,
      });
    }
    pinned.set(key, workload.name);
  }
}

/**
 * Refuses budgets that no search can have. A seed may be any whole number of 32 bits.
 *
 * @throws NumberOutOfRange, TokenNotAllowed
 */
export function verifyOptions(options: PlanOptions): void {
  const problems = new Problems("plan");
  problems.literalInteger("seed", options.seed ?? 1, { min: 0, max: 2 ** 32 - 1 });
  for (const budget of ["boundIterations", "searchIterations", "exactNodes"] as const) {
    problems.literalInteger(budget, options[budget] ?? 0, { min: 0, max: 1_000_000_000 });
  }
  problems.throwIfAny();
}

/**
 * Refuses input that no plan can be made from. What merely does not fit is no error: the plan leaves it out with reasons.
 *
 * @throws MissingValue, UnsoundInput, DuplicateValue, UnknownPlace, ContradictoryRules
 */
export function verifyInput(input: PlanInput): void {
  const problems = new Problems("plan");
  requireParts(problems, input, { sites: "list", links: "list", workloads: "list", rules: "object" });
  checkNumbers(problems, input);
  for (const part of ["sites", "links", "workloads"] as const) {
    problems.unique(
      part,
      input[part].map(({ name }: { readonly name: string }) => name),
    );
  }
  const names: Names = {
    sites: new Map(input.sites.map((site) => [site.name, site])),
    workloads: new Map(input.workloads.map((workload) => [workload.name, workload])),
  };
  for (const link of input.links) {
    for (const site of link.sites) {
      knownSite(problems, `link "${link.name}"`, site, names);
    }
  }
  for (const workload of input.workloads) {
    checkReferences(problems, workload, names);
  }
  checkApart(problems, input.workloads);
  problems.throwIfAny();
}
