import { Systems } from "../../../lib/fabric/systems";
import { PORTS_PER_CUBE, switchesForCubes } from "../../../lib/fabric/torus";
import { DEFAULT_EFFICIENCY } from "../../../lib/placement/cost/efficiency";
import { compactTreeFootprint } from "../../../lib/placement/cost/footprint";
import { cubeAvailability, staticGoodput, switchedGoodput } from "../../../lib/placement/cost/goodput";
import { achievedTflops, stepSeconds } from "../../../lib/placement/cost/step-time";
import {
  allReduceCapacity,
  bisectionLinks,
  torusAllToAllSeconds,
  torusGatherSeconds,
  twistedAllToAllSeconds,
} from "../../../lib/placement/cost/torus-collectives";
import { hierarchicalAllToAllSeconds, ringSlowdown } from "../../../lib/placement/cost/tree-collectives";
import { membersWithin } from "../../../lib/placement/cost/tree-step";
import { wideAllReduceSeconds } from "../../../lib/placement/cost/wide";
import { H100, LLAMA_405B, llamaLayout, llamaRun } from "./cost-fixture";

const V4 = { bytesPerSecond: 45e9, hopSeconds: 1e-6 };
const wrapped = (...sizes: number[]) => sizes.map((size) => ({ size, wrapped: true }));

function expectWithin(value: number, published: number, share: number): void {
  expect(Math.abs(value / published - 1)).toBeLessThanOrEqual(share);
}

describe("all-to-all on TPU v4 slices, twisted against plain (arXiv 2304.01433)", () => {
  const bytes = 1e9;
  test.each([
    { dims: [4, 4, 8], ideal: 1.745, measured: 1.63 },
    { dims: [4, 8, 8], ideal: 1.391, measured: 1.31 },
  ])("$dims: $ideal times ideally, $measured measured", ({ dims, ideal, measured }) => {
    const gain = torusAllToAllSeconds(bytes, wrapped(...dims), V4) / twistedAllToAllSeconds(bytes, dims, V4);
    expect(gain).toBeCloseTo(ideal, 3);
    expectWithin(gain * DEFAULT_EFFICIENCY.twist, measured, 0.01);
  });

  test("512 chips as 8x8x8 instead of 4x8x16: twice by shape alone, of 2.3 published with another partition", () => {
    // Published rates hold with what each chip keeps left out: (p-1)/p of the bytes given.
    const rate = (...dims: number[]) =>
      (bytes * (511 / 512)) / torusAllToAllSeconds(bytes, wrapped(...dims), V4) / V4.bytesPerSecond;
    expect(rate(4, 8, 16)).toBeCloseTo(0.499, 3);
    expect(rate(8, 8, 8)).toBeCloseTo(0.998, 3);
  });
});

describe("goodput of a TPU v4 pod (arXiv 2304.01433, figure of availability)", () => {
  const plan = (chips: number, host: number) => ({
    cubes: 64,
    cubesPerSlice: chips / 64,
    cubeAvailability: cubeAvailability(host, 16),
  });

  test.each([0.99, 0.995, 0.999])(
    "switched, hosts %d: 75 % at 1K, 50 % at 2K, 75 % at 3K, none at 4K chips",
    (host) => {
      const goodput = [1024, 2048, 3072, 4096].map((chips) => switchedGoodput(plan(chips, host), 0.97));
      expect(goodput).toEqual([0.75, 0.5, 0.75, 0]);
    },
  );

  test.each([
    [0.99, 0.08],
    [0.995, 0.28],
    [0.999, 0.77],
  ])("fixed wiring, hosts %d, 1K chips: %d, so that hosts must reach 99.9 %%", (host, share) => {
    expect(staticGoodput(plan(1024, host))).toBeCloseTo(share, 2);
  });
});

describe("a TPU v4 pod (https://docs.cloud.google.com/tpu/docs/v4)", () => {
  test("all-reduce bandwidth of 1.1 PB/s", () => {
    expectWithin(allReduceCapacity([16, 16, 16], V4), 1.1e15, 0.01);
  });

  test("bisection bandwidth of 24 TB/s", () => {
    expect(bisectionLinks([16, 16, 16])).toBe(512);
    expectWithin(bisectionLinks([16, 16, 16]) * V4.bytesPerSecond, 24e12, 0.04 + 1e-9);
  });

  test("48 circuit switches with 128 ports in use and 6,144 strands (arXiv 2304.01433)", () => {
    const { cubes, side, ocs } = Systems.tpuCubes("pod", { generation: "tpu-v4" });
    expect(switchesForCubes(side)).toBe(48);
    expect(ocs.switches).toBe(48);
    expect(cubes * PORTS_PER_CUBE).toBe(128);
    expect(ocs.ports! - ocs.sparePorts!).toBe(128);
    expect(switchesForCubes(side) * cubes * PORTS_PER_CUBE).toBe(6_144);
  });
});

