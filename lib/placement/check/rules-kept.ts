import type { AcceptedWorkload, PlacedDomains } from "../placement";
import type { Workload } from "../workloads";
import type { Facts } from "./facts";
import type { Findings } from "./violation";

/** Residency, pins, accelerators, ways of buying and the budget of one workload. */
export function checkRules(
  findings: Findings,
  facts: Facts,
  workload: Exclude<Workload, { kind: "data" }>,
  placed: AcceptedWorkload,
): void {
  const { name, pinned } = workload;
  for (const part of placed.parts) {
    const { country } = facts.sites.get(part.site)!;
    const allowed = workload.countries === undefined || workload.countries.includes(country);
    findings.that(allowed, "residency", name, () => `${part.site} is in ${country}`);
    const there =
      pinned === undefined || (pinned.site === part.site && (pinned.pool ?? part.pool) === part.pool);
    findings.that(there, "pin", name, () => `at ${part.site}/${part.pool}`);
    const kind = facts.pool(part.site, part.pool)!.accelerator.name;
    findings.that(workload.accelerators.includes(kind), "accelerator", name, () => kind);
    findings.that(workload.purchase.includes(part.purchase), "purchase", name, () => part.purchase);
  }
  const money = placed.cost.microUsdAccelerators + placed.cost.microUsdNetwork;
  const most = workload.budgetUsdPerHour;
  findings.that(
    most === undefined || money <= most * 1e6 + 1,
    "budget",
    name,
    () => `${money} micro-USD, at most ${most} USD`,
  );
}

function places(apartIn: "site" | "pool" | "domain", placed: AcceptedWorkload): readonly string[] {
  return placed.parts.flatMap((part) => {
    const pool = `${part.site}/${part.pool}`;
    if (apartIn === "site") {
      return [part.site];
    }
    return apartIn === "pool" ? [pool] : domainsIn(part.domains).map((domain) => `${pool}/${domain}`);
  });
}

function domainsIn(domains: PlacedDomains): readonly number[] {
  switch (domains.kind) {
    case "leaves":
      return domains.leaves.map(({ leaf }) => leaf);
    case "cubes":
      return domains.cubes;
    case "box":
      return [domains.box.copy];
    case "intent":
      return [];
  }
}

/** Workloads of one group share no place. */
export function checkApart(findings: Findings, facts: Facts, accepted: readonly AcceptedWorkload[]): void {
  const taken = new Map<string, string>();
  for (const placed of accepted) {
    const workload = facts.gangs.get(placed.workload) ?? facts.servers.get(placed.workload);
    if (workload?.spread === undefined) {
      continue;
    }
    const { group, apartIn } = workload.spread;
    const intent = placed.parts.some(({ domains }) => domains.kind === "intent");
    findings.that(
      apartIn !== "domain" || !intent,
      "spread",
      workload.name,
      () => "domains cannot be kept apart there",
    );
    for (const place of new Set(places(apartIn, placed))) {
      const key = `${group} ${apartIn} ${place}`;
      const other = taken.get(key);
      findings.that(other === undefined, "spread", workload.name, () => `meets ${other} in ${place}`);
      taken.set(key, workload.name);
    }
  }
}
