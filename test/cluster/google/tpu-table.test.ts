import type { TpuSliceFacts } from "../../../lib/catalog/facts";
import { TPU_ACCELERATORS, tpuSlices } from "../../../lib/catalog/tpu-slices";
import { poolNodes } from "../../../lib/cluster/google/pool-nodes";
import { Slice } from "../../../lib/fabric/slice";
import { cluster } from "./fixture";
import { nodePoolsOf, planOf } from "./plan-of";

const ROWS: readonly TpuSliceFacts[] = TPU_ACCELERATORS.flatMap((accelerator) => tpuSlices(accelerator));

const poolOf = (row: TpuSliceFacts, slices: number | { min: number; max: number } = 1) => ({
  name: "tpu",
  slice: Slice.tpu(row.accelerator, {
    topology: row.topology,
    machineType: row.machineType,
    slices,
  }),
});

/**
 * What Google publishes about each row, written down without the compiler's code: chips of the topology over chips of the
 * machine are the nodes; slices of several hosts are placed by topology, TPU7x by a workload policy instead.
 * Sources: https://docs.cloud.google.com/kubernetes-engine/docs/concepts/plan-tpus, .../tpu-ironwood (read 2026-11-24)
 */
function expected(row: TpuSliceFacts) {
  const chips = row.topology.split("x").reduce((product, axis) => product * Number(axis), 1);
  const perNode = Number(/-(\d)t$/.exec(row.machineType)![1]);
  const nodes = chips / perNode;
  const seventh = row.machineType.startsWith("tpu7");
  return {
    name: nodes > 1 ? "tpu-0" : "tpu",
    machine: row.machineType,
    nodes,
    placement:
      nodes === 1
        ? undefined
        : seventh
          ? { type: "", policyName: `acme-${row.topology}` }
          : { type: "COMPACT", tpuTopology: row.topology },
  };
}

describe("every TPU slice of the catalogue", () => {
  test("there are 1,061 and more generations do not shrink the table", () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(1061);
  });

  test.each(TPU_ACCELERATORS)("%s compiles to node pools by the published rule", (accelerator) => {
    for (const row of tpuSlices(accelerator)) {
      const [config, ...others] = nodePoolsOf(poolOf(row));
      const rule = expected(row);

      expect(others).toEqual([]);
      expect({
        row: `${row.machineType} ${row.topology}`,
        name: config!.name,
        machine: config!.nodeConfig!.machineType,
        nodes: config!.nodeCount,
        placement: config!.placementPolicy,
        zones: config!.nodeLocations!.length,
        autoscaling: config!.autoscaling,
        guestAccelerator: config!.nodeConfig!.guestAccelerator,
      }).toEqual({
        row: `${row.machineType} ${row.topology}`,
        ...rule,
        zones: 1,
        autoscaling: undefined,
        guestAccelerator: undefined,
      });
    }
  });

  test.each(TPU_ACCELERATORS)(
    "%s that may shrink to nothing has all hosts or none, per zone",
    (accelerator) => {
      for (const row of tpuSlices(accelerator).filter(({ multiHost }) => multiHost)) {
        const pools = nodePoolsOf(poolOf(row, { min: 1, max: 2 }));
        const { nodes } = expected(row);

        expect(pools.map(({ name, nodeCount, autoscaling }) => ({ name, nodeCount, autoscaling }))).toEqual([
          { name: "tpu-0", nodeCount: nodes, autoscaling: undefined },
          {
            name: "tpu-1",
            nodeCount: undefined,
            autoscaling: { minNodeCount: 0, maxNodeCount: nodes, locationPolicy: "ANY" },
          },
        ]);
      }
    },
  );

  test.each(TPU_ACCELERATORS)("%s tells pods the labels and the chips of a node", (accelerator) => {
    for (const row of tpuSlices(accelerator)) {
      const pool = poolNodes(planOf(poolOf(row)));

      expect(pool.resource).toBe("google.com/tpu");
      expect(pool.resourcePerNode).toBe(row.chipsPerNode);
      expect(pool.groups[0]!.nodeLabels).toMatchObject({
        "cloud.google.com/gke-tpu-accelerator": row.gkeAccelerator,
        "cloud.google.com/gke-tpu-topology": row.topology,
        "hybrid-ai.io/pool": "tpu",
      });
      expect(pool.groups[0]!.taints).toEqual([
        { key: "google.com/tpu", value: "present", effect: "NoSchedule" },
      ]);
      expect(pool.topologyLevels).toEqual(row.multiHost ? ["cloud.google.com/gke-nodepool"] : []);
    }
  });

  test("a sample comes out of a whole stack as out of the plan", () => {
    const sample = TPU_ACCELERATORS.flatMap((accelerator) => {
      const rows = tpuSlices(accelerator);
      return [rows[0]!, rows.find(({ multiHost }) => multiHost)!, rows.at(-1)!];
    });
    for (const row of sample) {
      const network = { nodesCidr: "10.0.0.0/16", podsCidr: "172.16.0.0/12" };
      const { template } = cluster([poolOf(row)], {}, undefined, network);
      const rule = expected(row);
      const pool = template().resource("google_container_node_pool", `pool-${rule.name}_`) as {
        node_count: number;
        placement_policy?: { type: string; tpu_topology?: string };
      };

      expect(pool.node_count).toBe(rule.nodes);
      expect(pool.placement_policy?.type).toBe(rule.placement?.type);
      expect(pool.placement_policy?.tpu_topology).toBe(rule.placement?.tpuTopology);
    }
  });
});
