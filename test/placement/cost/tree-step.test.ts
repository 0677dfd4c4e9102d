import fc from "fast-check";
import { Systems } from "../../../lib/fabric/systems";
import type { TreeFabric } from "../../../lib/fabric/tree";
import { IDEAL_EFFICIENCY } from "../../../lib/placement/cost/efficiency";
import { compactTreeFootprint, treeFootprint } from "../../../lib/placement/cost/footprint";
import {
  allToAllSlowdown,
  type HierarchicalNetwork,
  hierarchicalAllReduceSeconds,
  hierarchicalAllToAllSeconds,
  hierarchicalGatherSeconds,
  ringSlowdown,
  splitAllToAllSeconds,
} from "../../../lib/placement/cost/tree-collectives";
import {
  membersWithin,
  treeAllToAllSeconds,
  treePipelineSeconds,
  treeRingSeconds,
} from "../../../lib/placement/cost/tree-step";
import type { ParallelLayout } from "../../../lib/placement/gang";
import { captureValidationError } from "../../../lib/testing";
import { ONE_RANK } from "./cost-fixture";

const RAILS: HierarchicalNetwork = {
  perDomain: 8,
  domains: 4,
  scaleUpBytesPerSecond: 450e9,
  networkBytesPerSecond: 50e9,
  scaleUpLatencySeconds: 0,
  networkLatencySeconds: 0,
};

/** Two tiers, the upper one oversubscribed; no latencies, so that bandwidths show. */
function quiet(oversubscription: number): TreeFabric {
  const fabric = Systems.hgxRails("quiet", { units: 8 });
  return {
    ...fabric,
    scaleUp: { ...fabric.scaleUp, latencyUs: 0 },
    tiers: fabric.tiers.map((tier, at) => ({
      ...tier,
      latencyUs: 0,
      oversubscription: at === 1 ? oversubscription : 1,
    })),
  };
}

const layout = (changes: Partial<ParallelLayout>): ParallelLayout => ({ ...ONE_RANK, ...changes });
const traffic = (bytes: number) => ({ bytes, operations: 1 });

describe("collectives over rails", () => {
  test("inside and along the rails", () => {
    const inside = (7 / 8) * (8e9 / 450e9);
    const along = (3 / 4) * (1e9 / 50e9);
    expect(hierarchicalGatherSeconds(8e9, RAILS)).toBeCloseTo(inside + along, 12);
    expect(hierarchicalAllReduceSeconds(8e9, RAILS)).toBeCloseTo(2 * (inside + along), 12);
    expect(hierarchicalGatherSeconds(8e9, { ...RAILS, domains: 1 })).toBeCloseTo(inside, 12);
    expect(hierarchicalGatherSeconds(8e9, { ...RAILS, perDomain: 1 })).toBeCloseTo(
      (3 / 4) * (8e9 / 50e9),
      12,
    );
  });

  test("all-to-all counts every pair once: bytes inside and across add up to what is sent", () => {
    const slowInside = { ...RAILS, scaleUpBytesPerSecond: 1 };
    const inside = hierarchicalAllToAllSeconds(32, slowInside, { railOnly: false });
    const across = hierarchicalAllToAllSeconds(
      32,
      { ...RAILS, networkBytesPerSecond: 1 },
      { railOnly: false },
    );
    // Of 32 bytes, one for each rank: 7 stay inside, 24 go across, 1 is the rank's own.
    expect([inside, across]).toEqual([7, 24]);
  });

  test("latencies count for what is crossed only", () => {
    const slow = { ...RAILS, scaleUpLatencySeconds: 1, networkLatencySeconds: 10 };
    expect(hierarchicalGatherSeconds(0, slow)).toBe(7 + 30);
    expect(hierarchicalAllToAllSeconds(0, slow, { railOnly: false })).toBe(11);
    expect(hierarchicalAllToAllSeconds(0, { ...slow, domains: 1 }, { railOnly: true })).toBe(1);
    expect(hierarchicalAllToAllSeconds(0, { ...slow, perDomain: 1 }, { railOnly: true })).toBe(10);
  });
});

