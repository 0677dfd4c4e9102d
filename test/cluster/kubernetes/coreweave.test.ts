import { type TerraformStack, TerraformVariable } from "cdktf";
import { Capacity } from "../../../lib/fabric/capacity";
import { Machine } from "../../../lib/fabric/machines";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import {
  COMPONENTS,
  HelmComponent,
  KubernetesCluster,
  type KubernetesClusterProps,
} from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { captureValidationError } from "../../../lib/testing/template";
import { CKS, FRANKFURT, SYSTEM, TRAIN } from "../in-cluster/clusters";
import { objectsOf, resourcesOf, stackOf } from "../in-cluster/synthesized";

const NVL72: AcceleratorPoolProps = {
  name: "rack",
  slice: Slice.accelerators("gb200", { perNode: 4, nodes: 36 }),
};

function make(props: Partial<KubernetesClusterProps> = {}, stack: TerraformStack = stackOf()) {
  const cluster = new KubernetesCluster(stack, "cluster", {
    site: CKS,
    provider: "coreweave",
    namePrefix: "acme",
    pools: [SYSTEM, TRAIN],
    ...props,
  });
  return { cluster, stack };
}

const withPool = (pool: AcceleratorPoolProps, props: Partial<KubernetesClusterProps> = {}) =>
  make({ pools: [SYSTEM, pool], ...props });
const errorOf = (pool: AcceleratorPoolProps, props: Partial<KubernetesClusterProps> = {}) =>
  captureValidationError(() => withPool(pool, props));
const specOf = (pool: AcceleratorPoolProps, props: Partial<KubernetesClusterProps> = {}) => {
  const { cluster, stack } = withPool(pool, props);
  const [name] = [...cluster.nodePools.keys()].filter((key) => key !== "system");
  return objectsOf(stack).find(({ spec }) => JSON.stringify(spec.nodeLabels).includes(pool.name) && name)!
    .spec;
};

test("a pool of H200 becomes one NodePool, and nothing of the driver is to be installed", () => {
  const { cluster, stack } = make();

  expect(objectsOf(stack)).toMatchInlineSnapshot(`
[
  {
    "apiVersion": "compute.coreweave.com/v1alpha1",
    "kind": "NodePool",
    "metadata": {
      "name": "acme-system-38b6db",
    },
    "spec": {
      "autoscaling": false,
      "computeClass": "default",
      "instanceType": "cd-gp-i64-erapids",
      "lifecycle": {
        "disableUnhealthyNodeEviction": false,
        "scaleDownStrategy": "IdleOnly",
      },
      "nodeLabels": {
        "hybrid-ai.io/capacity": "onDemand",
        "hybrid-ai.io/pool": "system",
        "hybrid-ai.io/tier": "system",
      },
      "nodeTaints": [],
      "targetNodes": 2,
    },
  },
  {
    "apiVersion": "compute.coreweave.com/v1alpha1",
    "kind": "NodePool",
    "metadata": {
      "name": "acme-train-463ac4",
    },
    "spec": {
      "autoscaling": false,
      "computeClass": "default",
      "instanceType": "gd-8xh200ib-i128",
      "lifecycle": {
        "disableUnhealthyNodeEviction": false,
        "scaleDownStrategy": "IdleOnly",
      },
      "nodeLabels": {
        "hybrid-ai.io/capacity": "onDemand",
        "hybrid-ai.io/pool": "train",
        "hybrid-ai.io/tier": "training",
      },
      "nodeTaints": [
        {
          "effect": "NoSchedule",
          "key": "nvidia.com/gpu",
          "value": "present",
        },
      ],
      "targetNodes": 4,
    },
  },
]
`);
  expect(cluster.managed).toEqual([
    "gpu-driver",
    "gpu-device-plugin",
    "gpu-metrics",
    "rdma",
    "node-repair",
    "autoscaler",
  ]);
  expect(cluster.access).toEqual({ kind: "kubeconfig", context: "cks" });
  expect(cluster.ready).toHaveLength(2);
});

test("pods see InfiniBand as one resource and where nodes are in the fabric", () => {
  const nodes = make().cluster.pools.get("train")!;

  expect(nodes.network).toEqual({ resource: "rdma/ib", perNode: 1 });
  expect(nodes.topologyLevels).toEqual([
    "backend.coreweave.cloud/fabric",
    "backend.coreweave.cloud/superpod",
    "backend.coreweave.cloud/leafgroup",
  ]);
  expect(nodes.machineType).toBe("gd-8xh200ib-i128");
  expect(nodes.nvlinkDomainLabel).toBeUndefined();
});

