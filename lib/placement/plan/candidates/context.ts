import type { Offer } from "../../../fabric/capacity-pool";
import type { ReplicaTimes } from "../../cost/serving-time";
import type { InferencePool } from "../../inference-pool";
import type { AcceptedWorkload, Reason } from "../../placement";
import { allowsCountry, type PlacementRules } from "../../rules";
import type { Workload } from "../../workloads";
import type { Use } from "../assign/assignment";
import type { Costing } from "../costing";
import type { Candidate, FlowPlan, Model, PartPlan, PoolRef } from "../model";
import { compactSignature, type TreeShape, type TreeSignature, treeShape } from "../tree-signature";

interface MutableUse {
  readonly resource: number;
  amount: number;
}

function addUse(uses: MutableUse[], resource: number, amount: number): void {
  const known = uses.find((use) => use.resource === resource);
  if (known === undefined) {
    uses.push({ resource, amount });
  } else {
    known.amount += amount;
  }
}

/** What candidates are made with. */
export class CandidateContext {
  private readonly trees = new Map<number, TreeShape>();
  /** Links by one end and the other. */
  private readonly linksByEnds = new Map<string, Map<string, number[]>>();
  private readonly compacts = new Map<number, TreeSignature>();
  private readonly freeByLevel = new Map<number, readonly (readonly number[])[]>();
  private readonly spreadIds = new Map<string, number>();
  /** How the data of jobs gets to sites, remembered; filled by who makes these plans. */
  readonly jobPlans = new Map<string, unknown>();
  /** What gangs of a class take and cost in a pool, remembered; filled by who makes their candidates. */
  readonly gangsInPools = new Map<number, unknown>();
  /** Times of replicas by class of pool, remembered; filled by who makes candidates of inference pools. */
  readonly replicaTimes = new Map<InferencePool, ReplicaTimes[]>();
  /** Capacity of each resource: pools first, then links, then the budget if there is one, then rules of keeping apart. */
  readonly capacity: number[];
  readonly priced: boolean[];
  readonly budget: number | undefined;

  constructor(
    readonly model: Model,
    readonly costing: Costing,
    readonly locked: ReadonlyMap<string, AcceptedWorkload>,
  ) {
    this.capacity = [
      ...model.pools.map((pool) => pool.capacity ?? Number.MAX_SAFE_INTEGER),
      ...model.links.map((link) =>
        link.kind === "optical" ? link.waves - link.wavesInUse : Math.floor(link.gbps * 1_000),
      ),
    ];
    model.links.forEach(({ sites: [a, b] }, index) => {
      this.addLink(a, b, index);
      this.addLink(b, a, index);
    });
    this.priced = this.capacity.map((amount) => amount < Number.MAX_SAFE_INTEGER);
    const { budgetUsdPerHour } = model.input.rules;
    if (budgetUsdPerHour !== undefined) {
      this.budget = this.capacity.length;
      this.capacity.push(Math.floor(budgetUsdPerHour * 1e6));
      this.priced.push(false);
    }
  }

  tree(pool: PoolRef): TreeShape {
    let shape = this.trees.get(pool.index);
    if (shape === undefined && pool.known.kind === "tree") {
      shape = treeShape(pool.known);
      this.trees.set(pool.index, shape);
    }
    return shape!;
  }

  private addLink(from: string, to: string, link: number): void {
    const links = this.linksByEnds.get(from) ?? new Map<string, number[]>();
    this.linksByEnds.set(from, links);
    links.set(to, [...(links.get(to) ?? []), link]);
  }

  /** Links that join two sites. */
  linksBetween(a: string, b: string): readonly number[] {
    return this.linksByEnds.get(a)?.get(b) ?? [];
  }

  /** Signature of so many hosts in an interior that cannot be chosen. */
  compact(pool: PoolRef, hosts: number): TreeSignature {
    const key = pool.index * 2 ** 32 + hosts;
    const known = this.compacts.get(key);
    const signature = known ?? compactSignature(this.tree(pool), hosts);
    if (known === undefined) {
      this.compacts.set(key, signature);
    }
    return signature;
  }

  /** Free hosts of the groups of each level, most first. */
  free(pool: PoolRef): readonly (readonly number[])[] {
    const known = this.freeByLevel.get(pool.index);
    if (known !== undefined) {
      return known;
    }
    const hosts = pool.pool.free.kind === "leaves" ? pool.pool.free.freeHosts : [];
    const sums = this.tree(pool).levels.map(({ leaves, groups }) =>
      Array.from({ length: groups }, (_, group) =>
        hosts.slice(group * leaves, (group + 1) * leaves).reduce((sum, count) => sum + count, 0),
      ).sort((a, b) => b - a),
    );
    this.freeByLevel.set(pool.index, sums);
    return sums;
  }

