import type { CapacityPool } from "../../fabric/capacity-pool";
import type { InferencePool, UserGroup } from "../inference-pool";
import type { ServingPool, SizedPool, SizedReplica } from "../sized-pool";
import { interior } from "./facts";
import { SHARES } from "./loads";

/** Times of one replica in seconds. */
export interface ReplicaSeconds {
  readonly prompt: number;
  readonly token: number;
  readonly move: number;
}

function activeOf({ model }: InferencePool): number {
  const { moe } = model;
  return moe === undefined ? model.params : model.params - moe.expertParams * (1 - moe.topK / moe.experts);
}

/** Bytes of keys and values of so many tokens. */
function cacheBytes({ model }: InferencePool, tokens: number): number {
  return 4 * model.layers * model.kvHidden * tokens;
}

function replicaSeconds(server: InferencePool, pool: CapacityPool): ReplicaSeconds {
  const fabric = interior(pool.fabric);
  const tree = fabric.kind === "tree";
  const near = (tree ? fabric.scaleUp.oneWayGBps : 2 * fabric.linkOneWayGBps) * 1e9 * SHARES.scaleUp;
  const far = (tree ? fabric.nicGbps / 8 : fabric.linkOneWayGBps) * 1e9 * SHARES.network;
  const { tp, model, promptTokens, outputTokens, batch } = server;
  const reduce = (tokens: number) => (8 * model.layers * (1 - 1 / tp) * tokens * model.hidden) / near;
  const rate = tp * pool.accelerator.peakTflops * 1e12 * server.kernelEfficiency;
  const read =
    model.params * server.bytesPerWeight + batch * cacheBytes(server, promptTokens + outputTokens / 2);
  return {
    prompt: (2 * activeOf(server) * promptTokens) / rate + reduce(promptTokens),
    token: read / (tp * pool.accelerator.memoryBandwidthGBps * 1e9) + reduce(batch),
    move: server.prefillDecode === "split" ? cacheBytes(server, promptTokens) / (tp * far) : 0,
  };
}

function sizedFor(server: SizedPool, site: string, pool: CapacityPool): SizedReplica | undefined {
  return server.sized.find(
    (entry) => entry.site === site && entry.pool === pool.name && entry.accelerator === pool.accelerator.name,
  );
}

/** Accelerators of a replica in a pool; undefined if none was sized for it. */
export function replicaWidth(server: ServingPool, site: string, pool: CapacityPool): number | undefined {
  return "sized" in server ? sizedFor(server, site, pool)?.tp : server.tp;
}

/** GiB that a replica needs on each accelerator of a pool. */
export function replicaGib(server: ServingPool, site: string, pool: CapacityPool): number {
  if ("sized" in server) {
    return sizedFor(server, site, pool)?.memoryGib ?? Number.POSITIVE_INFINITY;
  }
  const caches = server.batch * cacheBytes(server, server.promptTokens + server.outputTokens);
  return (server.model.params * server.bytesPerWeight + caches) / server.tp / 2 ** 30;
}

/** Share of requests that wait before one of c servers is free; all of them if they are too slow. */
function waitingShare(load: number, servers: number): number {
  if (load >= servers) {
    return 1;
  }
  // Terms a^k/k! relative to the last one, added from the largest k down.
  let term = 1;
  let sum = 1;
  for (let k = servers; k > 0; k--) {
    term *= k / load;
    sum += term;
    if (!Number.isFinite(sum)) {
      return 0;
    }
  }
  const last = servers / (servers - load);
  return last / (sum - 1 + last);
}

/** Mean wait in seconds before one of c servers is free; infinite if they are too slow. */
function waitSeconds(arrivals: number, service: number, servers: number): number {
  const load = arrivals * service;
  return load >= servers
    ? Number.POSITIVE_INFINITY
    : waitingShare(load, servers) * (service / (servers - load));
}

/** Wait in seconds that at most a share `late` of requests exceeds; infinite if servers are too slow. */
function lateSeconds(arrivals: number, service: number, servers: number, late: number): number {
  const load = arrivals * service;
  if (load >= servers) {
    return Number.POSITIVE_INFINITY;
  }
  const waiting = waitingShare(load, servers);
  // P(wait > t) = waiting x e^(-t (c - load) / service)
  return waiting <= late ? 0 : (Math.log(waiting) - Math.log(late)) * (service / (servers - load));
}

function sizedFault(
  server: SizedPool,
  replica: SizedReplica | undefined,
  groups: readonly UserGroup[],
  replicas: { readonly prompt: number; readonly token: number },
): string | undefined {
  if (replica === undefined) {
    return "no replica was sized for the pool";
  }
  const { site, workSeconds, prefillSeconds, decodeStepSeconds, batch } = replica;
  const arrivals = groups.reduce((sum, group) => sum + group.requestsPerSecond, 0);
  const trip = Math.max(...groups.map((group) => group.rttMs[site] ?? Number.POSITIVE_INFINITY)) / 1e3;
  const split = server.prefillDecode === "split";
  const late = (1 - server.inTime) / (split ? 2 : 1);
  const stay = server.outputTokens * decodeStepSeconds;
  const prompt = replicas.prompt - server.spareReplicas;
  const places = (replicas.token - server.spareReplicas) * batch;
  const decoding = split ? lateSeconds(arrivals, stay, places, late) : 0;
  const service = split ? prefillSeconds : prefillSeconds + stay / batch;
  const first = (trip + workSeconds + decoding + lateSeconds(arrivals, service, prompt, late)) * 1e3;
  if (!(first <= server.firstTokenMs * (1 + 1e-9))) {
    return `first token after ${first} ms, at most ${server.firstTokenMs}`;
  }
  return decoding <= decodeStepSeconds * (1 + 1e-9) ? undefined : `decoding waits ${decoding} s`;
}

/** What is wrong with so many replicas for these users, or undefined. */
export function servingFault(
  server: ServingPool,
  pool: CapacityPool,
  site: string,
  users: readonly string[],
  replicas: { readonly prompt: number; readonly token: number },
): string | undefined {
  const groups = server.users.filter(({ name }) => users.includes(name));
  if ("sized" in server) {
    return sizedFault(server, sizedFor(server, site, pool), groups, replicas);
  }
  const times = replicaSeconds(server, pool);
  const arrivals = groups.reduce((sum, group) => sum + group.requestsPerSecond, 0);
  const farthest = Math.max(...groups.map((group) => group.rttMs[site] ?? Number.POSITIVE_INFINITY)) / 1e3;
  const decode = (server.outputTokens * times.token) / server.batch;
  const split = server.prefillDecode === "split";
  const wait = waitSeconds(arrivals, split ? times.prompt : times.prompt + decode, replicas.prompt);
  const first = (farthest + wait + times.prompt + times.move) * 1e3;
  if (!(first <= server.firstTokenMs * (1 + 1e-9))) {
    return `first token after ${first} ms, at most ${server.firstTokenMs}`;
  }
  if (server.nextTokenMs !== undefined && times.token * 1e3 > server.nextTokenMs * (1 + 1e-9)) {
    return `next token after ${times.token * 1e3} ms, at most ${server.nextTokenMs}`;
  }
  const queued = split ? waitSeconds(arrivals, decode, replicas.token) : 0;
  return queued <= times.token * (1 + 1e-9) ? undefined : `decoding waits ${queued} s`;
}