test("a range is scaled between its ends, and Terraform leaves the number to the autoscaler", () => {
  const { stack } = withPool({
    name: "train",
    slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 6 } }),
  });
  const pool = Object.values(resourcesOf(stack, "kubernetes_manifest")).find(
    ({ computed_fields }) => computed_fields !== undefined,
  );

  expect(pool?.computed_fields).toEqual(["metadata.annotations", "metadata.labels", "spec.targetNodes"]);
  expect(pool?.manifest).toMatchObject({
    spec: { autoscaling: true, minNodes: 0, maxNodes: 6, targetNodes: 0 },
  });
});

test("spot first, then on demand: two NodePools that may each grow to the whole pool", () => {
  const { cluster, stack } = withPool({
    name: "serve",
    tier: "serving",
    slice: Slice.accelerators("l40s", { perNode: 8, nodes: { min: 1, max: 4 } }),
    capacity: [Capacity.spot(), Capacity.onDemand()],
  });
  const specs = objectsOf(stack).map(({ spec }) => spec);

  expect([...cluster.nodePools.keys()].sort()).toEqual(["serve-on-demand", "serve-spot", "system"]);
  expect(specs).toContainEqual(
    expect.objectContaining({ computeClass: "spot", minNodes: 0, maxNodes: 4, autoscaling: true }),
  );
  expect(specs).toContainEqual(
    expect.objectContaining({
      computeClass: "default",
      minNodes: 1,
      maxNodes: 4,
      nodeLabels: expect.objectContaining({ "hybrid-ai.io/capacity": "onDemand" }),
    }),
  );
});

test("a fixed number of several capacities is a number that all together may have", () => {
  const { cluster } = withPool({ ...TRAIN, capacity: [Capacity.spot(), Capacity.onDemand()] });

  expect(cluster.pools.get("train")!.groups.map(({ nodes }) => nodes)).toEqual([
    { min: 0, max: 4 },
    { min: 0, max: 4 },
  ]);
});

test("a system pool keeps its nodes whatever its capacities", () => {
  const { cluster } = make({
    pools: [{ ...SYSTEM, capacity: [Capacity.spot(), Capacity.onDemand()] }, TRAIN],
  });

  expect(cluster.pools.get("system")!.groups.map(({ nodes }) => nodes.min)).toEqual([0, 2]);
});

test("another instance type is another NodePool: the type cannot be changed", () => {
  const nameOf = (pool: AcceleratorPoolProps) =>
    [...withPool(pool).cluster.nodePools].map(
      ([, { manifest }]) => (manifest.manifestInput as { metadata: { name: string } }).metadata.name,
    );
  const h200 = nameOf(TRAIN);
  const more = nameOf({ ...TRAIN, slice: Slice.accelerators("h200", { perNode: 8, nodes: 5 }) });
  const h100 = nameOf({ ...TRAIN, slice: Slice.accelerators("h100", { perNode: 8, nodes: 4 }) });

  expect(more).toEqual(h200);
  expect(h100).not.toEqual(h200);
});

describe("NVL72 racks", () => {
  test("are counted in nodes, have an NVLink domain and arm64 processors", () => {
    const { cluster } = withPool(NVL72);
    const nodes = cluster.pools.get("rack")!;

    expect(specOf(NVL72)).toMatchObject({ instanceType: "gb200-4x", targetNodes: 36 });
    expect(nodes.nvlinkDomainLabel).toBe("ds.coreweave.com/nvlink.domain");
    expect(nodes.topologyLevels.at(-1)).toBe("ds.coreweave.com/nvlink.domain");
    expect(nodes.arch).toBe("arm64");
  });

  test("or in racks, where the cluster knows them", () => {
    const spec = specOf(NVL72, { coreweave: { countBy: "racks" } });

    expect(spec).toMatchObject({ targetRacks: 2 });
    expect(spec).not.toHaveProperty("targetNodes");
  });

  test.each([
    [17, "PartialRack"],
    [19, "PartialRack"],
    [35, "PartialRack"],
  ])("%d nodes are no whole racks", (nodes, code) => {
    const error = errorOf({ ...NVL72, slice: Slice.accelerators("gb200", { perNode: 4, nodes }) });

    expect(error.codes).toEqual([code]);
    expect(error.message).toContain("multiples of 18");
  });

  test("both ends of a range are whole racks", () => {
    const range = (min: number, max: number) => ({
      ...NVL72,
      slice: Slice.accelerators("gb200", { perNode: 4, nodes: { min, max } }),
    });

    expect(() => withPool(range(0, 18))).not.toThrow();
    expect(errorOf(range(0, 20)).codes).toEqual(["PartialRack"]);
  });
});

