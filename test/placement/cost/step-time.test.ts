import fc from "fast-check";
import { Systems } from "../../../lib/fabric/systems";
import type { Dims } from "../../../lib/fabric/torus";
import { DEFAULT_EFFICIENCY, IDEAL_EFFICIENCY } from "../../../lib/placement/cost/efficiency";
import { compactTreeFootprint, torusFootprint } from "../../../lib/placement/cost/footprint";
import {
  achievedTflops,
  type StepPlace,
  stepNs,
  stepParts,
  stepSeconds,
} from "../../../lib/placement/cost/step-time";
import {
  bubbleShare,
  bytesPerParam,
  contextTraffic,
  dataTraffic,
  expertTraffic,
  flopsPerRank,
  pipelineTraffic,
  stateBytesPerRank,
  tensorTraffic,
} from "../../../lib/placement/cost/step-traffic";
import { mapToTorus } from "../../../lib/placement/cost/torus-mapping";
import { Gang, type ParallelLayout, ranksOf, tokensPerStep } from "../../../lib/placement/gang";
import { activeParams } from "../../../lib/placement/model-shape";
import { captureValidationError } from "../../../lib/testing";
import { H100, LLAMA_405B, llamaLayout, llamaRun, MIXTURE, ONE_RANK, TPU_V4 } from "./cost-fixture";

const layout = (changes: Partial<ParallelLayout>): ParallelLayout => ({ ...ONE_RANK, ...changes });

describe("bytes of one step", () => {
  test("Llama 3 405B, TP 8, PP 16, 128 replicas of 16 sequences", () => {
    const split = llamaLayout({ dp: 128, microbatches: 16 });
    const activations = 8_192 * 16_384 * 2;
    expect(tensorTraffic(LLAMA_405B, split)).toEqual({
      operations: 16 * (126 / 16) * 8,
      bytes: 16 * (126 / 16) * 8 * activations * (7 / 8),
    });
    expect(pipelineTraffic(LLAMA_405B, split)).toEqual({
      operations: 2 * 16 * 8,
      bytes: (2 * 16 * 8 * activations) / 8,
    });
    expect(dataTraffic(LLAMA_405B, split).bytes).toBeCloseTo((405e9 / 128) * 8 * (127 / 128), 0);
    expect(bubbleShare(split)).toBeCloseTo(15 / 128, 12);
    expect(tokensPerStep(LLAMA_405B, split)).toBe(2 ** 24);
    expect(flopsPerRank(LLAMA_405B, split)).toBeCloseTo(6 * 405e9 * 1_024, -3);
  });

  test("context parallelism gathers keys and values, of which each tensor rank has its share", () => {
    const split = layout({ tp: 8, cp: 16, microbatches: 2 });
    expect(contextTraffic(LLAMA_405B, split).bytes).toBeCloseTo(
      2 * 126 * 2 * ((2 * 8_192 * 1_024 * 2) / 8) * (15 / 16),
      3,
    );
  });

  test("experts: each token goes to two and comes back, forward and backward", () => {
    const split = layout({ dp: 8, ep: 8, microbatches: 4 });
    const routed = 4_096 * 6_144 * 2 * 2;
    expect(expertTraffic(MIXTURE, split).bytes).toBeCloseTo(4 * 56 * 4 * routed * (7 / 8), 3);
    expect(expertTraffic(LLAMA_405B, split).bytes).toBe(0);
    // Experts are not copied at ep = dp, so only the dense part is reduced.
    expect(dataTraffic(MIXTURE, split).bytes).toBeCloseTo(6e9 * 4 * (7 / 8), 3);
    expect(activeParams(MIXTURE)).toBeCloseTo(6e9 + 135e9 / 4, 3);
  });

  test.each([
    ["none", 2, 4],
    ["zero1", 2, 4],
    ["zero1", 4, 6],
    ["zero3", 4, 8],
    ["zero3-kept", 4, 6],
  ] as const)(
    "sharding %s with gradients of %d bytes moves %d for each parameter",
    (sharding, gradientBytes, bytes) => {
      expect(bytesPerParam(layout({ sharding, gradientBytes }))).toBe(bytes);
    },
  );

  test("memory of state: 16 bytes a parameter without sharding, all of it divided with", () => {
    const gang = (changes: Partial<ParallelLayout>) => {
      const split = layout({ dp: 64, ...changes });
      return stateBytesPerRank(llamaRun(split), split) / 405e9;
    };
    expect(gang({ sharding: "none" })).toBeCloseTo(16, 9);
    expect(gang({ sharding: "zero1" })).toBeCloseTo(4 + 12 / 64, 9);
    expect(gang({ sharding: "zero3" })).toBeCloseTo(16 / 64, 9);
    expect(gang({ sharding: "zero3", tp: 8, pp: 4 })).toBeCloseTo(16 / 64 / 32, 9);
  });

  test("axes of one rank send nothing", () => {
    for (const traffic of [tensorTraffic, contextTraffic, pipelineTraffic, expertTraffic, dataTraffic]) {
      expect(traffic(MIXTURE, ONE_RANK)).toEqual({ bytes: 0, operations: 0 });
    }
  });
});

