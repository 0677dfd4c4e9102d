import { TerraformVariable } from "cdktf";
import { Accelerator } from "../../../lib/fabric/accelerators";
import { Capacity } from "../../../lib/fabric/capacity";
import { Machine } from "../../../lib/fabric/machines";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import type { PoolMachines } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { captureValidationError } from "../../../lib/testing/template";
import { SHOP, SYSTEM, TRAIN } from "../in-cluster/clusters";
import { resourcesOf, stackOf } from "../in-cluster/synthesized";
import { CPUS, codesOf, listed, make, nodeOf, SELECTED, train } from "./machines-of";

describe("machines that are listed", () => {
  test("get labels of pool, tier and place, and the taint of their accelerators", () => {
    const { stack } = make();

    expect(nodeOf(stack, "gpu-2")).toEqual({
      labels: {
        "fabric.topograph.run/tier-0": "r1",
        "fabric.topograph.run/tier-1": "b0",
        "hybrid-ai.io/capacity": "onDemand",
        "hybrid-ai.io/pool": "train",
        "hybrid-ai.io/tier": "training",
      },
      taint: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    });
    expect(nodeOf(stack, "cpu-0")).toEqual({
      labels: {
        "hybrid-ai.io/capacity": "onDemand",
        "hybrid-ai.io/pool": "system",
        "hybrid-ai.io/tier": "system",
      },
      taint: undefined,
    });
  });

  test("win over what is on the node, under a name of their own", () => {
    const [labels] = Object.values(resourcesOf(make().stack, "kubernetes_labels"));

    expect(labels).toMatchObject({
      kind: "Node",
      api_version: "v1",
      force: true,
      field_manager: "hybrid-ai-pools",
    });
  });

  test("are not named as what every object of JavaScript has", () => {
    const one = { slice: Slice.accelerators("h200", { perNode: 8, nodes: 1 }) };
    expect(codesOf({ machines: [{ name: "constructor" }] }, one)).toEqual(["InvalidName"]);
  });

  test("are as many as the slice has nodes", () => {
    expect(codesOf(listed(3))).toEqual(["MachineCountMismatch"]);
    expect(codesOf(listed(5))).toEqual(["MachineCountMismatch"]);
  });

  test("have labels of their own over those of the pool", () => {
    const { stack } = train(
      { machines: [{ name: "gpu-0", labels: { serial: "7", team: "b" } }] },
      { slice: Slice.accelerators("h200", { perNode: 8, nodes: 1 }), labels: { team: "a" } },
    );

    expect(nodeOf(stack, "gpu-0").labels).toMatchObject({ serial: "7", team: "b" });
  });

  test("have no labels in place of those by which the library finds them", () => {
    const one = (labels: Record<string, string>): PoolMachines => ({
      machines: [{ name: "gpu-0", rack: "r0", labels }],
    });
    const slice = Slice.accelerators("h200", { perNode: 8, nodes: 1 });
    const sharing = Sharing.timeSlicing(2);
    const shared = { "nvidia.com/device-plugin.config": "whole" };

    expect(codesOf(one({ "hybrid-ai.io/pool": "other" }), { slice })).toEqual(["ReservedLabel"]);
    expect(codesOf(one({ "fabric.topograph.run/tier-0": "r1" }), { slice })).toEqual(["ReservedLabel"]);
    expect(() => train(one({ "fabric.topograph.run/tier-1": "b" }), { slice })).not.toThrow();
    expect(codesOf(one(shared), { slice, sharing })).toEqual(["ReservedLabel"]);
    expect(codesOf(one({}), { slice, sharing, labels: shared })).toEqual(["ReservedLabel"]);
    expect(() => train(one(shared), { slice })).not.toThrow();
  });

  test("get the taints of the pool too", () => {
    const { stack, cluster } = train(listed(4), { taints: [{ key: "team", effect: "NoExecute" }] });

    expect(nodeOf(stack, "gpu-0").taint).toEqual([
      { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
      { key: "team", value: "", effect: "NoExecute" },
    ]);
    expect(cluster.pools.get("train")!.groups[0]!.taints).toHaveLength(2);
  });

  test("have the taint of their accelerators once, also if the pool names it", () => {
    const { stack } = train(listed(4), {
      taints: [
        { key: "nvidia.com/gpu", value: "mine", effect: "NoSchedule" },
        { key: "nvidia.com/gpu", effect: "NoExecute" },
      ],
    });

    expect(nodeOf(stack, "gpu-0").taint).toEqual([
      { key: "nvidia.com/gpu", value: "mine", effect: "NoSchedule" },
      { key: "nvidia.com/gpu", value: "", effect: "NoExecute" },
    ]);
  });

  test("belong to one pool", () => {
    const nodes = { system: { machines: [{ name: "gpu-0" }, { name: "cpu-1" }] }, train: listed(4) };

    expect(captureValidationError(() => make({ nodes })).codes).toEqual(["DuplicateValue"]);
  });

  test("keep their addresses when another comes or goes", () => {
    const ids = (count: number) =>
      Object.keys(
        resourcesOf(
          train(listed(count), { slice: Slice.accelerators("h200", { perNode: 8, nodes: count }) }).stack,
          "kubernetes_labels",
        ),
      );

    expect(ids(5)).toEqual(expect.arrayContaining(ids(4)));
  });
});

describe("nodes that a selector finds", () => {
  test("are left alone, and pods choose them by it", () => {
    const { cluster, stack } = train(SELECTED);

    expect(nodeOf(stack, "gpu-0")).toEqual({ labels: undefined, taint: undefined });
    expect(cluster.pools.get("train")!.groups[0]).toMatchObject({
      nodeLabels: { "acme.example/gpu": "h200" },
      nodes: { min: 4, max: 4 },
    });
  });

  test("may have a range if something adds nodes", () => {
    const range = { slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 8 } }) };

    expect(codesOf(SELECTED, range)).toEqual(["ElasticWithoutAutoscaler"]);
    expect(() => train({ ...SELECTED, autoscaled: true }, range)).not.toThrow();
    expect(codesOf({ ...listed(8), autoscaled: true }, range)).toEqual(["NoEffect"]);
  });

  test("have the labels of the pool only if the selector says so", () => {
    const labels = { team: "vision" };

    expect(codesOf(SELECTED, { labels })).toEqual(["MissingValue"]);
    expect(codesOf({ nodeSelector: { team: "speech" } }, { labels })).toEqual(["MissingValue"]);
    expect(() => train({ nodeSelector: { team: "vision" } }, { labels })).not.toThrow();
  });

  test("share GPUs only if they say so", () => {
    const shared = { sharing: Sharing.timeSlicing(4) };
    const nodeSelector = { gpu: "l4", "nvidia.com/device-plugin.config": "time-slicing-4" };
    const { message } = captureValidationError(() => train({ nodeSelector: { gpu: "l4" } }, shared));

    expect(codesOf(SELECTED, shared)).toEqual(["MissingValue"]);
    expect(message).toContain("label the nodes of the pool nvidia.com/device-plugin.config=time-slicing-4");
    expect(() => train({ nodeSelector }, shared)).not.toThrow();
  });

  test.each<[string, PoolMachines, string]>([
    ["both ways", { ...listed(4), ...SELECTED }, "MachinesOrSelector"],
    ["neither way", {}, "MachinesOrSelector"],
    ["a selector of nothing", { nodeSelector: {} }, "MissingValue"],
    ["a label that is none", { nodeSelector: { "not a key": "x" } }, "InvalidName"],
  ])("are named in one way, not %s", (_, nodes, code) => {
    expect(codesOf(nodes)[0]).toBe(code);
  });

  test("are literals", () => {
    const stack = stackOf();
    const value = new TerraformVariable(stack, "value", {}).stringValue;
    const nodes = { system: CPUS, train: { nodeSelector: { gpu: value } } };

    expect(captureValidationError(() => make({ nodes }, stack)).codes).toEqual(["TokenNotAllowed"]);
  });
});

