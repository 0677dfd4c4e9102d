import type { AcceleratorModel } from "../../fabric/capacity-pool";
import type { InferencePool, UserGroup } from "../inference-pool";
import { activeParams, type ModelShape } from "../model-shape";
import type { SizedPool, SizedReplica } from "../sized-pool";
import { DEFAULT_EFFICIENCY, type Efficiency } from "./efficiency";
import { guard, guardCounts } from "./guard";

/** bf16 activations and key/value cache. */
const BYTES = 2;
const GIB = 2 ** 30;

/** Links between the accelerators of a pool. */
export interface ServingNetwork {
  /** Between the accelerators of one replica, one direction, in bytes per second. */
  readonly replicaBytesPerSecond: number;
  /** From a prefill replica to a decode replica, by accelerator, one direction, in bytes per second. */
  readonly handOverBytesPerSecond: number;
}

/** Times of one replica, in seconds. */
export interface ReplicaTimes {
  /** Working through a prompt. */
  readonly prefill: number;
  /** One step of decoding, which makes one token for each request of the batch. */
  readonly decodeStep: number;
  /** Moving the key/value cache of one prompt to another replica; 0 if both phases share replicas. */
  readonly handOver: number;
}

/**
 * Key/value cache of one request, in bytes: 2 L h_kv x tokens x 2.
 *
 * @throws NotAQuantity
 */
export function keyValueBytes(model: ModelShape, tokens: number): number {
  guard("keyValueBytes", { layers: model.layers, kvHidden: model.kvHidden }, { tokens });
  return 2 * model.layers * model.kvHidden * tokens * BYTES;
}

/** Bytes that the two all-reduces of each layer move for each accelerator: 2 L x 2 (tp-1)/tp x tokens h 2. */
function reduceBytes(pool: InferencePool, tokens: number): number {
  const { model, tp } = pool;
  return ((4 * model.layers * (tp - 1)) / tp) * tokens * model.hidden * BYTES;
}

/**
 * Times of one replica.
 *
 * Prefill computes: 2 x active parameters x prompt tokens / (tp x peak x efficiency), plus its all-reduces. Decoding reads:
 * all weights and the caches of the batch once per step, (weights + batch x cache) / (tp x memory bandwidth), plus its
 * all-reduces. Experts: a batch is taken to read all of them.
 *
 * @throws NotAQuantity
 * Source: R. Pope et al., Efficiently Scaling Transformer Inference, arXiv 2211.05102
 */
export function replicaTimes(
  pool: InferencePool,
  accelerator: AcceleratorModel,
  network: ServingNetwork,
  efficiency: Efficiency = DEFAULT_EFFICIENCY,
): ReplicaTimes {
  guard("replicaTimes", { ...network });
  const { model, tp, promptTokens, outputTokens, batch } = pool;
  const flops = 2 * activeParams(model) * promptTokens;
  const links = network.replicaBytesPerSecond * efficiency.scaleUp;
  const peak = accelerator.peakTflops * 1e12 * pool.kernelEfficiency;
  const weights = model.params * pool.bytesPerWeight;
  const caches = batch * keyValueBytes(model, promptTokens + outputTokens / 2);
  const memory = accelerator.memoryBandwidthGBps * 1e9;
  const handOver =
    keyValueBytes(model, promptTokens) / (tp * network.handOverBytesPerSecond * efficiency.network);
  return {
    prefill: flops / (tp * peak) + reduceBytes(pool, promptTokens) / links,
    decodeStep: (weights + caches) / (tp * memory) + reduceBytes(pool, batch) / links,
    handOver: pool.prefillDecode === "split" ? handOver : 0,
  };
}

/** Memory that one replica needs on each accelerator, in GiB: weights and the caches of a whole batch. */
export function replicaMemoryGib(pool: InferencePool): number {
  const { model, tp, batch, promptTokens, outputTokens } = pool;
  const caches = batch * keyValueBytes(model, promptTokens + outputTokens);
  return (model.params * pool.bytesPerWeight + caches) / tp / GIB;
}

/** Erlang B for one server more, which stays within 0 and 1 for any number of servers; 1 for none. */
function blockedBy(servers: number, load: number, blockedByOneLess: number): number {
  return (load * blockedByOneLess) / (servers + load * blockedByOneLess);
}

