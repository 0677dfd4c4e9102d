import fc from "fast-check";
import {
  bisectionLinks,
  meanAxisHops,
  type TorusAxis,
  type TorusLinks,
  torusAllReduceSeconds,
  torusAllToAllSeconds,
  torusGatherSeconds,
  twistedAllToAllSeconds,
} from "../../../lib/placement/cost/torus-collectives";
import {
  hopsFromOrigin,
  neighbours,
  twistedMeanHops,
  twistedTorus,
} from "../../../lib/placement/cost/twisted-torus";
import { captureValidationError } from "../../../lib/testing";

const LINKS: TorusLinks = { bytesPerSecond: 1e9, hopSeconds: 0 };
const ring = (size: number): TorusAxis => ({ size, wrapped: true });
const line = (size: number): TorusAxis => ({ size, wrapped: false });

type Place = readonly [number, number, number];

function placesOf([x, y, z]: Place): Place[] {
  return Array.from({ length: x * y * z }, (_, at) => [
    Math.floor(at / (y * z)),
    Math.floor(at / z) % y,
    at % z,
  ]);
}

/** Bytes over each link of an axis if every place sends one byte to every place, ways of equal length halved. */
function busiestLinkOfAxis({ size, wrapped }: TorusAxis): number {
  const up = new Array<number>(size).fill(0);
  const down = new Array<number>(size).fill(0);
  const send = (from: number, hops: number, share: number) => {
    for (let step = 0; step < Math.abs(hops); step++) {
      const at = hops > 0 ? from + step : from - step;
      (hops > 0 ? up : down)[((at % size) + size) % size]! += share;
    }
  };
  for (let from = 0; from < size; from++) {
    for (let to = 0; to < size; to++) {
      const ahead = wrapped ? (to - from + size) % size : to - from;
      const behind = ahead - size;
      if (!wrapped || ahead < -behind) {
        send(from, ahead, 1);
      } else if (ahead > -behind) {
        send(from, behind, 1);
      } else {
        send(from, ahead, 0.5);
        send(from, behind, 0.5);
      }
    }
  }
  return Math.max(...up, ...down);
}

describe("all-to-all against routed traffic", () => {
  test.each([ring(2), ring(3), ring(4), ring(5), ring(8), line(2), line(3), line(4), line(7)])(
    "one axis %j: the busiest link carries what the formula says",
    (axis) => {
      // Each place sends size bytes, one to each.
      expect(torusAllToAllSeconds(axis.size, [axis], LINKS) * 1e9).toBeCloseTo(busiestLinkOfAxis(axis), 6);
    },
  );

  test.each([[[ring(4), ring(4), ring(8)]], [[line(2), line(2), line(4)]], [[ring(4), line(2)]]])(
    "several axes %j, axis after axis: the busiest link of the longest",
    (axes) => {
      const chips = axes.reduce((product, { size }) => product * size, 1);
      // All chips of the other axes send through the same axis: chips / size bytes for each pair of places on it.
      const busiest = Math.max(...axes.map((axis) => (busiestLinkOfAxis(axis) * chips) / axis.size));
      expect(torusAllToAllSeconds(chips, axes, LINKS) * 1e9).toBeCloseTo(busiest, 6);
    },
  );

  test("mean distances are those counted", () => {
    for (const axis of [ring(4), ring(5), ring(16), line(4), line(9)]) {
      let sum = 0;
      for (let from = 0; from < axis.size; from++) {
        for (let to = 0; to < axis.size; to++) {
          const away = Math.abs(from - to);
          sum += axis.wrapped ? Math.min(away, axis.size - away) : away;
        }
      }
      expect(meanAxisHops(axis)).toBeCloseTo(sum / axis.size ** 2, 12);
    }
  });
});

