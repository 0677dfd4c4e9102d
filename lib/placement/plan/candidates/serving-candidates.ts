import {
  type ReplicaCount,
  type ReplicaTimes,
  replicaMemoryGib,
  replicasFor,
  replicaTimes,
  type ServingNetwork,
  sizedReplicasFor,
} from "../../cost/serving-time";
import type { InferencePool, UserGroup } from "../../inference-pool";
import type { PlacedServing, Reason } from "../../placement";
import type { ServingPool, SizedPool, SizedReplica } from "../../sized-pool";
import type { Candidate, PartPlan, PoolRef } from "../model";
import type { CandidateContext, Found } from "./context";
import { microValue } from "./gang-candidates";
import { shapesHolding } from "./slice-shapes";

/** A replica in a pool, as far as its place depends on it. */
interface Replica {
  readonly tp: number;
  readonly memoryGib: number;
}

/** What a capacity model said of the pool; undefined where it said nothing. */
function sizedAt(pool: SizedPool, at: PoolRef): SizedReplica | undefined {
  return pool.sized.find(
    (replica) =>
      replica.site === at.site.name &&
      replica.pool === at.pool.name &&
      replica.accelerator === at.pool.accelerator.name,
  );
}

function replicaAt(pool: ServingPool, at: PoolRef): Replica | undefined {
  return "sized" in pool ? sizedAt(pool, at) : { tp: pool.tp, memoryGib: replicaMemoryGib(pool) };
}

/** Replicas that are tried at most where capacity has no limit. */
const MOST_REPLICAS = 4_096;

/** Links of a replica: those of the scale-up domain, or both ways round one axis of a slice. */
function servingNetwork({ known }: PoolRef): ServingNetwork {
  return known.kind === "tree"
    ? {
        replicaBytesPerSecond: known.scaleUp.oneWayGBps * 1e9,
        handOverBytesPerSecond: (known.nicGbps * 1e9) / 8,
      }
    : {
        replicaBytesPerSecond: 2 * known.linkOneWayGBps * 1e9,
        handOverBytesPerSecond: known.linkOneWayGBps * 1e9,
      };
}

function rulesRefusal(pool: ServingPool, at: PoolRef): Reason | undefined {
  const where = { site: at.site.name, pool: at.pool.name };
  const replica = replicaAt(pool, at);
  if (replica === undefined) {
    return { code: "not-sized", ...where };
  }
  const { tp, memoryGib: need } = replica;
  const have = at.pool.accelerator.memoryGib;
  if (need > have) {
    return { code: "memory", ...where, need, have, unit: "GiB" };
  }
  const { known } = at;
  const domain = known.kind === "tree" ? known.scaleUp.accelerators : Number.POSITIVE_INFINITY;
  return tp > domain
    ? { code: "domain-too-small", ...where, need: tp, have: domain, unit: "accelerators" }
    : undefined;
}

/** Hosts of so many replicas. A replica takes a share of one host, or whole hosts of one scale-up domain. */
function replicaHosts(tp: number, replicas: number, { perHost, known }: PoolRef) {
  const within = known.kind === "tree" ? Math.min(perHost, known.scaleUp.accelerators) : perHost;
  if (tp <= within) {
    const each = Math.floor(within / tp) * Math.floor(perHost / within);
    return { hosts: Math.ceil(replicas / each), unit: 1 };
  }
  const unit = Math.ceil(tp / perHost);
  return { hosts: replicas * unit, unit };
}

function servingPart(
  context: CandidateContext,
  pool: ServingPool,
  at: PoolRef,
  serving: PlacedServing,
): PartPlan | undefined {
  const offer = context.offer(pool, at)!;
  const { tp } = replicaAt(pool, at)!;
  const { hosts, unit } = replicaHosts(tp, serving.replicas, at);
  if (at.known.kind === "tree") {
    return { pool: at, offer, accelerators: hosts * at.perHost, hosts, unit, serving };
  }
  const shapes = shapesHolding(at, serving.replicas * tp);
  if (shapes.length === 0) {
    return undefined;
  }
  const chips = shapes[0]!.dims.reduce((product, side) => product * side, 1);
  const accelerators = at.opaque ? Math.ceil(chips / at.perHost) * at.perHost : chips;
  const choices = shapes.map((shape) => ({ shape, chips, cost: 0 }));
  return {
    pool: at,
    offer,
    accelerators,
    hosts: Math.ceil(chips / at.perHost),
    unit,
    shapes: choices,
    serving,
  };
}

/** Times of a replica in a pool: the same in all pools of a class. */
function timesAt(context: CandidateContext, pool: InferencePool, at: PoolRef): ReplicaTimes {
  const known = context.replicaTimes.get(pool) ?? [];
  context.replicaTimes.set(pool, known);
  const poolClass = context.costing.poolClassOf(at);
  const times = known[poolClass] ?? replicaTimes(pool, at.pool.accelerator, servingNetwork(at));
  known[poolClass] = times;
  return times;
}

/** Fewest replicas up to `most` for these users, and for how long one of them works up to a first token. */
function countAt(
  context: CandidateContext,
  pool: ServingPool,
  at: PoolRef,
  users: readonly UserGroup[],
  most: number,
): { readonly count?: ReplicaCount; readonly workSeconds: number } {
  if ("sized" in pool) {
    const replica = sizedAt(pool, at)!;
    return { count: sizedReplicasFor(pool, replica, users, most), workSeconds: replica.workSeconds };
  }
  const times = timesAt(context, pool, at);
  return {
    count: replicasFor(pool, users, at.site.name, times, most)?.replicas,
    workSeconds: times.prefill + times.handOver,
  };
}