  /** Resource that only one workload of a group can have. */
  private apart(key: string): Use {
    let resource = this.spreadIds.get(key);
    if (resource === undefined) {
      resource = this.capacity.length;
      this.spreadIds.set(key, resource);
      this.capacity.push(1);
      this.priced.push(false);
    }
    return { resource, amount: 1 };
  }

  /** What a workload takes: accelerators, capacity of links, money, and its place among those that it must not meet. */
  uses(
    rules: Pick<PlacementRules, never> & Partial<PlacementRules>,
    parts: readonly PartPlan[],
    flows: readonly FlowPlan[],
    microUsd: number,
  ): readonly Use[] {
    const uses: MutableUse[] = [];
    for (const part of parts) {
      addUse(uses, part.pool.index, part.accelerators);
    }
    for (const flow of flows) {
      const link = this.model.links[flow.link]!;
      addUse(
        uses,
        this.model.pools.length + flow.link,
        link.kind === "optical" ? flow.waves : Math.ceil(flow.gbps * 1_000),
      );
    }
    if (this.budget !== undefined) {
      addUse(uses, this.budget, microUsd);
    }
    const { spread } = rules;
    if (spread !== undefined && spread.apartIn !== "domain") {
      for (const { pool } of parts) {
        const place = spread.apartIn === "site" ? pool.site.name : `${pool.site.name}/${pool.pool.name}`;
        const apart = this.apart(`${spread.group}@${spread.apartIn}:${place}`);
        if (!uses.some(({ resource }) => resource === apart.resource)) {
          uses.push(apart);
        }
      }
    }
    return uses;
  }

  /** The cheapest way of buying that the workload accepts, the work that spot capacity loses counted. */
  offer(rules: Pick<PlacementRules, "purchase">, pool: PoolRef): Offer | undefined {
    const { spotAvailability } = this.model.input.rules;
    let best: Offer | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const offer of pool.pool.offers) {
      const price = offer.usdPerAcceleratorHour / (offer.model === "spot" ? spotAvailability : 1);
      if (rules.purchase.includes(offer.model) && (best === undefined || price < least)) {
        best = offer;
        least = price;
      }
    }
    return best;
  }

  /** Why the rules of a workload keep it out of a pool, before any number is compared. */
  refusal(workload: Exclude<Workload, { kind: "data" }>, pool: PoolRef): Reason | undefined {
    const code = this.refusalCode(workload, pool);
    return code === undefined ? undefined : { code, site: pool.site.name, pool: pool.pool.name };
  }

  private refusalCode(
    workload: Exclude<Workload, { kind: "data" }>,
    { site, pool, opaque, index }: PoolRef,
  ): Reason["code"] | undefined {
    const { pinned, keep, name } = workload;
    if (!allowsCountry(workload, site.country)) {
      return "residency";
    }
    if (pinned !== undefined && (pinned.site !== site.name || (pinned.pool ?? pool.name) !== pool.name)) {
      return "pinned-elsewhere";
    }
    const before = keep ? this.locked.get(name) : undefined;
    if (before?.parts.some((part) => part.site === site.name && part.pool === pool.name) === false) {
      return "kept-elsewhere";
    }
    if (!workload.accelerators.includes(pool.accelerator.name)) {
      return "accelerator";
    }
    if (this.offer(workload, this.model.pools[index]!) === undefined) {
      return "purchase";
    }
    return workload.spread?.apartIn === "domain" && opaque ? "spread" : undefined;
  }

  /** Accelerators that the lock had in other pools than these parts take, priced. */
  churn(name: string, parts: readonly PartPlan[]): number {
    const before = this.locked.get(name);
    if (before === undefined) {
      return 0;
    }
    const moved = before.parts.reduce((sum, old) => {
      const same = parts.find(
        ({ pool, serving }) =>
          pool.site.name === old.site &&
          pool.pool.name === old.pool &&
          (serving?.phase ?? "both") === (old.serving?.phase ?? "both"),
      );
      return sum + Math.max(0, old.accelerators - (same?.accelerators ?? 0));
    }, 0);
    return Math.round(moved * this.model.input.rules.churnUsdPerAcceleratorHour * 1e6);
  }
}

/** Candidates of one workload, and why there are no others. */
export interface Found {
  readonly candidates: readonly Candidate[];
  readonly refusals: readonly Reason[];
}
