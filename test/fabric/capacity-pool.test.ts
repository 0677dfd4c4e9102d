import {
  type AcceleratorModel,
  CapacityPool,
  type FreeCapacity,
  freeAccelerators,
  type PoolProps,
  wiredAccelerators,
} from "../../lib/fabric/capacity-pool";
import { type DomainLabel, domainLevels } from "../../lib/fabric/domain-labels";
import { Fabric } from "../../lib/fabric/fabric";
import { Site } from "../../lib/fabric/site";
import { SiteModel } from "../../lib/fabric/site-model";
import { Systems } from "../../lib/fabric/systems";
import { captureValidationError } from "../../lib/testing";

const CHIP: AcceleratorModel = {
  name: "chip",
  peakTflops: 100,
  memoryGib: 16,
  memoryBandwidthGBps: 800,
  watts: 200,
};
const RAILS = Systems.hgxRails("rails", { units: 2 });
const POD = Systems.tpuCubes("pod", { generation: "tpu-v4" });
const TORUS = Systems.tpuTorus("torus", { generation: "tpu-v5e", pods: 2 });
const CLOUD = Systems.cloudGpus("cloud", { provider: "aws", networkGbpsPerMachine: 3_200 });
const OFFERS: PoolProps["offers"] = [{ model: "on-demand", usdPerAcceleratorHour: 4 }];

const pool = (changes: Partial<PoolProps> = {}) =>
  CapacityPool.of("pool", { accelerator: CHIP, fabric: RAILS, offers: OFFERS, ...changes });
const codes = (make: () => unknown) => captureValidationError(make).codes;

describe("free capacity", () => {
  test("is all of a known fabric, and without limit in an opaque one, unless said otherwise", () => {
    expect([RAILS, POD, TORUS, CLOUD].map((fabric) => freeAccelerators(pool({ fabric })))).toEqual([
      512,
      4_096,
      512,
      undefined,
    ]);
    expect([RAILS, POD, TORUS].map(wiredAccelerators)).toEqual([512, 4_096, 512]);
  });

  test.each<[PoolProps["fabric"], FreeCapacity, number]>([
    [RAILS, { kind: "leaves", freeHosts: [3, 0] }, 24],
    [POD, { kind: "cubes", freeChips: [64, 16, ...Array(62).fill(0)] }, 80],
    [TORUS, { kind: "boxes", taken: [{ copy: 1, anchor: [14, 0], dims: [4, 4] }] }, 496],
    [
      TORUS,
      {
        kind: "boxes",
        taken: [
          { copy: 0, anchor: [0, 0], dims: [4, 4] },
          { copy: 0, anchor: [2, 0], dims: [4, 4] },
        ],
      },
      488,
    ],
    [CLOUD, { kind: "count", accelerators: 96 }, 96],
    [CLOUD, { kind: "count", accelerators: 0 }, 0],
  ])("is counted %#", (fabric, free, accelerators) => {
    expect(freeAccelerators(pool({ fabric, free }))).toBe(accelerators);
  });

  test.each<[PoolProps["fabric"], FreeCapacity, string[]]>([
    [RAILS, { kind: "count" }, ["FreeCapacityMismatch"]],
    [RAILS, { kind: "leaves", freeHosts: [1] }, ["FreeCapacityMismatch"]],
    [RAILS, { kind: "leaves", freeHosts: [33, -1] }, ["NumberOutOfRange", "NumberOutOfRange"]],
    [POD, { kind: "cubes", freeChips: Array(64).fill(65) }, Array(64).fill("NumberOutOfRange")],
    [
      TORUS,
      { kind: "boxes", taken: [{ copy: 2, anchor: [0, 16], dims: [0, 17] }] },
      Array(4).fill("NumberOutOfRange"),
    ],
    [TORUS, { kind: "boxes", taken: [{ copy: 0, anchor: [0], dims: [1, 1] }] }, ["FreeCapacityMismatch"]],
    [CLOUD, { kind: "count", accelerators: Number.NaN }, ["NumberOutOfRange"]],
  ])("is refused where it does not fit the fabric %#", (fabric, free, expected) => {
    expect(codes(() => pool({ fabric, free }))).toEqual(expected);
  });
});

