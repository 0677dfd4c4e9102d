import { CapacityPool, Systems } from "../../../lib/placement";
import {
  hostsOf,
  namedDomains,
  nodePoolOf,
  sharedLevel,
  sliceOf,
  topologyOf,
} from "../../../lib/placement/emit/part-place";
import type { PlacedDomains, PlacedPart } from "../../../lib/placement/placement";

const CHIP = { name: "chip", peakTflops: 100, memoryGib: 80, memoryBandwidthGBps: 3_000 };
const racks = Array.from({ length: 8 }, (_, index) => `rack-${index}`);
const NVL72 = CapacityPool.of("nvl72", {
  accelerator: CHIP,
  fabric: Systems.nvl72Hall("hall", { units: 1 }),
  offers: [
    { model: "spot", usdPerAcceleratorHour: 1 },
    { model: "on-demand", usdPerAcceleratorHour: 2 },
  ],
  domainLabels: [
    { of: "scale-up", label: "a/rack", values: racks },
    { of: "leaf", label: "a/unit" },
  ],
});
const CUBES = CapacityPool.of("pod", {
  accelerator: CHIP,
  fabric: Systems.tpuCubes("pod", { generation: "tpu-v4" }),
  offers: [{ model: "reserved", usdPerAcceleratorHour: 2 }],
  domainLabels: [
    { of: "cube", label: "a/cube", values: Array.from({ length: 64 }, (_, index) => `c${index}`) },
  ],
});
const PARTITION = "cloud.google.com/gke-tpu-partition-4x4x4-id";
const ids = Array.from({ length: 144 }, (_, index) => `p${index}`);
const ironwood = (more: Partial<Parameters<typeof CapacityPool.of>[1]> = {}) =>
  CapacityPool.of("v7x", {
    accelerator: { ...CHIP, name: "tpu-v7x" },
    fabric: Systems.tpuCubes("pod", { generation: "tpu7x" }),
    offers: [{ model: "reserved", usdPerAcceleratorHour: 2 }],
    domainLabels: [{ of: "cube", label: PARTITION, values: ids }],
    ...more,
  });
const TORUS = CapacityPool.of("torus", {
  accelerator: CHIP,
  fabric: Systems.tpuTorus("torus", { generation: "tpu-v6e" }),
  offers: [{ model: "on-demand", usdPerAcceleratorHour: 2 }],
});

const part = (domains: PlacedDomains, purchase: PlacedPart["purchase"] = "on-demand"): PlacedPart => ({
  site: "hall",
  pool: "pool",
  purchase,
  accelerators: 8,
  domains,
});
const leaves = (...given: readonly (readonly [number, number])[]) =>
  part({ kind: "leaves", leaves: given.map(([leaf, hosts]) => ({ leaf, hosts })) });
const cubes = (dims: readonly number[], ...indices: readonly number[]) =>
  part({ kind: "cubes", shape: { dims, twisted: false }, cubes: indices }, "reserved");
const box = (...dims: readonly number[]) => part({ kind: "box", box: { copy: 0, anchor: [0, 0], dims } });

test("racks have the names of their labels, in the order of the racks", () => {
  expect(namedDomains(NVL72, leaves([5, 18], [2, 4]))).toEqual({
    label: "a/rack",
    values: [
      { value: "rack-2", hosts: 4 },
      { value: "rack-5", hosts: 18 },
    ],
  });
});

test("the level that holds a part is the narrowest whose one domain does", () => {
  expect(sharedLevel(NVL72, leaves([3, 18]))).toBe("a/rack");
  expect(sharedLevel(NVL72, leaves([3, 18], [4, 1]))).toBe("a/unit");
  expect(sharedLevel(CUBES, cubes([4, 4, 8], 1, 2))).toBeUndefined();
});

test("cubes have names too, with the hosts of the slice in each", () => {
  expect(namedDomains(CUBES, cubes([4, 4, 8], 7, 9))).toEqual({
    label: "a/cube",
    values: [
      { value: "c7", hosts: 16 },
      { value: "c9", hosts: 16 },
    ],
  });
  expect(namedDomains(TORUS, box(4, 8))).toBeUndefined();
});

test("hosts are counted on every fabric", () => {
  const intent = part({ kind: "intent", hosts: 3, together: true });
  const counted = [
    hostsOf(NVL72, leaves([0, 18], [1, 2])),
    hostsOf(CUBES, cubes([4, 4, 8], 1, 2)),
    hostsOf(CUBES, cubes([2, 2, 1], 1)),
    hostsOf(TORUS, box(4, 8)),
    hostsOf(NVL72, intent),
  ];
  expect(counted).toEqual([20, 32, 1, 8, 3]);
});

test("slices are named as Google names them, whatever the order of their axes", () => {
  const shapes = [cubes([8, 4, 4], 1, 2), cubes([1, 2, 2], 1), box(8, 4), leaves([0, 1])];
  expect(shapes.map(topologyOf)).toEqual(["4x4x8", "2x2x1", "4x8", undefined]);
});

test("node pools are named after the pool, the slice, and the way of buying unless it is the pool's first", () => {
  expect(nodePoolOf(NVL72, leaves([0, 1]))).toBe("nvl72");
  expect(nodePoolOf(NVL72, part({ kind: "intent", hosts: 1, together: false }, "spot"))).toBe("nvl72-spot");
  expect(nodePoolOf(CUBES, cubes([4, 4, 8], 1, 2))).toBe("pod-4x4x8");
});

describe("cubes that GKE joins when they are needed", () => {
  const two = cubes([8, 4, 4], 9, 7);

  test("are a slice with their ids in the order of the plan, under a name that tells them", () => {
    const slice = sliceOf("llama", ironwood(), two)!;
    expect(slice).toEqual({
      name: expect.stringMatching(/^llama-[0-9a-f]+$/),
      partitionIds: ["p9", "p7"],
    });
    const others = [
      sliceOf("llama", ironwood(), cubes([8, 4, 4], 7, 9)),
      sliceOf("llama", ironwood(), cubes([4, 4, 4], 9)),
      sliceOf(
        "llama",
        ironwood({ domainLabels: [{ of: "cube", label: PARTITION, values: [...ids].reverse() }] }),
        two,
      ),
    ];
    expect(new Set([slice, ...others].map((each) => each!.name)).size).toBe(4);
  });

  test("have names that Google takes, whatever the workload is called", () => {
    const { name } = sliceOf("w".repeat(32), ironwood(), two)!;
    expect(name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
    expect(name.length).toBeLessThanOrEqual(49);
  });

  test("are none below a cube, without ids, under another label, or of another TPU", () => {
    const pools = [
      ironwood({ domainLabels: [{ of: "cube", label: PARTITION }] }),
      ironwood({ domainLabels: [{ of: "cube", label: "a/cube", values: ids }] }),
      ironwood({ domainLabels: undefined }),
      ironwood({ accelerator: CHIP }),
      CUBES,
    ];
    expect(sliceOf("llama", ironwood(), cubes([2, 4, 4], 7))).toBeUndefined();
    expect(pools.map((pool) => sliceOf("llama", pool, two))).toEqual(pools.map(() => undefined));
  });

  test("share their nodes, whatever the topology", () => {
    expect(nodePoolOf(ironwood(), two)).toBe("v7x");
    expect(nodePoolOf(ironwood({ domainLabels: [{ of: "cube", label: PARTITION }] }), two)).toBe("v7x");
    expect(nodePoolOf(ironwood({ domainLabels: undefined }), two)).toBe("v7x-4x4x8");
  });
});
