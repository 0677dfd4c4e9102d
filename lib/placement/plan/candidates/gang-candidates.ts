import { stateBytesPerRank } from "../../cost/step-traffic";
import { mapToTorus } from "../../cost/torus-mapping";
import { type Gang, ranksOf } from "../../gang";
import type { Reason } from "../../placement";
import type { PartShape } from "../costing";
import type { Candidate, PartPlan, PoolRef, ShapeChoice } from "../model";
import { compactSignature, optimisticSignatures } from "../tree-signature";
import type { CandidateContext, Found } from "./context";
import { legalShapes } from "./slice-shapes";

const GIB = 2 ** 30;

/** Value as whole millionths. */
export function microValue(value: number): number {
  return Math.round(value * 1e6);
}

/** Hosts of a gang that must stay in one scale-up domain: those of one tensor group. */
function hostUnit(context: CandidateContext, pool: PoolRef, tp: number): number {
  return pool.known.kind === "tree" && context.tree(pool).wideScaleUp ? Math.ceil(tp / pool.perHost) : 1;
}

/** What stops a layout in a pool whatever is free, as far as no shape is tried. */
function layoutRefusal(
  context: CandidateContext,
  gang: Gang,
  layout: number,
  pool: PoolRef,
  shareOfRanks: number,
): Reason | undefined {
  const at = { site: pool.site.name, pool: pool.pool.name };
  const degrees = gang.layouts[layout]!;
  const have = pool.pool.accelerator.memoryGib;
  const need = stateBytesPerRank(gang, degrees) / GIB;
  if (need > have) {
    return { code: "memory", ...at, need, have, unit: "GiB" };
  }
  const ranks = ranksOf(degrees) / shareOfRanks;
  if (pool.known.kind === "tree") {
    const domain = pool.known.scaleUp.accelerators;
    if (degrees.tp > domain) {
      return { code: "domain-too-small", ...at, need: degrees.tp, have: domain, unit: "accelerators" };
    }
    const shape = context.tree(pool);
    const wired = shape.leaves * shape.hostsPerLeaf * pool.perHost;
    if (ranks > wired) {
      return { code: "domain-too-small", ...at, need: ranks, have: wired, unit: "accelerators" };
    }
  }
  return undefined;
}

/** The part of a gang in a pool, divided among `sites` sites, with the least that it can cost there; or why it cannot be there. */
export function partIn(
  context: CandidateContext,
  workload: number,
  layout: number,
  pool: PoolRef,
  sites: number,
): { readonly part: PartPlan; readonly shapes: readonly PartShape[] } | Reason {
  const gang = context.model.workloads[workload] as Gang;
  const at = { site: pool.site.name, pool: pool.pool.name };
  const refused = layoutRefusal(context, gang, layout, pool, sites);
  if (refused !== undefined) {
    return refused;
  }
  const degrees = gang.layouts[layout]!;
  const ranks = ranksOf(degrees) / sites;
  const unit = hostUnit(context, pool, degrees.tp);
  const hosts = Math.ceil(Math.ceil(ranks / pool.perHost) / unit) * unit;
  const slice = pool.known.kind !== "tree";
  const accelerators = slice && !pool.opaque ? ranks : hosts * pool.perHost;
  const offer = context.offer(gang, pool)!;
  const shapes = shapesIn(context, gang, layout, pool, hosts, unit, sites);
  if (shapes.length === 0 && slice) {
    return { code: "no-shape", ...at, need: ranks, unit: "chips" };
  }
  const have = pool.capacity ?? Number.POSITIVE_INFINITY;
  if (accelerators > have || shapes.length === 0) {
    return { code: "no-capacity", ...at, need: accelerators, have, unit: "accelerators" };
  }
  return { part: { pool, offer, accelerators, hosts, unit }, shapes };
}