/** Parts that answer these users in a pool, one for each phase; or why they cannot. */
function partsAt(
  context: CandidateContext,
  pool: ServingPool,
  at: PoolRef,
  users: readonly UserGroup[],
): readonly PartPlan[] | Reason {
  const where = { site: at.site.name, pool: at.pool.name };
  const { tp } = replicaAt(pool, at)!;
  const room = at.capacity === undefined ? MOST_REPLICAS : Math.floor(at.capacity / tp);
  const { count, workSeconds } = countAt(context, pool, at, users, Math.min(room, MOST_REPLICAS));
  if (count === undefined) {
    return latencyOrCapacity(pool, at, users, workSeconds);
  }
  const names = users.map(({ name }) => name).sort();
  const phases: readonly PlacedServing[] =
    pool.prefillDecode === "together"
      ? [{ phase: "both", replicas: count.prefill, users: names }]
      : [
          { phase: "prefill", replicas: count.prefill, users: names },
          { phase: "decode", replicas: count.decode, users: names },
        ];
  const parts = phases.map((serving) => servingPart(context, pool, at, serving));
  const need = parts.reduce((sum, part) => sum + (part?.accelerators ?? 0), 0);
  const have = at.capacity ?? Number.POSITIVE_INFINITY;
  return parts.every((part) => part !== undefined) && need <= have
    ? (parts as readonly PartPlan[])
    : { code: "no-capacity", ...where, need, have, unit: "accelerators" };
}

function latencyOrCapacity(
  pool: ServingPool,
  at: PoolRef,
  users: readonly UserGroup[],
  work: number,
): Reason {
  const where = { site: at.site.name, pool: at.pool.name };
  for (const group of users) {
    const trip = group.rttMs[at.site.name];
    if (trip === undefined) {
      return { code: "unreachable", ...where, users: group.name };
    }
    if (trip + work * 1e3 > pool.firstTokenMs) {
      return {
        code: "latency",
        ...where,
        users: group.name,
        need: trip + work * 1e3,
        have: pool.firstTokenMs,
        unit: "ms",
      };
    }
  }
  return { code: "no-capacity", ...where, have: at.capacity, unit: "accelerators" };
}

function asCandidate(
  context: CandidateContext,
  workload: number,
  parts: readonly PartPlan[],
): Candidate | Reason {
  const pool = context.model.workloads[workload] as ServingPool;
  const cost = context.costing.hourWithoutSteps(parts);
  const money = cost.microUsdAccelerators + cost.microUsdNetwork;
  const budget = pool.budgetUsdPerHour;
  if (budget !== undefined && money > budget * 1e6) {
    return { code: "budget", site: parts[0]!.pool.site.name, need: money / 1e6, have: budget, unit: "USD/h" };
  }
  return {
    cost: cost.microUsdEffective + context.churn(pool.name, parts),
    value: microValue(pool.value),
    uses: context.uses(pool, parts, [], money),
    parts,
    flows: [],
    jobs: [],
  };
}

/** Users divided between sites: each group to the cheapest pool of those given that can answer it. */
function divided(
  context: CandidateContext,
  pool: ServingPool,
  pools: readonly PoolRef[],
): readonly PartPlan[] | undefined {
  const byPool = new Map<PoolRef, UserGroup[]>();
  for (const group of pool.users) {
    const ways = pools
      .map((at) => ({ at, parts: partsAt(context, pool, at, [group]) }))
      .filter((way): way is { at: PoolRef; parts: readonly PartPlan[] } => !("code" in way.parts))
      .map(({ at, parts }) => ({ at, cost: context.costing.hourWithoutSteps(parts).microUsdEffective }));
    if (ways.length === 0) {
      return undefined;
    }
    const { at } = ways.reduce((best, way) => (way.cost < best.cost ? way : best));
    byPool.set(at, [...(byPool.get(at) ?? []), group]);
  }
  const sites = new Set([...byPool.keys()].map(({ site }) => site.name));
  if (sites.size > pool.maxSites || byPool.size < 2 || sites.size < byPool.size) {
    return undefined;
  }
  const parts = [...byPool].map(([at, users]) => partsAt(context, pool, at, users));
  return parts.some((found) => "code" in found) ? undefined : (parts.flat() as PartPlan[]);
}

/** Pools that pairs are made of. */
const PAIRED_POOLS = 12;

/** Ways to run an inference pool: at one site, and divided between sites if it may be. */
export function servingCandidates(context: CandidateContext, workload: number): Found {
  const pool = context.model.workloads[workload] as ServingPool;
  const candidates: Candidate[] = [];
  const refusals: Reason[] = [];
  const usable: PoolRef[] = [];
  const add = (parts: readonly PartPlan[]) => {
    const candidate = asCandidate(context, workload, parts);
    if ("code" in candidate) {
      refusals.push(candidate);
    } else {
      candidates.push(candidate);
    }
  };
  for (const at of context.model.pools) {
    const refused = context.refusal(pool, at) ?? rulesRefusal(pool, at);
    if (refused !== undefined) {
      refusals.push(refused);
      continue;
    }
    usable.push(at);
    const parts = partsAt(context, pool, at, pool.users);
    if ("code" in parts) {
      refusals.push(parts);
    } else {
      add(parts);
    }
  }
  if (pool.maxSites > 1 && pool.users.length > 1) {
    const whole = divided(context, pool, usable);
    const pairs = usable.slice(0, PAIRED_POOLS);
    const ways = pairs.flatMap((a, index) =>
      pairs.slice(index + 1).map((b) => divided(context, pool, [a, b])),
    );
    const seen = new Set<string>();
    for (const parts of [whole, ...ways]) {
      const key = JSON.stringify(parts?.map((part) => [part.pool.index, part.serving]));
      if (parts !== undefined && !seen.has(key)) {
        seen.add(key);
        add(parts);
      }
    }
  }
  return { candidates, refusals };
}
