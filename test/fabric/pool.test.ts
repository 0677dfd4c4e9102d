import { Lazy } from "cdktf";
import { Capacity } from "../../lib/fabric/capacity";
import { type AcceleratorPoolProps, checkPool } from "../../lib/fabric/pool";
import { Sharing, sharedResource } from "../../lib/fabric/sharing";
import { Slice } from "../../lib/fabric/slice";
import { captureValidationError } from "../../lib/testing";

const H200 = Slice.accelerators("h200", { perNode: 8, nodes: 16 });
const L4 = Slice.accelerators("l4", { perNode: 1, nodes: 4 });
const CPU = Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 });

const pool = (props: Partial<AcceleratorPoolProps>) =>
  checkPool('cluster "train"', { name: "p", slice: H200, ...props });
const codes = (props: Partial<AcceleratorPoolProps>) => captureValidationError(() => pool(props)).codes;

describe("a pool that says only what it is made of", () => {
  test("trains on nodes close to each other, bought by the hour", () => {
    expect(pool({})).toMatchObject({
      capacity: [{ kind: "onDemand" }],
      tier: "training",
      labels: {},
      taints: [],
      closeTogether: true,
      bootDiskGib: 200,
      disruption: { maxUnavailable: 1, repair: true, drainMinutes: 60, emptyAfterMinutes: 10 },
    });
  });

  test("runs the cluster's own components if it has no accelerators", () => {
    expect(pool({ slice: CPU })).toMatchObject({ tier: "system", closeTogether: false });
  });

  test.each([
    ["one node", { slice: Slice.accelerators("h200", { perNode: 8, nodes: 1 }) }, false],
    [
      "up to two nodes",
      { slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 2 } }) },
      true,
    ],
    ["serving", { tier: "serving" }, false],
    ["a TPU slice on several hosts", { slice: Slice.tpu("tpu-v6e", { topology: "8x8" }) }, true],
    ["TPU slices on one host each", { slice: Slice.tpu("tpu-v6e", { topology: "2x2", slices: 4 }) }, false],
    ["serving that asks for it", { tier: "serving", closeTogether: true }, true],
  ])("is put close together for %s: %p", (_, props, close) => {
    expect(pool(props).closeTogether).toBe(close);
  });
});

test("rules of disruption are taken one by one, and undefined means the default", () => {
  expect(pool({ disruption: { drainMinutes: 120, repair: undefined } }).disruption).toEqual({
    maxUnavailable: 1,
    repair: true,
    drainMinutes: 120,
    emptyAfterMinutes: 10,
  });
});

describe("a pool is refused", () => {
  test.each<[string, Partial<AcceleratorPoolProps>, readonly string[]]>([
    ["without a slice", { slice: undefined }, ["MissingValue"]],
    ["with a name that is no name", { name: "H200 pool" }, ["InvalidName"]],
    ["with a tier that is no word", { tier: "Training!" }, ["InvalidName"]],
    [
      "with a label that Kubernetes refuses",
      { labels: { "-a": "b", c: "d e" } },
      ["InvalidName", "InvalidName"],
    ],
    ["with a taint that has no effect", { taints: [{ key: "a", effect: "Never" as never }] }, ["NotOneOf"]],
    [
      "with one taint twice",
      { taints: Array(2).fill({ key: "a", effect: "NoSchedule" }) },
      ["DuplicateValue"],
    ],
    ["with no zone", { zones: [] }, ["MissingValue"]],
    ["with one zone twice", { zones: ["a", "a"] }, ["DuplicateValue"]],
    ["with 7 pods on a node", { maxPodsPerNode: 7 }, ["NumberOutOfRange"]],
    ["with 257 pods on a node", { maxPodsPerNode: 257 }, ["NumberOutOfRange"]],
    ["with a disk that holds no image", { bootDiskGib: 29 }, ["NumberOutOfRange"]],
    ["with an unknown layout of interfaces", { interfaceLayout: "most" as never }, ["NotOneOf"]],
    ["when no node may ever go", { disruption: { maxUnavailable: 0 } }, ["NumberOutOfRange"]],
    ["when more than all may go", { disruption: { maxUnavailable: "101%" } }, ["InvalidName"]],
    ["with a drain that never ends", { disruption: { drainMinutes: 1441 } }, ["NumberOutOfRange"]],
    ["with an impossible order of capacities", { capacity: [] }, ["CapacityOrderInvalid"]],
  ])("%s", (_, props, expected) => {
    expect(codes(props)).toEqual(expected);
  });

  test("with all that is wrong at once, under its own name", () => {
    const error = captureValidationError(() => pool({ tier: "T", bootDiskGib: 1, capacity: [] }));
    expect(error.codes).toEqual(["CapacityOrderInvalid", "InvalidName", "NumberOutOfRange"]);
    expect(error.where).toBe('cluster "train" pool "p"');
  });

  test("when what shapes it is known to Terraform only", () => {
    const text = Lazy.stringValue({ produce: () => "later" });
    expect(codes({ name: text })).toEqual(["TokenNotAllowed"]);
    expect(codes({ zones: [text], tier: text, machineType: text })).toEqual(Array(3).fill("TokenNotAllowed"));
  });

  test.each([8, 256])("not with %p pods on a node", (maxPodsPerNode) => {
    expect(pool({ maxPodsPerNode }).maxPodsPerNode).toBe(maxPodsPerNode);
  });
});

