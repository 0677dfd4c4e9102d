import { guard, guardCounts } from "./guard";

/** Scale-up domains joined by network cards, one card per accelerator. */
export interface HierarchicalNetwork {
  /** Accelerators of the group in each scale-up domain (g). */
  readonly perDomain: number;
  /** Scale-up domains (n). */
  readonly domains: number;
  /** Of one accelerator into its domain, one direction, in bytes per second (B_v). */
  readonly scaleUpBytesPerSecond: number;
  /** Of one network card, one direction, in bytes per second (B_n). */
  readonly networkBytesPerSecond: number;
  readonly scaleUpLatencySeconds: number;
  readonly networkLatencySeconds: number;
}

function check(where: string, bytes: number, network: HierarchicalNetwork): void {
  guardCounts(where, { perDomain: network.perDomain, domains: network.domains });
  guard(
    where,
    {
      scaleUpBytesPerSecond: network.scaleUpBytesPerSecond,
      networkBytesPerSecond: network.networkBytesPerSecond,
    },
    {
      bytes,
      scaleUpLatencySeconds: network.scaleUpLatencySeconds,
      networkLatencySeconds: network.networkLatencySeconds,
    },
  );
}

/**
 * Gather (or reduce-scatter) over rails: inside each domain, and along each rail a g-th of the tensor:
 * (g-1)/g V/B_v + (n-1)/n (V/g)/B_n seconds plus (g-1) and (n-1) latencies.
 *
 * @param bytes V, the full tensor
 * @throws NotAQuantity, NumberOutOfRange
 * Source: M. Cho et al., BlueConnect, SysML 2019; NVIDIA, Doubling all2all Performance with NCCL 2.12 (2022) for rails
 */
export function hierarchicalGatherSeconds(bytes: number, network: HierarchicalNetwork): number {
  check("hierarchicalGatherSeconds", bytes, network);
  const { perDomain: g, domains: n } = network;
  const inside = ((g - 1) / g) * (bytes / network.scaleUpBytesPerSecond);
  const along = (((n - 1) / n) * (bytes / g)) / network.networkBytesPerSecond;
  const waits = (g - 1) * network.scaleUpLatencySeconds + (n - 1) * network.networkLatencySeconds;
  return inside + along + waits;
}

/** Reduce-scatter inside, all-reduce along each rail, all-gather inside: twice the gather. Same errors and source. */
export function hierarchicalAllReduceSeconds(bytes: number, network: HierarchicalNetwork): number {
  return 2 * hierarchicalGatherSeconds(bytes, network);
}

/**
 * All-to-all over domains: what stays in the domain goes over scale-up links at the same time as the rest goes over the
 * cards; max(S (g-1)/(g n) / B_v, S (1-1/n) / B_n) seconds plus one latency each.
 *
 * With `railOnly`, bytes for another rail first cross their own domain: S (1-1/g) / B_v seconds more.
 *
 * @param bytes S, what each rank has for all ranks, its own share included
 * @throws NotAQuantity, NumberOutOfRange
 * Source: W. Wang et al., Rail-only, https://arxiv.org/abs/2307.12169, which reports 8.2 to 11.2 % more time
 */
export function hierarchicalAllToAllSeconds(
  bytes: number,
  network: HierarchicalNetwork,
  options: { readonly railOnly: boolean },
): number {
  check("hierarchicalAllToAllSeconds", bytes, network);
  const { perDomain: g, domains: n } = network;
  const inside = ((g - 1) / (g * n)) * (bytes / network.scaleUpBytesPerSecond);
  const across = ((n - 1) / n) * (bytes / network.networkBytesPerSecond);
  const forwarded = options.railOnly && n > 1 ? ((g - 1) / g) * (bytes / network.scaleUpBytesPerSecond) : 0;
  const latency = (g > 1 ? network.scaleUpLatencySeconds : 0) + (n > 1 ? network.networkLatencySeconds : 0);
  return Math.max(inside, across) + forwarded + latency;
}

/**
 * How much an oversubscribed tier slows rings of which each domain holds `members`: max(1, sigma / m).
 *
 * A ring whose ranks are ordered by domain enters and leaves each domain once, so a domain of n accelerators with n/m
 * rings sends n/m tensors through links of n B/sigma: the cut takes sigma/m of the time that the ring takes anyway. The
 * ratio is free as long as m is at least sigma.
 *
 * @param members of each ring in the smallest domain, on average: at least 1
 * @throws NotAQuantity
 */
export function ringSlowdown(oversubscription: number, members: number): number {
  guard("ringSlowdown", { oversubscription, members });
  return Math.max(1, oversubscription / members);
}

/**
 * How much an oversubscribed tier slows an all-to-all of which the fraction `inside` stays in the domain:
 * max(1, sigma (1-f)).
 *
 * @throws NotAQuantity
 */
export function allToAllSlowdown(oversubscription: number, inside: number): number {
  guard("allToAllSlowdown", { oversubscription }, { inside, outside: 1 - inside });
  return Math.max(1, oversubscription * (1 - inside));
}

/**
 * Seconds that an all-to-all split over two domains keeps the uplinks of the smaller side busy, when uplinks grow with
 * the accelerators used: S (larger/p) sigma / B_n. Least where both sides are equal.
 *
 * @param bytes S, what each rank has for all ranks, its own share included
 * @param sides accelerators of the group on either side
 * @throws NotAQuantity, NumberOutOfRange
 */
export function splitAllToAllSeconds(
  bytes: number,
  sides: readonly [number, number],
  uplink: { readonly oversubscription: number; readonly networkBytesPerSecond: number },
): number {
  const where = "splitAllToAllSeconds";
  guardCounts(where, { "first side": sides[0], "second side": sides[1] });
  guard(where, uplink, { bytes });
  const share = Math.max(...sides) / (sides[0] + sides[1]);
  return (bytes * share * uplink.oversubscription) / uplink.networkBytesPerSecond;
}