describe("layouts on the axes of a slice", () => {
  test.each([
    {
      dims: [4, 4, 8],
      split: { tp: 4, dp: 32 },
      tp: [[0, 4, 1]],
      dp: [
        [1, 4, 1],
        [2, 8, 1],
      ],
    },
    {
      dims: [4, 4, 8],
      split: { tp: 8, dp: 16 },
      tp: [[2, 8, 1]],
      dp: [
        [0, 4, 1],
        [1, 4, 1],
      ],
    },
    {
      dims: [16, 16],
      split: { tp: 8, dp: 32 },
      tp: [[0, 8, 1]],
      dp: [
        [0, 2, 8],
        [1, 16, 1],
      ],
    },
    {
      dims: [4, 4, 4],
      split: { tp: 2, dp: 32 },
      tp: [[0, 2, 1]],
      dp: [
        [0, 2, 2],
        [1, 4, 1],
        [2, 4, 1],
      ],
    },
  ])("$split on $dims takes whole axes first", ({ dims, split, tp, dp }) => {
    const mapping = mapToTorus(layout(split), dims)!;
    const plain = (axis: "tp" | "dp") =>
      mapping[axis].map(({ axis: along, extent, stride }) => [along, extent, stride]);
    expect(plain("tp")).toEqual(tp);
    expect(plain("dp")).toEqual(dp);
  });

  test("places every rank on its own chip", () => {
    const dims = [4, 8, 8];
    const split = layout({ tp: 8, ep: 2, pp: 4, dp: 8 });
    const mapping = mapToTorus(split, dims)!;
    const stretches = Object.values(mapping).flat();
    let chips: number[][] = [[0, 0, 0]];
    for (const { axis, extent, stride } of stretches) {
      chips = chips.flatMap((chip) =>
        Array.from({ length: extent }, (_, step) =>
          chip.map((at, other) => (other === axis ? at + step * stride : at)),
        ),
      );
    }
    expect(new Set(chips.map(String)).size).toBe(256);
    expect(chips.every((chip) => chip.every((at, axis) => at < dims[axis]!))).toBe(true);
  });

  test.each([[{ tp: 3, dp: 2 }], [{ tp: 4, dp: 64 }]])("%j does not fit 4x4x8", (split) => {
    expect(mapToTorus(layout(split), [4, 4, 8])).toBeUndefined();
  });
});

