import { Token } from "cdktf";
import { Residency } from "../../lib/fabric/residency";
import { DataJob, dataJobGbps } from "../../lib/placement/data-job";
import { Gang, type GangProps, ranksOf } from "../../lib/placement/gang";
import { InferencePool, type InferencePoolProps } from "../../lib/placement/inference-pool";
import { allowsCountry } from "../../lib/placement/rules";
import { PlanRules } from "../../lib/placement/workloads";
import { captureValidationError } from "../../lib/testing";
import { LLAMA_405B, MIXTURE, ONE_RANK } from "./cost/cost-fixture";

const GANG: GangProps = {
  model: MIXTURE,
  layouts: [{ ...ONE_RANK, tp: 2, dp: 8, ep: 8 }],
  accelerators: ["h100"],
};
const POOL: InferencePoolProps = {
  model: LLAMA_405B,
  tp: 8,
  promptTokens: 1_000,
  outputTokens: 100,
  firstTokenMs: 300,
  users: [{ name: "berlin", requestsPerSecond: 5, rttMs: { frankfurt: 10 } }],
  accelerators: ["h100"],
};
const JOB = { from: "frankfurt", to: { site: "ireland" }, bytes: 1e12, everyHours: 24 };

const gang = (changes: Partial<GangProps> = {}) => Gang.of("train", { ...GANG, ...changes });
const pool = (changes: Partial<InferencePoolProps> = {}) =>
  InferencePool.of("serve", { ...POOL, ...changes });
const codes = (make: () => unknown) => captureValidationError(make).codes;
const layout = (changes: object) => ({ layouts: [{ ...ONE_RANK, ...changes }] });
const user = (changes: object) => ({ users: [{ ...POOL.users[0]!, ...changes }] });

test("workloads are frozen plain data with their defaults written out", () => {
  for (const workload of [gang(), pool(), DataJob.of("copy", JOB), PlanRules.of()]) {
    expect(JSON.parse(JSON.stringify(workload))).toEqual(workload);
    expect(Object.isFrozen(workload)).toBe(true);
  }
  expect(gang()).toMatchObject({
    kernelEfficiency: 0.5,
    overlap: { data: 0.9, pipeline: 1, expert: 0 },
    maySpanSites: false,
    value: 1,
    purchase: ["on-demand", "reserved"],
    keep: false,
  });
  expect(pool()).toMatchObject({ bytesPerWeight: 2, prefillDecode: "together", batch: 16, maxSites: 1 });
  expect(PlanRules.of()).toEqual({
    carbonUsdPerTonne: 0,
    churnUsdPerAcceleratorHour: 0,
    spotAvailability: 0.9,
  });
});

test("everything that is given is kept", () => {
  const rules = {
    value: 7,
    residency: Residency.countries("FR", "DE"),
    purchase: ["spot", "on-demand"] as const,
    budgetUsdPerHour: 9,
    pinned: { site: "paris", pool: "hall" },
    spread: { group: "ranking", apartIn: "site" as const },
    keep: true,
  };
  const kept = {
    value: 7,
    countries: ["DE", "FR"],
    purchase: ["on-demand", "spot"],
    budgetUsdPerHour: 9,
    pinned: rules.pinned,
    spread: rules.spread,
    keep: true,
  };
  expect(
    gang({ ...rules, overlap: { expert: 0.5 }, maySpanSites: true, sliceShapes: [[4, 4, 8]] }),
  ).toMatchObject({
    ...kept,
    overlap: { data: 0.9, pipeline: 1, expert: 0.5 },
    maySpanSites: true,
    sliceShapes: [[4, 4, 8]],
  });
  expect(pool({ ...rules, nextTokenMs: 40, maxSites: 3 })).toMatchObject({
    ...kept,
    nextTokenMs: 40,
    maxSites: 3,
  });
});

test("the residency of a workload allows countries", () => {
  const german = gang({ residency: Residency.countries("DE") });
  expect([allowsCountry(german, "DE"), allowsCountry(german, "US"), allowsCountry(gang(), "US")]).toEqual([
    true,
    false,
    true,
  ]);
});

test("ranks are the product of the degrees; experts share those of data parallelism", () => {
  expect(ranksOf({ ...ONE_RANK, tp: 2, cp: 3, pp: 5, dp: 8, ep: 8 })).toBe(240);
});

