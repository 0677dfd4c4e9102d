import { Token } from "cdktf";
import fc from "fast-check";
import { Fabric, knownFabric } from "../../lib/fabric/fabric";
import { type CubeProps, chipsOf, isTwistable, type TorusProps } from "../../lib/fabric/torus";
import {
  hostsPerLeaf,
  leafCount,
  leavesPerDomain,
  type TreeProps,
  tierSizes,
  treeAccelerators,
} from "../../lib/fabric/tree";
import { captureValidationError } from "../../lib/testing";

const TREE: TreeProps = {
  acceleratorsPerHost: 8,
  scaleUp: { accelerators: 8, oneWayGBps: 450, latencyUs: 2 },
  nicGbps: 400,
  tiers: [
    { name: "leaf", joins: 32, oversubscription: 1, latencyUs: 3, medium: "copper" },
    { name: "spine", joins: 4, oversubscription: 2, latencyUs: 5, medium: "optics", pjPerBit: 40 },
  ],
};
const TORUS: TorusProps = { dims: [16, 16], chipsPerHost: 4, linkOneWayGBps: 45, hopLatencyUs: 1 };
const CUBES: CubeProps = {
  cubes: 64,
  hostsPerCube: 16,
  linkOneWayGBps: 45,
  hopLatencyUs: 1,
  twist: true,
  hostAvailability: 0.999,
  ocs: { reconfigurationMs: 1, switches: 48, ports: 136, sparePorts: 8 },
};

const tree = (changes: Partial<TreeProps> = {}) => Fabric.tree("tree", { ...TREE, ...changes });
const torus = (changes: Partial<TorusProps> = {}) => Fabric.torus("torus", { ...TORUS, ...changes });
const cubes = (changes: Partial<CubeProps> = {}) => Fabric.cubes("cubes", { ...CUBES, ...changes });
const tier = (at: number, changes: object) =>
  TREE.tiers.map((given, index) => (index === at ? { ...given, ...changes } : given));
const codes = (make: () => unknown) => captureValidationError(make).codes;

test("fabrics are frozen to the bottom, share nothing with what was given, and survive JSON", () => {
  for (const fabric of [
    tree(),
    torus(),
    cubes(),
    Fabric.opaque("cloud", { provider: "aws", assumed: tree() }),
  ]) {
    expect(JSON.parse(JSON.stringify(fabric))).toEqual(fabric);
    expect(Object.isFrozen(fabric)).toBe(true);
  }
  expect(Object.isFrozen(tree().tiers[1])).toBe(true);
  expect(Object.isFrozen(TREE.tiers)).toBe(false);
  expect(knownFabric(Fabric.opaque("cloud", { provider: "google", assumed: torus() }))).toEqual(torus());
});

describe("trees", () => {
  test("count what their levels hold", () => {
    expect(tierSizes(tree())).toEqual([256, 1_024]);
    expect(treeAccelerators(tree())).toBe(1_024);
    expect([hostsPerLeaf(tree()), leafCount(tree()), leavesPerDomain(tree())]).toEqual([32, 4, [1, 4]]);
  });

  test("take the NVLink rack as the leaf where it spans hosts", () => {
    const racks = tree({ acceleratorsPerHost: 4, scaleUp: { ...TREE.scaleUp, accelerators: 72 } });
    expect([hostsPerLeaf(racks), leafCount(racks), leavesPerDomain(racks)]).toEqual([18, 128, [32, 128]]);
  });

  test("leaves partition the accelerators at every level", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, fc.constantFrom(8, 72, 4), (first, second, domain) => {
        const fabric = tree({
          acceleratorsPerHost: 4,
          scaleUp: { ...TREE.scaleUp, accelerators: domain },
          tiers: [
            { ...TREE.tiers[0]!, joins: first },
            { ...TREE.tiers[1]!, joins: second },
          ],
        });
        expect(hostsPerLeaf(fabric) * 4 * leafCount(fabric)).toBe(treeAccelerators(fabric));
        expect(leavesPerDomain(fabric).at(-1)).toBe(leafCount(fabric));
      }),
    );
  });

  test.each([
    [{ acceleratorsPerHost: 0 }, ["NumberOutOfRange"]],
    [{ acceleratorsPerHost: 3 }, ["FabricShapeImpossible"]],
    [{ nicGbps: 0 }, ["NotAQuantity"]],
    [{ nicGbps: Number.NaN }, ["NotAQuantity"]],
    [{ nicGbps: Token.asNumber({}) }, ["TokenNotAllowed"]],
    [{ scaleUp: { ...TREE.scaleUp, oneWayGBps: -1 } }, ["NotAQuantity"]],
    [{ wiring: "tangled" as never }, ["NotOneOf"]],
    [{ tiers: [] }, ["MissingValue"]],
    [{ tiers: tier(1, { name: "leaf" }) }, ["DuplicateValue"]],
    [{ tiers: tier(0, { joins: 1.5 }) }, ["NumberOutOfRange"]],
    [{ tiers: tier(0, { oversubscription: 0.99 }) }, ["NotAQuantity"]],
    [{ tiers: tier(0, { oversubscription: 3 }) }, ["OversubscriptionNotMonotone"]],
    [{ tiers: tier(0, { latencyUs: Number.POSITIVE_INFINITY }) }, ["NotAQuantity"]],
    [{ tiers: tier(0, { medium: "air" }) }, ["NotOneOf"]],
    [{ tiers: tier(1, { pjPerBit: -1 }) }, ["NotAQuantity"]],
    [{ tiers: tier(0, { pjPerBit: 5 }) }, ["NoEffect"]],
    [{ nicGbps: 0, tiers: tier(0, { joins: 0 }) }, ["NotAQuantity", "NumberOutOfRange"]],
  ])("refuse %#", (changes, expected) => {
    expect(codes(() => tree(changes))).toEqual(expected);
  });

  test("refuse names that are none", () => {
    expect(codes(() => Fabric.tree("Tree!", TREE))).toEqual(["InvalidName"]);
  });
});

