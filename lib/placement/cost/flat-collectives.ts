import { guard, guardCounts } from "./guard";

/** Ranks that all reach each other equally well. */
export interface FlatNetwork {
  readonly ranks: number;
  /** Bandwidth of one rank, one direction, in bytes per second. */
  readonly bytesPerSecond: number;
  /** Time of an empty message, in seconds. */
  readonly latencySeconds: number;
}

function check(where: string, bytes: number, network: FlatNetwork): void {
  guardCounts(where, { ranks: network.ranks });
  guard(where, { bytesPerSecond: network.bytesPerSecond }, { bytes, latencySeconds: network.latencySeconds });
}

function rounds(ranks: number): number {
  return Math.ceil(Math.log2(ranks));
}

/**
 * Ring all-gather, and ring reduce-scatter: (p-1) a + (p-1)/p V/B seconds.
 *
 * @param bytes the full tensor V
 * @throws NotAQuantity, NumberOutOfRange
 * Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of Collective Communication Operations in MPICH (2005)
 */
export function ringGatherSeconds(bytes: number, network: FlatNetwork): number {
  check("ringGatherSeconds", bytes, network);
  const { ranks: p, bytesPerSecond, latencySeconds } = network;
  return (p - 1) * latencySeconds + (((p - 1) / p) * bytes) / bytesPerSecond;
}

/** Ring all-reduce, a reduce-scatter and an all-gather: 2 (p-1) a + 2 (p-1)/p V/B seconds. Same errors and source. */
export function ringAllReduceSeconds(bytes: number, network: FlatNetwork): number {
  return 2 * ringGatherSeconds(bytes, network);
}

/**
 * Recursive halving, then doubling (Rabenseifner): 2 log2(p) a + 2 (p-1)/p V/B seconds. Exact for powers of two; for
 * other sizes a lower bound, because some ranks must first fold into others. Same errors and source.
 */
export function halvingDoublingAllReduceSeconds(bytes: number, network: FlatNetwork): number {
  check("halvingDoublingAllReduceSeconds", bytes, network);
  const { ranks: p, bytesPerSecond, latencySeconds } = network;
  return 2 * rounds(p) * latencySeconds + (2 * ((p - 1) / p) * bytes) / bytesPerSecond;
}

/** Recursive doubling: log2(p) (a + V/B) seconds, best for small tensors; a binomial broadcast takes the same. */
export function recursiveDoublingSeconds(bytes: number, network: FlatNetwork): number {
  check("recursiveDoublingSeconds", bytes, network);
  return rounds(network.ranks) * (network.latencySeconds + bytes / network.bytesPerSecond);
}

/**
 * Two binary trees that each carry half: about 2 log2(p) a + 2 V/B seconds.
 *
 * @throws NotAQuantity, NumberOutOfRange
 * Source: P. Sanders, J. Speck, J. L. Träff, Two-tree algorithms for full bandwidth broadcast, reduction and scan (2009)
 */
export function doubleTreeAllReduceSeconds(bytes: number, network: FlatNetwork): number {
  check("doubleTreeAllReduceSeconds", bytes, network);
  if (network.ranks === 1) {
    return 0;
  }
  return 2 * rounds(network.ranks) * network.latencySeconds + (2 * bytes) / network.bytesPerSecond;
}

/**
 * Reduction inside the switches: about 2 a + V/B seconds, since every rank sends and receives the tensor once.
 *
 * @throws NotAQuantity, NumberOutOfRange
 * Source: R. Graham et al., Scalable Hierarchical Aggregation Protocol (SHArP), COMHPC 2016
 */
export function inSwitchAllReduceSeconds(bytes: number, network: FlatNetwork): number {
  check("inSwitchAllReduceSeconds", bytes, network);
  return network.ranks === 1 ? 0 : 2 * network.latencySeconds + bytes / network.bytesPerSecond;
}

/**
 * All-to-all in pairs: (p-1) a + (p-1)/p S/B seconds.
 *
 * @param bytes S, what each rank has for all ranks, its own share included
 * @throws NotAQuantity, NumberOutOfRange
 * Source: as ring gathers
 */
export function pairwiseAllToAllSeconds(bytes: number, network: FlatNetwork): number {
  return ringGatherSeconds(bytes, network);
}

/** All-to-all in rounds (Bruck): log2(p) (a + S/2 / B) seconds, best for small messages. Same errors and source. */
export function bruckAllToAllSeconds(bytes: number, network: FlatNetwork): number {
  check("bruckAllToAllSeconds", bytes, network);
  return rounds(network.ranks) * (network.latencySeconds + bytes / 2 / network.bytesPerSecond);
}

/** Ways to all-reduce. */
export type AllReduceAlgorithm =
  | "ring"
  | "halving-doubling"
  | "recursive-doubling"
  | "double-tree"
  | "in-switch";

/** What the fastest way takes. */
export interface FastestCollective<A extends string> {
  readonly algorithm: A;
  readonly seconds: number;
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}

function fastest<A extends string>(ways: readonly FastestCollective<A>[]): FastestCollective<A> {
  return ways.reduce((best, way) => (way.seconds < best.seconds ? way : best));
}

/**
 * The fastest all-reduce, as communication libraries choose it. Doubling and halving are left out where the number of
 * ranks is not a power of two.
 *
 * @param inSwitch true if the switches can reduce
 * @throws NotAQuantity, NumberOutOfRange
 */
export function fastestAllReduce(
  bytes: number,
  network: FlatNetwork,
  inSwitch: boolean,
): FastestCollective<AllReduceAlgorithm> {
  const ways: FastestCollective<AllReduceAlgorithm>[] = [
    { algorithm: "ring", seconds: ringAllReduceSeconds(bytes, network) },
    { algorithm: "double-tree", seconds: doubleTreeAllReduceSeconds(bytes, network) },
  ];
  if (isPowerOfTwo(network.ranks)) {
    ways.push(
      { algorithm: "halving-doubling", seconds: halvingDoublingAllReduceSeconds(bytes, network) },
      { algorithm: "recursive-doubling", seconds: recursiveDoublingSeconds(bytes, network) },
    );
  }
  if (inSwitch) {
    ways.push({ algorithm: "in-switch", seconds: inSwitchAllReduceSeconds(bytes, network) });
  }
  return fastest(ways);
}

/** The fastest all-to-all. Same errors as its ways. */
export function fastestAllToAll(
  bytes: number,
  network: FlatNetwork,
): FastestCollective<"pairwise" | "bruck"> {
  return fastest<"pairwise" | "bruck">([
    { algorithm: "pairwise", seconds: pairwiseAllToAllSeconds(bytes, network) },
    { algorithm: "bruck", seconds: bruckAllToAllSeconds(bytes, network) },
  ]);
}