describe("the cut rule", () => {
  test("a ring is slowed by sigma over its members in the domain, and not at all from sigma members on", () => {
    expect([1, 6, 7, 8].map((members) => ringSlowdown(7, members))).toEqual([7, 7 / 6, 1, 1]);
  });

  test("all-to-all is slowed by sigma times what leaves", () => {
    expect(allToAllSlowdown(7, 0)).toBe(7);
    expect(allToAllSlowdown(7, 6 / 7)).toBeCloseTo(1, 12);
    expect(allToAllSlowdown(7, 1)).toBe(1);
  });

  test("8:8 beats 1:15 on every uplink (https://github.com/kubernetes-sigs/kueue/issues/6554)", () => {
    const uplink = { oversubscription: 4, networkBytesPerSecond: 50e9 };
    const split = (a: number, b: number) => splitAllToAllSeconds(1e9, [a, b], uplink);
    expect(split(1, 15) / split(8, 8)).toBeCloseTo(15 / 8, 12);
    for (let side = 1; side < 16; side++) {
      expect(split(side, 16 - side)).toBeGreaterThanOrEqual(split(8, 8));
    }
  });

  test("rings over domains, counted member by member, load the uplinks as the rule says", () => {
    // Data-parallel rank d of each of the rings sits with its model ranks side by side: rank = d * modelRanks + ring.
    const [modelRanks, copies, perDomain] = [8, 16, 32];
    const crossing = new Map<number, number>();
    for (let ring = 0; ring < modelRanks; ring++) {
      for (let copy = 0; copy < copies; copy++) {
        const [from, to] = [copy, (copy + 1) % copies].map((at) =>
          Math.floor((at * modelRanks + ring) / perDomain),
        );
        if (from !== to) {
          crossing.set(from!, (crossing.get(from!) ?? 0) + 1);
        }
      }
    }
    // Each of the rings leaves each domain once; its links carry perDomain / sigma times one card.
    expect([...crossing.values()]).toEqual([8, 8, 8, 8]);
    const members = membersWithin(layout({ tp: modelRanks, dp: copies }), ["ep", "dp"], perDomain);
    expect(members).toBe(perDomain / modelRanks);
    for (const sigma of [1, 4, 6]) {
      const cut = (modelRanks * sigma) / perDomain;
      expect(ringSlowdown(sigma, members)).toBe(Math.max(1, cut));
    }
  });
});

describe("members of a group among consecutive ranks", () => {
  const mixed = layout({ tp: 2, cp: 3, ep: 2, pp: 4, dp: 6 });
  const ranks = Array.from({ length: 2 * 3 * 4 * 6 }, (_, rank) => ({
    rank,
    tp: rank % 2,
    cp: Math.floor(rank / 2) % 3,
    ep: Math.floor(rank / 6) % 2,
    pp: Math.floor(rank / 12) % 4,
    dp: Math.floor(rank / 48),
  }));

  test.each([2, 6, 12, 24, 48, 96, 144])("%d of them, counted", (count) => {
    const within = ranks.slice(0, count);
    const first = ranks[0]!;
    const data = within.filter(
      (rank) => rank.tp === first.tp && rank.cp === first.cp && rank.pp === first.pp,
    );
    const expert = data.filter((rank) => rank.dp === first.dp);
    const stages = within.filter((rank) =>
      ["tp", "cp", "ep", "dp"].every((axis) => rank[axis as "tp"] === first[axis as "tp"]),
    );
    expect(membersWithin(mixed, ["ep", "dp"], count)).toBe(data.length);
    expect(membersWithin(mixed, ["ep"], count)).toBe(expert.length);
    expect(membersWithin(mixed, ["pp"], count)).toBe(stages.length);
  });
});

