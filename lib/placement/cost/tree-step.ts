import type { ParallelLayout } from "../gang";
import type { RankAxis } from "../placement";
import type { Efficiency } from "./efficiency";
import type { TreeFootprint } from "./footprint";
import type { AxisTraffic } from "./step-traffic";
import { RANK_ORDER, rankSizes } from "./torus-mapping";

const MICRO = 1e-6;
const GIGA = 1e9;

/** Axes that together make the group of a collective; data-parallel groups run over `ep` and `dp`. */
export type GroupAxes = readonly RankAxis[];

/**
 * Members of one group among `count` consecutive ranks: along each of its axes one, all, or as many as whole strides of
 * the inner axes fit.
 */
export function membersWithin(layout: ParallelLayout, group: GroupAxes, count: number): number {
  const sizes = rankSizes(layout);
  let inner = 1;
  let members = 1;
  for (const axis of RANK_ORDER) {
    const size = sizes[axis];
    if (group.includes(axis)) {
      members *= Math.min(size, Math.max(1, count / inner));
    }
    inner *= size;
  }
  return members;
}

function groupSize(layout: ParallelLayout, group: GroupAxes): number {
  const sizes = rankSizes(layout);
  return group.reduce((product, axis) => product * sizes[axis], 1);
}

/** A tier as one group sees it. */
interface Cut {
  readonly oversubscription: number;
  readonly latencySeconds: number;
  /** Members of each group in the domain that holds fewest. */
  readonly members: number;
  /** Accelerators of the workload in that domain. */
  readonly accelerators: number;
}

/** Tiers that the group crosses: those whose smallest domain holds less than all of it. */
function cutsOf(footprint: TreeFootprint, layout: ParallelLayout, group: GroupAxes): readonly Cut[] {
  const size = groupSize(layout, group);
  return footprint.crossings
    .map(({ tier, smallest }) => {
      const { oversubscription, latencyUs } = footprint.fabric.tiers[tier]!;
      const members = membersWithin(layout, group, smallest);
      return { oversubscription, latencySeconds: latencyUs * MICRO, members, accelerators: smallest };
    })
    .filter((cut) => cut.members < size);
}

function rates(footprint: TreeFootprint, efficiency: Efficiency) {
  const { scaleUp, nicGbps } = footprint.fabric;
  return {
    scaleUp: scaleUp.oneWayGBps * GIGA * efficiency.scaleUp,
    network: (nicGbps * GIGA * efficiency.network) / 8,
    scaleUpLatency: scaleUp.latencyUs * MICRO,
  };
}

function slowestLatency(cuts: readonly Cut[]): number {
  return cuts.reduce((worst, cut) => Math.max(worst, cut.latencySeconds), 0);
}

/** What a collective of one group moves where. */
interface Exchange {
  /** Members of the group. */
  readonly size: number;
  /** Members in each scale-up domain. */
  readonly inside: number;
  /** The full tensor, of which each member sends all but its own share. */
  readonly tensor: number;
  readonly cuts: readonly Cut[];
  readonly rate: ReturnType<typeof rates>;
}

/** @returns undefined if there is nothing to exchange */
function exchangeOf(
  footprint: TreeFootprint,
  layout: ParallelLayout,
  group: GroupAxes,
  { bytes }: AxisTraffic,
  efficiency: Efficiency,
): Exchange | undefined {
  const size = groupSize(layout, group);
  if (size === 1 || bytes === 0) {
    return undefined;
  }
  return {
    size,
    inside: membersWithin(layout, group, footprint.perScaleUp),
    tensor: bytes * (size / (size - 1)),
    cuts: cutsOf(footprint, layout, group),
    rate: rates(footprint, efficiency),
  };
}

/**
 * Seconds of the gathers and scatters of a group of p members, k of them in each scale-up domain:
 * (k-1)/k V/B_v + (1-k/p) V max over cuts of sigma/(m B_n), where V p-1/p is the traffic given.
 *
 * The first cut has m = k and sigma 1: the rail ring of V/k. A cut above it slows the ring only if sigma is larger than
 * m/k (see `ringSlowdown`). Latencies: k-1 steps inside and p/k-1 across for each operation.
 */
export function treeRingSeconds(
  footprint: TreeFootprint,
  layout: ParallelLayout,
  group: GroupAxes,
  traffic: AxisTraffic,
  efficiency: Efficiency,
): number {
  const exchange = exchangeOf(footprint, layout, group, traffic, efficiency);
  if (exchange === undefined) {
    return 0;
  }
  const { size, inside, tensor, cuts, rate } = exchange;
  const worst = cuts.reduce((most, cut) => Math.max(most, cut.oversubscription / cut.members), 0);
  const across = (1 - inside / size) * tensor * (worst / rate.network);
  const waits = (inside - 1) * rate.scaleUpLatency + (size / inside - 1) * slowestLatency(cuts);
  return (1 - 1 / inside) * (tensor / rate.scaleUp) + across + traffic.operations * waits;
}

/**
 * Seconds of the all-to-alls of a group: the slower of what stays in the scale-up domain and what crosses each cut,
 * S (1-f) sigma / B_n. Where rails never meet, everything first crosses its domain once more.
 */
export function treeAllToAllSeconds(
  footprint: TreeFootprint,
  layout: ParallelLayout,
  group: GroupAxes,
  traffic: AxisTraffic,
  efficiency: Efficiency,
): number {
  const exchange = exchangeOf(footprint, layout, group, traffic, efficiency);
  if (exchange === undefined) {
    return 0;
  }
  const { size, inside, tensor, cuts, rate } = exchange;
  const across = cuts.map((cut) => (tensor * (1 - cut.members / size) * cut.oversubscription) / rate.network);
  const kept = (tensor * (inside - 1)) / size / rate.scaleUp;
  const { wiring, scaleUp } = footprint.fabric;
  const forwarded =
    wiring === "rail-only" && cuts.length > 0 ? (tensor * (1 - 1 / scaleUp.accelerators)) / rate.scaleUp : 0;
  const waits = traffic.operations * Math.max(rate.scaleUpLatency, slowestLatency(cuts));
  return Math.max(kept, ...across) + forwarded + waits;
}

/**
 * Seconds of sending between pipeline stages: over scale-up links while all stages are in one domain, else over the cards;
 * at a cut only the ranks at its edge pay, `inner` of the n accelerators in the domain: T inner/n sigma / B_n.
 */
export function treePipelineSeconds(
  footprint: TreeFootprint,
  layout: ParallelLayout,
  traffic: AxisTraffic,
  efficiency: Efficiency,
): number {
  if (layout.pp === 1 || traffic.bytes === 0) {
    return 0;
  }
  const rate = rates(footprint, efficiency);
  const inner = layout.tp * layout.cp * layout.ep;
  const cuts = cutsOf(footprint, layout, ["pp"]);
  const across = cuts.map(
    (cut) => (traffic.bytes * Math.min(1, inner / cut.accelerators) * cut.oversubscription) / rate.network,
  );
  const latency = Math.max(rate.scaleUpLatency, slowestLatency(cuts));
  return Math.max(traffic.bytes / rate.scaleUp, ...across) + traffic.operations * latency;
}
