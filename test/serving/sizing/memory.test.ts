import { Accelerator, type EndpointPlanProps } from "../../../lib";
import { chat, model, plan, QWEN_235B, refusal, WEIGHTS } from "../fixture";

const GIB = 2 ** 30;
const ONE = { parallelism: { tensor: 8, pipeline: 1 } };
const memory = (changes: Partial<EndpointPlanProps> = {}) => plan({ ...ONE, ...changes }).memory;
const qwen = model({ shape: QWEN_235B });

test("what the terms take is what the cache does not get", () => {
  const of = memory();
  const terms = of.weightsGib + of.adaptersGib + of.activationsGib + of.graphsGib + of.overheadGib;
  expect(of.usableGib).toBeCloseTo(0.9 * 80);
  expect(of.cacheGib).toBeCloseTo(of.usableGib - terms);
  expect(of.cacheTokens).toBe(Math.floor((of.cacheGib * GIB) / of.cacheBytesPerToken));
});

describe("weights", () => {
  test("are divided by tensor parallelism, embeddings in 16 bits", () => {
    const tables = 2 * 128_256 * 8192;
    expect(memory().weightsGib * GIB).toBeCloseTo((70.55e9 - tables + 2 * tables) / 8, 0);
  });

  test.each([
    ["bf16", 2],
    ["int4", 0.5 + 2.5 / 128],
  ] as const)("take %s with their scales", (precision, bytes) => {
    const tables = 2 * 128_256 * 8192;
    const { weightsGib } = memory({ model: model({ precision }) });
    expect(weightsGib * GIB).toBeCloseTo(((70.55e9 - tables) * bytes + 2 * tables) / 8, 0);
  });

  test("of four bits take a scale for 16 numbers in nvfp4 and for 32 in mxfp4", () => {
    const b200 = (precision: "nvfp4" | "mxfp4") =>
      memory({ model: model({ precision }), accelerator: "b200" }).weightsGib;
    const numbers = (70.55e9 - 2 * 128_256 * 8192) / 8;
    expect((b200("nvfp4") - b200("mxfp4")) * GIB).toBeCloseTo(numbers / 32, 0);
  });

  test("of a pipeline are those of the longest stage, with one of the two tables", () => {
    const tables = 128_256 * 8192;
    const { weightsGib } = memory({ parallelism: { tensor: 1, pipeline: 3 }, acceleratorsPerNode: 3 });
    expect(weightsGib * GIB).toBeCloseTo((70.55e9 - 2 * tables) * (27 / 80) + 2 * tables, 0);
  });

  test("of experts are divided among all copies of the dense part, which each hold the rest whole", () => {
    const { expertParams } = QWEN_235B.moe!;
    const tables = 2 * 151_936 * 4096;
    const { weightsGib } = memory({
      model: qwen,
      parallelism: { tensor: 1, pipeline: 1, data: 8, expert: 8 },
    });
    const dense = 235.09e9 - expertParams - tables + 2 * tables;
    expect(weightsGib * GIB).toBeCloseTo(dense + expertParams / 8, 0);
  });
});

describe("keys and values", () => {
  test("take 2 x layers x width x bytes, divided by tensor parallelism", () => {
    expect(memory().cacheBytesPerToken).toBe((2 * 80 * 1024) / 8);
    expect(memory({ model: model({ cachePrecision: "bf16" }) }).cacheBytesPerToken).toBe(2 * 2 * 80 * 128);
  });

  test("are held twice where there are twice as many accelerators as heads", () => {
    const at = (tensor: number) => memory({ model: qwen, parallelism: { tensor, pipeline: 1 } });
    const whole = 2 * 94 * 512;
    expect(at(4).cacheBytesPerToken).toBe(whole / 4);
    expect(at(8).cacheBytesPerToken).toBe(whole / 4);
  });

  test("of a stage are those of its layers", () => {
    expect(memory({ parallelism: { tensor: 4, pipeline: 2 } }).cacheBytesPerToken).toBe((2 * 40 * 1024) / 4);
  });
});

