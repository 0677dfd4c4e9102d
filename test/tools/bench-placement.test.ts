import { type Measured, missedPromises } from "../../tools/bench-placement/verdict";

const FAMILY = {
  family: "F1",
  baseline: "kueue best-fit",
  instances: 2,
  worse: 0,
  gains: [1.1, 1],
  moreValue: 0,
  violations: 0,
  reordered: 0,
};
const SCALE = {
  name: "F4 x50",
  accelerators: 100_000,
  workloads: 1_000,
  plan: { wallMs: 20_000, threadMs: 1_000, cpuMs: 2_000 },
  cpuLimitMs: 2_000,
  threadLimitMs: 1_000,
  checkMs: 900,
  gapPpm: 5_000,
  gapLimitPpm: 5_000,
  leftOut: 3,
  violations: 0,
};
const slower = (times: Partial<typeof SCALE.plan>) => ({ ...SCALE, plan: { ...SCALE.plan, ...times } });
const HELD: Measured = {
  families: [FAMILY],
  oracle: { solved: 15, equal: 15, proven: 12 },
  scale: [SCALE],
  fuzz: { runs: 100, refused: 10 },
};

test("a bench in which every promise holds misses none", () => {
  expect(missedPromises(HELD)).toEqual([]);
});

test.each<[string, Partial<Measured>]>([
  ["F1: worse than kueue best-fit on 1 instances", { families: [{ ...FAMILY, worse: 1 }] }],
  ["F1: the checker finds 2 violations", { families: [{ ...FAMILY, violations: 2 }] }],
  ["F1: other bytes in another order of input on 1 instances", { families: [{ ...FAMILY, reordered: 1 }] }],
  ["no family was measured", { families: [] }],
  ["1 plans are not the exact optimum", { oracle: { solved: 15, equal: 14, proven: 12 } }],
  ["the exact solver solved nothing", { oracle: { solved: 0, equal: 0, proven: 0 } }],
  ["F4 x50: the checker finds 1 violations", { scale: [{ ...SCALE, violations: 1 }] }],
  ["F4 x50: gap of 5001 ppm, at most 5000", { scale: [{ ...SCALE, gapPpm: 5_001 }] }],
  ["F4 x50: 1001 ms of one thread, at most 1000", { scale: [slower({ threadMs: 1_001 })] }],
  ["F4 x50: 2001 ms of all threads, at most 2000", { scale: [slower({ cpuMs: 2_001 })] }],
  ["no large instance was measured", { scale: [] }],
  ["a generated instance is wrong: capacity", { fuzz: { runs: 9, refused: 0, violation: "capacity" } }],
  ["every generated instance was refused", { fuzz: { runs: 9, refused: 9 } }],
  ["no generated instance was checked", { fuzz: { runs: 0, refused: 0 } }],
])("a bench fails with: %s", (sentence, changes) => {
  expect(missedPromises({ ...HELD, ...changes })).toEqual([sentence]);
});
