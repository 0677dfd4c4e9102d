import { guard, guardCounts } from "./guard";

/** Data-parallel ranks of one job at several sites. */
export interface WideSplit {
  /** Sites that the ranks are divided among, equally. */
  readonly sites: number;
  /** Capacity between them, one direction, in Gbit/s. */
  readonly gbps: number;
  /** Round-trip time in milliseconds. */
  readonly rttMs: number;
}

/**
 * Seconds of reducing the gradients of one copy of the model across sites: 2 (s-1)/s V 8/rate + RTT. Inside each site they
 * have been reduced and scattered before, and are gathered after, so V is the whole model's gradient once, however many
 * replicas there are.
 *
 * @param gradientBytes V, of one copy of the model
 * @throws NotAQuantity, NumberOutOfRange
 * Source: NVIDIA, Turbocharge LLM Training Across Long-Haul Data Center Networks with NeMo (2025) for the order of steps
 */
export function wideAllReduceSeconds(gradientBytes: number, split: WideSplit): number {
  const where = "wideAllReduceSeconds";
  guardCounts(where, { sites: split.sites });
  guard(where, { gbps: split.gbps }, { gradientBytes, rttMs: split.rttMs });
  if (split.sites === 1) {
    return 0;
  }
  const share = (2 * (split.sites - 1)) / split.sites;
  return (share * gradientBytes * 8) / (split.gbps * 1e9) + split.rttMs / 1e3;
}

/**
 * Least capacity between sites, in Gbit/s, with which the gradients arrive within the time that a step can wait.
 *
 * @param slackSeconds time of a step that the transfer can use, without the round trip: overlap plus accepted delay
 * @returns undefined if the round trip alone takes longer
 * @throws NotAQuantity, NumberOutOfRange
 */
export function wideGbpsNeeded(
  gradientBytes: number,
  slackSeconds: number,
  split: Pick<WideSplit, "sites" | "rttMs">,
): number | undefined {
  const where = "wideGbpsNeeded";
  guardCounts(where, { sites: split.sites });
  guard(where, { slackSeconds }, { gradientBytes, rttMs: split.rttMs });
  const left = slackSeconds - split.rttMs / 1e3;
  const share = (2 * (split.sites - 1)) / split.sites;
  return left > 0 ? (share * gradientBytes * 8) / left / 1e9 : undefined;
}

/**
 * Seconds of moving bytes once: volume over rate plus half a round trip.
 *
 * @throws NotAQuantity
 */
export function transferSeconds(bytes: number, gbps: number, rttMs: number): number {
  guard("transferSeconds", { gbps }, { bytes, rttMs });
  return (bytes * 8) / (gbps * 1e9) + rttMs / 2e3;
}
