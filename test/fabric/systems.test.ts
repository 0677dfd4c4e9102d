import type { AcceleratorFacts } from "../../lib/catalog/facts";
import { priceOf } from "../../lib/catalog/prices";
import { wiredAccelerators } from "../../lib/fabric/capacity-pool";
import { acceleratorModel, offersOf, Systems } from "../../lib/fabric/systems";
import { hostsPerLeaf, leafCount, tierSizes } from "../../lib/fabric/tree";
import { captureValidationError } from "../../lib/testing";

const FACTS: AcceleratorFacts = {
  name: "h100",
  vendor: "nvidia",
  kind: "gpu",
  memoryGib: 80,
  memoryBandwidthGBps: 3_350,
  peakTflops: { bf16: 989 },
  resource: "nvidia.com/gpu",
  source: "https://www.nvidia.com/en-us/data-center/h100",
  read: "2026-11-20",
};

test("a unit of a rail cluster is 32 nodes of 8 (NVIDIA DGX SuperPOD reference architecture)", () => {
  const rails = Systems.hgxRails("rails", { units: 4 });
  expect(tierSizes(rails)).toEqual([256, 1_024]);
  expect(rails).toMatchObject({ wiring: "rail-optimised", nicGbps: 400 });
});

test("an NVL72 rack is 18 trays of 4 GPUs with 130 TB/s between them, both directions", () => {
  const hall = Systems.nvl72Hall("hall", { units: 2 });
  expect([hostsPerLeaf(hall), leafCount(hall), wiredAccelerators(hall)]).toEqual([18, 16, 1_152]);
  expect((2 * 72 * hall.scaleUp.oneWayGBps) / 130e3).toBeCloseTo(1, 2);
});

test("Llama 3's pods hold 3,072 GPUs and 8 of them 24,576, one seventh of whose bandwidth leaves (arXiv 2407.21783)", () => {
  const roce = Systems.threeTierRoce("roce");
  expect(tierSizes(roce)).toEqual([16, 3_072, 24_576]);
  expect(roce.tiers.map((tier) => tier.oversubscription)).toEqual([1, 1, 7]);
});

test.each([
  ["tpu-v4", 4_096, 4_096, 300],
  ["tpu-v5p", 8_960, 6_144, 600],
  ["tpu7x", 9_216, 9_216, 600],
] as const)(
  "a %s pod has %d chips, its largest slice %d, each chip %d GB/s out (docs.cloud.google.com/tpu)",
  (generation, chips, slice, gbps) => {
    const pod = Systems.tpuCubes("pod", { generation });
    expect(wiredAccelerators(pod)).toBe(chips);
    expect(pod.largestSliceCubes * 64).toBe(slice);
    // Of v4 the page states 300 GB/s with its six links; of v5p 1,200 GB/s with both directions, which the book rounds up.
    expect((6 * pod.linkOneWayGBps) / gbps).toBeGreaterThan(0.89);
    expect((6 * pod.linkOneWayGBps) / gbps).toBeLessThanOrEqual(1);
  },
);

test("pods of v5e and v6e have 256 chips in a square that wraps", () => {
  const torus = Systems.tpuTorus("torus", { generation: "tpu-v6e", pods: 3 });
  expect(torus).toMatchObject({ dims: [16, 16], wrapped: [true, true], copies: 3, linkOneWayGBps: 90 });
});

test("clouds are opaque, costed as a fabric of the same links", () => {
  const p5 = Systems.cloudGpus("p5", { provider: "aws", networkGbpsPerMachine: 3_200 });
  expect(p5).toMatchObject({
    kind: "opaque",
    provider: "aws",
    assumed: { kind: "tree", nicGbps: 400, acceleratorsPerHost: 8 },
  });
  const a4x = Systems.cloudGpus("a4x", {
    provider: "google",
    networkGbpsPerMachine: 2_000,
    nvlinkRack: true,
  });
  expect(a4x.assumed).toMatchObject({ nicGbps: 500, acceleratorsPerHost: 4, scaleUp: { accelerators: 72 } });
  expect(Systems.cloudTpus("v6e", { generation: "tpu-v6e" }).assumed.kind).toBe("torus");
  expect(Systems.cloudTpus("v5p", { generation: "tpu-v5p" }).assumed.kind).toBe("cubes");
});

test("spare cubes are not given to the largest slice", () => {
  expect(Systems.tpuCubes("pod", { generation: "tpu-v4", spareCubes: 4 }).largestSliceCubes).toBe(60);
  expect(Systems.tpuCubes("pod", { generation: "tpu-v5p", spareCubes: 4 }).largestSliceCubes).toBe(96);
});

test("unknown generations are refused", () => {
  const make = (generation: string) => () => Systems.tpuCubes("pod", { generation: generation as "tpu-v4" });
  expect(captureValidationError(make("tpu-v9")).codes).toEqual(["NotOneOf"]);
  expect(captureValidationError(make("toString")).codes).toEqual(["NotOneOf"]);
  expect(
    captureValidationError(() => Systems.tpuTorus("t", { generation: "tpu-v4" as "tpu-v5e" })).codes,
  ).toEqual(["NotOneOf"]);
});

test("accelerators come from the catalogue, with power if it is known", () => {
  expect(acceleratorModel(FACTS, 1_275)).toEqual({
    name: "h100",
    peakTflops: 989,
    memoryGib: 80,
    memoryBandwidthGBps: 3_350,
    watts: 1_275,
  });
  expect(acceleratorModel(FACTS)).not.toHaveProperty("watts");
  const { peakTflops, memoryGib, ...unknown } = FACTS;
  expect(captureValidationError(() => acceleratorModel(unknown)).codes).toEqual([
    "MissingValue",
    "MissingValue",
  ]);
});

test("prices of machines become prices of accelerators", () => {
  expect(offersOf(priceOf("aws", "us-east-1", "h100", "p5.48xlarge")!)).toEqual([
    { model: "on-demand", usdPerAcceleratorHour: 6.88 },
    { model: "spot", usdPerAcceleratorHour: 14.246 / 8 },
  ]);
  expect(offersOf(priceOf("aws", "us-east-1", "b300")!)).toEqual([
    { model: "on-demand", usdPerAcceleratorHour: 17.802 },
  ]);
});