describe("a step's traffic on a tree", () => {
  test("tensor parallelism inside a node uses NVLink only", () => {
    const tp8 = layout({ tp: 8 });
    const footprint = compactTreeFootprint(quiet(1), 8);
    expect(footprint.crossings).toEqual([]);
    expect(treeRingSeconds(footprint, tp8, ["tp"], traffic(7e9), IDEAL_EFFICIENCY)).toBeCloseTo(7 / 450, 12);
  });

  test("wider than a node it pays for the cards", () => {
    const tp16 = layout({ tp: 16 });
    const footprint = compactTreeFootprint(quiet(1), 16);
    const seconds = treeRingSeconds(footprint, tp16, ["tp"], traffic(15e9), IDEAL_EFFICIENCY);
    expect(seconds).toBeCloseTo(hierarchicalGatherSeconds(16e9, { ...RAILS, domains: 2 }), 12);
  });

  test("a plain data-parallel job takes what the collective over rails takes", () => {
    const dp32 = layout({ dp: 32 });
    const footprint = compactTreeFootprint(quiet(1), 32);
    const seconds = treeRingSeconds(
      footprint,
      dp32,
      ["ep", "dp"],
      traffic((31 / 32) * 8e9),
      IDEAL_EFFICIENCY,
    );
    expect(seconds).toBeCloseTo(hierarchicalGatherSeconds(8e9, RAILS), 12);
  });

  test("an oversubscribed spine slows rings with few members in a unit, and only these", () => {
    const data = (tp: number, sigma: number) => {
      const split = layout({ tp, dp: 512 / tp });
      const footprint = compactTreeFootprint(quiet(sigma), 512);
      return treeRingSeconds(footprint, split, ["ep", "dp"], traffic(1e9), IDEAL_EFFICIENCY);
    };
    // 256 GPUs in a unit hold 32 members of each ring at TP 8.
    expect(data(8, 32)).toBe(data(8, 1));
    expect(data(8, 64)).toBeCloseTo(2 * data(8, 1), 12);
  });

  test("experts across units pay sigma times what leaves", () => {
    const experts = layout({ dp: 512, ep: 512 });
    const footprint = compactTreeFootprint(quiet(4), 512);
    const sent = 512e6;
    const seconds = treeAllToAllSeconds(
      footprint,
      experts,
      ["ep"],
      traffic((511 / 512) * sent),
      IDEAL_EFFICIENCY,
    );
    expect(seconds).toBeCloseTo((sent * 0.5 * 4) / 50e9, 12);
    const railOnly = { ...footprint, fabric: { ...footprint.fabric, wiring: "rail-only" as const } };
    const forwarded = treeAllToAllSeconds(
      railOnly,
      experts,
      ["ep"],
      traffic((511 / 512) * sent),
      IDEAL_EFFICIENCY,
    );
    expect(forwarded - seconds).toBeCloseTo((sent * 7) / 8 / 450e9, 12);
  });

  test("at a cut only the ranks at its edge send to the next stage", () => {
    const stages = layout({ tp: 8, pp: 64 });
    const inner = treePipelineSeconds(
      compactTreeFootprint(quiet(1), 512),
      stages,
      traffic(1e9),
      IDEAL_EFFICIENCY,
    );
    expect(inner).toBeCloseTo(1 / 50, 12);
    // 8 of 256 ranks of a unit are at the edge, so sigma up to 32 is free.
    const at = (sigma: number) =>
      treePipelineSeconds(compactTreeFootprint(quiet(sigma), 512), stages, traffic(1e9), IDEAL_EFFICIENCY);
    expect(at(32)).toBe(inner);
    expect(at(64)).toBeCloseTo(2 * inner, 12);
    const onNvlink = layout({ pp: 8 });
    expect(
      treePipelineSeconds(compactTreeFootprint(quiet(1), 8), onNvlink, traffic(9e9), IDEAL_EFFICIENCY),
    ).toBeCloseTo(9 / 450, 12);
  });

  test("more oversubscription never helps, more bandwidth never hurts, nothing is negative", () => {
    const arbitrary = fc.record({
      tp: fc.constantFrom(1, 2, 8),
      pp: fc.constantFrom(1, 4),
      dp: fc.constantFrom(1, 8, 16),
      sigma: fc.double({ min: 1, max: 16, noNaN: true }),
      bytes: fc.double({ min: 0, max: 1e12, noNaN: true }),
    });
    fc.assert(
      fc.property(arbitrary, ({ tp, pp, dp, sigma, bytes }) => {
        const split = layout({ tp, pp, dp, ep: dp });
        const all = (fabric: TreeFabric) => {
          const hosts = Math.max(1, (tp * pp * dp) / 8);
          const half = Math.ceil(hosts / 2);
          const leaves = [
            { leaf: 0, hosts: half },
            { leaf: 1, hosts: half },
          ];
          const footprint = treeFootprint(fabric, leaves);
          return [
            treeRingSeconds(footprint, split, ["tp"], traffic(bytes), IDEAL_EFFICIENCY),
            treeRingSeconds(footprint, split, ["ep", "dp"], traffic(bytes), IDEAL_EFFICIENCY),
            treeAllToAllSeconds(footprint, split, ["ep"], traffic(bytes), IDEAL_EFFICIENCY),
            treePipelineSeconds(footprint, split, traffic(bytes), IDEAL_EFFICIENCY),
          ];
        };
        const free = all(quiet(1));
        const cut = all(quiet(sigma));
        const faster = all({ ...quiet(sigma), nicGbps: 800 });
        cut.forEach((seconds, at) => {
          expect(Number.isFinite(seconds) && seconds >= 0).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(free[at]!);
          expect(faster[at]).toBeLessThanOrEqual(seconds);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe("footprints", () => {
  test("say which tiers are crossed and how little the smallest domain holds", () => {
    const fabric = Systems.hgxRails("rails", { units: 4 });
    expect(treeFootprint(fabric, [{ leaf: 2, hosts: 1 }])).toMatchObject({
      accelerators: 8,
      perScaleUp: 8,
      crossings: [],
    });
    expect(treeFootprint(fabric, [{ leaf: 0, hosts: 3 }]).crossings).toEqual([
      { tier: 0, domains: 3, smallest: 8 },
    ]);
    expect(
      treeFootprint(fabric, [
        { leaf: 0, hosts: 3 },
        { leaf: 3, hosts: 1 },
      ]).crossings,
    ).toEqual([
      { tier: 0, domains: 4, smallest: 8 },
      { tier: 1, domains: 2, smallest: 8 },
    ]);
  });

  test("of NVLink racks count trays by rack", () => {
    const fabric = Systems.nvl72Hall("hall", { units: 2 });
    const footprint = treeFootprint(fabric, [
      { leaf: 0, hosts: 18 },
      { leaf: 9, hosts: 4 },
    ]);
    expect(footprint).toMatchObject({ accelerators: 88, perScaleUp: 16 });
    expect(footprint.crossings).toEqual([
      { tier: 0, domains: 2, smallest: 16 },
      { tier: 1, domains: 2, smallest: 16 },
    ]);
    expect(compactTreeFootprint(fabric, 72).crossings).toEqual([]);
  });

  test.each([
    [[]],
    [[{ leaf: 4, hosts: 1 }]],
    [[{ leaf: -1, hosts: 1 }]],
    [[{ leaf: 0, hosts: 33 }]],
    [[{ leaf: 0, hosts: 0 }]],
    [[{ leaf: 0.5, hosts: 1 }]],
  ])("refuse leaves that are not there %#", (leaves) => {
    const fabric = Systems.hgxRails("rails", { units: 4 });
    expect(captureValidationError(() => treeFootprint(fabric, leaves)).codes).toEqual(["FootprintMismatch"]);
  });

  test.each([0, 1025, Number.NaN])("refuse %d accelerators of 1,024", (accelerators) => {
    const fabric = Systems.hgxRails("rails", { units: 4 });
    expect(captureValidationError(() => compactTreeFootprint(fabric, accelerators)).codes).toEqual([
      "FootprintMismatch",
    ]);
  });
});

test.each([
  [() => hierarchicalGatherSeconds(-1, RAILS), "NotAQuantity"],
  [() => hierarchicalAllToAllSeconds(1, { ...RAILS, domains: 0 }, { railOnly: false }), "NumberOutOfRange"],
  [() => hierarchicalGatherSeconds(1, { ...RAILS, networkBytesPerSecond: Number.NaN }), "NotAQuantity"],
  [() => ringSlowdown(Number.POSITIVE_INFINITY, 1), "NotAQuantity"],
  [() => ringSlowdown(2, 0), "NotAQuantity"],
  [() => allToAllSlowdown(2, 1.01), "NotAQuantity"],
  [
    () => splitAllToAllSeconds(1, [0, 4], { oversubscription: 1, networkBytesPerSecond: 1 }),
    "NumberOutOfRange",
  ],
])("refuses impossible sizes %#", (call, code) => {
  expect(captureValidationError(call).codes).toEqual([code]);
});