test.each<[Partial<GangProps>, string[]]>([
  [{ model: { ...MIXTURE, params: 0 } }, ["NotAQuantity", "NotAQuantity"]],
  [{ model: { ...LLAMA_405B, layers: 0 }, ...layout({}) }, ["NumberOutOfRange"]],
  [{ model: { ...LLAMA_405B, sequence: 1.5 } }, ["NumberOutOfRange", "ParallelismImpossible"]],
  [{ model: { ...MIXTURE, moe: { ...MIXTURE.moe!, topK: 9 } } }, ["NumberOutOfRange"]],
  [{ model: { ...MIXTURE, moe: { ...MIXTURE.moe!, layers: 57 } } }, ["NumberOutOfRange"]],
  [{ layouts: [] }, ["MissingValue"]],
  [layout({ tp: 0 }), ["NumberOutOfRange"]],
  [layout({ dp: 8, ep: 3 }), ["ParallelismImpossible"]],
  [layout({ dp: 16, ep: 16 }), ["ParallelismImpossible"]],
  [layout({ cp: 3 }), ["ParallelismImpossible"]],
  [layout({ pp: 59 }), ["ParallelismImpossible"]],
  [layout({ pp: 8, interleave: 8 }), ["ParallelismImpossible"]],
  [layout({ sharding: "some" }), ["NotOneOf"]],
  [layout({ gradientBytes: 3 }), ["NotOneOf"]],
  [{ accelerators: [] }, ["MissingValue"]],
  [{ accelerators: ["h100", "h100"] }, ["DuplicateValue"]],
  [{ accelerators: ["H 100"] }, ["InvalidName"]],
  [{ sliceShapes: [[4, 4, 4, 4], [0]] }, ["NumberOutOfRange", "NumberOutOfRange"]],
  [{ kernelEfficiency: 1.01 }, ["NotAQuantity"]],
  [{ overlap: { data: -0.1 } }, ["NotAQuantity"]],
  [{ value: 0 }, ["NotAQuantity"]],
  [{ value: Number.NaN }, ["NotAQuantity"]],
  [{ purchase: [] }, ["NothingAllowed"]],
  [{ purchase: ["barter" as never] }, ["NotOneOf"]],
  [{ budgetUsdPerHour: 0 }, ["NotAQuantity"]],
  [{ pinned: { site: "Paris", pool: "Hall" } }, ["InvalidName", "InvalidName"]],
  [{ spread: { group: "a", apartIn: "planet" as never } }, ["NotOneOf"]],
  [{ kernelEfficiency: Token.asNumber({}) }, ["TokenNotAllowed"]],
])("refuses gangs that cannot be %#", (changes, expected) => {
  expect(codes(() => gang(changes))).toEqual(expected);
});

test("58 chunks of 56 layers: embedding and output may stand alone, as in Llama 3", () => {
  expect(gang(layout({ pp: 29, interleave: 2 })).layouts[0]).toMatchObject({ pp: 29 });
});

test.each<[Partial<InferencePoolProps>, string[]]>([
  [{ tp: 0 }, ["NumberOutOfRange"]],
  [{ bytesPerWeight: 9 }, ["NotAQuantity"]],
  [{ prefillDecode: "apart" as never }, ["NotOneOf"]],
  [{ promptTokens: 0, outputTokens: -1 }, ["NotAQuantity", "NotAQuantity"]],
  [{ batch: 0, maxSites: 0 }, ["NumberOutOfRange", "NumberOutOfRange"]],
  [{ users: [] }, ["MissingValue"]],
  [{ users: [POOL.users[0]!, POOL.users[0]!] }, ["DuplicateValue"]],
  [user({ requestsPerSecond: 0 }), ["NotAQuantity"]],
  [user({ rttMs: {} }), ["LatencyTargetImpossible"]],
  [user({ rttMs: { sydney: 300 } }), ["LatencyTargetImpossible"]],
  [user({ rttMs: { sydney: -1 } }), ["NotAQuantity"]],
  [{ firstTokenMs: 0 }, ["NotAQuantity"]],
  [{ nextTokenMs: 0 }, ["NotAQuantity"]],
  [{ kernelEfficiency: 0 }, ["NotAQuantity"]],
])("refuses pools that cannot be %#", (changes, expected) => {
  expect(codes(() => pool(changes))).toEqual(expected);
});

test("a terabyte a day is 93 Mbit/s", () => {
  expect(dataJobGbps(DataJob.of("copy", JOB))).toBeCloseTo(0.0926, 4);
});

test.each([
  [{ to: { site: "frankfurt" } }, ["LinkToItself"]],
  [{ to: { workload: "Train it" } }, ["InvalidName"]],
  [{ bytes: 0 }, ["NotAQuantity"]],
  [{ everyHours: Number.POSITIVE_INFINITY }, ["NotAQuantity"]],
])("refuses data jobs that cannot be %#", (changes, expected) => {
  expect(codes(() => DataJob.of("copy", { ...JOB, ...changes }))).toEqual(expected);
});

test.each([
  [{ carbonUsdPerTonne: -1 }],
  [{ budgetUsdPerHour: 0 }],
  [{ churnUsdPerAcceleratorHour: Number.NaN }],
  [{ spotAvailability: 0 }],
  [{ spotAvailability: 1.1 }],
])("refuses plan rules %j", (props) => {
  expect(codes(() => PlanRules.of(props))).toEqual(["NotAQuantity"]);
});
