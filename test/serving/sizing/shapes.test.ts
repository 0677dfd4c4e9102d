import { Token } from "cdktf";
import type { EndpointPlanProps } from "../../../lib";
import { chat, codes, model, plan, QWEN_235B, refusal } from "../fixture";

const bf16 = model({ precision: "bf16", cachePrecision: "bf16" });
const qwen = model({ shape: QWEN_235B });
const PATIENT = [chat({ firstTokenP95Ms: 600_000, nextTokenMs: 10_000 })];

function at(parallelism: EndpointPlanProps["parallelism"], changes: Partial<EndpointPlanProps> = {}) {
  return codes(() => plan({ parallelism, classes: PATIENT, ...changes }));
}

describe("tensor parallelism", () => {
  test.each([3, 5, 7])("of %d does not divide 64 heads", (tensor) => {
    const { code, message } = refusal(() => plan({ parallelism: { tensor } }));
    expect(code).toBe("TensorDoesNotDivideHeads");
    expect(message).toContain("1, 2, 4, 8, 16, 32, 64 (64 heads of attention, 8 of keys and values)");
  });

  test("may be a multiple of the heads of keys and values, or divide them, but nothing between", () => {
    const shape = { ...QWEN_235B, attentionHeads: 48, kvHeads: 4 };
    const odd = model({ shape });
    expect(at({ tensor: 6, pipeline: 1 }, { model: odd })).toContain("TensorDoesNotDivideHeads");
    expect(at({ tensor: 4, pipeline: 1 }, { model: odd })).toEqual([]);
    expect(at({ tensor: 8, pipeline: 1 }, { model: odd })).toEqual([]);
  });

  test("stays within a board of eight, however many nodes there are", () => {
    const { code, message } = refusal(() => plan({ parallelism: { tensor: 16, pipeline: 1 } }));
    expect(code).toBe("TensorOverSlowTier");
    expect(message).toContain("at most 8 of h100 (NVLink 4 joins 8 with 8 in a node)");
  });

  test("stays within the accelerators of a node where the node has fewer than the board", () => {
    expect(at({ tensor: 8, pipeline: 1 }, { acceleratorsPerNode: 4 })).toEqual(["TensorOverSlowTier"]);
    expect(at({ tensor: 4, pipeline: 1 }, { acceleratorsPerNode: 4 })).toEqual([]);
  });

  test("crosses machines of a rack, and chips of a slice", () => {
    expect(at({ tensor: 16, pipeline: 1 }, { accelerator: "gb200", acceleratorsPerNode: 4 })).toEqual([]);
    const tpu = { model: bf16, accelerator: "tpu-v6e", acceleratorsPerNode: 4 };
    expect(at({ tensor: 16, pipeline: 1 }, tpu)).toEqual([]);
  });

  test("over PCIe spans four cards and no more", () => {
    const l40s = { accelerator: "l40s", acceleratorsPerNode: 8 };
    expect(at({ tensor: 4, pipeline: 1 }, l40s)).toEqual([]);
    expect(at({ tensor: 8, pipeline: 1 }, l40s)).toEqual(["TensorOverSlowTier"]);
    expect(at({ tensor: 4, pipeline: 2 }, l40s)).toEqual([]);
  });

  test("follows a domain that is given", () => {
    expect(at({ tensor: 8, pipeline: 1 }, { scaleUpDomain: 4 })).toEqual(["TensorOverSlowTier"]);
    expect(at({ tensor: 16, pipeline: 1 }, { scaleUpDomain: 16 })).toEqual([]);
  });
});

describe("stages of a pipeline", () => {
  test("have nearly the same number of layers", () => {
    expect(at({ tensor: 2, pipeline: 4 })).toEqual([]);
    expect(at({ tensor: 8, pipeline: 3 })).toEqual([]);
    expect(at({ tensor: 8, pipeline: 54 })).toContain("PipelineDoesNotDivideLayers");
    expect(at({ tensor: 8, pipeline: 81 })).toContain("PipelineDoesNotDivideLayers");
  });
});