function shapesIn(
  context: CandidateContext,
  gang: Gang,
  layout: number,
  pool: PoolRef,
  hosts: number,
  unit: number,
  sites: number,
): readonly PartShape[] {
  if (pool.known.kind === "tree") {
    const shape = context.tree(pool);
    const signatures = pool.opaque
      ? [compactSignature(shape, hosts)]
      : optimisticSignatures(shape, hosts, unit, context.free(pool));
    return signatures.map((signature) => ({ kind: "tree", signature }));
  }
  const degrees = gang.layouts[layout]!;
  const local = { ...degrees, dp: degrees.dp / sites };
  return legalShapes(pool, ranksOf(local), gang.sliceShapes)
    .filter(({ dims }) => mapToTorus(local, dims) !== undefined)
    .map((shape) => ({ kind: "slice", shape }));
}

/** The part with its shapes in the order of what the whole gang costs, and the least cost. */
function priced(
  context: CandidateContext,
  workload: number,
  layout: number,
  part: PartPlan,
  shapes: readonly PartShape[],
): { readonly part: PartPlan; readonly effective: number; readonly money: number } {
  const costs = shapes.map((shape) => context.costing.gang(workload, layout, [part], [shape], []).cost);
  const least = costs.reduce((a, b) => (b.microUsdEffective < a.microUsdEffective ? b : a));
  const slices = shapes
    .flatMap((shape, index): ShapeChoice[] =>
      shape.kind === "slice"
        ? [{ shape: shape.shape, chips: part.accelerators, cost: costs[index]!.microUsdEffective }]
        : [],
    )
    .sort((a, b) => a.cost - b.cost);
  const money = least.microUsdAccelerators + least.microUsdNetwork;
  return {
    part: slices.length > 0 ? { ...part, shapes: slices } : part,
    effective: least.microUsdEffective,
    money,
  };
}

/** What a layout takes and costs in a pool; or why it cannot be there. The same for all gangs of a class. */
type InPool = Reason | (ReturnType<typeof priced> & Pick<Candidate, "parts" | "uses">);

/** Shared by all candidates: there are tens of thousands, and most have none of these. */
const NONE: readonly never[] = [];

function withUses(
  context: CandidateContext,
  workload: number,
  layout: number,
  { part, shapes }: { readonly part: PartPlan; readonly shapes: readonly PartShape[] },
): InPool {
  const found = priced(context, workload, layout, part, shapes);
  const parts = [found.part];
  return { ...found, parts, uses: context.uses({}, parts, NONE, found.money) };
}

function inPool(context: CandidateContext, workload: number, layout: number, pool: PoolRef): InPool {
  const key = (context.costing.classOf(workload) * 4_096 + layout) * 65_536 + pool.index;
  const known = context.gangsInPools.get(key) as InPool | undefined;
  if (known !== undefined) {
    return known;
  }
  const found = partIn(context, workload, layout, pool, 1);
  const result = "code" in found ? found : withUses(context, workload, layout, found);
  context.gangsInPools.set(key, result);
  return result;
}

/** Ways to run a gang at one site. */
export function gangCandidates(context: CandidateContext, workload: number): Found {
  const gang = context.model.workloads[workload] as Gang;
  const candidates: Candidate[] = [];
  const refusals: Reason[] = [];
  for (const pool of context.model.pools) {
    const refused = context.refusal(gang, pool);
    if (refused !== undefined) {
      refusals.push(refused);
      continue;
    }
    gang.layouts.forEach((_, layout) => {
      const found = inPool(context, workload, layout, pool);
      if ("code" in found) {
        refusals.push(found);
        return;
      }
      const { parts, effective, money } = found;
      const budget = gang.budgetUsdPerHour;
      if (budget !== undefined && money > budget * 1e6) {
        const at = { site: pool.site.name, pool: pool.pool.name };
        refusals.push({ code: "budget", ...at, need: money / 1e6, have: budget, unit: "USD/h" });
        return;
      }
      candidates.push({
        layout,
        cost: effective + context.churn(gang.name, parts),
        value: microValue(gang.value),
        // Only what must be kept apart from others takes more than its class does.
        uses: gang.spread === undefined ? found.uses : context.uses(gang, parts, NONE, money),
        parts,
        flows: NONE,
        jobs: NONE,
      });
    });
  }
  return { candidates, refusals };
}