test("every pool has nodes, and nodes are of a pool", () => {
  expect(captureValidationError(() => make({ nodes: { system: CPUS } })).codes).toEqual(["MissingValue"]);
  expect(captureValidationError(() => make({ nodes: undefined })).codes).toEqual([
    "MissingValue",
    "MissingValue",
  ]);
  const nodes = { system: CPUS, train: listed(4), ghost: SELECTED };
  expect(captureValidationError(() => make({ nodes })).codes).toEqual(["UnknownPool"]);
});

describe("where nodes are in the network", () => {
  const levelsOf = (...args: Parameters<typeof train>) =>
    train(...args).cluster.pools.get("train")!.topologyLevels;
  const four = (place: (index: number) => object): PoolMachines => ({
    machines: [0, 1, 2, 3].map((index) => ({ name: `gpu-${index}`, ...place(index) })),
  });

  test("is told by Topograph's keys, or by one's own", () => {
    expect(levelsOf(listed(4))).toEqual(["fabric.topograph.run/tier-1", "fabric.topograph.run/tier-0"]);
    const topology = { levels: ["acme.example/row", "acme.example/rack"] };
    const { cluster, stack } = train(listed(4), {}, { topology });
    expect(cluster.pools.get("train")!.topologyLevels).toEqual(topology.levels);
    expect(nodeOf(stack, "gpu-0").labels).toMatchObject({
      "acme.example/row": "b0",
      "acme.example/rack": "r0",
    });
  });

  test("may be the rack alone", () => {
    expect(levelsOf(four(() => ({ rack: "r1" })))).toEqual(["fabric.topograph.run/tier-0"]);
  });

  test("is unknown unless somebody tells it", () => {
    expect(levelsOf(four(() => ({})))).toEqual([]);
    expect(levelsOf(SELECTED)).toEqual([]);
  });

  test("is on the nodes already where a labeller works", () => {
    const levels = [2, 1, 0].map((tier) => `fabric.topograph.run/tier-${tier}`);

    expect(levelsOf(SELECTED, {}, { topology: { levels } })).toEqual(levels);
  });

  test("is told of all machines of a pool or of none", () => {
    expect(codesOf(four((index) => (index === 0 ? {} : { rack: "r" })))).toEqual(["LevelUnknown"]);
    expect(codesOf(four((index) => ({ rack: "r", ...(index > 1 ? { block: "b" } : {}) })))).toEqual([
      "LevelUnknown",
    ]);
    expect(codesOf(four(() => ({ block: "b" })))).toContain("MissingValue");
  });

  test("is told by as many levels as the keys name", () => {
    expect(codesOf(listed(4), {}, { topology: { levels: ["a", "b", "c"] } })).toEqual(["LevelUnknown"]);
    expect(codesOf(listed(4), {}, { topology: { levels: ["a"] } })).toEqual(["LevelUnknown"]);
    expect(codesOf(SELECTED, {}, { topology: { levels: [] } })).toContain("MissingValue");
    expect(codesOf(SELECTED, {}, { topology: { levels: ["a", "a"] } })).toEqual(["DuplicateValue"]);
    expect(codesOf(SELECTED, {}, { topology: { levels: ["a", "kubernetes.io/hostname"] } })).toEqual([
      "DuplicateValue",
    ]);
    expect(codesOf(SELECTED, {}, { topology: { levels: ["a"], nvlinkDomain: "a" } })).toEqual([
      "DuplicateValue",
    ]);
    expect(codesOf(SELECTED, {}, { topology: { levels: ["not a key"] } })).toEqual(["InvalidName"]);
  });

  test("includes the NVLink domain of racks with NVLink across machines", () => {
    const rack = { slice: Slice.accelerators("gb200", { perNode: 4, nodes: 4 }) };
    const nodes = train(listed(4), rack).cluster.pools.get("train")!;

    expect(nodes.nvlinkDomainLabel).toBe("nvidia.com/gpu.clique");
    expect(nodes.arch).toBe("arm64");
    const topology = { levels: ["a", "b"], nvlinkDomain: "acme.example/nvlink" };
    expect(train(listed(4), rack, { topology }).cluster.pools.get("train")).toMatchObject({
      nvlinkDomainLabel: "acme.example/nvlink",
      topologyLevels: ["a", "b", "acme.example/nvlink"],
    });
    expect(train(listed(4), {}, { topology }).cluster.pools.get("train")!.topologyLevels).toEqual(["a", "b"]);
  });
});

