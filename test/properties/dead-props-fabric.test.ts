import { stableJson } from "../../lib/core/json";
import {
  type AcceleratorModel,
  CapacityPool,
  type CubeProps,
  Fabric,
  Gang,
  InferencePool,
  type KnownFabric,
  type Offer,
  type OpticalCircuitSwitches,
  type PoolProps,
  podGoodput,
  type ScaleUpDomain,
  Site,
  SiteModel,
  type SiteModelProps,
  Systems,
  setUpSeconds,
  type Tier,
  type TorusProps,
  type TreeProps,
  wiredAccelerators,
} from "../../lib/placement";
import {
  CHIP,
  GANG,
  GPU,
  LAYOUT,
  MIXTURE_MODEL,
  orRefused,
  planned,
  RACKS,
  SMALL_MODEL,
  siteWith,
} from "./planned";
import { noDeadPropsIn } from "./support";

/** Two gangs that fill most of a tree, with experts that talk across racks, and a server. */
const WORKLOADS = [
  Gang.of("experts", { ...GANG, model: MIXTURE_MODEL, layouts: [{ ...LAYOUT, dp: 48, ep: 8 }] }),
  Gang.of("wide-experts", {
    ...GANG,
    model: { ...MIXTURE_MODEL, moe: { ...MIXTURE_MODEL.moe, experts: 16 } },
    layouts: [{ ...LAYOUT, dp: 16, ep: 16 }],
  }),
  InferencePool.of("serve", {
    model: SMALL_MODEL,
    tp: 2,
    promptTokens: 2_000,
    outputTokens: 200,
    users: [{ name: "users", requestsPerSecond: 60, rttMs: { hall: 10 } }],
    firstTokenMs: 500,
    accelerators: ["h100"],
  }),
];

const OFFERS: PoolProps["offers"] = [{ model: "on-demand", usdPerAcceleratorHour: 2 }];
const POOL: PoolProps = {
  accelerator: GPU,
  fabric: Fabric.tree("racks", { ...RACKS, tiers: RACKS.tiers.map((tier) => ({ ...tier, joins: 4 })) }),
  offers: OFFERS,
};

function inPool(props: PoolProps): string {
  return planned({ sites: [siteWith("hall", "DE", CapacityPool.of("pool", props))], workloads: WORKLOADS });
}

/** Labels of domains decide nothing of a plan: they are tested with what is emitted. */
type PlannedPoolProps = Omit<PoolProps, "domainLabels">;

noDeadPropsIn<PlannedPoolProps>("CapacityPool", (props) => orRefused(() => inPool(props)), POOL, {
  accelerator: { to: [{ ...GPU, peakTflops: 900 }] },
  fabric: { to: [RACKS, Systems.hgxRails("rails", { units: 1 })] },
  free: {
    to: [{ kind: "leaves", freeHosts: [4, 4, 4, 2] }],
    default: { kind: "leaves", freeHosts: [4, 4, 4, 4] },
    refused: [[{ kind: "count" }, "FreeCapacityMismatch"]],
  },
  offers: {
    to: [[{ model: "on-demand", usdPerAcceleratorHour: 3 }], [{ model: "spot", usdPerAcceleratorHour: 2 }]],
    refused: [[[], "MissingValue"]],
  },
});

noDeadPropsIn<AcceleratorModel>(
  "AcceleratorModel",
  (accelerator) => orRefused(() => inPool({ ...POOL, accelerator })),
  GPU,
  {
    name: { to: ["a100"], refused: [["A 100", "InvalidName"]] },
    peakTflops: { to: [900], refused: [[0, "NotAQuantity"]] },
    memoryGib: { to: [10], refused: [[0, "NotAQuantity"]] },
    memoryBandwidthGBps: { to: [800], refused: [[0, "NotAQuantity"]] },
    watts: { to: [700, undefined], refused: [[0, "NotAQuantity"]] },
  },
);

noDeadPropsIn<Offer>("Offer", (offer) => orRefused(() => inPool({ ...POOL, offers: [offer] })), OFFERS[0]!, {
  model: { to: ["spot", "reserved"], refused: [["barter" as never, "NotOneOf"]] },
  usdPerAcceleratorHour: { to: [3], refused: [[-1, "NotAQuantity"]] },
});

const HALL = Site.kubernetes("hall", { country: "DE", kubeconfig: { context: "hall" } });

noDeadPropsIn<SiteModelProps>(
  "SiteModel",
  (props) => orRefused(() => planned({ sites: [SiteModel.of(HALL, props)], workloads: WORKLOADS })),
  { pools: [CapacityPool.of("pool", POOL)], pue: 1.2, gramsCo2PerKwh: 300 },
  {
    pools: { to: [[CapacityPool.of("other", POOL)]], default: [], given: { pools: undefined } },
    pue: { to: [1.3], refused: [[0.99, "NotAQuantity"]] },
    gramsCo2PerKwh: { to: [400], refused: [[-1, "NotAQuantity"]] },
  },
);

