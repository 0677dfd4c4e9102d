import fc from "fast-check";
import {
  bruckAllToAllSeconds,
  doubleTreeAllReduceSeconds,
  type FlatNetwork,
  fastestAllReduce,
  fastestAllToAll,
  halvingDoublingAllReduceSeconds,
  inSwitchAllReduceSeconds,
  pairwiseAllToAllSeconds,
  recursiveDoublingSeconds,
  ringAllReduceSeconds,
  ringGatherSeconds,
} from "../../../lib/placement/cost/flat-collectives";
import { captureValidationError } from "../../../lib/testing";

const network = (ranks: number): FlatNetwork => ({ ranks, bytesPerSecond: 50e9, latencySeconds: 5e-6 });

/** One message of a round: who sends which pieces to whom. */
interface Message {
  readonly from: number;
  readonly to: number;
  readonly pieces: readonly number[];
}

/** Plays rounds of messages over sets of pieces and adds up what the busiest sender of each round takes. */
function play(
  ranks: number,
  pieceBytes: number,
  rounds: (held: readonly Set<number>[]) => Iterable<readonly Message[]>,
) {
  const held = Array.from({ length: ranks }, (_, rank) => new Set([rank]));
  let seconds = 0;
  for (const messages of rounds(held)) {
    const sent = new Array<number>(ranks).fill(0);
    for (const message of messages) {
      sent[message.from]! += message.pieces.length * pieceBytes;
    }
    for (const message of messages) {
      for (const piece of message.pieces) {
        held[message.to]!.add(piece);
      }
    }
    seconds += network(ranks).latencySeconds + Math.max(...sent) / network(ranks).bytesPerSecond;
  }
  return { seconds, complete: held.every((pieces) => pieces.size === ranks) };
}

describe("played message by message", () => {
  test.each([2, 3, 5, 8, 16])("a ring of %d gathers everything in the time of the formula", (ranks) => {
    const bytes = 1e8;
    const ring = () =>
      Array.from({ length: ranks - 1 }, (_, round) =>
        Array.from({ length: ranks }, (_, rank) => ({
          from: rank,
          to: (rank + 1) % ranks,
          pieces: [(rank - round + ranks) % ranks],
        })),
      );
    const { seconds, complete } = play(ranks, bytes / ranks, ring);
    expect(complete).toBe(true);
    expect(seconds).toBeCloseTo(ringGatherSeconds(bytes, network(ranks)), 12);
    expect(2 * seconds).toBeCloseTo(ringAllReduceSeconds(bytes, network(ranks)), 12);
  });

  test.each([2, 4, 8, 16])(
    "doubling over %d gathers everything in half the time of halving and doubling",
    (ranks) => {
      const bytes = 1e8;
      function* doubling(held: readonly Set<number>[]): Generator<Message[]> {
        for (let distance = 1; distance < ranks; distance *= 2) {
          yield held.map((pieces, rank) => ({ from: rank, to: rank ^ distance, pieces: [...pieces] }));
        }
      }
      const { seconds, complete } = play(ranks, bytes / ranks, doubling);
      expect(complete).toBe(true);
      expect(2 * seconds).toBeCloseTo(halvingDoublingAllReduceSeconds(bytes, network(ranks)), 12);
    },
  );

  test.each([2, 4, 8, 16])(
    "Bruck's rounds over %d deliver every pair and send half of all bytes each",
    (ranks) => {
      // Block d has still d hops to go; in the round of bit b all blocks with this bit set move on by b.
      let blocks = Array.from({ length: ranks * ranks }, (_, at) => ({
        at: Math.floor(at / ranks),
        distance: at % ranks,
        to: (Math.floor(at / ranks) + (at % ranks)) % ranks,
      }));
      const bytes = 1e8;
      let seconds = 0;
      for (let bit = 1; bit < ranks; bit *= 2) {
        const moving = blocks.filter((block) => block.at === 0 && block.distance & bit).length;
        seconds += network(ranks).latencySeconds + (moving * bytes) / ranks / network(ranks).bytesPerSecond;
        blocks = blocks.map((block) =>
          block.distance & bit ? { ...block, at: (block.at + bit) % ranks } : block,
        );
      }
      expect(blocks.every((block) => block.at === block.to)).toBe(true);
      expect(seconds).toBeCloseTo(bruckAllToAllSeconds(bytes, network(ranks)), 12);
    },
  );
});

