import type { DataJob } from "../data-job";
import type { Gang } from "../gang";
import type { AcceptedWorkload, Flow, HourlyCost, Placement, PlacementLock } from "../placement";
import { type Facts, grantable, interior } from "./facts";
import { stateGib, stretchOf } from "./gang-place";
import { SHARES } from "./loads";
import { type Bought, freeGbps, recomputeHour } from "./money";
import { bestGrounds, bestOffer, chargedAccelerators } from "./options";
import { chargedReplicas, fewestReplicas } from "./server-place";
import { replicaGib, replicaWidth } from "./serving";
import { recomputeStep, type Wide } from "./step";
import { close, type Findings } from "./violation";

/** One way to run a workload: its least cost, what it takes, where it is. */
interface Option {
  readonly microUsd: number;
  readonly bought: readonly Bought[];
  readonly flows: readonly Flow[];
}

type Rules = {
  readonly name: string;
  readonly countries?: readonly string[];
  readonly accelerators: readonly string[];
  readonly pinned?: { readonly site: string; readonly pool?: string };
  readonly keep: boolean;
  readonly spread?: { readonly apartIn: string };
};

function affordable(
  { budgetUsdPerHour: most }: { readonly budgetUsdPerHour?: number },
  hour: HourlyCost,
): boolean {
  return most === undefined || hour.microUsdAccelerators + hour.microUsdNetwork <= most * 1e6;
}

/** The Lagrangian of the options of the accepted workloads, computed again. */
class Certificate {
  private readonly before: ReadonlyMap<string, AcceptedWorkload>;
  private readonly poolPrice: ReadonlyMap<string, number>;
  private readonly linkPrice: ReadonlyMap<string, number>;

  constructor(
    private readonly facts: Facts,
    placement: Placement,
    lock: PlacementLock | undefined,
  ) {
    this.before = new Map((lock?.workloads ?? []).map((workload) => [workload.workload, workload]));
    const { prices } = placement.bound;
    this.poolPrice = new Map(
      prices
        .filter(({ of }) => of === "pool")
        .map((price) => [`${price.site}/${price.pool}`, price.microUsdPerHour]),
    );
    this.linkPrice = new Map(
      prices.filter(({ of }) => of === "link").map((price) => [price.link!, price.microUsdPerHour]),
    );
  }

  /** True if the rules of a workload let it be there, whatever is free. */
  private mayBe(rules: Rules, { name: site, country }: Bought["site"], at: Bought["pool"]): boolean {
    const [pool, kind] = [at.name, at.accelerator.name];
    const { pinned, countries } = rules;
    const before = this.before.get(rules.name);
    return (
      (countries?.includes(country) ?? true) &&
      !(rules.spread?.apartIn === "domain" && at.fabric.kind === "opaque") &&
      rules.accelerators.includes(kind) &&
      (pinned === undefined || (pinned.site === site && (pinned.pool ?? pool) === pool)) &&
      (!rules.keep ||
        before === undefined ||
        before.parts.some((part) => part.site === site && part.pool === pool))
    );
  }

  private churn(name: string, bought: readonly Bought[]): number {
    const rate = this.facts.input.rules.churnUsdPerAcceleratorHour;
    const moved = (this.before.get(name)?.parts ?? []).reduce((sum, old) => {
      const same = bought.filter(
        ({ site, pool, phase }) =>
          site.name === old.site &&
          pool.name === old.pool &&
          (phase ?? "both") === (old.serving?.phase ?? "both"),
      );
      const kept = same.reduce((most, { accelerators }) => Math.max(most, accelerators), 0);
      return sum + Math.max(0, old.accelerators - kept);
    }, 0);
    return Math.round(moved * rate * 1e6);
  }