describe("all-gathers (https://jax-ml.github.io/scaling-book/sharding)", () => {
  test("34 MB around 16 chips of v5e: 377 us", () => {
    expectWithin(torusGatherSeconds(34e6, wrapped(16), V4), 377e-6, 0.005);
  });

  test("34 MB along 4 chips of v5e that do not wrap: 560 us ideally, 680 us measured", () => {
    const ideal = torusGatherSeconds(34e6, [{ size: 4, wrapped: false }], V4);
    expectWithin(ideal, 560e-6, 0.015);
    expectWithin(ideal / DEFAULT_EFFICIENCY.torus, 680e-6, 0.02);
  });

  test("bf16[1024, 4096] on v4: a quarter over one axis 23 us, all of it over two axes 46 us", () => {
    const bytes = 2 * 1024 * 4096;
    expectWithin(torusGatherSeconds(bytes / 4, wrapped(4), V4), 23e-6, 0.02);
    expectWithin(torusGatherSeconds(bytes, wrapped(4, 4), V4), 46e-6, 0.02);
  });
});

describe("Llama 3 405B (arXiv 2407.21783, table 4 and section 3.3)", () => {
  const fabric = Systems.threeTierRoce("roce");

  /** Kernel efficiency with which 8,192 GPUs reach 430 TFLOPs, found by halving. */
  function fitted(interleave: number, overlap: number): number {
    let [low, high] = [0.1, 1];
    for (let round = 0; round < 50; round++) {
      const middle = (low + high) / 2;
      [low, high] = achieved(64, 32, interleave, overlap, middle) < 430 ? [middle, high] : [low, middle];
    }
    return low;
  }

  function achieved(dp: number, batch: number, interleave: number, overlap: number, kernels: number): number {
    const layout = llamaLayout({ dp, microbatches: batch, interleave });
    const gang = llamaRun(layout, { kernelEfficiency: kernels, overlap: { data: overlap } });
    const footprint = compactTreeFootprint(fabric, layout.tp * layout.pp * dp);
    return achievedTflops(gang, layout, stepSeconds(gang, layout, { accelerator: H100, footprint }));
  }

  test.each([
    { interleave: 8, overlap: 0, model: 388 },
    { interleave: 8, overlap: 1, model: 407 },
    { interleave: 6, overlap: 0, model: 383 },
    { interleave: 6, overlap: 1, model: 401 },
  ])(
    "from 8K to 16K GPUs 430 falls to 400: interleave $interleave, overlap $overlap gives $model",
    ({ interleave, overlap, model }) => {
      const rate = achieved(128, 16, interleave, overlap, fitted(interleave, overlap));
      expectWithin(rate, model, 0.01);
      expectWithin(rate, 400, 0.05);
    },
  );

  test("with the default kernel efficiency, nothing fitted, weights kept as Llama 3 does: 400 within 5 %", () => {
    const layout = llamaLayout({ dp: 128, microbatches: 16, sharding: "zero3-kept" });
    const gang = llamaRun(layout);
    const footprint = compactTreeFootprint(fabric, 16_384);
    const step = stepSeconds(gang, layout, { accelerator: H100, footprint });
    expectWithin(achievedTflops(gang, layout, step), 400, 0.05);
  });

  test("pods of 3,072 GPUs hold 24 replicas, so an aggregation layer of 1:7 costs data parallelism nothing", () => {
    const layout = llamaLayout({ dp: 128, microbatches: 16 });
    expect(membersWithin(layout, ["ep", "dp"], 3_072)).toBe(24);
    expect(ringSlowdown(7, 24)).toBe(1);
    const gang = llamaRun(layout);
    const step = (oversubscription: number) => {
      const tiers = fabric.tiers.map((tier, at) => (at === 2 ? { ...tier, oversubscription } : tier));
      const footprint = compactTreeFootprint({ ...fabric, tiers }, 16_384);
      return stepSeconds(gang, layout, { accelerator: H100, footprint }).data;
    };
    expect(step(7)).toBe(step(1));
    expect(step(48)).toBeGreaterThan(1.5 * step(1));
  });

  test("the model has the parameters that its shape gives", () => {
    expectWithin(12 * LLAMA_405B.layers * LLAMA_405B.hidden ** 2, LLAMA_405B.params, 0.05);
  });
});

test("rail-only: forwarding costs all-to-all 8.2 to 11.2 % (arXiv 2307.12169)", () => {
  const network = {
    perDomain: 8,
    domains: 32,
    scaleUpBytesPerSecond: 450e9,
    networkBytesPerSecond: 50e9,
    scaleUpLatencySeconds: 0,
    networkLatencySeconds: 0,
  };
  const seconds = (railOnly: boolean) => hierarchicalAllToAllSeconds(1e9, network, { railOnly });
  const penalty = seconds(true) / seconds(false) - 1;
  expect(penalty).toBeGreaterThan(0.082);
  expect(penalty).toBeLessThan(0.112);
});

describe("gradients of 340B parameters between two sites, 1,000 km (NVIDIA NeMo, Nemotron-4 340B)", () => {
  test.each([
    { waves: 8, rate: 800, seconds: 0.85 },
    { waves: 100, rate: 400, seconds: 0.136 },
  ])("$waves waves of $rate Gbit/s: $seconds s", ({ waves, rate, seconds }) => {
    expectWithin(wideAllReduceSeconds(680e9, { sites: 2, gbps: waves * rate, rttMs: 0 }), seconds, 0.01);
  });
});
