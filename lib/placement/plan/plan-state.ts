import { linkRttMs } from "../../fabric/link";
import type { WideSplit } from "../cost/wide";
import type { AcceptedWorkload, PlacedDomains } from "../placement";
import { type Score, Slack } from "./assign/assignment";
import type { CandidateSet } from "./candidates/candidates";
import { churnOf } from "./churn";
import type { Costing, PartShape } from "./costing";
import type { Candidate, Model, PartPlan, PlaceCost, PoolRef } from "./model";
import { CountPacker } from "./packing/count-packer";
import { CubePacker } from "./packing/cube-packer";
import { domainsOf, type Packer, type Request } from "./packing/packer";
import { TorusPacker } from "./packing/torus-packer";
import { TreePacker } from "./packing/tree-packer";

/** A workload that has its place. */
export interface Placed {
  readonly candidate: Candidate;
  readonly domains: readonly PlacedDomains[];
  readonly shapes: readonly (PartShape | undefined)[];
  readonly place: PlaceCost;
  /** Effective cost with jobs and churn, in micro-USD. */
  readonly cost: number;
  readonly churn: number;
}

function packerFor(set: CandidateSet, pool: PoolRef): Packer {
  const { known, opaque, pool: given } = pool;
  if (opaque || given.free.kind === "count") {
    return new CountPacker(pool);
  }
  if (known.kind === "tree" && given.free.kind === "leaves") {
    return new TreePacker(set.context.tree(pool), given.free.freeHosts);
  }
  if (known.kind === "cubes" && given.free.kind === "cubes") {
    return new CubePacker(known, given.free.freeChips);
  }
  if (known.kind === "torus" && given.free.kind === "boxes") {
    return new TorusPacker(known, given.free.taken);
  }
  return new CountPacker(pool);
}

/** Everything that is placed, and what is free. */
export class PlanState {
  readonly placed: (Placed | undefined)[];
  private readonly packers: readonly Packer[];
  private readonly slack: Slack;
  private readonly model: Model;
  private readonly costing: Costing;
  private totalValue = 0;
  private totalCost = 0;

  constructor(
    private readonly set: CandidateSet,
    private readonly locked: ReadonlyMap<string, AcceptedWorkload>,
  ) {
    this.model = set.context.model;
    this.costing = set.context.costing;
    this.placed = this.model.workloads.map(() => undefined);
    this.packers = this.model.pools.map((pool) => packerFor(set, pool));
    this.slack = new Slack(set.context.capacity);
  }

  score(): Score {
    return { value: this.totalValue, cost: this.totalCost };
  }

  packer(pool: PoolRef): Packer {
    return this.packers[pool.index]!;
  }

  private wide(candidate: Candidate): WideSplit | undefined {
    const [flow] = candidate.flows;
    return flow === undefined || candidate.parts.length < 2
      ? undefined
      : { sites: 2, gbps: flow.gbps, rttMs: linkRttMs(this.model.links[flow.link]!) };
  }

  /** Domains of a pool in which others lie that this workload must not meet. */
  private banned(workload: number, pool: PoolRef): ReadonlySet<number> | undefined {
    const rules = this.model.workloads[workload]!;
    if (rules.kind === "data" || rules.spread?.apartIn !== "domain") {
      return undefined;
    }
    const banned = new Set<number>();
    this.model.workloads.forEach((other, index) => {
      const there = this.placed[index];
      if (index !== workload && other.kind !== "data" && other.spread?.group === rules.spread!.group) {
        there?.candidate.parts.forEach((part, at) => {
          if (part.pool === pool) {
            domainsOf(there.domains[at]!).forEach((domain) => {
              banned.add(domain);
            });
          }
        });
      }
    });
    return banned;
  }

  /** Finds a place inside the pools of a candidate and takes it. */
  place(workload: number, candidate: Candidate, variation = 0): boolean {
    if (!this.slack.fits(candidate)) {
      return false;
    }
    const wide = this.wide(candidate);
    const domains: PlacedDomains[] = [];
    const shapes: (PartShape | undefined)[] = [];
    for (const part of candidate.parts) {
      const found = this.packer(part.pool).find({
        part,
        variation,
        banned: this.banned(workload, part.pool),
        costOf: this.stepSecondsOf(workload, candidate, part, wide),
      });
      if (found === undefined) {
        this.undo(candidate, domains);
        return false;
      }
      this.packer(part.pool).take(found.domains);
      domains.push(found.domains);
      shapes.push(found.shape);
    }
    this.settle(workload, candidate, domains, shapes);
    return true;
  }