  private gangOptions(gang: Gang): readonly Option[] {
    const options: Option[] = [];
    for (const site of this.facts.input.sites) {
      for (const pool of site.pools) {
        const offer = bestOffer(this.facts, gang, pool);
        if (offer === undefined || !this.mayBe(gang, site, pool)) {
          continue;
        }
        gang.layouts.forEach((layout, index) => {
          if (!roomFor(gang, index, pool)) {
            return;
          }
          const ranks = layout.tp * layout.cp * layout.pp * layout.dp;
          const accelerators = chargedAccelerators(pool, ranks, layout.tp);
          const bought = [{ site, pool, offer, accelerators }];
          const costs = bestGrounds(gang, layout.tp, ranks, pool)
            .map((ground) => recomputeStep(gang, layout, pool.accelerator, ground))
            .filter((step) => step !== undefined)
            .map((step) =>
              recomputeHour(this.facts, bought, [], stretchOf(this.facts, gang, index, step.total)),
            )
            .filter((hour) => affordable(gang, hour));
          if (costs.length > 0 && accelerators <= grantable(pool)) {
            const least = Math.min(...costs.map(({ microUsdEffective }) => microUsdEffective));
            options.push({ microUsd: least + this.churn(gang.name, bought), bought, flows: [] });
          }
        });
      }
    }
    return gang.maySpanSites ? [...options, ...this.spanOptions(gang)] : options;
  }

  private spanOptions(gang: Gang): readonly Option[] {
    return this.facts.input.links.flatMap((link) => {
      const free = freeGbps(link);
      if (free <= 0) {
        return [];
      }
      const ends = link.sites.map((name) =>
        this.facts.sites
          .get(name)!
          .pools.filter((pool) => this.mayBe(gang, this.facts.sites.get(name)!, pool)),
      );
      return ends[0]!.flatMap((a) =>
        ends[1]!
          .filter((b) => b.accelerator.name === a.accelerator.name)
          .flatMap((b) => gang.layouts.flatMap((_, index) => this.halved(gang, index, link, [a, b]))),
      );
    });
  }

  /** A gang on two pools, over the capacity that hides its gradients behind computation. */
  private halved(
    gang: Gang,
    index: number,
    link: Facts["input"]["links"][number],
    pools: readonly Bought["pool"][],
  ): readonly Option[] {
    const layout = gang.layouts[index]!;
    const ranks = (layout.tp * layout.cp * layout.pp * layout.dp) / 2;
    const sites = link.sites.map((name) => this.facts.sites.get(name)!);
    const offers = pools.map((pool) => bestOffer(this.facts, gang, pool));
    if ((layout.dp / layout.ep) % 2 !== 0 || offers.includes(undefined)) {
      return [];
    }
    const delay = link.kind === "optical" ? { standard: 4.9, "hollow-core": 3.4 }[link.fibre] : 0;
    const rttMs = link.kind === "optical" ? (2 * link.routeKm * delay) / 1e3 : link.rttMs;
    const free = freeGbps(link);
    const compute = recomputeStepOn(gang, index, pools[0]!, ranks, { sites: 2, gbps: free, rttMs })?.compute;
    if (compute === undefined) {
      return [];
    }
    const bits = gang.model.params * layout.gradientBytes * 8;
    const slack = Math.max(gang.overlap.data * compute, 1e-9) - rttMs / 1e3;
    const wanted = slack > 0 ? bits / slack / 1e9 / SHARES.wide : free;
    const step = link.kind === "optical" ? link.gbpsPerWave : 1;
    const gbps = Math.min(free, Math.max(1, Math.ceil(wanted / step) * step));
    const steps = pools.map((pool) => recomputeStepOn(gang, index, pool, ranks, { sites: 2, gbps, rttMs }));
    if (steps.includes(undefined)) {
      return [];
    }
    const seconds = Math.max(...steps.map((found) => found!.total));
    const volume = bits / 8 / 1e9 / (seconds / 3_600);
    const waves = link.kind === "optical" ? Math.round(gbps / link.gbpsPerWave) : 0;
    const flow = {
      link: link.name,
      gbps,
      waves,
      gbPerHourFrom: Object.fromEntries(link.sites.map((site) => [site, volume])),
    };
    const bought = pools.map((pool, end) => ({
      site: sites[end]!,
      pool,
      offer: offers[end]!,
      accelerators: chargedAccelerators(pool, ranks, layout.tp),
    }));
    const hour = recomputeHour(this.facts, bought, [flow], stretchOf(this.facts, gang, index, seconds));
    if (!affordable(gang, hour)) {
      return [];
    }
    return [{ microUsd: hour.microUsdEffective + this.churn(gang.name, bought), bought, flows: [flow] }];
  }