describe("tori", () => {
  test("wrap along every axis and are one unless said otherwise", () => {
    expect(torus()).toMatchObject({ wrapped: [true, true], copies: 1 });
    expect(torus({ wrapped: [true, false], copies: 3 })).toMatchObject({ wrapped: [true, false], copies: 3 });
  });

  test.each([
    [{ dims: [] }, ["NumberOutOfRange"]],
    [{ dims: [2, 2, 2, 2] }, ["NumberOutOfRange"]],
    [{ dims: [16, 0] }, ["NumberOutOfRange"]],
    [{ wrapped: [true] }, ["FabricShapeImpossible"]],
    [{ chipsPerHost: 3 }, ["FabricShapeImpossible"]],
    [{ copies: 0 }, ["NumberOutOfRange"]],
    [{ linkOneWayGBps: 0 }, ["NotAQuantity"]],
    [{ hopLatencyUs: -1 }, ["NotAQuantity"]],
  ])("refuse %#", (changes, expected) => {
    expect(codes(() => torus(changes))).toEqual(expected);
  });
});

describe("cubes", () => {
  test("may give all of themselves to one slice unless some are spare", () => {
    expect(cubes()).toMatchObject({ side: 4, spareCubes: 0, largestSliceCubes: 64 });
    expect(cubes({ spareCubes: 4 })).toMatchObject({ largestSliceCubes: 60 });
  });

  test("need a switch for each place of a face and two ports for each cube", () => {
    const ocs = { reconfigurationMs: 1, switches: 48, ports: 128 };
    expect(codes(() => cubes({ ocs: { ...ocs, switches: 47 } }))).toEqual(["FabricShapeImpossible"]);
    expect(codes(() => cubes({ ocs: { ...ocs, ports: 127 } }))).toEqual(["FabricShapeImpossible"]);
    expect(codes(() => cubes({ ocs: { ...ocs, sparePorts: 1 } }))).toEqual(["FabricShapeImpossible"]);
    expect(cubes({ ocs }).ocs).toEqual(ocs);
    expect(cubes({ cubes: 128, ocs: { ...ocs, switches: 96 } }).cubes).toBe(128);
    expect(cubes({ cubes: 999, ocs: { reconfigurationMs: 1 } }).cubes).toBe(999);
  });

  test.each([
    [{ cubes: 0 }, ["NumberOutOfRange"]],
    [{ spareCubes: 64 }, ["NumberOutOfRange", "NumberOutOfRange"]],
    [{ largestSliceCubes: 65 }, ["NumberOutOfRange"]],
    [{ hostsPerCube: 7 }, ["FabricShapeImpossible"]],
    [{ hostAvailability: 0 }, ["NotAQuantity"]],
    [{ hostAvailability: 1.001 }, ["NotAQuantity"]],
    [{ linkOneWayGBps: Number.NaN }, ["NotAQuantity"]],
    [{ pjPerBit: -1 }, ["NotAQuantity"]],
    [{ ocs: { reconfigurationMs: -1 } }, ["NotAQuantity"]],
    [{ ocs: { reconfigurationMs: 1, wattsPerSwitch: -1 } }, ["NotAQuantity"]],
    [{ ocs: { reconfigurationMs: 1, ports: 8, sparePorts: 9 } }, ["NumberOutOfRange"]],
  ])("refuse %#", (changes, expected) => {
    expect(codes(() => cubes(changes))).toEqual(expected);
  });

  test("can be twisted in shapes n x n x 2n and n x 2n x 2n of multiples of 4 (docs.cloud.google.com/tpu/docs/v4)", () => {
    const twistable = [
      [4, 4, 8],
      [8, 4, 4],
      [4, 8, 8],
      [8, 8, 16],
      [12, 12, 24],
      [12, 24, 24],
    ];
    const others = [[4, 4, 4], [2, 2, 4], [4, 4, 12], [4, 8, 16], [6, 6, 12], [4, 8], []];
    expect(twistable.every(isTwistable)).toBe(true);
    expect(others.some(isTwistable)).toBe(false);
    expect(twistable.map(chipsOf)).toEqual([128, 128, 256, 1_024, 3_456, 6_912]);
  });
});

test("opaque interiors need a known provider", () => {
  const make = () => Fabric.opaque("cloud", { provider: "moon" as never, assumed: tree() });
  expect(codes(make)).toEqual(["NotOneOf"]);
});
