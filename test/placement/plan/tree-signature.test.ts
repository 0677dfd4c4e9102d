import fc from "fast-check";
import { Fabric } from "../../../lib/fabric/fabric";
import { hostsPerLeaf, leafCount } from "../../../lib/fabric/tree";
import { compactTreeFootprint, treeFootprint } from "../../../lib/placement/cost/footprint";
import { compactSignature, signatureOf, treeShape } from "../../../lib/placement/plan/tree-signature";

const TREES = fc
  .record({
    scaleUp: fc.constantFrom(4, 8, 72),
    joins: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ scaleUp, joins }) =>
    Fabric.tree("tree", {
      acceleratorsPerHost: scaleUp === 72 ? 4 : 8,
      scaleUp: { accelerators: scaleUp, oneWayGBps: 450, latencyUs: 2 },
      nicGbps: 400,
      tiers: joins.map((each, index) => ({
        name: `tier-${index}`,
        joins: index === 0 ? 2 * each : each,
        oversubscription: 1,
        latencyUs: 3,
        medium: "optics",
      })),
    }),
  );

test("the planner's quick look at hosts in a tree sees what the cost model sees", () => {
  fc.assert(
    fc.property(TREES, fc.array(fc.nat(17), { minLength: 1, maxLength: 40 }), (fabric, counts) => {
      const leaves = counts
        .slice(0, leafCount(fabric))
        .map((hosts, leaf) => ({ leaf, hosts: Math.min(hosts, hostsPerLeaf(fabric)) }))
        .filter(({ hosts }) => hosts > 0);
      fc.pre(leaves.length > 0);
      const { perScaleUp, crossings } = treeFootprint(fabric, leaves);
      expect(signatureOf(treeShape(fabric), leaves)).toMatchObject({ perScaleUp, crossings });

      const hosts = leaves.reduce((sum, share) => sum + share.hosts, 0);
      const compact = compactTreeFootprint(fabric, hosts * fabric.acceleratorsPerHost);
      expect(compactSignature(treeShape(fabric), hosts)).toMatchObject({
        perScaleUp: compact.perScaleUp,
        crossings: compact.crossings,
      });
    }),
  );
});