/** Bytes over each directed link if one byte goes from the origin to every place, split over all shortest ways. */
function loadsByAxis(dims: Place, twists: readonly Place[]): number[] {
  const places = placesOf(dims);
  const index = ([x, y, z]: Place) => (x * dims[1] + y) * dims[2] + z;
  const hops = hopsFromOrigin(dims, twists);
  const order = [...places].sort((a, b) => hops[index(b)]! - hops[index(a)]!);
  const ways = new Array<number>(places.length).fill(0);
  ways[0] = 1;
  for (const place of [...order].reverse()) {
    for (const next of neighbours(place, dims, twists)) {
      if (hops[index(next)] === hops[index(place)]! + 1) {
        ways[index(next)]! += ways[index(place)]!;
      }
    }
  }
  const arriving = new Array<number>(places.length).fill(1);
  const loads = new Array<number>(6).fill(0);
  for (const place of order) {
    neighbours(place, dims, twists).forEach((before, direction) => {
      if (hops[index(before)] === hops[index(place)]! - 1) {
        const share = (arriving[index(place)]! * ways[index(before)]!) / ways[index(place)]!;
        arriving[index(before)]! += share;
        loads[direction]! += share;
      }
    });
  }
  return loads;
}

describe("twisted tori", () => {
  test.each([
    { dims: [4, 4, 8], mean: 3.465 },
    { dims: [4, 8, 8], mean: 4.329 },
    { dims: [8, 8, 16], mean: 6.976 },
    { dims: [8, 16, 16], mean: 8.723 },
  ])("$dims: another chip is $mean hops away on average, in any order of sides", ({ dims, mean }) => {
    expect(twistedMeanHops(dims)).toBeCloseTo(mean, 3);
    expect(twistedMeanHops([...dims].reverse())).toBe(twistedMeanHops(dims));
  });

  test.each([[[4, 4, 8]], [[4, 8, 8]]])("%j: every chip sees the same distances", (sides) => {
    const { dims, twists } = twistedTorus(sides);
    const places = placesOf(dims);
    const index = ([x, y, z]: Place) => (x * dims[1] + y) * dims[2] + z;
    const fromOrigin = [...hopsFromOrigin(dims, twists)].sort((a, b) => a - b);
    for (const start of places.filter((_, at) => at % 17 === 0)) {
      const hops = new Array<number>(places.length).fill(-1);
      hops[index(start)] = 0;
      const queue = [start];
      for (let place = queue.shift(); place !== undefined; place = queue.shift()) {
        for (const next of neighbours(place, dims, twists)) {
          if (hops[index(next)] === -1) {
            hops[index(next)] = hops[index(place)]! + 1;
            queue.push(next);
          }
        }
      }
      expect(hops.sort((a, b) => a - b)).toEqual(fromOrigin);
    }
  });

  test("neighbourhood is mutual: each link is there from both ends", () => {
    const { dims, twists } = twistedTorus([4, 4, 8]);
    for (const place of placesOf(dims)) {
      for (const next of neighbours(place, dims, twists)) {
        expect(neighbours(next, dims, twists)).toContainEqual(place);
      }
    }
  });

  test.each([[[4, 4, 8]], [[4, 8, 8]], [[8, 8, 16]]])(
    "%j: over all shortest ways the six links of a chip carry the same",
    (sides) => {
      const { dims, twists } = twistedTorus(sides);
      const loads = loadsByAxis(dims, twists);
      const chips = dims[0] * dims[1] * dims[2];
      const total = loads.reduce((sum, load) => sum + load, 0);
      expect(total).toBeCloseTo(twistedMeanHops(sides) * (chips - 1), 6);
      const ideal = twistedAllToAllSeconds(chips, sides, LINKS) * 1e9;
      expect(ideal).toBeCloseTo(total / 6, 6);
      for (const load of loads) {
        expect(load / ideal).toBeCloseTo(1, 9);
      }
    },
  );

  test("is never slower than the plain torus of the same shape", () => {
    for (const dims of [
      [4, 4, 8],
      [4, 8, 8],
      [8, 8, 16],
      [8, 16, 16],
      [12, 12, 24],
    ]) {
      const plain = torusAllToAllSeconds(1e9, dims.map(ring), LINKS);
      expect(twistedAllToAllSeconds(1e9, dims, LINKS)).toBeLessThan(plain);
    }
  });

  test.each([[[4, 4, 4]], [[2, 2, 4]], [[4, 4, 16]], [[4, 8, 16]], [[6, 6, 12]], [[4, 8]]])(
    "%j has none",
    (dims) => {
      expect(captureValidationError(() => twistedMeanHops(dims)).codes).toEqual(["ShapeNotTwistable"]);
    },
  );
});

