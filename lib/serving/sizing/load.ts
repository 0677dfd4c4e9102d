import { queueTailSeconds } from "../../placement/cost/serving-time";
import type { TrafficClass } from "../serving";
import { decodeStep, handOverSeconds, prefillSeconds, type ReplicaSpeed } from "./times";

/** Of 100 first tokens, so many are in time. */
const TAIL = 0.95;
/** Where a request waits twice, each wait keeps half of what may be late: together they are late no more often. */
const SPLIT_TAIL = 1 - (1 - TAIL) / 2;

/** Traffic of all classes together. */
export interface Mix {
  readonly requestsPerSecond: number;
  readonly outputTokensPerSecond: number;
  /** Tokens per sequence that a cache must hold, over the sequences that are worked on at a time. */
  readonly heldTokens: number;
  /** Mean tokens that a sequence has while it is decoded. */
  readonly context: number;
  /** Shortest of the classes. */
  readonly nextTokenMs: number;
}

/** Classes with long answers stay longer, so sequences are weighed by their tokens. */
export function mixOf(classes: readonly TrafficClass[]): Mix {
  const requestsPerSecond = sum(classes, (of) => of.requestsPerSecond);
  const outputTokensPerSecond = sum(classes, outputOf);
  const weighed = (value: (of: TrafficClass) => number) =>
    sum(classes, (of) => outputOf(of) * value(of)) / outputTokensPerSecond;
  return {
    requestsPerSecond,
    outputTokensPerSecond,
    heldTokens: weighed((of) => of.promptTokens + of.outputTokens),
    context: weighed((of) => of.promptTokens + of.outputTokens / 2),
    nextTokenMs: Math.min(...classes.map((of) => of.nextTokenMs)),
  };
}

export function sum<T>(of: readonly T[], value: (entry: T) => number): number {
  return of.reduce((total, entry) => total + value(entry), 0);
}

export function outputOf(of: TrafficClass): number {
  return of.requestsPerSecond * of.outputTokens;
}

export function computedTokens(of: TrafficClass): number {
  return of.promptTokens * (1 - of.cachedShare);
}

export function promptSeconds(speed: ReplicaSpeed, of: TrafficClass) {
  return prefillSeconds(speed, computedTokens(of), of.promptTokens * of.cachedShare);
}

/** Seconds of prefill that one token of output brings with it, where both phases share replicas. */
export function prefillPerToken(speed: ReplicaSpeed, classes: readonly TrafficClass[]): number {
  const busy = sum(classes, (of) => of.requestsPerSecond * promptSeconds(speed, of).busy);
  return busy / mixOf(classes).outputTokensPerSecond;
}

/**
 * Mean seconds between two tokens of a sequence in a full replica: a step, and the prompts that come in meanwhile. The batch
 * leaves one by one, and each that leaves brings a prompt in, so B tokens bring B x (prefill seconds per token).
 */
export function fullNextToken(
  speed: ReplicaSpeed,
  classes: readonly TrafficClass[],
  batch: number,
  split: boolean,
): number {
  const step = decodeStep(speed, batch, mixOf(classes).context).total;
  return split ? step : step + batch * prefillPerToken(speed, classes);
}