describe("experts", () => {
  const dep = (expert: number, data: number, tensor = 1) => ({ tensor, pipeline: 1, expert, data });

  test("are divided among all accelerators of a stage", () => {
    expect(at(dep(8, 8), { model: qwen })).toEqual([]);
    expect(at(dep(8, 1, 8), { model: qwen })).toEqual([]);
  });

  test("are divided by all or none with vLLM, in part with others", () => {
    expect(at(dep(4, 1, 8), { model: qwen })).toEqual(["ExpertsNotDivisible"]);
    expect(at(dep(4, 1, 8), { model: qwen, engine: "sglang" })).toEqual([]);
    expect(at(dep(3, 1, 8), { model: qwen, engine: "sglang" })).toEqual(["ExpertsNotDivisible"]);
  });

  test("must be there to be divided, or for copies of the dense part", () => {
    expect(at(dep(8, 1, 8))).toEqual(["ExpertsNotDivisible"]);
    expect(at(dep(1, 8))).toEqual(["DataParallelWithoutExperts"]);
    expect(at(dep(1, 8), { model: qwen })).toEqual(["DataParallelWithoutExperts"]);
  });

  test("need tensor parallelism to be told", () => {
    expect(at({ expert: 8, data: 8 }, { model: qwen })).toEqual(["MissingValue"]);
  });
});

describe("replicas and nodes", () => {
  test("a replica over several nodes fills them", () => {
    expect(at({ tensor: 4, pipeline: 3 })).toEqual(["ReplicaDoesNotFillNodes"]);
    const two = plan({ parallelism: { tensor: 8, pipeline: 2 }, classes: PATIENT });
    expect([two.acceleratorsPerReplica, two.nodesPerReplica]).toEqual([16, 2]);
  });

  test("an odd number is refused where only a part is given", () => {
    const pairs = { acceleratorsPerNode: 4, scaleUpDomain: 2 };
    expect(at({ pipeline: 3 }, pairs)).toEqual(["ReplicaDoesNotFillNodes"]);
    expect(at({ pipeline: 2 }, pairs)).toEqual([]);
  });

  test("numbers are whole, literal and positive", () => {
    expect(at({ tensor: 0 })).toEqual(["NumberOutOfRange"]);
    expect(at({ tensor: 2.5 })).toEqual(["NumberOutOfRange"]);
    expect(at({ pipeline: Token.asNumber({ resolve: () => 1 }) })).toEqual(["TokenNotAllowed"]);
    expect(at("8" as never)).toEqual(["NotOneOf"]);
  });
});

describe("without a division of one's own", () => {
  test("the fewest accelerators that fit and answer in time are taken", () => {
    expect(plan().parallelism).toEqual({ tensor: 2, pipeline: 1, expert: 1, data: 1 });
    expect(plan({ accelerator: "h200" }).parallelism.tensor).toBe(1);
    expect(plan({ classes: [chat({ nextTokenMs: 12 })] }).parallelism.tensor).toBeGreaterThan(2);
  });

  test("what is given of it is kept", () => {
    expect(plan({ parallelism: { tensor: 8 } }).parallelism).toMatchObject({ tensor: 8, pipeline: 1 });
    expect(plan({ parallelism: { pipeline: 2 } }).parallelism.pipeline).toBe(2);
  });
});

describe("precision", () => {
  test.each([
    ["fp8", "a100-80gb"],
    ["nvfp4", "h100"],
    ["fp8", "tpu-v6e"],
    ["int8", "tpu-v6e"],
  ] as const)("%s is not computed on %s", (precision, accelerator) => {
    const { codes: found, message } = refusal(() =>
      plan({ model: model({ precision, cachePrecision: "bf16" }), accelerator }),
    );
    expect(found).toEqual(["PrecisionUnsupported"]);
    expect(message).toContain(`${precision} on ${accelerator}`);
  });

  test.each([
    ["int4", "a100-80gb"],
    ["mxfp4", "h100"],
    ["nvfp4", "b200"],
    ["int8", "a100-80gb"],
  ] as const)("%s is computed on %s", (precision, accelerator) => {
    expect(codes(() => plan({ model: model({ precision, cachePrecision: "bf16" }), accelerator }))).toEqual(
      [],
    );
  });

  test("a cache of fp8 needs hardware for it, one of int8 the engine that has it", () => {
    const a100 = { accelerator: "a100-80gb", classes: PATIENT };
    expect(codes(() => plan({ model: model({ precision: "bf16" }), ...a100 }))).toEqual([
      "PrecisionUnsupported",
    ]);
    const int8 = model({ precision: "bf16", cachePrecision: "int8" });
    expect(codes(() => plan({ model: int8, ...a100 }))).toEqual(["PrecisionUnsupported"]);
    expect(codes(() => plan({ model: int8, engine: "triton", ...a100 }))).toEqual([]);
  });
});