describe("sharing a GPU", () => {
  test.each([
    ["time slices", Sharing.timeSlicing(4), { resource: "nvidia.com/gpu", perNode: 32 }],
    ["processes", Sharing.mps(2), { resource: "nvidia.com/gpu", perNode: 16 }],
    ["partitions", Sharing.mig("1g.18gb"), { resource: "nvidia.com/gpu", perNode: 56 }],
    ["nobody", undefined, { resource: "nvidia.com/gpu", perNode: 8 }],
  ])("with %s decides how many a node offers", (_, sharing, resource) => {
    pool({ sharing });
    expect(sharedResource(H200, sharing)).toEqual(resource);
  });

  test("by partitions is refused on hardware that has none, with what it has", () => {
    const error = captureValidationError(() => pool({ slice: L4, sharing: Sharing.mig("1g.10gb") }));
    expect(error.codes).toEqual(["SharingNotSupported"]);
    expect(error.message).toContain("l4 has no MIG");
  });

  test("by partitions of another GPU is refused with those of this one", () => {
    const error = captureValidationError(() => pool({ sharing: Sharing.mig("1g.10gb") }));
    expect(error.codes).toEqual(["SharingNotSupported"]);
    expect(error.message).toContain("1g.18gb");
  });

  test("is refused where there is no NVIDIA GPU", () => {
    const sharing = Sharing.timeSlicing(2);
    const trainium = Slice.accelerators("trainium2", { perNode: 16, nodes: 1 });
    for (const slice of [CPU, trainium, Slice.tpu("tpu-v6e", { topology: "2x2" })]) {
      expect(codes({ slice, sharing })).toEqual(["SharingNotSupported"]);
    }
  });

  test.each(["mig", null, { kind: "vgpu" }])("by %p is refused: it would have no effect", (sharing) => {
    expect(codes({ sharing: sharing as never })).toEqual(["NotOneOf"]);
  });

  test.each([1, 49, 2.5])("among %p pods is refused", (replicas) => {
    expect(captureValidationError(() => Sharing.timeSlicing(replicas)).codes).toEqual(["NumberOutOfRange"]);
    expect(captureValidationError(() => Sharing.mps(replicas)).codes).toEqual(["NumberOutOfRange"]);
  });

  test("takes profiles as NVIDIA writes them", () => {
    expect(Sharing.mig("1g.18gb+me")).toEqual({ kind: "mig", profile: "1g.18gb+me" });
    expect(captureValidationError(() => Sharing.mig("half")).codes).toEqual(["InvalidName"]);
  });
});

test("several capacities keep their order", () => {
  const capacity = [Capacity.spot(), Capacity.onDemand()];
  expect(pool({ slice: L4, tier: "serving", capacity }).capacity.map(({ kind }) => kind)).toEqual([
    "spot",
    "onDemand",
  ]);
});