  /** Step time by shape of a part; the same for all shapes of what has no steps. */
  private stepSecondsOf(
    workload: number,
    { layout }: Candidate,
    { pool, hosts }: PartPlan,
    wide: WideSplit | undefined,
  ): Request["costOf"] {
    return (shape) =>
      layout === undefined ? 0 : this.costing.step(workload, layout, pool, hosts, shape, wide).total;
  }

  private undo(candidate: Candidate, domains: readonly PlacedDomains[]): void {
    domains.forEach((taken, index) => {
      this.packer(candidate.parts[index]!.pool).give(taken);
    });
  }

  /** Takes the very domains given, if they are free. */
  placeAt(
    workload: number,
    candidate: Candidate,
    domains: readonly PlacedDomains[],
    shapes: readonly (PartShape | undefined)[],
  ): boolean {
    if (!this.slack.fits(candidate)) {
      return false;
    }
    for (let index = 0; index < domains.length; index++) {
      const { pool } = candidate.parts[index]!;
      const banned = this.banned(workload, pool);
      const met = banned !== undefined && domainsOf(domains[index]!).some((domain) => banned.has(domain));
      if (met || !this.packer(pool).isFree(domains[index]!)) {
        this.undo(candidate, domains.slice(0, index));
        return false;
      }
      this.packer(pool).take(domains[index]!);
    }
    this.settle(workload, candidate, domains, shapes);
    return true;
  }

  private settle(
    workload: number,
    candidate: Candidate,
    domains: readonly PlacedDomains[],
    shapes: readonly (PartShape | undefined)[],
  ): void {
    const place = this.costing.placed(candidate, shapes, () => this.cost(workload, candidate, shapes));
    const name = this.model.workloads[workload]!.name;
    const { churnUsdPerAcceleratorHour } = this.model.input.rules;
    const moved = churnOf(this.locked.get(name), candidate.parts, domains);
    const churn = Math.round(moved * churnUsdPerAcceleratorHour * 1e6);
    const jobs = candidate.jobs.reduce((sum, job) => sum + job.cost.microUsdEffective, 0);
    const cost = place.cost.microUsdEffective + jobs + churn;
    this.slack.take(candidate);
    this.placed[workload] = { candidate, domains, shapes, place, cost, churn };
    this.totalValue += candidate.value;
    this.totalCost += cost;
  }

  private cost(
    workload: number,
    candidate: Candidate,
    shapes: readonly (PartShape | undefined)[],
  ): PlaceCost {
    const { layout, parts, flows } = candidate;
    if (layout === undefined) {
      return { cost: this.costing.hour(parts, flows, 1) };
    }
    const known = parts.map((part, index) => shapes[index] ?? this.assumedShape(part));
    return this.costing.gang(workload, layout, parts, known, flows, this.wide(candidate));
  }

  /** What an interior that cannot be chosen is costed as. */
  private assumedShape(part: PartPlan): PartShape {
    return part.shapes === undefined
      ? { kind: "tree", signature: this.set.context.compact(part.pool, part.hosts) }
      : { kind: "slice", shape: part.shapes[0]!.shape };
  }

  remove(workload: number): Placed | undefined {
    const there = this.placed[workload];
    if (there !== undefined) {
      this.undo(there.candidate, there.domains);
      this.slack.give(there.candidate);
      this.placed[workload] = undefined;
      this.totalValue -= there.candidate.value;
      this.totalCost -= there.cost;
    }
    return there;
  }

  /** Puts back what was removed if its place is still free. */
  tryRestore(workload: number, there: Placed): boolean {
    const free =
      this.slack.fits(there.candidate) &&
      there.domains.every((domains, index) => {
        const { pool } = there.candidate.parts[index]!;
        const banned = this.banned(workload, pool);
        const met = banned !== undefined && domainsOf(domains).some((domain) => banned.has(domain));
        return !met && this.packer(pool).isFree(domains);
      });
    if (free) {
      this.restore(workload, there);
    }
    return free;
  }

  /** Puts back what was removed, to the very place where it was; the place must be free. */
  restore(workload: number, there: Placed): void {
    there.domains.forEach((domains, index) => {
      this.packer(there.candidate.parts[index]!.pool).take(domains);
    });
    this.slack.take(there.candidate);
    this.placed[workload] = there;
    this.totalValue += there.candidate.value;
    this.totalCost += there.cost;
  }
}