test.each<[Partial<PoolProps>, string[]]>([
  [{ offers: [] }, ["MissingValue"]],
  [{ offers: [...OFFERS, ...OFFERS] }, ["DuplicateValue"]],
  [{ offers: [{ model: "barter" as never, usdPerAcceleratorHour: 1 }] }, ["NotOneOf"]],
  [{ offers: [{ model: "spot", usdPerAcceleratorHour: -1 }] }, ["NotAQuantity"]],
  [{ offers: [...OFFERS, { model: "spot", usdPerAcceleratorHour: 4.01 }] }, ["OfferUnsound"]],
  [{ accelerator: { ...CHIP, name: "A B" } }, ["InvalidName"]],
  [{ accelerator: { ...CHIP, peakTflops: 0 } }, ["NotAQuantity"]],
  [{ accelerator: { ...CHIP, watts: 0 } }, ["NotAQuantity"]],
])("refuses pools whose facts contradict each other %#", (changes, expected) => {
  expect(codes(() => pool(changes))).toEqual(expected);
});

describe("what is known of a site", () => {
  const site = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });

  test("keeps who it is and adds what runs there", () => {
    const model = SiteModel.of(site, { pools: [pool()], pue: 1.1, gramsCo2PerKwh: 208.81 });
    expect(model).toMatchObject({
      name: "eemshaven",
      country: "NL",
      kind: "google",
      pue: 1.1,
      gramsCo2PerKwh: 208.81,
    });
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
    expect(SiteModel.of(site, { pue: 1, gramsCo2PerKwh: 0 }).pools).toEqual([]);
  });

  test.each([
    [{ pue: 0.99, gramsCo2PerKwh: 1 }, ["NotAQuantity"]],
    [{ pue: 1.1, gramsCo2PerKwh: -1 }, ["NotAQuantity"]],
    [{ pue: Number.NaN, gramsCo2PerKwh: Number.POSITIVE_INFINITY }, ["NotAQuantity", "NotAQuantity"]],
    [{ pue: 1.1, gramsCo2PerKwh: 1, pools: [pool(), pool()] }, ["DuplicateValue"]],
  ])("is refused if it cannot be %#", (props, expected) => {
    expect(codes(() => SiteModel.of(site, props))).toEqual(expected);
  });
});

test("a fabric of one's own may be opaque too", () => {
  const assumed = Fabric.opaque("rented", { provider: "other", assumed: RAILS });
  expect(freeAccelerators(pool({ fabric: assumed }))).toBeUndefined();
  expect(wiredAccelerators(assumed)).toBe(512);
});

describe("labels of domains", () => {
  const labelled = (domainLabels: readonly DomainLabel[], more: Partial<PoolProps> = {}) =>
    pool({ ...more, domainLabels });

  test("are kept as they are, values or none", () => {
    const labels = [
      { of: "leaf", label: "acme.example/unit", values: ["u1", "u2"] },
      { of: "spine", label: "acme.example/hall" },
    ];
    expect(labelled(labels).domainLabels).toEqual(labels);
    const cubes = Systems.tpuCubes("pod", { generation: "tpu-v4" });
    expect(domainLevels(cubes)).toEqual([{ of: "cube", count: 64, pieces: 1 }]);
    expect(domainLevels(Systems.nvl72Hall("hall", { units: 2 }))).toEqual([
      { of: "scale-up", count: 16, pieces: 1 },
      { of: "leaf", count: 2, pieces: 8 },
      { of: "spine", count: 1, pieces: 16 },
    ]);
  });

  test.each([
    [[{ of: "rack", label: "a/b" }], "DomainLabelMismatch"],
    [[{ of: "leaf", label: "a/b", values: ["u1"] }], "DomainLabelMismatch"],
    [[{ of: "leaf", label: "a b" }], "InvalidName"],
    [[{ of: "leaf", label: "a/b", values: ["u1", "u 2"] }], "InvalidName"],
    [[{ of: "leaf", label: "a/b", values: ["u1", "u1"] }], "DuplicateValue"],
    [
      [
        { of: "leaf", label: "a/b" },
        { of: "leaf", label: "a/c" },
      ],
      "DuplicateValue",
    ],
  ])("are refused if they do not fit the fabric %#", (labels, code) => {
    expect(codes(() => labelled(labels))).toEqual([code]);
  });

  test("are refused where no domain can be chosen", () => {
    const rented = Fabric.opaque("rented", { provider: "aws", assumed: RAILS });
    expect(codes(() => labelled([{ of: "leaf", label: "a/b" }], { fabric: rented }))).toEqual([
      "DomainLabelMismatch",
    ]);
  });
});