  private serverOptions(name: string, own: Option): readonly Option[] {
    const server = this.facts.servers.get(name)!;
    const divided = { ...own, microUsd: own.microUsd + this.churn(name, own.bought) };
    const options: Option[] = server.maxSites > 1 ? [divided] : [];
    for (const site of this.facts.input.sites) {
      for (const pool of site.pools) {
        const offer = bestOffer(this.facts, server, pool);
        if (offer === undefined || !this.mayBe(server, site, pool)) {
          continue;
        }
        const fabric = interior(pool.fabric);
        const tp = replicaWidth(server, site.name, pool);
        const roomy =
          tp !== undefined &&
          replicaGib(server, site.name, pool) <= pool.accelerator.memoryGib &&
          (fabric.kind !== "tree" || tp <= fabric.scaleUp.accelerators);
        const replicas = roomy ? fewestReplicas(server, pool, site.name) : undefined;
        if (tp === undefined || replicas === undefined) {
          continue;
        }
        const counts = replicas.token > 0 ? [replicas.prompt, replicas.token] : [replicas.prompt];
        const charged = counts.map((count) => chargedReplicas(pool, tp, count));
        const need = charged.reduce(
          (sum: number, accelerators) => sum + (accelerators ?? Number.POSITIVE_INFINITY),
          0,
        );
        if (charged.every((accelerators) => accelerators !== undefined) && need <= grantable(pool)) {
          const bought = charged.map((accelerators, index) => ({
            site,
            pool,
            offer,
            accelerators,
            phase:
              replicas.token === 0
                ? ("both" as const)
                : index === 0
                  ? ("prefill" as const)
                  : ("decode" as const),
          }));
          const hour = recomputeHour(this.facts, bought, [], 1);
          if (affordable(server, hour)) {
            options.push({ microUsd: hour.microUsdEffective + this.churn(name, bought), bought, flows: [] });
          }
        }
      }
    }
    return options;
  }

  /** Ways to bring the data of a job to these sites. */
  private jobOptions(job: DataJob, sites: readonly string[]): readonly Option[] {
    const gbps = (job.bytes * 8) / (job.everyHours * 3_600 * 1e9);
    const abroad = sites.some(
      (site) => !(job.countries?.includes(this.facts.sites.get(site)!.country) ?? true),
    );
    let ways: readonly (readonly Flow[])[] = abroad ? [] : [[]];
    for (const site of sites.filter((other) => other !== job.from)) {
      const flows = this.facts.input.links
        .filter(
          (link) => link.sites.includes(site) && link.sites.includes(job.from) && freeGbps(link) >= gbps,
        )
        .map((link) => ({
          link: link.name,
          gbps,
          waves: link.kind === "optical" ? Math.ceil(gbps / link.gbpsPerWave) : 0,
          gbPerHourFrom: { [job.from]: job.bytes / 1e9 / job.everyHours },
        }));
      ways = ways.flatMap((way) => flows.map((flow) => [...way, flow]));
    }
    return ways
      .map((flows) => ({ flows, hour: recomputeHour(this.facts, [], flows, 1) }))
      .filter(({ hour }) => affordable(job, hour))
      .map(({ flows, hour }) => ({ microUsd: hour.microUsdEffective, bought: [], flows }));
  }

  private reduced({ microUsd, bought, flows }: Option): number {
    const pools = bought.reduce(
      (sum, { site, pool, accelerators }) =>
        sum + accelerators * (this.poolPrice.get(`${site.name}/${pool.name}`) ?? 0),
      0,
    );
    return microUsd + pools + flows.reduce((sum, flow) => sum + this.linkUse(flow), 0);
  }

  private linkUse({ link, gbps, waves }: Flow): number {
    const price = this.linkPrice.get(link) ?? 0;
    return this.facts.links.get(link)!.kind === "optical"
      ? waves * price
      : (Math.ceil(gbps * 1e3) * price) / 1e3;
  }

  /** Least reduced cost of a workload with the jobs that bring data to it. */
  private least(placed: AcceptedWorkload, jobs: readonly DataJob[], own: Option): number {
    const gang = this.facts.gangs.get(placed.workload);
    const options =
      gang !== undefined
        ? this.gangOptions(gang)
        : this.facts.servers.has(placed.workload)
          ? this.serverOptions(placed.workload, own)
          : this.fixedJob(placed.workload);
    const sums = options.map((option) => {
      const sites = [...new Set(option.bought.map(({ site }) => site.name))];
      const fed = jobs.map((job) => Math.min(...this.jobOptions(job, sites).map((way) => this.reduced(way))));
      return this.reduced(option) + fed.reduce((sum, cost) => sum + cost, 0);
    });
    return Math.min(...sums);
  }

