import { linkFreeGbps, wavesFor } from "../../../fabric/link";
import { type DataJob, dataJobGbps } from "../../data-job";
import type { Reason } from "../../placement";
import type { Candidate, FlowPlan, JobPlan } from "../model";
import type { CandidateContext, Found } from "./context";
import { microValue } from "./gang-candidates";

/** Data jobs have residency like everything else. */
function allowsCountry({ countries }: DataJob, country: string): boolean {
  return countries === undefined || countries.includes(country);
}

/** Flows of a job to one site over each link that can carry it; or why there are none. */
function flowsTo(context: CandidateContext, job: DataJob, site: string): readonly FlowPlan[] | Reason {
  const { model } = context;
  for (const name of [job.from, site]) {
    if (!allowsCountry(job, model.siteByName.get(name)!.country)) {
      return { code: "residency", site: name };
    }
  }
  const between = context.linksBetween(job.from, site);
  if (between.length === 0) {
    return { code: "unreachable", site };
  }
  const gbps = dataJobGbps(job);
  const joining = between.map((index) => ({ link: model.links[index]!, index }));
  const found = joining
    .filter(({ link }) => gbps <= linkFreeGbps(link))
    .map(({ link, index }) => ({
      link: index,
      gbps,
      waves: link.kind === "optical" ? wavesFor(link, gbps) : 0,
      gbPerHourFrom: { [job.from]: job.bytes / 1e9 / job.everyHours },
    }));
  if (found.length > 0) {
    return found;
  }
  const { link } = joining[0]!;
  return {
    code: link.kind === "optical" ? "wavelengths" : "link-capacity",
    site,
    link: link.name,
    need: gbps,
    have: linkFreeGbps(link),
    unit: "Gbps",
  };
}

function withinBudget(job: DataJob, plan: JobPlan): boolean {
  const money = plan.cost.microUsdAccelerators + plan.cost.microUsdNetwork;
  return job.budgetUsdPerHour === undefined || money <= job.budgetUsdPerHour * 1e6;
}

/** Ways to bring the data of a job to the sites, the cheapest first; nothing moves to the site that holds it. */
export function jobPlans(
  context: CandidateContext,
  jobIndex: number,
  sites: readonly string[],
): readonly JobPlan[] | Reason {
  const key = `${jobIndex}|${sites.join("|")}`;
  const known = context.jobPlans.get(key) as ReturnType<typeof findJobPlans> | undefined;
  const plans = known ?? findJobPlans(context, jobIndex, sites);
  if (known === undefined) {
    context.jobPlans.set(key, plans);
  }
  return plans;
}

function findJobPlans(
  context: CandidateContext,
  jobIndex: number,
  sites: readonly string[],
): readonly JobPlan[] | Reason {
  const job = context.model.workloads[jobIndex] as DataJob;
  let ways: readonly (readonly FlowPlan[])[] = [[]];
  for (const site of sites.filter((name) => name !== job.from)) {
    const flows = flowsTo(context, job, site);
    if ("code" in flows) {
      return flows;
    }
    ways = ways.flatMap((way) => flows.map((flow) => [...way, flow]));
  }
  const source = context.model.siteByName.get(job.from)!;
  if (!allowsCountry(job, source.country)) {
    return { code: "residency", site: source.name };
  }
  const plans = ways
    .map((flows) => ({ job: jobIndex, flows, cost: context.costing.hour([], flows, 1) }))
    .sort((a, b) => a.cost.microUsdEffective - b.cost.microUsdEffective);
  const affordable = plans.filter((plan) => withinBudget(job, plan));
  const [cheapest] = plans;
  return affordable.length > 0
    ? affordable
    : {
        code: "budget",
        site: sites[0],
        need: (cheapest?.cost.microUsdNetwork ?? 0) / 1e6,
        have: job.budgetUsdPerHour,
        unit: "USD/h",
      };
}

/** Ways to run a job between two fixed sites. */
export function dataCandidates(context: CandidateContext, workload: number): Found {
  const job = context.model.workloads[workload] as DataJob;
  if (!("site" in job.to)) {
    return { candidates: [], refusals: [] };
  }
  const plans = jobPlans(context, workload, [job.to.site]);
  if ("code" in plans) {
    return { candidates: [], refusals: [plans] };
  }
  const candidates = plans.map(({ flows, cost }) => ({
    cost: cost.microUsdEffective,
    value: microValue(job.value),
    uses: context.uses(job, [], flows, cost.microUsdAccelerators + cost.microUsdNetwork),
    parts: [],
    flows,
    jobs: [],
  }));
  return { candidates, refusals: [] };
}

/** The candidates of a workload with and without the jobs that bring data to it. */
export function withJobs(
  context: CandidateContext,
  candidate: Candidate,
  jobs: readonly number[],
): readonly Candidate[] {
  if (jobs.length === 0) {
    return [candidate];
  }
  let ways: readonly (readonly JobPlan[])[] = [[]];
  for (const job of jobs) {
    const sites = [...new Set(candidate.parts.map((part) => part.pool.site.name))];
    const plans = jobPlans(context, job, sites);
    if (!("code" in plans)) {
      ways = ways.flatMap((way) => [way, ...plans.slice(0, 4).map((plan) => [...way, plan])]).slice(0, 64);
    }
  }
  return ways.map((taken) => attach(context, candidate, taken));
}

function attach(context: CandidateContext, candidate: Candidate, jobs: readonly JobPlan[]): Candidate {
  if (jobs.length === 0) {
    return candidate;
  }
  const uses = new Map(candidate.uses.map(({ resource, amount }) => [resource, amount]));
  let { cost, value } = candidate;
  for (const { job, flows, cost: hour } of jobs) {
    const rules = context.model.workloads[job] as DataJob;
    cost += hour.microUsdEffective;
    value += microValue(rules.value);
    for (const use of context.uses(rules, [], flows, hour.microUsdAccelerators + hour.microUsdNetwork)) {
      uses.set(use.resource, (uses.get(use.resource) ?? 0) + use.amount);
    }
  }
  return {
    ...candidate,
    cost,
    value,
    uses: [...uses].map(([resource, amount]) => ({ resource, amount })),
    jobs,
  };
}
