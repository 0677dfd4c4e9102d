import { createHash } from "node:crypto";
import fc from "fast-check";
import { nearestTopologies, TPU_ACCELERATORS, tpuSlice, tpuSlices } from "../../lib/catalog/tpu-slices";
import { hostileText } from "../hostile-text";

/**
 * Number of topologies and first 16 hex digits of the SHA-256 of `topology=nodes`, sorted, joined by spaces: of the shapes
 * that xpk@367c8382 and Google's pages list for each machine type.
 */
const PUBLISHED = [
  ["tpu-v4", "ct4p-hightpu-4t", 186, "af017ddb81ffffa5"],
  ["tpu-v5e", "ct5lp-hightpu-1t", 1, "df2f7889d7c7ceb7"],
  ["tpu-v5e", "ct5lp-hightpu-4t", 7, "ae24e537adaaa4ce"],
  ["tpu-v5e", "ct5lp-hightpu-8t", 1, "c7b4a6da68ee28a5"],
  ["tpu-v5p", "ct5p-hightpu-4t", 414, "567b95b7bb138419"],
  ["tpu-v6e", "ct6e-standard-1t", 1, "df2f7889d7c7ceb7"],
  ["tpu-v6e", "ct6e-standard-4t", 7, "ae24e537adaaa4ce"],
  ["tpu-v6e", "ct6e-standard-8t", 1, "c7b4a6da68ee28a5"],
  ["tpu-v7x", "tpu7x-standard-1t", 1, "f876558b50fe9df5"],
  ["tpu-v7x", "tpu7x-standard-4t", 432, "f40ad0d88a3e6d3c"],
  ["tpu-v7", "tpu7-standard-1t", 1, "f876558b50fe9df5"],
  ["tpu-v7", "tpu7-standard-4t", 9, "26585c77498fd3b8"],
] as const;

test.each(PUBLISHED)("%s on %s has the %i published topologies", (accelerator, machineType, count, hash) => {
  const slices = tpuSlices(accelerator).filter((slice) => slice.machineType === machineType);
  const text = slices.map(({ topology, nodes }) => `${topology}=${nodes}`).sort();
  expect(text).toHaveLength(count);
  expect(createHash("sha256").update(text.join(" ")).digest("hex").slice(0, 16)).toBe(hash);
});

test("there are 1,061 pairs of machine type and topology, and each is listed once", () => {
  const all = TPU_ACCELERATORS.flatMap(tpuSlices).map(
    ({ machineType, topology }) => `${machineType} ${topology}`,
  );
  expect(all).toHaveLength(1061);
  expect(new Set(all).size).toBe(1061);
});

test.each([
  ["tpu-v4", "2x2x1", "ct4p-hightpu-4t", 1, false],
  ["tpu-v4", "4x4x8", "ct4p-hightpu-4t", 32, true],
  ["tpu-v4", "16x16x16", "ct4p-hightpu-4t", 1024, true],
  ["tpu-v5e", "16x16", "ct5lp-hightpu-4t", 64, true],
  ["tpu-v5p", "16x16x24", "ct5p-hightpu-4t", 1536, true],
  ["tpu-v6e", "1x1", "ct6e-standard-1t", 1, false],
  ["tpu-v6e", "8x8", "ct6e-standard-4t", 16, true],
  ["tpu-v7x", "2x2x1", "tpu7x-standard-4t", 1, false],
  ["tpu-v7x", "16x16x36", "tpu7x-standard-4t", 2304, true],
  ["tpu-v7", "4x8x8", "tpu7-standard-4t", 64, true],
])("%s %s is made of %s x %i", (accelerator, topology, machineType, nodes, multiHost) => {
  expect(tpuSlice({ accelerator, topology })).toMatchObject({ machineType, nodes, multiHost });
});