  private fixedJob(name: string): readonly Option[] {
    const job = this.facts.jobs.get(name)!;
    return "site" in job.to ? this.jobOptions(job, [job.to.site]) : [];
  }

  /** The bound that the prices prove. */
  value(accepted: readonly AcceptedWorkload[], ownOf: (placed: AcceptedWorkload) => Option): number {
    const names = new Set(accepted.map(({ workload }) => workload));
    const jobsOf = (name: string) =>
      [...this.facts.jobs.values()].filter(
        (job) => names.has(job.name) && "workload" in job.to && job.to.workload === name,
      );
    let bound = 0;
    for (const placed of accepted) {
      const job = this.facts.jobs.get(placed.workload);
      if (job === undefined || "site" in job.to) {
        bound += this.least(placed, jobsOf(placed.workload), ownOf(placed));
      }
    }
    for (const [key, price] of this.poolPrice) {
      const [site, pool] = key.split("/") as [string, string];
      bound -= price * grantable(this.facts.pool(site, pool)!);
    }
    for (const [name, price] of this.linkPrice) {
      const link = this.facts.links.get(name)!;
      const units =
        link.kind === "optical" ? link.waves - link.wavesInUse : Math.floor(link.gbps * 1e3) / 1e3;
      bound -= price * units;
    }
    return bound;
  }
}

/** True if memory holds the state of a layout and a scale-up domain its tensor groups. */
function roomFor(gang: Gang, index: number, pool: Bought["pool"]): boolean {
  const fabric = interior(pool.fabric);
  const whole = fabric.kind !== "tree" || gang.layouts[index]!.tp <= fabric.scaleUp.accelerators;
  return whole && stateGib(gang, index) <= pool.accelerator.memoryGib;
}

function recomputeStepOn(gang: Gang, index: number, pool: Bought["pool"], ranks: number, wide: Wide) {
  const layout = gang.layouts[index]!;
  if (!roomFor(gang, index, pool)) {
    return undefined;
  }
  const found = bestGrounds(gang, layout.tp, ranks, pool)
    .map((ground) => recomputeStep(gang, layout, pool.accelerator, ground, wide))
    .filter((step) => step !== undefined);
  return found.length === 0
    ? undefined
    : found.reduce((best, step) => (step.total < best.total ? step : best));
}

/** Holds the bound against what its prices prove, and the gap against the cost. */
export function checkBound(
  findings: Findings,
  facts: Facts,
  placement: Placement,
  lock: PlacementLock | undefined,
  ownOf: (placed: AcceptedWorkload) => Option,
): void {
  const { bound, objective } = placement;
  const cost = objective.microUsdEffective + objective.microUsdChurn;
  const accepted = placement.workloads.filter((workload) => workload.status === "accepted");
  findings.that(
    bound.prices.every(({ microUsdPerHour }) => microUsdPerHour >= 0),
    "bound",
    "prices",
    () => "a price below zero",
  );
  findings.that(bound.microUsd <= cost, "bound", "bound", () => `${bound.microUsd} above the cost ${cost}`);
  const gap = bound.microUsd > 0 ? ((cost - bound.microUsd) / bound.microUsd) * 1e6 : 0;
  findings.that(
    close(bound.gapPpm, gap) || bound.microUsd <= 0,
    "bound",
    "gap",
    () => `${bound.gapPpm} ppm, ${gap} recomputed`,
  );
  const proven = new Certificate(facts, placement, lock).value(accepted, ownOf);
  if (bound.method === "lagrangian") {
    const slack = 3 * accepted.length;
    findings.that(
      bound.microUsd <= proven + slack + 1e-7 * Math.abs(proven),
      "bound",
      "bound",
      () => `${bound.microUsd}, its prices prove ${proven}`,
    );
  } else {
    findings.that(bound.microUsd === cost, "bound", "bound", () => "an exact bound that is not the cost");
    findings.that(
      proven <= cost * (1 + 1e-7) + 3 * accepted.length,
      "bound",
      "bound",
      () => "prices prove more than the cost",
    );
  }
}