describe("sizes of machines", () => {
  test("are unknown unless the machine is named: the usual server may differ from yours", () => {
    const nodes = make().cluster.pools.get("train")!;

    expect(nodes.vcpuPerNode).toBeUndefined();
    expect(nodes.memoryGibPerNode).toBeUndefined();
    expect(nodes.machineType).toBeUndefined();
  });

  test("follow from a name of the catalogue or facts of one's own", () => {
    const own = Machine.onPrem({
      name: "our-server",
      accelerator: "h200",
      acceleratorCount: 8,
      vcpu: 128,
      memoryGib: 1024,
      networkGbps: 3200,
      localNvmeGb: 1,
    });

    expect(train(listed(4), { machineType: "hgx-h200" }).cluster.pools.get("train")).toMatchObject({
      vcpuPerNode: 224,
      memoryGibPerNode: 2048,
    });
    expect(train(listed(4), { machineType: own }).cluster.pools.get("train")).toMatchObject({
      vcpuPerNode: 128,
      memoryGibPerNode: 1024,
    });
    expect(codesOf(listed(4), { machineType: "hgx-h100" })).toEqual(["MachineContradictsSlice"]);
  });
});

describe("sharing", () => {
  test.each([
    [Sharing.timeSlicing(4), "nvidia.com/device-plugin.config", "time-slicing-4", 32],
    [Sharing.mps(2), "nvidia.com/device-plugin.config", "mps-2", 16],
    [Sharing.mig("1g.18gb"), "nvidia.com/mig.config", "all-1g.18gb", 56],
    [Sharing.mig("1g.18gb+me"), "nvidia.com/mig.config", "all-1g.18gb.me", 8],
  ])("$kind is a label of the nodes", (sharing, key, value, perNode) => {
    const { cluster, stack } = train(listed(4), { sharing });

    expect(nodeOf(stack, "gpu-0").labels).toMatchObject({ [key]: value });
    expect(cluster.pools.get("train")).toMatchObject({
      resource: "nvidia.com/gpu",
      resourcePerNode: perNode,
    });
  });
});