const { kind: _k, name: _n, ...tree } = POOL.fabric as typeof RACKS;
const onTree = (props: TreeProps) =>
  orRefused(() => inPool({ ...POOL, fabric: Fabric.tree("racks", props) }));

noDeadPropsIn<TreeProps>("Fabric.tree", onTree, tree, {
  acceleratorsPerHost: { to: [4, 2], refused: [[3, "FabricShapeImpossible"]] },
  scaleUp: { to: [{ ...tree.scaleUp, oneWayGBps: 900 }] },
  nicGbps: { to: [200], refused: [[0, "NotAQuantity"]] },
  wiring: { to: ["rail-only"], default: "any-to-any", refused: [["loose" as never, "NotOneOf"]] },
  tiers: { to: [tree.tiers.slice(0, 1)], refused: [[[], "MissingValue"]] },
});

noDeadPropsIn<ScaleUpDomain>("ScaleUpDomain", (scaleUp) => onTree({ ...tree, scaleUp }), tree.scaleUp, {
  accelerators: { to: [16, 4], refused: [[0, "NumberOutOfRange"]] },
  oneWayGBps: { to: [900], refused: [[0, "NotAQuantity"]] },
  latencyUs: { to: [50], refused: [[-1, "NotAQuantity"]] },
});

noDeadPropsIn<Tier>(
  "Tier",
  (tier) => onTree({ ...tree, tiers: [tree.tiers[0]!, tier] }),
  { ...tree.tiers[1]!, oversubscription: 64 },
  {
    name: { to: ["spine"], refused: [["rack", "DuplicateValue"]] },
    joins: { to: [2], refused: [[0, "NumberOutOfRange"]] },
    oversubscription: { to: [8], refused: [[0.9, "NotAQuantity"]] },
    latencyUs: { to: [80], refused: [[-1, "NotAQuantity"]] },
    medium: { refused: [["copper", "NoEffect"]] },
    pjPerBit: { to: [30, undefined], refused: [[-1, "NotAQuantity"]] },
  },
);

/** A gang on a pod that can be chosen in and, a second one, on a pod that cannot. */
function onSlices(fabric: KnownFabric): string {
  const offers: PoolProps["offers"] = [{ model: "reserved", usdPerAcceleratorHour: 1 }];
  const own = CapacityPool.of("own", { accelerator: CHIP, fabric, offers });
  const rented = CapacityPool.of("rented", {
    accelerator: { ...CHIP, name: "tpu-rented", watts: 200 },
    fabric: Fabric.opaque("rented", { provider: "google", assumed: fabric }),
    offers,
  });
  const experts = { ...MIXTURE_MODEL, moe: { ...MIXTURE_MODEL.moe, experts: 128 } };
  const workloads = [
    ...["tpu-v5p", "tpu-rented"].map((kind) =>
      Gang.of(`on-${kind}`, {
        ...GANG,
        model: experts,
        layouts: [{ ...LAYOUT, dp: 128, ep: 128 }],
        accelerators: [kind],
      }),
    ),
    Gang.of("small", { ...GANG, layouts: [{ ...LAYOUT, dp: 8 }], accelerators: ["tpu-rented"] }),
  ];
  const sites = [siteWith("a-site", "DE", own), siteWith("b-site", "NL", rented)];
  const goodput = fabric.kind === "cubes" ? podGoodput(fabric, 2, 0.97) : undefined;
  return stableJson({
    plan: planned({ sites, workloads }),
    wired: wiredAccelerators(fabric),
    wait: setUpSeconds(fabric),
    goodput,
  });
}

noDeadPropsIn<TorusProps>(
  "Fabric.torus",
  (props) => orRefused(() => onSlices(Fabric.torus("torus", props))),
  { dims: [16, 16], chipsPerHost: 4, linkOneWayGBps: 45, hopLatencyUs: 1 },
  {
    dims: { to: [[8, 16]], refused: [[[], "NumberOutOfRange"]] },
    wrapped: { to: [[true, false]], default: [true, true], refused: [[[true], "FabricShapeImpossible"]] },
    copies: { to: [2], default: 1, refused: [[0, "NumberOutOfRange"]] },
    chipsPerHost: { to: [8], refused: [[3, "FabricShapeImpossible"]] },
    linkOneWayGBps: { to: [90], refused: [[0, "NotAQuantity"]] },
    hopLatencyUs: { to: [500], refused: [[-1, "NotAQuantity"]] },
  },
);

const OCS: OpticalCircuitSwitches = { reconfigurationMs: 1, switches: 48, ports: 64, wattsPerSwitch: 100 };
const CUBES: CubeProps = {
  cubes: 16,
  hostsPerCube: 16,
  linkOneWayGBps: 90,
  hopLatencyUs: 1,
  twist: true,
  hostAvailability: 0.999,
  ocs: OCS,
  pjPerBit: 20,
};
const onCubes = (props: CubeProps) => orRefused(() => onSlices(Fabric.cubes("pod", props)));

