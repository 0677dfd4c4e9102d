import { type Link, linkFreeGbps, linkRttMs } from "../../../fabric/link";
import { DEFAULT_EFFICIENCY } from "../../cost/efficiency";
import { type WideSplit, wideGbpsNeeded } from "../../cost/wide";
import type { Gang } from "../../gang";
import type { Reason } from "../../placement";
import type { PartShape } from "../costing";
import type { Candidate, FlowPlan, PartPlan } from "../model";
import type { CandidateContext, Found } from "./context";
import { microValue, partIn } from "./gang-candidates";

/** Capacity between two sites that hides the gradients behind computation, or all there is; whole waves on fibre. */
function capacityFor(gang: Gang, layout: number, link: Link, computeSeconds: number): FlowPlan["gbps"] {
  const bytes = gang.model.params * gang.layouts[layout]!.gradientBytes;
  const slack = Math.max(gang.overlap.data * computeSeconds, 1e-9);
  const needed = wideGbpsNeeded(bytes, slack, { sites: 2, rttMs: linkRttMs(link) });
  const free = linkFreeGbps(link);
  const wanted = needed === undefined ? free : needed / DEFAULT_EFFICIENCY.wide;
  const whole =
    link.kind === "optical" ? Math.ceil(wanted / link.gbpsPerWave) * link.gbpsPerWave : Math.ceil(wanted);
  return Math.min(free, Math.max(1, whole));
}

interface Halves {
  readonly parts: readonly PartPlan[];
  readonly shapes: readonly (readonly PartShape[])[];
}

function fastest(
  context: CandidateContext,
  workload: number,
  layout: number,
  halves: Halves,
  wide: WideSplit,
) {
  return halves.parts.map((part, index) =>
    halves.shapes[index]!.reduce((best, shape) => {
      const seconds = (of: PartShape) =>
        context.costing.step(workload, layout, part.pool, part.hosts, of, wide).total;
      return seconds(shape) < seconds(best) ? shape : best;
    }),
  );
}

/** A gang on two pools that one link joins. */
function overLink(
  context: CandidateContext,
  workload: number,
  layout: number,
  link: number,
  halves: Halves,
): Candidate | undefined {
  const { model, costing } = context;
  const gang = model.workloads[workload] as Gang;
  const between = model.links[link]!;
  if (linkFreeGbps(between) <= 0) {
    return undefined;
  }
  const loose: WideSplit = { sites: 2, gbps: linkFreeGbps(between), rttMs: linkRttMs(between) };
  const first = fastest(context, workload, layout, halves, loose);
  const { compute } = costing.step(
    workload,
    layout,
    halves.parts[0]!.pool,
    halves.parts[0]!.hosts,
    first[0]!,
    loose,
  );
  const gbps = capacityFor(gang, layout, between, compute);
  const wide = { ...loose, gbps };
  const shapes = fastest(context, workload, layout, halves, wide);
  const slowest = Math.max(
    ...halves.parts.map(
      (part, index) => costing.step(workload, layout, part.pool, part.hosts, shapes[index]!, wide).total,
    ),
  );
  const volume = (gang.model.params * gang.layouts[layout]!.gradientBytes * 3_600) / slowest / 1e9;
  const waves = between.kind === "optical" ? Math.round(gbps / between.gbpsPerWave) : 0;
  const [a, b] = between.sites;
  const flow: FlowPlan = { link, gbps, waves, gbPerHourFrom: { [a]: volume, [b]: volume } };
  const { cost } = costing.gang(workload, layout, halves.parts, shapes, [flow], wide);
  const money = cost.microUsdAccelerators + cost.microUsdNetwork;
  if (gang.budgetUsdPerHour !== undefined && money > gang.budgetUsdPerHour * 1e6) {
    return undefined;
  }
  const parts = halves.parts.map((part, index) => withShape(part, shapes[index]!));
  return {
    layout,
    cost: cost.microUsdEffective + context.churn(gang.name, parts),
    value: microValue(gang.value),
    uses: context.uses(gang, parts, [flow], money),
    parts,
    flows: [flow],
    jobs: [],
  };
}

/** Slices of both halves are those of the fastest shape, so that the price of the flow holds. */
function withShape(part: PartPlan, best: PartShape): PartPlan {
  return best.kind === "slice"
    ? { ...part, shapes: [{ shape: best.shape, chips: part.accelerators, cost: 0 }] }
    : part;
}

/** Ways to run a gang on two sites at once, its data-parallel ranks split equally. */
export function spanCandidates(context: CandidateContext, workload: number): Found {
  const { model } = context;
  const gang = model.workloads[workload] as Gang;
  const candidates: Candidate[] = [];
  const refusals: Reason[] = [];
  if (!gang.maySpanSites) {
    return { candidates, refusals };
  }
  const allowed = model.pools.filter((pool) => context.refusal(gang, pool) === undefined);
  model.links.forEach((link, index) => {
    const ends = link.sites.map((site) => allowed.filter((pool) => pool.site.name === site));
    for (const a of ends[0]!) {
      for (const b of ends[1]!.filter((other) => other.pool.accelerator.name === a.pool.accelerator.name)) {
        gang.layouts.forEach((degrees, layout) => {
          if ((degrees.dp / degrees.ep) % 2 !== 0) {
            return;
          }
          const halves = [partIn(context, workload, layout, a, 2), partIn(context, workload, layout, b, 2)];
          const [left, right] = halves;
          if ("code" in left! || "code" in right!) {
            return;
          }
          const candidate = overLink(context, workload, layout, index, {
            parts: [left!.part, right!.part],
            shapes: [left!.shapes, right!.shapes],
          });
          if (candidate === undefined) {
            refusals.push({ code: "link-capacity", link: link.name, site: a.site.name });
          } else {
            candidates.push(candidate);
          }
        });
      }
    }
  });
  return { candidates, refusals };
}
