import { Capacity } from "../../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Slice } from "../../../lib/fabric/slice";
import { COMPONENTS, HelmComponent } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { SYSTEM, TRAIN } from "../in-cluster/clusters";
import { objectsOf, resourcesOf } from "../in-cluster/synthesized";
import { errorOf, make, NVL72, specOf, withPool } from "./coreweave-clusters";

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

test("reserved instances come into a NodePool of class default, before spot if both are named", () => {
  const capacity = Capacity.reservation({ coreWeave: true });
  const { cluster, stack } = withPool({ ...TRAIN, capacity: [capacity, Capacity.spot()] });

  expect([...cluster.nodePools.keys()]).toEqual(["system", "train-reservation", "train-spot"]);
  expect(objectsOf(stack).map(({ spec }) => spec.computeClass)).toEqual(["default", "default", "spot"]);
  expect(cluster.pools.get("train")!.groups[0]!.nodeLabels).toMatchObject({
    "hybrid-ai.io/capacity": "reservation",
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
