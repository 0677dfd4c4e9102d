import type { TreeFabric } from "../../fabric/tree";
import type { ParallelLayout } from "../gang";
import type { PlacedLeaves } from "../placement";
import { leafHosts, leavesUnder } from "./facts";
import { type AxisSeconds, type Load, type Loads, SHARES } from "./loads";

/** How a gang is spread over a tree: the least share of a scale-up domain, and of each crossed tier. */
export interface TreeSpread {
  readonly scaleUp: number;
  readonly crossed: ReadonlyMap<number, number>;
}

/** The spread of hosts in leaves. */
export function spreadOf(fabric: TreeFabric, leaves: PlacedLeaves["leaves"]): TreeSpread {
  const wide = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost;
  const under = leavesUnder(fabric);
  const crossed = new Map<number, number>();
  const all = leaves.reduce((sum, { hosts }) => sum + hosts, 0) * fabric.acceleratorsPerHost;
  let scaleUp = Math.min(all, fabric.scaleUp.accelerators);
  for (let tier = 0; tier < fabric.tiers.length; tier++) {
    const below = tier === 0 ? 1 : under[tier - 1]!;
    const held = new Map<number, number>();
    for (const { leaf, hosts } of leaves) {
      const domain = Math.floor(leaf / below);
      held.set(domain, (held.get(domain) ?? 0) + hosts * fabric.acceleratorsPerHost);
    }
    const least = Math.min(...held.values());
    if (tier === 0 && !wide) {
      scaleUp = fabric.scaleUp.accelerators;
      if (all > scaleUp) {
        crossed.set(0, scaleUp);
      }
      continue;
    }
    if (tier === 0) {
      scaleUp = least;
    }
    if (held.size > 1) {
      crossed.set(tier, least);
    }
  }
  return { scaleUp, crossed };
}

/** Hosts that fill leaves one after another. */
export function filled(fabric: TreeFabric, hosts: number): PlacedLeaves["leaves"] {
  const each = leafHosts(fabric);
  const whole = Math.floor(hosts / each);
  const full = [...new Array(whole).keys()].map((leaf) => ({ leaf, hosts: each }));
  return hosts % each === 0 ? full : [...full, { leaf: whole, hosts: hosts % each }];
}

/** Degrees from the innermost. */
function degrees({ tp, cp, ep, pp, dp }: ParallelLayout): readonly (readonly [string, number])[] {
  return [
    ["tp", tp],
    ["cp", cp],
    ["ep", ep],
    ["pp", pp],
    ["dp", dp / ep],
  ];
}

/** Members of a group among consecutive ranks. */
function among(layout: ParallelLayout, group: readonly string[], ranks: number): number {
  let stride = 1;
  let members = 1;
  for (const [axis, size] of degrees(layout)) {
    if (group.includes(axis)) {
      members *= Math.max(1, Math.min(size, ranks / stride));
    }
    stride *= size;
  }
  return members;
}

interface Barrier {
  readonly ratio: number;
  readonly latency: number;
  readonly members: number;
  readonly held: number;
}

function barriers(
  fabric: TreeFabric,
  spread: TreeSpread,
  layout: ParallelLayout,
  group: readonly string[],
  size: number,
): readonly Barrier[] {
  return [...spread.crossed]
    .map(([tier, held]) => ({
      ratio: fabric.tiers[tier]!.oversubscription,
      latency: fabric.tiers[tier]!.latencyUs / 1e6,
      members: among(layout, group, held),
      held,
    }))
    .filter(({ members }) => members < size);
}

/** Seconds of each axis on a tree. */
export function treeTimes(
  layout: ParallelLayout,
  loads: Loads,
  fabric: TreeFabric,
  spread: TreeSpread,
): AxisSeconds {
  const up = fabric.scaleUp.oneWayGBps * 1e9 * SHARES.scaleUp;
  const card = fabric.nicGbps * 1.25e8 * SHARES.network;
  const upLatency = fabric.scaleUp.latencyUs / 1e6;
  const worstLatency = (cuts: readonly Barrier[]) => Math.max(0, ...cuts.map(({ latency }) => latency));

  const ring = (group: readonly string[], p: number, load: Load) => {
    if (p === 1 || load.bytes === 0) {
      return 0;
    }
    const volume = (load.bytes * p) / (p - 1);
    const k = among(layout, group, spread.scaleUp);
    const cuts = barriers(fabric, spread, layout, group, p);
    const density = Math.max(0, ...cuts.map(({ ratio, members }) => ratio / members));
    return (
      ((k - 1) / k) * (volume / up) +
      (((p - k) / p) * (volume * density)) / card +
      load.steps * ((k - 1) * upLatency + (p / k - 1) * worstLatency(cuts))
    );
  };
  const exchange = (p: number, load: Load) => {
    if (p === 1 || load.bytes === 0) {
      return 0;
    }
    const sent = (load.bytes * p) / (p - 1);
    const k = among(layout, ["ep"], spread.scaleUp);
    const cuts = barriers(fabric, spread, layout, ["ep"], p);
    const slowest = Math.max(
      (sent * (k - 1)) / p / up,
      ...cuts.map(({ members, ratio }) => (sent * ((p - members) / p) * ratio) / card),
    );
    const g = fabric.scaleUp.accelerators;
    const forwarded = fabric.wiring === "rail-only" && cuts.length > 0 ? (sent * (g - 1)) / g / up : 0;
    return slowest + forwarded + load.steps * Math.max(upLatency, worstLatency(cuts));
  };
  const pipeline = (load: Load) => {
    if (layout.pp === 1 || load.bytes === 0) {
      return 0;
    }
    const edge = layout.tp * layout.cp * layout.ep;
    const cuts = barriers(fabric, spread, layout, ["pp"], layout.pp);
    const slowest = Math.max(
      load.bytes / up,
      ...cuts.map(({ ratio, held }) => (load.bytes * ratio * Math.min(1, edge / held)) / card),
    );
    return slowest + load.steps * Math.max(upLatency, worstLatency(cuts));
  };
  return {
    tp: ring(["tp"], layout.tp, loads.tp),
    cp: ring(["cp"], layout.cp, loads.cp),
    ep: exchange(layout.ep, loads.ep),
    pp: pipeline(loads.pp),
    dp: ring(["ep", "dp"], layout.dp, loads.dp),
  };
}
