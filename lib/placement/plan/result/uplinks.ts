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
import type { PoolRef } from "../model";
import type { PlanState } from "../plan-state";

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

function loadsOfPool(state: PlanState, set: CandidateSet, pool: PoolRef, fabric: TreeFabric) {
  const loads = new Map<string, Load[]>();
  const perDomain = leavesPerDomain(fabric);
  // Where a scale-up domain is a leaf, it has uplinks into the first tier too.
  const firstTier = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost ? 0 : 1;
  state.placed.forEach((placed, index) => {
    const gang = set.context.model.workloads[index]!;
    const at = placed?.candidate.parts.findIndex((part) => part.pool === pool) ?? -1;
    const domains = placed?.domains[at];
    if (gang.kind !== "gang" || domains?.kind !== "leaves") {
      return;
    }
    const full = gang.layouts[placed!.candidate.layout!]!;
    const layout = { ...full, dp: full.dp / placed!.candidate.parts.length };
    for (let tier = firstTier; tier < fabric.tiers.length; tier++) {
      const below = tier === 0 ? 1 : perDomain[tier - 1]!;
      const held = new Map<number, number>();
      for (const { leaf, hosts } of domains.leaves) {
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
          stepSeconds: placed!.place.step!.totalNs / 1e9,
          slows: fabric.tiers[tier]!.oversubscription > members,
        });
        loads.set(key, list);
      }
    }
  });
  return loads;
}

/**
 * Uplinks that more than one workload loads, or that slow one down. A step is costed with the share of an uplink that the
 * gang's accelerators have of its domain, so that the sum over gangs cannot pass what the uplink has.
 */
export function uplinkLoads(state: PlanState, set: CandidateSet): readonly UplinkLoad[] {
  return set.context.model.pools.flatMap((pool) => {
    if (pool.opaque || pool.known.kind !== "tree") {
      return [];
    }
    const fabric = pool.known;
    return [...loadsOfPool(state, set, pool, fabric)]
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
