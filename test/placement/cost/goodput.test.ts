import fc from "fast-check";
import { Systems } from "../../../lib/fabric/systems";
import {
  binomialTail,
  cubeAvailability,
  deliverableSlices,
  podGoodput,
  setUpSeconds,
  spareCubesNeeded,
  staticGoodput,
  switchedGoodput,
} from "../../../lib/placement/cost/goodput";
import { captureValidationError } from "../../../lib/testing";

/** Adds up the probability of every pattern of working and broken cubes. */
function tailByPatterns(trials: number, probability: number, atLeast: number): number {
  let tail = 0;
  for (let pattern = 0; pattern < 2 ** trials; pattern++) {
    const up = pattern.toString(2).split("1").length - 1;
    tail += up >= atLeast ? probability ** up * (1 - probability) ** (trials - up) : 0;
  }
  return tail;
}

test("the binomial tail is what all patterns of failures add up to", () => {
  for (const atLeast of [0, 1, 5, 9, 10, 11]) {
    expect(binomialTail(10, 0.85, atLeast)).toBeCloseTo(tailByPatterns(10, 0.85, atLeast), 12);
  }
});

test("boundaries of the tail", () => {
  expect([
    binomialTail(5, 0, 0),
    binomialTail(5, 0, 1),
    binomialTail(5, 1, 5),
    binomialTail(5, 1, 6),
  ]).toEqual([1, 0, 1, 0]);
  expect(binomialTail(0, 0.5, 0)).toBe(1);
  expect(binomialTail(100_000, 0.5, 50_001)).toBeCloseTo(0.5, 2);
});

test("a cube works if all its hosts do", () => {
  expect(cubeAvailability(0.99, 16)).toBeCloseTo(0.8515, 4);
  expect(cubeAvailability(1, 16)).toBe(1);
});

test("a slice needs all its cubes, and a pod with room to spare delivers more", () => {
  const plan = { cubes: 64, cubesPerSlice: 16, cubeAvailability: 0.98 };
  expect(deliverableSlices(plan, 0.97)).toBe(3);
  expect(deliverableSlices({ ...plan, cubes: 68 }, 0.97)).toBe(4);
  expect(deliverableSlices({ ...plan, cubes: 15 }, 0.97)).toBe(0);
  expect(switchedGoodput({ ...plan, cubeAvailability: 1 }, 0.97)).toBe(1);
  expect(staticGoodput({ ...plan, cubesPerSlice: 48, cubeAvailability: 1 })).toBe(0.75);
});

test("spare cubes: as few as reach the confidence", () => {
  const spares = spareCubesNeeded(64, 0.98, 0.97);
  expect(binomialTail(64 + spares, 0.98, 64)).toBeGreaterThanOrEqual(0.97);
  expect(binomialTail(64 + spares - 1, 0.98, 64)).toBeLessThan(0.97);
  expect(spareCubesNeeded(64, 1, 0.999)).toBe(0);
});

test("of a pod, from what its fabric says", () => {
  const pod = Systems.tpuCubes("pod", { generation: "tpu-v4", hostAvailability: 0.99 });
  expect([16, 32, 48, 64].map((cubes) => podGoodput(pod, cubes, 0.97))).toEqual([0.75, 0.5, 0.75, 0]);
  expect([setUpSeconds(pod), setUpSeconds(Systems.tpuTorus("v5e", { generation: "tpu-v5e" }))]).toEqual([
    0.0012, 0,
  ]);
});

test("goodput is a share, and better hosts never lower it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 144 }),
      fc.integer({ min: 1, max: 64 }),
      fc.double({ min: 0.9, max: 1, noNaN: true }),
      fc.double({ min: 0.9, max: 1, noNaN: true }),
      (cubes, cubesPerSlice, a, b) => {
        const [worse, better] = [Math.min(a, b), Math.max(a, b)].map((host) => ({
          cubes,
          cubesPerSlice,
          cubeAvailability: cubeAvailability(host, 16),
        }));
        for (const goodput of [
          (plan: typeof worse) => switchedGoodput(plan!, 0.97),
          (plan: typeof worse) => staticGoodput(plan!),
        ]) {
          expect(goodput(worse)).toBeGreaterThanOrEqual(0);
          expect(goodput(better)).toBeLessThanOrEqual(1);
          expect(goodput(better)).toBeGreaterThanOrEqual(goodput(worse));
        }
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  [() => cubeAvailability(0, 16), "NotAQuantity"],
  [() => cubeAvailability(1.1, 16), "NotAQuantity"],
  [() => binomialTail(-1, 0.5, 0), "NumberOutOfRange"],
  [() => binomialTail(1, Number.NaN, 0), "NotAQuantity"],
  [() => staticGoodput({ cubes: 0, cubesPerSlice: 1, cubeAvailability: 1 }), "NumberOutOfRange"],
  [() => switchedGoodput({ cubes: 1, cubesPerSlice: 1, cubeAvailability: 1 }, 2), "NotAQuantity"],
  [() => spareCubesNeeded(1, 0.5, 1), "NotAQuantity"],
])("refuses what is no probability or size %#", (call, code) => {
  expect(captureValidationError(call).codes[0]).toBe(code);
});