describe("the other terms", () => {
  test("adapters take room for the highest rank each, on every accelerator", () => {
    const adapter = (name: string, rank: number) => ({ name, weights: WEIGHTS, rank });
    const at = (...adapters: ReturnType<typeof adapter>[]) =>
      memory({ model: model({ adapters }) }).adaptersGib;
    expect(memory().adaptersGib).toBe(0);
    expect(at(adapter("a", 16), adapter("b", 8))).toBeCloseTo(2 * at(adapter("a", 16)));
    expect(at(adapter("a", 32))).toBeCloseTo(2 * at(adapter("a", 16)));
    // 7 projections of a layer of 8192, 1024 wide keys and values, 28672 inner: PEFT counts 207 million of rank 16.
    expect((at(adapter("a", 16)) * GIB) / 2 / 1e6).toBeCloseTo(207, -1);
  });

  test("more tokens in a step and more sequences take more", () => {
    const base = memory().activationsGib;
    expect(memory({ prefillChunkTokens: 16_384 }).activationsGib).toBeGreaterThan(base);
    expect((memory({ maxSequences: 1024 }).activationsGib - base) * GIB).toBeCloseTo(512 * 128_256 * 8, 0);
  });

  test("graphs are captured on GPUs alone, and one accelerator needs no collectives", () => {
    expect(memory().graphsGib).toBe(1);
    const bf16 = model({ precision: "bf16", cachePrecision: "bf16" });
    const tpu = plan({ model: bf16, accelerator: "tpu-v6e", acceleratorsPerNode: 8, ...ONE });
    expect(tpu.memory.graphsGib).toBe(0);
    const alone = plan({ accelerator: "h200", parallelism: { tensor: 1, pipeline: 1 } });
    expect(memory().overheadGib - alone.memory.overheadGib).toBe(0.5);
  });
});

describe("a model that does not fit", () => {
  test("is told with the sum and the smallest shape that fits", () => {
    const bf16 = model({ precision: "bf16" });
    const { code, message } = refusal(() => plan({ model: bf16, parallelism: { tensor: 1, pipeline: 1 } }));
    expect(code).toBe("ModelDoesNotFit");
    expect(message).toContain(
      "weights 131.41 + activations 2.05 + CUDA graphs 1.00 + overhead 1.00 = 135.46 GiB",
    );
    expect(message).toContain("72.00 GiB usable of 80.0 (tensor 1, pipeline 1)");
    expect(message).toContain("the smallest shape that fits: 4 x h100 (tensor 4, pipeline 1)");
  });

  test("is told of other accelerators if no number of these is enough", () => {
    const small = Accelerator.of({
      name: "small",
      vendor: "nvidia",
      memoryGib: 2,
      memoryBandwidthGBps: 1000,
      peakTflops: { bf16: 100, fp8: 200 },
    });
    const { code, message } = refusal(() => plan({ accelerator: small }));
    expect(code).toBe("ModelDoesNotFit");
    expect(message).toMatch(/the smallest shape that fits: 1 x \S+ \(tensor 1, pipeline 1\)/);
  });

  test("has a code of its own if only the context is too long", () => {
    const one = { parallelism: { tensor: 1, pipeline: 1 } };
    const { code, message } = refusal(() => plan(one));
    expect(code).toBe("ContextExceedsMemory");
    expect(message).toContain("at most 1876 tokens in 0.29 GiB");
    const short = { model: model({ contextTokens: 1876 }), classes: [chat({ promptTokens: 100 })], ...one };
    const slow = chat({ promptTokens: 100, nextTokenMs: 1000, firstTokenP95Ms: 60_000 });
    expect(plan({ ...short, classes: [slow] }).memory.cacheTokens).toBe(1876);
    expect(
      refusal(() => plan({ ...short, model: model({ contextTokens: 1877 }), classes: [slow] })).code,
    ).toBe("ContextExceedsMemory");
  });
});