test("Terraform waits for the nodes when asked to", () => {
  const { stack } = make({ coreweave: { waitForNodes: true, waitMinutes: 90 } });
  const [pool] = Object.values(resourcesOf(stack, "kubernetes_manifest"));

  expect(pool).toMatchObject({
    wait: { condition: [{ type: "AtTarget", status: "True" }] },
    timeouts: { create: "90m", update: "90m" },
  });
});

test("unhealthy nodes stay only if repair is switched off", () => {
  expect(specOf(TRAIN).lifecycle).toEqual({
    disableUnhealthyNodeEviction: false,
    scaleDownStrategy: "IdleOnly",
  });
  expect(
    specOf({ ...TRAIN, disruption: { repair: false } }, { coreweave: { scaleDownStrategy: "PreferIdle" } })
      .lifecycle,
  ).toEqual({ disableUnhealthyNodeEviction: true, scaleDownStrategy: "PreferIdle" });
});

describe("machine types", () => {
  test("of one's own pass, with a warning that names what is not known", () => {
    const machineType = Machine.coreWeave({
      name: "gd-8xh200ib-i256",
      accelerator: "h200",
      acceleratorCount: 8,
    });
    const { cluster } = withPool({ ...TRAIN, machineType });

    expect(cluster.node.metadata.map(({ data }) => data)).toEqual([
      expect.stringMatching(/UnknownMachineFacts.*gd-8xh200ib-i256: vcpu, memoryGib/),
    ]);
  });

  test("that nobody knows pass with a warning", () => {
    const { cluster } = withPool({ ...TRAIN, machineType: "gd-8xh200-new" });

    expect(cluster.pools.get("train")!.vcpuPerNode).toBeUndefined();
    expect(cluster.node.metadata[0]?.data).toContain("gd-8xh200-new: accelerator, acceleratorCount");
  });

  test("that are known and something else are refused", () => {
    const error = errorOf({ ...TRAIN, machineType: "gd-8xh100ib-i128" });

    expect(error.codes).toEqual(["MachineContradictsSlice"]);
    expect(error.message).toContain("8 x h100");
  });

  test("a CPU machine that is too small is refused, one of the exact size is not", () => {
    const cpu = (vcpu: number) => ({
      name: "load",
      machineType: "cd-gp-i64-erapids",
      slice: Slice.cpu({ vcpu, memoryGib: 256, nodes: 1 }),
    });

    expect(() => withPool(cpu(64))).not.toThrow();
    expect(errorOf(cpu(65)).codes).toEqual(["MachineContradictsSlice"]);
  });

  test.each([
    ["four of what comes by eight", Slice.accelerators("h200", { perNode: 4, nodes: 1 }), "gd-8xh200ib-i128"],
    ["Trainium", Slice.accelerators("trainium2", { perNode: 16, nodes: 1 }), "only in its maker's cloud"],
    ["TPUs", Slice.tpu("tpu-v6e", { topology: "2x4" }), "only in its maker's cloud"],
    [
      "a CPU machine larger than any",
      Slice.cpu({ vcpu: 500, memoryGib: 10, nodes: 1 }),
      "cd-hc-a384-genoa: 384 vCPU",
    ],
  ])("%s is refused with what there is", (_, slice, text) => {
    const error = errorOf({ name: "train", slice });

    expect(error.codes).toEqual(["NoMachineForSlice"]);
    expect(error.message).toContain(text);
  });
});

test("reserved instances come into a NodePool of class default, before spot if both are named", () => {
  const capacity = Capacity.reservation({ coreWeave: true });
  const { cluster, stack } = withPool({ ...TRAIN, capacity: [capacity, Capacity.spot()] });

  expect([...cluster.nodePools.keys()]).toEqual(["system", "train-reservation", "train-spot"]);
  expect(objectsOf(stack).map(({ spec }) => spec.computeClass)).toEqual(["default", "default", "spot"]);
  expect(cluster.pools.get("train")!.groups[0]!.nodeLabels).toMatchObject({
    "hybrid-ai.io/capacity": "reservation",
  });
});