describe("step time", () => {
  const pod = Systems.tpuCubes("pod", { generation: "tpu-v4" });
  const slice = (dims: Dims, twisted: boolean): StepPlace => ({
    accelerator: TPU_V4,
    footprint: torusFootprint(pod, { dims, twisted }),
    efficiency: IDEAL_EFFICIENCY,
  });
  const experts = layout({ dp: 128, ep: 128 });
  const many = { ...MIXTURE, moe: { ...MIXTURE.moe!, experts: 128 } };
  const mixture = (split: ParallelLayout) =>
    Gang.of("mixture", { model: many, layouts: [split], accelerators: ["tpu-v4"] });

  test("is the sum that its parts and overlaps say", () => {
    const split = llamaLayout({ dp: 16, microbatches: 16 });
    const footprint = compactTreeFootprint(Systems.hgxRails("rails", { units: 8 }), ranksOf(split));
    const gang = llamaRun(split, { overlap: { data: 0.5, pipeline: 0 } });
    const step = stepSeconds(gang, split, { accelerator: H100, footprint });
    const busy = step.compute + step.tensor + step.context + step.exposedExpert;
    expect(step.bubble).toBeCloseTo((busy * 15) / 128, 9);
    expect(step.exposedPipeline).toBe(step.pipeline);
    expect(step.exposedData).toBeCloseTo(step.data / 2, 9);
    expect(step.total).toBeCloseTo(busy + step.bubble + step.pipeline + step.data / 2, 9);
    expect(stepNs(step).totalNs).toBe(Math.ceil(step.total * 1e9));
    expect(Object.values(stepNs(step)).every(Number.isSafeInteger)).toBe(true);
    expect(achievedTflops(gang, split, step)).toBeLessThan(H100.peakTflops * gang.kernelEfficiency);
  });

  test("no more is hidden than computation lasts", () => {
    const split = layout({ dp: 64 });
    const footprint = compactTreeFootprint(Systems.hgxRails("rails", { units: 2 }), 64);
    const gang = llamaRun(split, { overlap: { data: 1 }, model: { ...LLAMA_405B, sequence: 1 } });
    const step = stepSeconds(gang, split, { accelerator: H100, footprint });
    expect(step.exposedData).toBeCloseTo(step.data - step.compute, 9);
  });

  test("experts over a whole slice run 1.745 times faster on a twisted 4x4x8", () => {
    const gang = mixture(experts);
    const [plain, twisted] = [false, true].map((twist) =>
      stepSeconds(gang, experts, slice([4, 4, 8], twist)),
    );
    expect(plain!.expert / twisted!.expert).toBeCloseTo(1.745, 3);
    expect(plain!.data).toBeGreaterThan(0);
    expect(twisted!.compute).toBe(plain!.compute);
  });

  test.each([
    [[4, 4, 8], 128, 1.63],
    [[4, 8, 8], 256, 1.31],
  ])(
    "with what links really reach, experts on a twisted %j of %d chips gain the %d measured (arXiv 2304.01433)",
    (dims, chips, gain) => {
      const split = layout({ dp: chips, ep: chips });
      const gang = Gang.of("mixture", {
        model: { ...MIXTURE, moe: { ...MIXTURE.moe!, experts: chips } },
        layouts: [split],
        accelerators: ["tpu-v4"],
      });
      const [plain, twisted] = [false, true].map((twist) => {
        const { accelerator, footprint } = slice(dims, twist);
        return stepSeconds(gang, split, { accelerator, footprint }).expert;
      });
      expect(Math.abs(plain! / twisted! / gain - 1)).toBeLessThan(0.01);
    },
  );

  test("a twist opens the rings of the short axes for groups along one axis", () => {
    const split = layout({ tp: 4, dp: 32 });
    const [plain, twisted] = [false, true].map((twist) =>
      stepSeconds(mixture(split), split, slice([4, 4, 8], twist)),
    );
    expect(twisted!.tensor).toBeCloseTo(plain!.tensor * 1.5, 9);
  });

  test("slices below a cube have no wrap-around", () => {
    expect(torusFootprint(pod, { dims: [2, 2, 4], twisted: false }).wrapped).toEqual([false, false, false]);
    expect(torusFootprint(pod, { dims: [4, 4, 4], twisted: false }).wrapped).toEqual([true, true, true]);
    expect(torusFootprint(pod, { dims: [4, 4, 8], twisted: true }).wrapped).toEqual([false, false, true]);
    expect(torusFootprint(pod, { dims: [4, 8, 8], twisted: true }).wrapped).toEqual([false, true, true]);
  });

  test("of a static torus only axes that are spanned wrap", () => {
    const v5e = Systems.tpuTorus("v5e", { generation: "tpu-v5e" });
    const wrap = (...dims: number[]) => torusFootprint(v5e, { dims, twisted: false }).wrapped;
    expect([wrap(16, 16), wrap(8, 16), wrap(4, 8)]).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ]);
  });

  test.each([
    [{ dims: [4, 4, 6], twisted: false }, "SliceShapeIllegal"],
    [{ dims: [8, 2, 2], twisted: false }, "SliceShapeIllegal"],
    [{ dims: [16, 16, 20], twisted: false }, "SliceShapeIllegal"],
    [{ dims: [4, 4], twisted: false }, "SliceShapeIllegal"],
    [{ dims: [4, 4, 4], twisted: true }, "ShapeNotTwistable"],
  ])("refuses slice %j", (shape, code) => {
    expect(captureValidationError(() => torusFootprint(pod, shape)).codes).toEqual([code]);
  });

  test("two sites: each reduces its half, and the model's gradients cross once", () => {
    const split = llamaLayout({ dp: 16, microbatches: 16 });
    const fabric = Systems.hgxRails("rails", { units: 8 });
    const gang = llamaRun(split);
    const whole = stepParts(gang, split, {
      accelerator: H100,
      footprint: compactTreeFootprint(fabric, 2_048),
    });
    const footprint = compactTreeFootprint(fabric, 1_024);
    const halves = stepParts(gang, split, {
      accelerator: H100,
      footprint,
      wide: { sites: 2, gbps: 6_400, rttMs: 10 },
    });
    const across = (405e9 * 4 * 8) / (6_400e9 * DEFAULT_EFFICIENCY.wide) + 0.01;
    expect(halves.compute).toBe(whole.compute);
    expect(halves.data).toBeGreaterThan(across);
    expect(halves.data).toBeLessThan(across + whole.data);
  });

  test("refuses places that the layout does not fit", () => {
    const split = layout({ dp: 16 });
    const gang = llamaRun(split);
    const fabric = Systems.hgxRails("rails", { units: 2 });
    const codes = (place: StepPlace) => captureValidationError(() => stepParts(gang, split, place)).codes;
    expect(codes({ accelerator: H100, footprint: compactTreeFootprint(fabric, 8) })).toEqual([
      "FootprintMismatch",
    ]);
    expect(codes(slice([4, 4, 8], false))).toEqual(["FootprintMismatch"]);
    const wide = { sites: 3, gbps: 1, rttMs: 1 };
    expect(codes({ accelerator: H100, footprint: compactTreeFootprint(fabric, 16), wide })).toEqual([
      "FootprintMismatch",
    ]);
  });

  test("is finite and positive, and faster links or chips never slow it", () => {
    const arbitrary = fc.record({
      tp: fc.constantFrom(1, 2, 8),
      cp: fc.constantFrom(1, 2),
      pp: fc.constantFrom(1, 2, 4),
      dp: fc.constantFrom(2, 4, 8),
      ep: fc.constantFrom(1, 2),
      microbatches: fc.integer({ min: 1, max: 64 }),
      sharding: fc.constantFrom("none" as const, "zero1" as const, "zero3" as const),
    });
    fc.assert(
      fc.property(arbitrary, fc.boolean(), (changes, onTorus) => {
        const split = layout(changes);
        const gang = mixture(split);
        const fabric = Systems.hgxRails("rails", { units: 2 });
        const ranks = ranksOf(split);
        const dims = [1, 2, 4, 8, 16]
          .flatMap((a) => [1, 2, 4, 8, 16].map((b) => [a, b]))
          .find(([a, b]) => a! * b! === ranks);
        const torus = Systems.tpuTorus("v5e", { generation: "tpu-v5e" });
        const at = (factor: number) =>
          stepSeconds(gang, split, {
            accelerator: H100,
            footprint:
              onTorus && dims !== undefined
                ? torusFootprint({ ...torus, linkOneWayGBps: 45 * factor }, { dims, twisted: false })
                : compactTreeFootprint({ ...fabric, nicGbps: 400 * factor }, ranks),
          }).total;
        expect(Number.isFinite(at(1)) && at(1) > 0).toBe(true);
        expect(at(2)).toBeLessThanOrEqual(at(1));
      }),
      { numRuns: 150 },
    );
  });
});
