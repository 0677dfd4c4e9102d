import { Lazy } from "cdktf";
import { acceleratorsPerNode, isElastic, nodesOf, Slice } from "../../lib/fabric/slice";
import { captureValidationError } from "../../lib/testing";

const refused = (make: () => unknown) => captureValidationError(make);

describe("a slice of accelerators", () => {
  test("has the facts of the catalogue, a count per node and a range of nodes", () => {
    const slice = Slice.accelerators("h200", { perNode: 8, nodes: 16 });
    expect(slice).toMatchObject({ kind: "accelerators", perNode: 8, nodes: { min: 16, max: 16 } });
    expect(slice.accelerator).toMatchObject({ name: "h200", vendor: "nvidia", memoryGib: 141 });
    expect(nodesOf(slice)).toEqual({ min: 16, max: 16 });
    expect(acceleratorsPerNode(slice)).toBe(8);
    expect(isElastic(slice)).toBe(false);
  });

  test("can grow and shrink, also to nothing", () => {
    const slice = Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 4 } });
    expect(nodesOf(slice)).toEqual({ min: 0, max: 4 });
    expect(isElastic(slice)).toBe(true);
  });

  test("is frozen, ranges included", () => {
    const slice = Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 4 } });
    expect(Object.isFrozen(slice) && Object.isFrozen(slice.nodes)).toBe(true);
  });

  test("of an accelerator that nobody knows is refused with the names that are known", () => {
    const error = refused(() => Slice.accelerators("h300", { perNode: 8, nodes: 1 }));
    expect(error.codes).toEqual(["UnknownAccelerator"]);
    expect(error.message).toMatch(/h100, h200/);
    expect(error.message).toContain("Accelerator.of");
  });

  test("of a TPU is refused: TPUs come in topologies", () => {
    const error = refused(() => Slice.accelerators("tpu-v6e", { perNode: 4, nodes: 2 }));
    expect(error.codes).toEqual(["SliceKindMismatch"]);
    expect(error.message).toContain("Slice.tpu");
  });

  test.each([
    ["no node", 0],
    ["half a node", 1.5],
    ["more than exist", 100_001],
    ["nothing at most", { min: 0, max: 0 }],
    ["the range upside down", { min: 4, max: 2 }],
    ["less than nothing", { min: -1, max: 2 }],
    ["no number", Number.NaN],
  ])("of %s is refused", (_, nodes) => {
    expect(refused(() => Slice.accelerators("h200", { perNode: 8, nodes })).codes).toEqual([
      "NodeRangeInvalid",
    ]);
  });

  test.each([0, 73, 1.5])("with %p accelerators in a node is refused", (perNode) => {
    expect(refused(() => Slice.accelerators("h200", { perNode, nodes: 1 })).codes).toEqual([
      "NumberOutOfRange",
    ]);
  });

  test("tells all that is wrong at once, and takes no tokens", () => {
    const number = Lazy.numberValue({ produce: () => 4 });
    const error = refused(() => Slice.accelerators("h300", { perNode: 0, nodes: number }));
    expect(error.codes).toEqual(["UnknownAccelerator", "NumberOutOfRange", "TokenNotAllowed"]);
    const name = Lazy.stringValue({ produce: () => "known at apply" });
    expect(refused(() => Slice.accelerators(name, { perNode: 1, nodes: 1 })).codes).toEqual([
      "TokenNotAllowed",
    ]);
  });
});

describe("a TPU slice", () => {
  test("knows its nodes from topology and machine type", () => {
    const slice = Slice.tpu("tpu-v6e", { topology: "8x8" });
    expect(slice.shape).toMatchObject({
      machineType: "ct6e-standard-4t",
      nodes: 16,
      chips: 64,
      multiHost: true,
    });
    expect(nodesOf(slice)).toEqual({ min: 16, max: 16 });
    expect(acceleratorsPerNode(slice)).toBe(4);
  });

  test("comes several times, whole each time", () => {
    const slice = Slice.tpu("tpu-v5p", { topology: "4x4x4", slices: { min: 0, max: 2 } });
    expect(nodesOf(slice)).toEqual({ min: 0, max: 32 });
    expect(isElastic(slice)).toBe(true);
  });

  test("2x4 of v6e is two hosts unless the machine with eight chips is asked for", () => {
    expect(Slice.tpu("tpu-v6e", { topology: "2x4" }).shape.nodes).toBe(2);
    expect(Slice.tpu("tpu-v6e", { topology: "2x4", machineType: "ct6e-standard-8t" }).shape.nodes).toBe(1);
  });

  test.each([
    ["tpu-v6e", "3x8", undefined],
    ["tpu-v6e", "32x32", undefined],
    ["tpu-v5p", "8x4x4", undefined],
    ["tpu-v6e", "8x8", "ct6e-standard-8t"],
    ["tpu-v4", "8x8", undefined],
  ])(
    "of %s in %s on %s is refused, and the legal ones near it are named",
    (accelerator, topology, machineType) => {
      const error = refused(() => Slice.tpu(accelerator, { topology, machineType }));
      expect(error.codes).toEqual(["IllegalTpuTopology"]);
      expect(error.findings[0]!.allowed).toMatch(/\d+x\d+/);
    },
  );

  test("of a GPU is refused", () => {
    expect(refused(() => Slice.tpu("h200", { topology: "2x2" })).codes).toEqual(["SliceKindMismatch"]);
  });

  test("takes no token for its topology", () => {
    const topology = Lazy.stringValue({ produce: () => "known at apply" });
    expect(refused(() => Slice.tpu("tpu-v6e", { topology })).codes).toEqual(["TokenNotAllowed"]);
  });
});

describe("a slice of CPU nodes", () => {
  test("asks for a size, not for a machine", () => {
    expect(Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 })).toEqual({
      kind: "cpu",
      vcpu: 8,
      memoryGib: 32,
      arch: "amd64",
      nodes: { min: 3, max: 3 },
    });
    expect(acceleratorsPerNode(Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3, arch: "arm64" }))).toBe(0);
  });

  test("refuses sizes that no machine has, and architectures that nobody makes", () => {
    const error = refused(() => Slice.cpu({ vcpu: 0, memoryGib: 65_537, nodes: 1, arch: "riscv" as never }));
    expect(error.codes).toEqual(["NumberOutOfRange", "NumberOutOfRange", "NotOneOf"]);
  });
});

test("slices without their numbers are refused, not crashed on", () => {
  const none = undefined as never;
  expect(refused(() => Slice.accelerators("h200", none)).codes).toEqual([
    "NumberOutOfRange",
    "NodeRangeInvalid",
  ]);
  expect(refused(() => Slice.accelerators(none, { perNode: 8, nodes: 1 })).codes).toEqual(["MissingValue"]);
  expect(refused(() => Slice.tpu("tpu-v6e", none)).codes).toEqual(["MissingValue"]);
  expect(refused(() => Slice.tpu(none, none)).codes).toEqual(["MissingValue"]);
  expect(refused(() => Slice.cpu(none)).codes).toEqual([
    "NumberOutOfRange",
    "NumberOutOfRange",
    "NodeRangeInvalid",
  ]);
});