test.each(["tpu-v5e", "tpu-v6e"])(
  "%s 2x4 is two nodes, unless the machine with eight chips is asked for",
  (accelerator) => {
    const slice = tpuSlice({ accelerator, topology: "2x4" });
    expect(slice).toMatchObject({ nodes: 2, chipsPerNode: 4 });
    const machineType = slice!.machineType.replace("4t", "8t");
    expect(tpuSlice({ accelerator, topology: "2x4", machineType })).toMatchObject({
      nodes: 1,
      chipsPerNode: 8,
    });
    expect(tpuSlice({ accelerator, topology: "4x4", machineType })).toBeUndefined();
  },
);

test.each([
  ["tpu-v5p", "8x4x4"],
  ["tpu-v5p", "4x4x6"],
  ["tpu-v5p", "2x2x8"],
  ["tpu-v4", "16x16x20"],
  ["tpu-v6e", "2x2x1"],
  ["tpu-v6e", "16x32"],
  ["tpu-v7", "8x8x8"],
  ["h100", "2x2"],
  ["tpu-v6e", ""],
  ["constructor", "2x2"],
])("%s %j is no slice", (accelerator, topology) => {
  expect(tpuSlice({ accelerator, topology })).toBeUndefined();
});

test("v5p beyond 96 cubes is flagged: tools take it, Google's page does not document it", () => {
  const slices = tpuSlices("tpu-v5p");
  expect(slices.filter(({ beyondDocumented }) => beyondDocumented)).toHaveLength(136);
  expect(slices.every(({ chips, beyondDocumented }) => chips > 6144 === (beyondDocumented === true))).toBe(
    true,
  );
  const others = TPU_ACCELERATORS.filter((name) => name !== "tpu-v5p").flatMap(tpuSlices);
  expect(others.filter(({ beyondDocumented }) => beyondDocumented)).toEqual([]);
});

test("slices of several hosts of the seventh generation are placed by a workload policy, others are not", () => {
  const slices = TPU_ACCELERATORS.flatMap(tpuSlices);
  const wrong = slices.filter(
    ({ accelerator, multiHost, workloadPolicy }) =>
      workloadPolicy !== (multiHost && ["tpu-v7x", "tpu-v7"].includes(accelerator)),
  );
  expect(wrong).toEqual([]);
});

test("chips are the product of the axes, and the nodes hold them all", () => {
  const wrong = TPU_ACCELERATORS.flatMap(tpuSlices).filter(
    ({ topology, chips, nodes, chipsPerNode, multiHost }) => {
      const product = topology.split("x").reduce((all, axis) => all * Number(axis), 1);
      return product !== chips || nodes * chipsPerNode !== chips || nodes > 1 !== multiHost;
    },
  );
  expect(wrong).toEqual([]);
});

describe("the nearest legal topologies", () => {
  test.each([
    ["tpu-v5p", "8x4x4", ["4x4x8"]],
    ["tpu-v4", "12x8x4", ["4x8x12"]],
    ["tpu-v5p", "4x4", ["2x2x4"]],
    ["tpu-v5p", "2x2x8", ["2x4x4"]],
    ["tpu-v6e", "4x2", ["2x4"]],
    ["tpu-v6e", "2x8", ["4x4"]],
    ["tpu-v6e", "16x32", ["16x16", "8x16"]],
    ["tpu-v7x", "2x1x2", ["2x2x1"]],
  ])("to %s %s are %j first", (accelerator, topology, nearest) => {
    expect(nearestTopologies(accelerator, topology).slice(0, nearest.length)).toEqual(nearest);
  });

  test("are at most four, each once, and legal", () => {
    fc.assert(
      fc.property(fc.constantFrom(...TPU_ACCELERATORS), hostileText, (accelerator, text) => {
        const nearest = nearestTopologies(accelerator, text);
        expect(nearest).toHaveLength(Math.min(4, new Set(nearest).size));
        expect(nearest.every((topology) => tpuSlice({ accelerator, topology }) !== undefined)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("of what is no TPU are none", () => {
    expect(nearestTopologies("h100", "2x2")).toEqual([]);
  });
});

test("slices are made once and cannot be changed", () => {
  const slices = tpuSlices("tpu-v6e");
  expect(tpuSlices("tpu-v6e")).toBe(slices);
  expect(Object.isFrozen(slices) && slices.every(Object.isFrozen)).toBe(true);
});
