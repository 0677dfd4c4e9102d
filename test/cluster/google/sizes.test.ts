import fc from "fast-check";
import { evenZones } from "../../../lib/cluster/google/zones";
import { Capacity } from "../../../lib/fabric/capacity";
import { Slice } from "../../../lib/fabric/slice";
import { nodePoolsOf, planOf } from "./plan-of";

const ZONES = ["a", "b", "c", "d"].map((letter) => `europe-west4-${letter}`);

test("a fixed number of nodes is shared evenly among as many zones as it can be", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 4 }), (nodes, count) => {
      const zones = evenZones(ZONES.slice(0, count), nodes);
      expect(nodes % zones.length).toBe(0);
      const more = [1, 2, 3, 4].filter((each) => each <= count && nodes % each === 0);
      expect(zones).toHaveLength(Math.max(...more));
    }),
  );
});

test("a pool has as many nodes as were asked for, whatever it is divided into", () => {
  const cpu = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 50 }))
    .map(([min, more]) => Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: { min, max: min + more } }));
  const slices = fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 4 }))
    .map(([min, more]) => Slice.tpu("tpu-v6e", { topology: "4x8", slices: { min, max: min + more } }));
  const domains = fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 3 }))
    .map(([min, more]) =>
      Slice.accelerators("gb200", { perNode: 4, nodes: { min: 18 * min, max: 18 * (min + more) } }),
    );
  fc.assert(
    fc.property(fc.oneof(cpu, slices, domains), (slice) => {
      const { nodePools } = planOf({ name: "pool", slice });
      const sum = (end: "min" | "max") => nodePools.reduce((total, { nodes }) => total + nodes[end], 0);
      const perUnit = slice.kind === "tpu" ? slice.shape.nodes : 1;
      const { min, max } = slice.kind === "tpu" ? slice.slices : slice.nodes;

      expect([sum("min"), sum("max")]).toEqual([min * perUnit, max * perUnit]);
    }),
  );
});

test("an elastic pool starts with no more nodes than it may have, over all zones", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 4 }),
      (min, more, count) => {
        const nodes = { min, max: min + more };
        const zones = ZONES.slice(0, count);
        const [config] = nodePoolsOf(
          { name: "pool", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes }) },
          { zones },
        );
        const { initialNodeCount, autoscaling } = config!;

        expect(initialNodeCount! * count).toBeLessThanOrEqual(nodes.max);
        expect(autoscaling).toMatchObject({ totalMinNodeCount: min, totalMaxNodeCount: nodes.max });
      },
    ),
  );
});

test("several capacities make an elastic pool of a fixed one", () => {
  const pools = nodePoolsOf({
    name: "gpu",
    slice: Slice.accelerators("l4", { perNode: 1, nodes: 4 }),
    tier: "serving",
    capacity: [Capacity.spot(), Capacity.onDemand()],
  });
  expect(
    pools.map(({ nodeCount, autoscaling }) => [
      nodeCount,
      autoscaling!.totalMinNodeCount,
      autoscaling!.totalMaxNodeCount,
    ]),
  ).toEqual([
    [undefined, 4, 4],
    [undefined, 0, 4],
  ]);
});