noDeadPropsIn<CubeProps>("Fabric.cubes", onCubes, CUBES, {
  side: { to: [2], default: 4, given: { hostsPerCube: 8 }, refused: [[8, "FabricShapeImpossible"]] },
  cubes: { to: [12], refused: [[0, "NumberOutOfRange"]] },
  spareCubes: { to: [2], default: 0, refused: [[16, "NumberOutOfRange"]] },
  hostsPerCube: { to: [8], refused: [[7, "FabricShapeImpossible"]] },
  linkOneWayGBps: { to: [45], refused: [[0, "NotAQuantity"]] },
  hopLatencyUs: { to: [100_000], refused: [[-1, "NotAQuantity"]] },
  twist: { to: [false] },
  largestSliceCubes: { to: [1], default: 16, refused: [[17, "NumberOutOfRange"]] },
  hostAvailability: { to: [0.99], refused: [[1.1, "NotAQuantity"]] },
  ocs: { to: [{ ...OCS, reconfigurationMs: 2 }] },
  pjPerBit: { to: [10, undefined], refused: [[-1, "NotAQuantity"]] },
});

noDeadPropsIn<OpticalCircuitSwitches>("OpticalCircuitSwitches", (ocs) => onCubes({ ...CUBES, ocs }), OCS, {
  reconfigurationMs: { to: [2], refused: [[-1, "NotAQuantity"]] },
  switches: { to: [96], refused: [[47, "FabricShapeImpossible"]] },
  ports: { refused: [[31, "FabricShapeImpossible"]] },
  sparePorts: { default: 0, refused: [[33, "FabricShapeImpossible"]] },
  wattsPerSwitch: { to: [200, undefined], refused: [[-1, "NotAQuantity"]] },
});

type SystemProps<K extends keyof typeof Systems> = NonNullable<Parameters<(typeof Systems)[K]>[1]>;

const asValue =
  <P>(make: (props: P) => unknown) =>
  (props: P) =>
    orRefused(() => stableJson(make(props)));

noDeadPropsIn<SystemProps<"hgxRails">>(
  "Systems.hgxRails",
  asValue((props) => Systems.hgxRails("f", props)),
  { units: 2 },
  {
    units: { to: [3], refused: [[0, "NumberOutOfRange"]] },
    nicGbps: { to: [800], default: 400, refused: [[0, "NotAQuantity"]] },
  },
);

noDeadPropsIn<SystemProps<"nvl72Hall">>(
  "Systems.nvl72Hall",
  asValue((props) => Systems.nvl72Hall("f", props)),
  { units: 2 },
  {
    units: { to: [3], refused: [[0, "NumberOutOfRange"]] },
    nicGbps: { to: [800], default: 400, refused: [[0, "NotAQuantity"]] },
  },
);

noDeadPropsIn<SystemProps<"threeTierRoce">>(
  "Systems.threeTierRoce",
  asValue((props) => Systems.threeTierRoce("f", props)),
  {},
  {
    pods: { to: [4], default: 8, refused: [[0, "NumberOutOfRange"]] },
  },
);

noDeadPropsIn<SystemProps<"tpuCubes">>(
  "Systems.tpuCubes",
  asValue((props) => Systems.tpuCubes("f", props)),
  { generation: "tpu-v4" },
  {
    generation: { to: ["tpu-v5p", "tpu7x"], refused: [["tpu-v6e" as never, "NotOneOf"]] },
    spareCubes: { to: [2], default: 0, refused: [[64, "NumberOutOfRange"]] },
    hostAvailability: { to: [0.99], default: 0.995, refused: [[0, "NotAQuantity"]] },
  },
);

noDeadPropsIn<SystemProps<"tpuTorus">>(
  "Systems.tpuTorus",
  asValue((props) => Systems.tpuTorus("f", props)),
  { generation: "tpu-v5e" },
  {
    generation: { to: ["tpu-v6e"], refused: [["tpu-v4" as never, "NotOneOf"]] },
    pods: { to: [2], default: 1, refused: [[0, "NumberOutOfRange"]] },
  },
);

noDeadPropsIn<SystemProps<"cloudGpus">>(
  "Systems.cloudGpus",
  asValue((props) => Systems.cloudGpus("f", props)),
  { provider: "aws", networkGbpsPerMachine: 3_200 },
  {
    provider: { to: ["google"], refused: [["moon" as never, "NotOneOf"]] },
    networkGbpsPerMachine: { to: [1_600], refused: [[0, "NotAQuantity"]] },
    nvlinkRack: { to: [true], default: false },
  },
);

noDeadPropsIn<SystemProps<"cloudTpus">>(
  "Systems.cloudTpus",
  asValue((props) => Systems.cloudTpus("f", props)),
  { generation: "tpu-v5p" },
  {
    generation: { to: ["tpu-v6e", "tpu-v4"], refused: [["tpu-v9" as never, "NotOneOf"]] },
  },
);