/** Probability that a request has to wait (Erlang C), from Erlang B. */
function waitsOf(blocked: number, servers: number, load: number): number {
  return blocked / (1 - (load / servers) * (1 - blocked));
}

/** Mean time in the queue from Erlang B. */
function queueOf(blocked: number, servers: number, load: number, serviceSeconds: number): number {
  return (waitsOf(blocked, servers, load) * serviceSeconds) / (servers - load);
}

function blockedOf(servers: number, load: number): number {
  let blocked = 1;
  for (let count = 1; count <= servers; count++) {
    blocked = blockedBy(count, load, blocked);
  }
  return blocked;
}

/**
 * Mean time in the queue of c servers, in seconds: C(c, a) S / (c - a) with a = arrivals x S (M/M/c).
 *
 * @returns undefined if requests come faster than they can be served
 * @throws NotAQuantity, NumberOutOfRange
 * Source: A. K. Erlang (1917); L. Kleinrock, Queueing Systems I (1975), section 3.5
 */
export function queueSeconds(
  arrivalsPerSecond: number,
  serviceSeconds: number,
  servers: number,
): number | undefined {
  guard("queueSeconds", { serviceSeconds }, { arrivalsPerSecond });
  guardCounts("queueSeconds", { servers });
  const load = arrivalsPerSecond * serviceSeconds;
  if (!(load < servers)) {
    return undefined;
  }
  return queueOf(blockedOf(servers, load), servers, load, serviceSeconds);
}

/**
 * Time in the queue of c servers that a share of all requests does not exceed, in seconds (M/M/c):
 * P(W > t) = C(c, a) e^(-(c - a) t / S) with a = arrivals x S, so t = ln(C / (1 - share)) S / (c - a), or 0 where fewer wait.
 *
 * @param share such as 0.95
 * @returns undefined if requests come faster than they can be served
 * @throws NotAQuantity, NumberOutOfRange
 * Source: as `queueSeconds`
 */
export function queueTailSeconds(
  arrivalsPerSecond: number,
  serviceSeconds: number,
  servers: number,
  share: number,
): number | undefined {
  guard("queueTailSeconds", { serviceSeconds, share, oneLessShare: 1 - share }, { arrivalsPerSecond });
  guardCounts("queueTailSeconds", { servers });
  const load = arrivalsPerSecond * serviceSeconds;
  if (!(load < servers)) {
    return undefined;
  }
  return tailOf(share)(blockedOf(servers, load), servers, load, serviceSeconds);
}

/** Time in the queue that a share of all requests does not exceed, from Erlang B. */
function tailOf(share: number): Wait {
  return (blocked, servers, load, serviceSeconds) => {
    const waits = waitsOf(blocked, servers, load);
    return (Math.max(0, Math.log(waits / (1 - share))) * serviceSeconds) / (servers - load);
  };
}

/** Seconds for which one request keeps a replica busy, by phase. A decode step is shared by the batch. */
export function busySeconds(
  pool: InferencePool,
  times: ReplicaTimes,
): { readonly prefill: number; readonly decode: number } {
  return { prefill: times.prefill, decode: (pool.outputTokens * times.decodeStep) / pool.batch };
}

/** Replicas of each phase; with shared replicas `prefill` counts all and `decode` is 0. */
export interface ReplicaCount {
  readonly prefill: number;
  readonly decode: number;
}

/** Round trip of the farthest of the users, in seconds; infinite if one of them cannot reach the site. */
function farthestSeconds(users: readonly UserGroup[], site: string): number {
  return Math.max(0, ...users.map((group) => (group.rttMs[site] ?? Number.POSITIVE_INFINITY) / 1e3));
}

type Wait = (blocked: number, servers: number, load: number, serviceSeconds: number) => number;

