import type { DataJob } from "../data-job";
import type { AcceptedWorkload, Flow, Placement } from "../placement";
import type { Facts } from "./facts";
import { checkHour } from "./gang-place";
import { freeGbps, recomputeHour } from "./money";
import { close, type Findings } from "./violation";

/** The sites that the data of a job goes to; undefined if its workload has no place. */
function targets({ to }: DataJob, placement: Placement): readonly string[] | undefined {
  if ("site" in to) {
    return [to.site];
  }
  const target = placement.workloads.find(({ workload }) => workload === to.workload);
  return target?.status === "accepted" ? [...new Set(target.parts.map(({ site }) => site))] : undefined;
}

/** Recomputes what a job sends and what that costs. */
export function checkJob(
  findings: Findings,
  facts: Facts,
  job: DataJob,
  placed: AcceptedWorkload,
  placement: Placement,
): void {
  const to = targets(job, placement);
  if (!findings.that(to !== undefined, "flow", job.name, () => "its workload has no place")) {
    return;
  }
  const away = to!.filter((site) => site !== job.from);
  const gbps = (job.bytes * 8) / job.everyHours / 3_600 / 1e9;
  findings.that(placed.flows.length === away.length, "flow", job.name, () => `${placed.flows.length} flows`);
  for (const site of [job.from, ...away]) {
    const { country } = facts.sites.get(site)!;
    findings.that(
      job.countries?.includes(country) ?? true,
      "residency",
      job.name,
      () => `${site} is in ${country}`,
    );
  }
  for (const site of away) {
    const flow = placed.flows.find(({ link }) => {
      const ends = facts.links.get(link)?.sites;
      return ends?.includes(site) && ends.includes(job.from);
    });
    const enough = flow !== undefined && close(flow.gbps, gbps, 1e-9);
    findings.that(enough, "flow", job.name, () => `${flow?.gbps} Gbit/s to ${site}, ${gbps} needed`);
    const volume = flow?.gbPerHourFrom[job.from] ?? 0;
    findings.that(
      close(volume, job.bytes / 1e9 / job.everyHours, 1e-9),
      "flow",
      job.name,
      () => `${volume} GB/h`,
    );
  }
  if (placed.flows.every(({ link }) => facts.links.has(link))) {
    checkHour(findings, job.name, placed, recomputeHour(facts, [], placed.flows, 1));
  }
  const most = job.budgetUsdPerHour;
  const money = placed.cost.microUsdNetwork;
  findings.that(
    most === undefined || money <= most * 1e6 + 1,
    "budget",
    job.name,
    () => `${money} micro-USD`,
  );
}

function checkWavelengths(
  findings: Findings,
  facts: Facts,
  use: Placement["links"][number],
  flows: readonly { readonly workload: string; readonly flow: Flow }[],
): void {
  const link = facts.links.get(use.link)!;
  if (link.kind !== "optical") {
    return;
  }
  const taken = new Set<number>();
  for (const { workload, flow } of flows) {
    const own = use.assignments
      .filter((entry) => entry.workload === workload)
      .flatMap(({ wavelengths }) => wavelengths);
    findings.that(
      own.length >= flow.waves,
      "wavelengths",
      workload,
      () => `${own.length} of ${flow.waves} waves`,
    );
    const room = flow.waves * link.gbpsPerWave;
    findings.that(
      flow.gbps <= room * (1 + 1e-9),
      "wavelengths",
      workload,
      () => `${flow.gbps} Gbit/s on ${room}`,
    );
  }
  for (const wave of use.assignments.flatMap(({ wavelengths }) => wavelengths)) {
    const own = wave >= link.wavesInUse && wave < link.waves && !taken.has(wave);
    findings.that(own, "wavelengths", use.link, () => `wavelength ${wave}`);
    taken.add(wave);
  }
}

/** Holds what flows over each link against its capacity. */
export function checkFlows(findings: Findings, facts: Facts, placement: Placement): void {
  const byLink = new Map<string, { workload: string; flow: Flow }[]>();
  for (const placed of placement.workloads) {
    for (const flow of placed.status === "accepted" ? placed.flows : []) {
      const known = facts.links.has(flow.link);
      findings.that(known, "link", placed.workload, () => `no link ${flow.link}`);
      byLink.set(flow.link, [...(byLink.get(flow.link) ?? []), { workload: placed.workload, flow }]);
    }
  }
  const names = [...facts.links.keys()].sort();
  findings.that(
    names.join() === placement.links.map(({ link }) => link).join(),
    "link",
    "links",
    () => "not those of the input",
  );
  for (const use of placement.links.filter(({ link }) => facts.links.has(link))) {
    const flows = byLink.get(use.link) ?? [];
    const link = facts.links.get(use.link)!;
    const gbps = flows.reduce((sum, { flow }) => sum + flow.gbps, 0);
    const waves = flows.reduce((sum, { flow }) => sum + flow.waves, 0);
    findings.that(
      close(use.gbpsUsed, gbps, 1e-6) && use.wavesUsed === waves,
      "link",
      use.link,
      () => `${gbps} Gbit/s in ${waves} waves`,
    );
    const fits =
      link.kind === "optical" ? waves <= link.waves - link.wavesInUse : gbps <= freeGbps(link) * (1 + 1e-9);
    findings.that(fits, "link", use.link, () => `${gbps} Gbit/s, ${waves} waves do not fit`);
    checkWavelengths(findings, facts, use, flows);
  }
}