test("numbers of the formulae", () => {
  const eight = { ranks: 8, bytesPerSecond: 1e9, latencySeconds: 1e-6 };
  expect(recursiveDoublingSeconds(1e6, eight)).toBeCloseTo(3 * (1e-6 + 1e-3), 12);
  expect(doubleTreeAllReduceSeconds(1e6, eight)).toBeCloseTo(6e-6 + 2e-3, 12);
  expect(inSwitchAllReduceSeconds(1e6, eight)).toBeCloseTo(2e-6 + 1e-3, 12);
  expect(pairwiseAllToAllSeconds(8e6, eight)).toBeCloseTo(7e-6 + 7e-3, 12);
});

test("one rank has nobody to talk to", () => {
  const formulae = [
    ringGatherSeconds,
    ringAllReduceSeconds,
    halvingDoublingAllReduceSeconds,
    recursiveDoublingSeconds,
    doubleTreeAllReduceSeconds,
    inSwitchAllReduceSeconds,
    pairwiseAllToAllSeconds,
    bruckAllToAllSeconds,
  ];
  expect(formulae.map((formula) => formula(1e9, network(1)))).toEqual(formulae.map(() => 0));
});

test("small tensors go by doubling, large ones by halving or a ring, and switches that reduce beat both", () => {
  expect(fastestAllReduce(1, network(64), false).algorithm).toBe("recursive-doubling");
  expect(fastestAllReduce(1e9, network(64), false).algorithm).toBe("halving-doubling");
  expect(fastestAllReduce(1e12, network(48), false).algorithm).toBe("ring");
  expect(fastestAllReduce(1e9, network(64), true).algorithm).toBe("in-switch");
  expect(fastestAllToAll(1e3, network(64)).algorithm).toBe("bruck");
  expect(fastestAllToAll(1e9, network(64)).algorithm).toBe("pairwise");
});

const sizes = fc.record({
  ranks: fc.integer({ min: 1, max: 4096 }),
  bytesPerSecond: fc.double({ min: 1e6, max: 1e12, noNaN: true }),
  latencySeconds: fc.double({ min: 0, max: 1e-2, noNaN: true }),
});
const bytes = fc.double({ min: 0, max: 1e12, noNaN: true });

test("time is finite, grows with bytes and falls with bandwidth", () => {
  fc.assert(
    fc.property(sizes, bytes, bytes, fc.boolean(), (flat, a, b, inSwitch) => {
      const [less, more] = a < b ? [a, b] : [b, a];
      const seconds = fastestAllReduce(less, flat, inSwitch).seconds;
      expect(Number.isFinite(seconds) && seconds >= 0).toBe(true);
      expect(fastestAllReduce(more, flat, inSwitch).seconds).toBeGreaterThanOrEqual(seconds);
      const faster = { ...flat, bytesPerSecond: 2 * flat.bytesPerSecond };
      expect(fastestAllReduce(less, faster, inSwitch).seconds).toBeLessThanOrEqual(seconds);
      expect(fastestAllToAll(less, faster).seconds).toBeLessThanOrEqual(fastestAllToAll(less, flat).seconds);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["bytes", -1, network(8), "NotAQuantity"],
  ["bytes", Number.NaN, network(8), "NotAQuantity"],
  ["bytes", Number.POSITIVE_INFINITY, network(8), "NotAQuantity"],
  ["ranks", 1e6, network(0), "NumberOutOfRange"],
  ["ranks", 1e6, network(2.5), "NumberOutOfRange"],
  ["bytesPerSecond", 1e6, { ...network(8), bytesPerSecond: 0 }, "NotAQuantity"],
  ["latencySeconds", 1e6, { ...network(8), latencySeconds: -1e-6 }, "NotAQuantity"],
] as const)("refuses impossible %s", (_, given, flat, code) => {
  expect(captureValidationError(() => ringAllReduceSeconds(given, flat)).codes).toEqual([code]);
  expect(captureValidationError(() => fastestAllToAll(given, flat)).codes).toEqual([code]);
});
