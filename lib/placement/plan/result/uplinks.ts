import { hostsPerLeaf, leavesPerDomain, type TreeFabric } from "../../../fabric/tree";
import { DEFAULT_EFFICIENCY } from "../../cost/efficiency";
import {
  type AxisTraffic,
  contextTraffic,
  dataTraffic,
  expertTraffic,
  pipelineTraffic,
  tensorTraffic,
} from "../../cost/step-traffic";
import { membersWithin } from "../../cost/tree-step";
import { type Gang, type ParallelLayout, ranksOf } from "../../gang";
import type { RankAxis, UplinkLoad } from "../../placement";
import type { CandidateSet } from "../candidates/candidates";
import type { PlanState } from "../plan-state";
import type { LeafShare } from "../tree-signature";

/** Bytes that a gang sends out of a domain in one step, if the domain holds `held` of its accelerators. */
function bytesOut(gang: Gang, layout: ParallelLayout, held: number): number {
  const { model } = gang;
  const ring = (group: readonly RankAxis[], size: number, { bytes }: AxisTraffic) => {
    const members = membersWithin(layout, group, held);
    return members >= size ? 0 : (held / members) * bytes;
  };
  const { tp, cp, pp, ep, dp } = layout;
  const pairs = expertTraffic(model, layout).bytes;
  const inside = membersWithin(layout, ["ep"], held);
  const sent = ep > 1 && inside < ep ? held * pairs * ((ep - inside) / (ep - 1)) : 0;
  const stages =
    membersWithin(layout, ["pp"], held) < pp ? tp * cp * ep * pipelineTraffic(model, layout).bytes : 0;
  return (
    ring(["tp"], tp, tensorTraffic(model, layout)) +
    ring(["cp"], cp, contextTraffic(model, layout)) +
    ring(["ep", "dp"], dp, dataTraffic(model, layout)) +
    sent +
    stages
  );
}

/** A gang's share of one uplink. */
interface Load {
  readonly workload: string;
  readonly seconds: number;
  readonly stepSeconds: number;
  /** True if the ratio of the uplink slows this gang. */
  readonly slows: boolean;
}

/** A gang in a pool. */
interface Tenant {
  readonly gang: Gang;
  /** Of the part that lies in the pool. */
  readonly layout: ParallelLayout;
  readonly leaves: readonly LeafShare[];
  readonly stepSeconds: number;
}

/** By pool, the gangs whose leaves are known. */
function tenants(state: PlanState, set: CandidateSet): readonly (readonly Tenant[])[] {
  const lists: Tenant[][] = set.context.model.pools.map(() => []);
  state.placed.forEach((placed, index) => {
    const gang = set.context.model.workloads[index]!;
    if (placed === undefined || gang.kind !== "gang") {
      return;
    }
    const { parts, layout: chosen } = placed.candidate;
    const full = gang.layouts[chosen!]!;
    const layout = { ...full, dp: full.dp / parts.length };
    const stepSeconds = placed.place.step!.totalNs / 1e9;
    placed.domains.forEach((domains, at) => {
      if (domains.kind === "leaves") {
        lists[parts[at]!.pool.index]!.push({ gang, layout, leaves: domains.leaves, stepSeconds });
      }
    });
  });
  return lists;
}

function loadsOf(inPool: readonly Tenant[], fabric: TreeFabric) {
  const loads = new Map<string, Load[]>();
  const perDomain = leavesPerDomain(fabric);
  // Where a scale-up domain is a leaf, it has uplinks into the first tier too.
  const firstTier = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost ? 0 : 1;
  for (const { gang, layout, leaves, stepSeconds } of inPool) {
    for (let tier = firstTier; tier < fabric.tiers.length; tier++) {
      const below = tier === 0 ? 1 : perDomain[tier - 1]!;
      const held = new Map<number, number>();
      for (const { leaf, hosts } of leaves) {
        const domain = Math.floor(leaf / below);
        held.set(domain, (held.get(domain) ?? 0) + hosts * fabric.acceleratorsPerHost);
      }
      if (held.size < 2) {
        continue;
      }
      for (const [domain, accelerators] of held) {
        const size = below * hostsPerLeaf(fabric) * fabric.acceleratorsPerHost;
        const rate =
          (size * fabric.nicGbps * 1e9 * DEFAULT_EFFICIENCY.network) /
          8 /
          fabric.tiers[tier]!.oversubscription;
        const held1 = Math.min(accelerators, ranksOf(layout));
        const key = `${tier}/${domain}`;
        const members = membersWithin(layout, ["ep", "dp"], held1);
        const list = loads.get(key) ?? [];
        list.push({
          workload: gang.name,
          seconds: bytesOut(gang, layout, held1) / rate,
          stepSeconds,
          slows: fabric.tiers[tier]!.oversubscription > members,
        });
        loads.set(key, list);
      }
    }
  }
  return loads;
}

/**
 * Uplinks that more than one workload loads, or that slow one down. A step is costed with the share of an uplink that the
 * gang's accelerators have of its domain, so that the sum over gangs cannot pass what the uplink has.
 */
export function uplinkLoads(state: PlanState, set: CandidateSet): readonly UplinkLoad[] {
  const byPool = tenants(state, set);
  return set.context.model.pools.flatMap((pool) => {
    if (pool.opaque || pool.known.kind !== "tree") {
      return [];
    }
    const fabric = pool.known;
    return [...loadsOf(byPool[pool.index]!, fabric)]
      .map(([key, loads]) => {
        const [tier, domain] = key.split("/").map(Number) as [number, number];
        const slowest = loads.reduce((most, load) => Math.max(most, load.stepSeconds), 0);
        const busy = loads.reduce((sum, load) => sum + load.seconds * (slowest / load.stepSeconds), 0);
        return { tier, domain, loads, utilisation: Math.round((busy / slowest) * 1e6) / 1e6 };
      })
      .filter(({ loads }) => loads.length > 1 || loads.some(({ slows }) => slows))
      .sort((a, b) => a.tier - b.tier || a.domain - b.domain)
      .map(({ tier, domain, loads, utilisation }) => ({
        site: pool.site.name,
        pool: pool.pool.name,
        tier: fabric.tiers[tier]!.name,
        domain,
        workloads: loads.map(({ workload }) => workload).sort(),
        utilisation,
      }));
  });
}