describe("what CoreWeave does not have is refused", () => {
  test.each<[string, Partial<AcceleratorPoolProps>, string]>([
    ["zones", { zones: ["us-east-01a"] }, "OptionWithoutEffect"],
    ["interface layouts", { interfaceLayout: "ip-optimized" }, "OptionWithoutEffect"],
    ["pods per node", { maxPodsPerNode: 32 }, "OptionWithoutEffect"],
    ["boot disks", { bootDiskGib: 300 }, "OptionWithoutEffect"],
    ["sharing of GPUs by its own device plugin", { sharing: Sharing.timeSlicing(2) }, "OptionWithoutEffect"],
    ["drain times", { disruption: { drainMinutes: 30 } }, "OptionWithoutEffect"],
    ["queued capacity", { capacity: Capacity.queued({ maxRunDays: 1 }) }, "CapacityNotAtSite"],
    [
      "reservations of other providers",
      { capacity: Capacity.reservation({ aws: { id: "cr-12345678" }, owned: true }) },
      "CapacityFactMissing",
    ],
    [
      "reserved instances before those on demand",
      { capacity: [Capacity.reservation({ coreWeave: true }), Capacity.onDemand()] },
      "CapacityNotAtSite",
    ],
  ])("%s", (_, pool, code) => {
    expect(errorOf({ ...TRAIN, ...pool }).codes).toEqual([code]);
  });

  test.each<[string, Partial<KubernetesClusterProps>]>([
    ["machines", { nodes: { train: { machines: [{ name: "a" }] } } }],
    ["what is managed", { managed: ["rdma"] }],
    ["levels", { topology: { levels: ["a"] } }],
    ["an RDMA network", { rdma: { mode: "shared", interfaces: ["ib0"] } }],
    ["a runtime class", { runtimeClass: "nvidia" }],
    ["a version", { kubernetesVersion: "1.34" }],
  ])("%s", (_, props) => {
    expect(captureValidationError(() => make(props)).codes).toContain("OptionWithoutEffect");
  });

  test("counting by racks where no pool is a fixed number of racks", () => {
    const coreweave = { countBy: "racks" } as const;
    expect(captureValidationError(() => make({ coreweave })).codes).toEqual(["NoEffect"]);
    const pools = [SYSTEM, { ...TRAIN, ...NVL72 }];
    expect(() => make({ coreweave, pools })).not.toThrow();
  });

  test("a cluster without nodes for its operators", () => {
    expect(captureValidationError(() => make({ pools: [TRAIN] })).codes).toEqual(["SystemPoolMissing"]);
  });

  test("a site in one's own hall", () => {
    expect(captureValidationError(() => make({ site: FRANKFURT })).codes).toEqual(["ProviderNotOfOperator"]);
  });

  test("a wait without end", () => {
    expect(captureValidationError(() => make({ coreweave: { waitMinutes: 60 } })).codes).toEqual([
      "NoEffect",
    ]);
    const wait = (waitMinutes: number) =>
      captureValidationError(() => make({ coreweave: { waitForNodes: true, waitMinutes } })).codes;
    expect(wait(4)).toEqual(["NumberOutOfRange"]);
    expect(wait(1441)).toEqual(["NumberOutOfRange"]);
  });

  test("a name that only Terraform knows", () => {
    const stack = stackOf();
    const namePrefix = new TerraformVariable(stack, "prefix", {}).stringValue;

    expect(captureValidationError(() => make({ namePrefix }, stack)).codes).toEqual(["TokenNotAllowed"]);
  });
});

test.each(["gpuOperator", "nvidiaDevicePlugin", "dcgmExporter", "networkOperator", "karpenter"] as const)(
  "synth refuses the chart %s beside what CoreWeave manages",
  (component) => {
    const { stack } = make();
    new HelmComponent(stack, "chart", {
      component: COMPONENTS[component],
      ...(component === "karpenter" ? { alreadyInstalled: ["karpenter-crd"] } : {}),
    });

    expect(() => synthStack(stack)).toThrow(/ManagedByProvider/);
  },
);

test("the order of pools has no meaning", () => {
  const all = [SYSTEM, TRAIN, { ...TRAIN, name: "more" }];
  const of = (pools: readonly AcceleratorPoolProps[]) =>
    resourcesOf(make({ pools }).stack, "kubernetes_manifest");

  expect(of([...all].reverse())).toEqual(of(all));
});