test("accelerators of other makers can be described", () => {
  const mi300x = Accelerator.of({ name: "mi300x-own", vendor: "amd", kind: "gpu", resource: "amd.com/gpu" });
  const { cluster } = train(listed(1), { slice: Slice.accelerators(mi300x, { perNode: 8, nodes: 1 }) });

  expect(cluster.pools.get("train")).toMatchObject({ resource: "amd.com/gpu", resourcePerNode: 8 });
});

test("a reservation means the machines that are there, if it says that they are one's own", () => {
  const capacity = Capacity.reservation({ aws: { id: "cr-12345678" }, owned: true });
  const { cluster, stack } = train(listed(4), { capacity });

  expect(cluster.pools.get("train")!.groups[0]!.capacity).toEqual(["reservation"]);
  expect(nodeOf(stack, "gpu-0").labels).toMatchObject({ "hybrid-ai.io/capacity": "reservation" });
  expect(captureValidationError(() => train(listed(4), { capacity: cloud() })).message).toContain(
    "allowed: Capacity.reservation({ aws: …, owned: true })",
  );
});

const cloud = () => Capacity.reservation({ aws: { id: "cr-12345678" } });

describe("what exists cannot be ordered", () => {
  test.each<[string, Partial<AcceleratorPoolProps>, string]>([
    ["spot capacity", { capacity: Capacity.spot() }, "CapacityNotAtSite"],
    [
      "a capacity block",
      { capacity: Capacity.capacityBlock({ aws: { reservationId: "cr-12345678" } }) },
      "CapacityNotAtSite",
    ],
    ["what is reserved elsewhere", { capacity: cloud() }, "CapacityFactMissing"],
    [
      "two capacities",
      { capacity: [Capacity.reservation({ owned: true }), Capacity.onDemand()] },
      "CapacityNotAtSite",
    ],
    ["zones", { zones: ["a"] }, "OptionWithoutEffect"],
    ["interface layouts", { interfaceLayout: "ip-optimized" }, "OptionWithoutEffect"],
    ["pods per node", { maxPodsPerNode: 32 }, "OptionWithoutEffect"],
    ["boot disks", { bootDiskGib: 300 }, "OptionWithoutEffect"],
    ["disruption rules", { disruption: { repair: false } }, "OptionWithoutEffect"],
    ["TPUs", { slice: Slice.tpu("tpu-v6e", { topology: "4x4" }) }, "NoMachineForSlice"],
    ["Trainium", { slice: Slice.accelerators("trainium2", { perNode: 16, nodes: 4 }) }, "NoMachineForSlice"],
  ])("%s", (_, pool, code) => {
    expect(codesOf(listed(4), pool)).toEqual([code]);
  });

  test("CoreWeave's settings and a version of Kubernetes", () => {
    const codes = captureValidationError(() => make({ coreweave: {}, kubernetesVersion: "1.34" })).codes;

    expect(codes).toEqual(["OptionWithoutEffect", "OptionWithoutEffect"]);
  });
});