/** Fewest replicas, of so many servers each, before which nobody waits longer than the budget. */
function fewest(
  arrivals: number,
  service: number,
  most: number,
  budget: number,
  wait: Wait = queueOf,
  serversEach = 1,
): number | undefined {
  const load = arrivals * service;
  const first = Math.max(1, Math.ceil(load));
  if (!(first <= most * serversEach)) {
    return undefined;
  }
  guard("replicasFor", { serviceSeconds: service }, { arrivalsPerSecond: arrivals });
  let blocked = 1;
  for (let servers = 1; servers <= most * serversEach; servers++) {
    blocked = blockedBy(servers, load, blocked);
    const whole = servers >= first && servers % serversEach === 0;
    if (whole && load < servers && wait(blocked, servers, load, service) <= budget) {
      return servers / serversEach;
    }
  }
  return undefined;
}

/**
 * Fewest replicas that answer the users in time, and the mean time to the first token of those farthest away:
 * RTT + queue + prefill + hand-over.
 *
 * With shared replicas a request keeps a replica for prefill and its share of decoding, so prompts queue behind both.
 * With split phases decode replicas are as many as keep their queue within one step.
 *
 * @param users groups that this site answers
 * @param site name of the site, to look round trips up
 * @returns undefined if no number of replicas up to `most` is enough, or the site is out of reach
 * @throws NotAQuantity
 */
export function replicasFor(
  pool: InferencePool,
  users: readonly UserGroup[],
  site: string,
  times: ReplicaTimes,
  most: number,
): { readonly replicas: ReplicaCount; readonly firstTokenSeconds: number } | undefined {
  const arrivals = users.reduce((sum, group) => sum + group.requestsPerSecond, 0);
  const farthest = farthestSeconds(users, site);
  const work = times.prefill + times.handOver;
  const budget = pool.firstTokenMs / 1e3 - farthest - work;
  const next = pool.nextTokenMs;
  if (!(budget >= 0) || (next !== undefined && times.decodeStep * 1e3 > next)) {
    return undefined;
  }
  const busy = busySeconds(pool, times);
  const split = pool.prefillDecode === "split";
  const service = split ? busy.prefill : busy.prefill + busy.decode;
  const prefill = fewest(arrivals, service, most, budget);
  const decode = split ? fewest(arrivals, busy.decode, most, times.decodeStep) : 0;
  if (prefill === undefined || decode === undefined || prefill + decode > most) {
    return undefined;
  }
  const queue = queueSeconds(arrivals, service, prefill) ?? 0;
  return { replicas: { prefill, decode }, firstTokenSeconds: farthest + queue + work };
}

/**
 * Fewest replicas that answer the users in time, of a pool that a capacity model has sized; spares included.
 *
 * Where a request waits twice, each wait keeps half of what may be late. Decoding is a queue of as many servers as replicas
 * have places in their batches, and as many replicas as keep its wait within one step.
 *
 * @param users groups that the replica's site answers
 * @returns undefined if no number of replicas up to `most` is enough, or the site is out of reach
 * @throws NotAQuantity
 */
export function sizedReplicasFor(
  pool: SizedPool,
  replica: SizedReplica,
  users: readonly UserGroup[],
  most: number,
): ReplicaCount | undefined {
  const { spareReplicas, inTime, outputTokens } = pool;
  const { batch, workSeconds, prefillSeconds, decodeStepSeconds: step } = replica;
  const arrivals = users.reduce((sum, group) => sum + group.requestsPerSecond, 0);
  const budget = pool.firstTokenMs / 1e3 - farthestSeconds(users, replica.site) - workSeconds;
  if (!(budget >= 0)) {
    return undefined;
  }
  if (pool.prefillDecode === "together") {
    const busy = prefillSeconds + (outputTokens * step) / batch;
    const prefill = fewest(arrivals, busy, most - spareReplicas, budget, tailOf(inTime));
    return prefill === undefined ? undefined : { prefill: prefill + spareReplicas, decode: 0 };
  }
  const wait = tailOf(1 - (1 - inTime) / 2);
  const room = most - 2 * spareReplicas;
  const stay = outputTokens * step;
  const decode = fewest(arrivals, stay, room, step, wait, batch);
  if (decode === undefined) {
    return undefined;
  }
  const places = decode * batch;
  const queued = wait(blockedOf(places, arrivals * stay), places, arrivals * stay, stay);
  const prefill = fewest(arrivals, prefillSeconds, room - decode, budget - queued, wait);
  return prefill === undefined
    ? undefined
    : { prefill: prefill + spareReplicas, decode: decode + spareReplicas };
}