/** The largest whole number from 0 to `most` that satisfies what smaller ones satisfy too. */
export function largest(most: number, satisfies: (value: number) => boolean): number {
  let [low, high] = [0, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (satisfies(middle)) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/** How many replicas, and what they are expected to reach. */
export interface Staffing {
  readonly prefill: number;
  /** 0 where phases share replicas. */
  readonly decode: number;
  /** Seconds in the queue that 95 of 100 requests do not exceed. */
  readonly queueSeconds: number;
  /** Share of the time in which the busier phase works. */
  readonly utilisation: number;
  /** Requests per second that the replicas can serve at most. */
  readonly requestsPerSecond: number;
  readonly nextTokenSeconds: number;
}

export interface Load {
  readonly speed: ReplicaSpeed;
  readonly classes: readonly TrafficClass[];
  readonly batch: number;
  readonly prefillChunkTokens: number;
  readonly rttMs: number;
}

/** Seconds from a free replica to the first token of a class: its prompt in chunks, between which the batch goes on. */
export function workSeconds(load: Load, of: TrafficClass, split: boolean): number {
  const { speed, classes, batch, prefillChunkTokens } = load;
  const step = decodeStep(speed, batch, mixOf(classes).context).total;
  const prompt = promptSeconds(speed, of).latency;
  if (split) {
    return prompt + handOverSeconds(speed, of.promptTokens) + step;
  }
  return prompt + Math.ceil(computedTokens(of) / prefillChunkTokens) * step;
}

/** Seconds that a class leaves for queues. */
function spare(load: Load, split: boolean): number {
  const left = load.classes.map(
    (of) => (of.firstTokenP95Ms - load.rttMs) / 1e3 - workSeconds(load, of, split),
  );
  return Math.min(...left);
}

/** Steady number of sequences per replica by Little's law, and the time between tokens that follows from it. */
function steadyNextToken(load: Load, replicas: number, prefillBusy: number): number {
  const { speed, classes, batch } = load;
  const mix = mixOf(classes);
  const free = 1 - prefillBusy;
  const arriving = mix.outputTokensPerSecond / replicas;
  const seconds = (sequences: number) => decodeStep(speed, sequences, mix.context).total / free;
  // Sequences that are there for as long as they take; the smallest fixed point, which a replica that starts empty finds.
  const held = 1 + largest(batch - 1, (sequences) => arriving * seconds(sequences) > sequences);
  return seconds(held);
}

function least(most: number, satisfies: (count: number) => boolean): number | undefined {
  const failing = largest(most, (count) => count === 0 || !satisfies(count));
  return failing < most ? failing + 1 : undefined;
}

/** Mean seconds for which a request keeps one replica busy, where phases share replicas. */
export function sharedBusy(load: Load): number {
  const { speed, classes, batch } = load;
  const mix = mixOf(classes);
  const step = decodeStep(speed, batch, mix.context).total;
  const perToken = prefillPerToken(speed, classes) + step / batch;
  return (perToken * mix.outputTokensPerSecond) / mix.requestsPerSecond;
}

/**
 * Fewest replicas that keep every class within its time to the first token (M/M/c, see `queueTailSeconds`).
 *
 * Assumptions: requests arrive at random and independently of each other, the next free replica takes the next request in
 * order, and times of service are exponential around their mean. A replica counts as one server that works through prefill
 * and the request's share of a full batch. Priorities are given no credit: every class waits as long as all of them do.
 *
 * @returns undefined if `most` replicas are not enough
 */
export function staffTogether(load: Load, most: number): Staffing | undefined {
  const { speed, classes } = load;
  const { requestsPerSecond } = mixOf(classes);
  const busy = sharedBusy(load);
  const budget = spare(load, false);
  const wait = (count: number) => queueTailSeconds(requestsPerSecond, busy, count, TAIL);
  const count = least(most, (servers) => (wait(servers) ?? Number.POSITIVE_INFINITY) <= budget);
  if (count === undefined) {
    return undefined;
  }
  const prefill = (prefillPerToken(speed, classes) * mixOf(classes).outputTokensPerSecond) / count;
  return {
    prefill: count,
    decode: 0,
    queueSeconds: wait(count)!,
    utilisation: (requestsPerSecond * busy) / count,
    requestsPerSecond: count / busy,
    nextTokenSeconds: steadyNextToken(load, count, prefill),
  };
}

/**
 * Fewest replicas of each phase. Prefill is a queue as in `staffTogether`; decoding is one of as many servers as replicas
 * have places in their batches, and as many replicas as keep its wait within one step.
 *
 * @returns undefined if `most` replicas of both phases together are not enough
 */
export function staffSplit(load: Load, most: number): Staffing | undefined {
  const { speed, classes, batch } = load;
  const mix = mixOf(classes);
  const arrivals = mix.requestsPerSecond;
  const step = decodeStep(speed, batch, mix.context).total;
  const stay = (mix.outputTokensPerSecond / arrivals) * step;
  const place = (replicas: number) => queueTailSeconds(arrivals, stay, replicas * batch, SPLIT_TAIL);
  const decode = least(most, (replicas) => (place(replicas) ?? Number.POSITIVE_INFINITY) <= step);
  if (decode === undefined) {
    return undefined;
  }
  const busy = sum(classes, (of) => of.requestsPerSecond * promptSeconds(speed, of).busy) / arrivals;
  const budget = spare(load, true) - place(decode)!;
  const wait = (count: number) => queueTailSeconds(arrivals, busy, count, SPLIT_TAIL);
  const prefill = least(most - decode, (servers) => (wait(servers) ?? Number.POSITIVE_INFINITY) <= budget);
  if (prefill === undefined) {
    return undefined;
  }
  return {
    prefill,
    decode,
    queueSeconds: wait(prefill)! + place(decode)!,
    utilisation: Math.max((arrivals * busy) / prefill, (arrivals * stay) / (decode * batch)),
    requestsPerSecond: Math.min(prefill / busy, (decode * batch) / stay),
    nextTokenSeconds: steadyNextToken(load, decode, 0),
  };
}