describe("cubes of TPU7x in a GKE cluster that gcloud made", () => {
  const cubes = (topology = "4x4x4") => ({
    name: "cubes",
    slice: Slice.tpu("tpu-v7x", { topology, slices: 2 }),
  });
  const of = (nodeSelector: Record<string, string>, pool = cubes()) =>
    make({ pools: [pool], nodes: { cubes: { nodeSelector } }, topology: { levels: ["acme.example/row"] } });

  test("are one pool of nodes that slices are made of", () => {
    expect(of({ tpu: "cubes" }).cluster.pools.get("cubes")).toMatchObject({
      dynamicSlices: true,
      resource: "google.com/tpu",
      resourcePerNode: 4,
      arch: "amd64",
      topologyLevels: [],
      groups: [
        {
          name: "cubes",
          nodes: { min: 32, max: 32 },
          nodeLabels: { tpu: "cubes" },
          taints: [{ key: "google.com/tpu", value: "present", effect: "NoSchedule" }],
        },
      ],
    });
  });

  test("are whole cubes: other topologies are node pools that GKE makes", () => {
    expect(captureValidationError(() => of({ tpu: "cubes" }, cubes("4x4x8"))).codes).toEqual(["CubesOnly"]);
    expect(captureValidationError(() => of({ tpu: "cubes" }, cubes("2x2x1"))).codes).toEqual(["CubesOnly"]);
  });

  test.each([
    "cloud.google.com/gke-tpu-slice",
    "cloud.google.com/gke-tpu-topology",
    "cloud.google.com/gke-tpu-slice-topology",
  ])("are not found by %s, which moves with the slices", (label) => {
    expect(captureValidationError(() => of({ [label]: "4x4x4" })).codes).toEqual(["ReservedLabel"]);
  });

  test("are not at the edge", () => {
    const at = { site: SHOP, pools: [cubes()], nodes: { cubes: { nodeSelector: { tpu: "cubes" } } } };
    expect(captureValidationError(() => make(at)).codes).toContain("NoMachineForSlice");
  });
});

test("the order of pools has no meaning", () => {
  const of = (pools: readonly AcceleratorPoolProps[]) => synthStack(make({ pools }).stack).resource;

  expect(of([TRAIN, SYSTEM])).toEqual(of([SYSTEM, TRAIN]));
});