describe("gathers", () => {
  test("more axes share the tensor, open ends halve the bandwidth", () => {
    const at = (...axes: TorusAxis[]) => torusGatherSeconds(1e9, axes, LINKS);
    expect(at(ring(8))).toBeCloseTo(0.5, 12);
    expect(at(ring(8), ring(8))).toBeCloseTo(0.25, 12);
    expect(at(ring(8), ring(8), ring(8))).toBeCloseTo(1 / 6, 12);
    expect(at(line(4))).toBeCloseTo(0.75, 12);
    expect(at(line(2), line(2), line(2))).toBeCloseTo(7 / 24, 12);
    expect(at(ring(1), ring(8))).toBe(at(ring(8)));
    expect(at(ring(1))).toBe(0);
  });

  test("no chip can receive faster than its links: never below V (p-1)/p over all of them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ size: fc.integer({ min: 1, max: 16 }), wrapped: fc.boolean() }), {
          minLength: 1,
          maxLength: 3,
        }),
        (axes) => {
          const active = axes.filter((axis) => axis.size > 1);
          const chips = active.reduce((product, { size }) => product * size, 1);
          const bandwidth = active.reduce((sum, { wrapped }) => sum + (wrapped ? 2e9 : 1e9), 0);
          const least = active.length === 0 ? 0 : (1e9 * (1 - 1 / chips)) / bandwidth;
          expect(torusGatherSeconds(1e9, axes, LINKS)).toBeGreaterThanOrEqual(least - 1e-12);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("small tensors wait for the hops: half way round each ring", () => {
    const links = { bytesPerSecond: 1e9, hopSeconds: 1e-6 };
    expect(torusGatherSeconds(8, [ring(16), ring(8)], links)).toBeCloseTo(12e-6, 12);
    expect(torusGatherSeconds(8, [line(4)], links)).toBeCloseTo(3e-6, 12);
    expect(torusAllReduceSeconds(8, [line(4)], links)).toBeCloseTo(6e-6, 12);
  });

  test("groups that lie between each other share the links", () => {
    expect(torusGatherSeconds(1e9, [{ size: 4, wrapped: true, stride: 4 }], LINKS)).toBeCloseTo(2, 12);
    expect(torusAllToAllSeconds(1e9, [{ size: 4, wrapped: true, stride: 4 }], LINKS)).toBeCloseTo(2, 12);
  });
});

test("half a torus is cut off through two planes", () => {
  expect(bisectionLinks([4, 4, 8])).toBe(32);
  expect(bisectionLinks([16, 16])).toBe(32);
});

test("time is finite, grows with bytes and falls with bandwidth", () => {
  const axis = fc.record({
    size: fc.integer({ min: 1, max: 64 }),
    wrapped: fc.boolean(),
    stride: fc.integer({ min: 1, max: 8 }),
  });
  const bytes = fc.double({ min: 0, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), bytes, bytes, (axes, a, b) => {
      const [less, more] = a < b ? [a, b] : [b, a];
      for (const formula of [torusGatherSeconds, torusAllReduceSeconds, torusAllToAllSeconds]) {
        const seconds = formula(less, axes, LINKS);
        expect(Number.isFinite(seconds) && seconds >= 0).toBe(true);
        expect(formula(more, axes, LINKS)).toBeGreaterThanOrEqual(seconds);
        expect(formula(less, axes, { ...LINKS, bytesPerSecond: 2e9 })).toBeLessThanOrEqual(seconds);
      }
    }),
    { numRuns: 200 },
  );
});

test.each([
  [() => torusGatherSeconds(-1, [ring(4)], LINKS), "NotAQuantity"],
  [() => torusGatherSeconds(1, [ring(4)], { ...LINKS, bytesPerSecond: 0 }), "NotAQuantity"],
  [() => torusGatherSeconds(1, [], LINKS), "NumberOutOfRange"],
  [() => torusAllToAllSeconds(1, [ring(0)], LINKS), "NumberOutOfRange"],
  [() => torusAllToAllSeconds(Number.NaN, [ring(4)], LINKS), "NotAQuantity"],
  [() => twistedAllToAllSeconds(Number.POSITIVE_INFINITY, [4, 4, 8], LINKS), "NotAQuantity"],
  [() => bisectionLinks([4, 0]), "NumberOutOfRange"],
])("refuses impossible sizes %#", (call, code) => {
  expect(captureValidationError(call).codes).toEqual([code]);
});
