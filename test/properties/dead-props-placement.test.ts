import { CapacityPool } from "../../lib/fabric/capacity-pool";
import {
  DataJob,
  type DataJobProps,
  type DwdmProps,
  type ExpertShape,
  Gang,
  type GangProps,
  InferencePool,
  type InferencePoolProps,
  type LeasedProps,
  lockOf,
  type ModelShape,
  OpticalLink,
  type Overlap,
  type ParallelLayout,
  type PlacementLock,
  type PlacementRulesProps,
  PlanRules,
  type PlanRulesProps,
  plan,
  Residency,
  SizedPool,
  type SizedPoolProps,
  type SizedReplica,
  Systems,
  type UserGroup,
  type Workload,
} from "../../lib/placement";
import {
  CHEAP,
  CHIP,
  DEAR,
  FIBRE,
  GANG,
  LAYOUT,
  MIXTURE_MODEL,
  orRefused,
  planned,
  RULES,
  SMALL_MODEL,
  siteWith,
  WIDE_GANG,
} from "./planned";
import { type Cases, flag, noDeadPropsIn } from "./support";

const POD = siteWith(
  "pod",
  "NL",
  CapacityPool.of("pod", {
    accelerator: CHIP,
    fabric: Systems.tpuCubes("pod", { generation: "tpu-v5p" }),
    offers: [{ model: "reserved", usdPerAcceleratorHour: 1 }],
  }),
);
const SITES = [CHEAP, DEAR, POD];
const DETOUR = OpticalLink.leased("cheap", "dear", {
  name: "detour",
  gbps: 400,
  rttMs: 30,
  usdPerGb: [0.02, 0.02],
});
const LINKS = [FIBRE, DETOUR];

/** A neighbour that must not be met by its group. */
const NEIGHBOUR = Gang.of("neighbour", {
  ...GANG,
  pinned: { site: "cheap" },
  spread: { group: "ranking", apartIn: "site" },
});

/** Where the workload ran before: where it would not be without. */
function lockOn(workload: Workload, links = LINKS): PlacementLock {
  return lockOf(plan({ sites: SITES, links, workloads: [workload], rules: RULES }));
}

function beside(workload: Workload, lock?: PlacementLock): string {
  return planned({ sites: SITES, links: LINKS, workloads: [workload, NEIGHBOUR] }, lock);
}

const RULE_CASES: Cases<Omit<PlacementRulesProps, "keep">> = {
  value: { to: [2, 0.5], default: 1, refused: [[0, "NotAQuantity"]] },
  residency: { to: [Residency.EU], default: Residency.ANYWHERE },
  purchase: { to: [["spot"]], default: ["on-demand", "reserved"], refused: [[[], "NothingAllowed"]] },
  budgetUsdPerHour: { to: [0.001], refused: [[0, "NotAQuantity"]] },
  pinned: {
    to: [{ site: "dear" }],
    refused: [
      [{ site: "moon" }, "UnknownPlace"],
      [{ site: "dear", pool: "none" }, "UnknownPlace"],
    ],
  },
  spread: { to: [{ group: "ranking", apartIn: "site" }] },
};

const RAN_AT_DEAR = lockOn(Gang.of("job", { ...GANG, pinned: { site: "dear" } }));

noDeadPropsIn<GangProps>(
  "Gang",
  (props) => orRefused(() => beside(Gang.of("job", props), RAN_AT_DEAR)),
  GANG,
  {
    ...RULE_CASES,
    keep: flag(false),
    model: { to: [{ ...SMALL_MODEL, params: 9e9 }] },
    layouts: { to: [[{ ...LAYOUT, dp: 8 }]], refused: [[[], "MissingValue"]] },
    accelerators: { to: [["tpu-v5p"], ["a100"]], refused: [[[], "MissingValue"]] },
    sliceShapes: {
      to: [[[1, 4, 4]]],
      given: { accelerators: ["tpu-v5p"] },
      refused: [[[[0]], "NumberOutOfRange"]],
    },
    kernelEfficiency: { to: [0.4], default: 0.5, refused: [[1.01, "NotAQuantity"]] },
    overlap: {
      to: [{ data: 0.5 }],
      default: { data: 0.9, pipeline: 1, expert: 0 },
      given: { overlap: undefined },
      refused: [[{ data: 2 }, "NotAQuantity"]],
    },
    maySpanSites: { ...flag(false), given: { layouts: [{ ...LAYOUT, dp: 128 }] } },
  },
);

const moe = (changes: Partial<ExpertShape>) => ({ ...MIXTURE_MODEL.moe, ...changes });

/** A layout that uses every axis. */
const EVERY_AXIS: ParallelLayout = { ...LAYOUT, tp: 2, cp: 2, pp: 2, dp: 2, ep: 2, sharding: "none" };

noDeadPropsIn<ModelShape>(
  "ModelShape",
  (model) => orRefused(() => beside(Gang.of("job", { ...GANG, model, layouts: [EVERY_AXIS] }))),
  MIXTURE_MODEL,
  {
    params: { to: [9e9], refused: [[0, "NotAQuantity"]] },
    layers: { to: [34, 40], refused: [[0, "NumberOutOfRange"]] },
    hidden: { to: [4_097], refused: [[1.5, "NumberOutOfRange"]] },
    sequence: { to: [8_194], refused: [[8_191, "ParallelismImpossible"]] },
    kvHidden: { to: [2_048], refused: [[0, "NumberOutOfRange"]] },
    moe: {
      to: [moe({ layers: 16 }), moe({ experts: 16 }), moe({ topK: 3 }), moe({ expertParams: 5e9 })],
      refused: [[undefined, "ParallelismImpossible"]],
    },
  },
);

noDeadPropsIn<ParallelLayout>(
  "ParallelLayout",
  (layout) => orRefused(() => beside(Gang.of("job", { ...GANG, model: MIXTURE_MODEL, layouts: [layout] }))),
  EVERY_AXIS,
  {
    tp: { to: [1, 4], refused: [[0, "NumberOutOfRange"]] },
    cp: { to: [1, 4], refused: [[3, "ParallelismImpossible"]] },
    pp: { to: [1, 4], refused: [[35, "ParallelismImpossible"]] },
    dp: { to: [4], refused: [[3, "ParallelismImpossible"]] },
    ep: { to: [1], refused: [[4, "ParallelismImpossible"]] },
    microbatches: { to: [8], refused: [[0, "NumberOutOfRange"]] },
    microbatchSize: { to: [2], refused: [[0, "NumberOutOfRange"]] },
    interleave: { to: [2], refused: [[18, "ParallelismImpossible"]] },
    sharding: { to: ["zero1", "zero3"], refused: [["zero2" as never, "NotOneOf"]] },
    gradientBytes: { to: [2], refused: [[3 as never, "NotOneOf"]] },
  },
);

noDeadPropsIn<Overlap>(
  "Overlap",
  (overlap) =>
    orRefused(() =>
      beside(Gang.of("job", { ...GANG, model: MIXTURE_MODEL, layouts: [EVERY_AXIS], overlap })),
    ),
  { data: 0, pipeline: 0, expert: 0 },
  {
    data: { to: [0.5], refused: [[-0.1, "NotAQuantity"]] },
    pipeline: { to: [0.5], refused: [[1.1, "NotAQuantity"]] },
    expert: { to: [0.5], refused: [[Number.NaN, "NotAQuantity"]] },
  },
);

test("sharding decides what fits: weights kept in pieces from the forward to the backward pass need less memory", () => {
  const large = (sharding: ParallelLayout["sharding"]) =>
    beside(
      Gang.of("job", {
        ...GANG,
        model: { ...SMALL_MODEL, params: 14e9 },
        layouts: [{ ...LAYOUT, sharding, gradientBytes: 4 }],
      }),
    );
  const left = '"code":"memory"';
  expect([large("zero1"), large("zero3-kept")].map((placement) => placement.includes(left))).toEqual([
    true,
    false,
  ]);
});

const USERS: readonly UserGroup[] = [
  { name: "berlin", requestsPerSecond: 200, rttMs: { cheap: 100, dear: 10 } },
];
const SERVER: InferencePoolProps = {
  model: SMALL_MODEL,
  tp: 2,
  promptTokens: 2_000,
  outputTokens: 200,
  users: USERS,
  firstTokenMs: 300,
  accelerators: ["h100"],
};
const TWO_GROUPS: readonly UserGroup[] = [
  { name: "berlin", requestsPerSecond: 20, rttMs: { dear: 10 } },
  { name: "boston", requestsPerSecond: 20, rttMs: { cheap: 10 } },
];
const SERVED_AT_DEAR = lockOn(InferencePool.of("job", { ...SERVER, pinned: { site: "dear" } }));

noDeadPropsIn<InferencePoolProps>(
  "InferencePool",
  (props) => orRefused(() => beside(InferencePool.of("job", props), SERVED_AT_DEAR)),
  SERVER,
  {
    ...RULE_CASES,
    keep: flag(false),
    model: { to: [{ ...SMALL_MODEL, params: 12e9 }] },
    tp: { to: [1, 4], refused: [[0, "NumberOutOfRange"]] },
    bytesPerWeight: { to: [1], default: 2, refused: [[9, "NotAQuantity"]] },
    prefillDecode: { to: ["split"], default: "together", refused: [["apart" as never, "NotOneOf"]] },
    promptTokens: { to: [4_000], refused: [[0, "NotAQuantity"]] },
    outputTokens: { to: [400], refused: [[0, "NotAQuantity"]] },
    batch: { to: [32, 8], default: 16, refused: [[0, "NumberOutOfRange"]] },
    users: { to: [[{ ...USERS[0]!, requestsPerSecond: 400 }]], refused: [[[], "MissingValue"]] },
    firstTokenMs: { to: [150], refused: [[5, "LatencyTargetImpossible"]] },
    nextTokenMs: { to: [0.1], refused: [[0, "NotAQuantity"]] },
    accelerators: { to: [["a100"]], refused: [[["h100", "h100"], "DuplicateValue"]] },
    kernelEfficiency: { to: [0.25], default: 0.5, refused: [[0, "NotAQuantity"]] },
    maxSites: { to: [2], default: 1, given: { users: TWO_GROUPS }, refused: [[0, "NumberOutOfRange"]] },
  },
);

const REPLICA: SizedReplica = {
  site: "cheap",
  pool: "gpu",
  accelerator: "h100",
  tp: 1,
  batch: 16,
  memoryGib: 40,
  workSeconds: 0.1,
  prefillSeconds: 0.02,
  decodeStepSeconds: 0.01,
};
const AT_DEAR: SizedReplica = { ...REPLICA, site: "dear" };
const SIZED: SizedPoolProps = {
  sized: [REPLICA, AT_DEAR],
  users: USERS,
  outputTokens: 200,
  firstTokenMs: 300,
};
const SIZED_AT_DEAR = lockOn(SizedPool.of("job", { ...SIZED, pinned: { site: "dear" } }));

noDeadPropsIn<SizedPoolProps>(
  "SizedPool",
  (props) => orRefused(() => beside(SizedPool.of("job", props), SIZED_AT_DEAR)),
  SIZED,
  {
    ...RULE_CASES,
    keep: flag(false),
    sized: { to: [[AT_DEAR]], refused: [[[], "MissingValue"]] },
    prefillDecode: { to: ["split"], default: "together", refused: [["apart" as never, "NotOneOf"]] },
    outputTokens: { to: [400], refused: [[0, "NotAQuantity"]] },
    users: { to: [[{ ...USERS[0]!, requestsPerSecond: 100 }]], refused: [[[], "MissingValue"]] },
    firstTokenMs: { to: [150], refused: [[5, "LatencyTargetImpossible"]] },
    inTime: { to: [0.999], default: 0.95, refused: [[1, "NotAQuantity"]] },
    spareReplicas: { to: [2], default: 0, refused: [[-1, "NumberOutOfRange"]] },
    maxSites: { to: [2], default: 1, given: { users: TWO_GROUPS }, refused: [[0, "NumberOutOfRange"]] },
  },
);

noDeadPropsIn<SizedReplica>(
  "SizedReplica",
  (replica) => orRefused(() => beside(SizedPool.of("job", { ...SIZED, sized: [replica] }))),
  REPLICA,
  {
    site: { to: ["dear"], refused: [["moon", "UnknownPlace"]] },
    pool: { refused: [["none", "UnknownPlace"]] },
    accelerator: { to: ["a100"], refused: [["A 100", "InvalidName"]] },
    tp: { to: [2], refused: [[0, "NumberOutOfRange"]] },
    batch: { to: [32], refused: [[0, "NumberOutOfRange"]] },
    memoryGib: { to: [90], refused: [[0, "NotAQuantity"]] },
    workSeconds: { to: [0.19], refused: [[0, "NotAQuantity"]] },
    prefillSeconds: { to: [0.05], refused: [[0, "NotAQuantity"]] },
    decodeStepSeconds: { to: [0.02], refused: [[0, "NotAQuantity"]] },
  },
);

noDeadPropsIn<UserGroup>(
  "UserGroup",
  (group) => orRefused(() => beside(InferencePool.of("job", { ...SERVER, users: [group] }))),
  USERS[0]!,
  {
    name: { to: ["hamburg"], refused: [["Hamburg", "InvalidName"]] },
    requestsPerSecond: { to: [400], refused: [[0, "NotAQuantity"]] },
    rttMs: {
      to: [{ dear: 10 }],
      refused: [
        [{}, "LatencyTargetImpossible"],
        [{ moon: 10 }, "UnknownPlace"],
      ],
    },
  },
);

const COPY: DataJobProps = { from: "dear", to: { site: "cheap" }, bytes: 1e12, everyHours: 24 };
const WENT_ROUND = lockOn(DataJob.of("job", COPY), [FIBRE]);
const { purchase: _p, pinned: _q, spread: _s, ...dataRules } = RULE_CASES;

noDeadPropsIn<DataJobProps>(
  "DataJob",
  (props) => orRefused(() => beside(DataJob.of("job", props), WENT_ROUND)),
  COPY,
  {
    ...dataRules,
    from: { to: ["pod"], refused: [["cheap", "LinkToItself"]] },
    to: { to: [{ site: "pod" }], refused: [[{ site: "moon" }, "UnknownPlace"]] },
    bytes: { to: [2e12], refused: [[0, "NotAQuantity"]] },
    everyHours: { to: [12], refused: [[0, "NotAQuantity"]] },
    keep: flag(false),
  },
);

const SPOT = Gang.of("spot", { ...GANG, purchase: ["spot"] });
const SPOT_AT_DEAR = lockOn(Gang.of("spot", { ...GANG, purchase: ["spot"], pinned: { site: "dear" } }));

noDeadPropsIn<PlanRulesProps>(
  "PlanRules",
  (props) => orRefused(() => planned({ workloads: [SPOT], rules: PlanRules.of(props) }, SPOT_AT_DEAR)),
  {},
  {
    carbonUsdPerTonne: { to: [80], default: 0, refused: [[-1, "NotAQuantity"]] },
    budgetUsdPerHour: { to: [1], refused: [[0, "NotAQuantity"]] },
    churnUsdPerAcceleratorHour: { to: [0.01], default: 0, refused: [[-1, "NotAQuantity"]] },
    spotAvailability: { to: [0.8], default: 0.9, refused: [[1.1, "NotAQuantity"]] },
  },
);

const { name: _n, sites: _t, kind: _k, wavesInUse: _w, fibre: _f, ...fibre } = FIBRE;

noDeadPropsIn<DwdmProps>(
  "OpticalLink.dwdm",
  (props) =>
    orRefused(() => planned({ links: [OpticalLink.dwdm("cheap", "dear", props)], workloads: [WIDE_GANG] })),
  fibre,
  {
    name: { to: ["north-route"], refused: [["North route", "InvalidName"]] },
    routeKm: { to: [400], refused: [[0, "NotAQuantity"]] },
    reach: { refused: [["ZR", "LinkBeyondReach"]], given: { routeKm: 121 } },
    fibre: { to: ["hollow-core"], default: "standard", refused: [["copper" as never, "NotOneOf"]] },
    waves: { to: [4], refused: [[65, "LinkBeyondSpectrum"]] },
    wavesInUse: { to: [4], default: 0, refused: [[9, "NumberOutOfRange"]] },
    gbpsPerWave: { to: [800], refused: [[0, "NotAQuantity"]] },
    gridGhz: { default: 75, refused: [[1_000, "LinkBeyondSpectrum"]] },
    fibrePairs: { refused: [[1, "LinkBeyondSpectrum"]], given: { waves: 65, fibrePairs: 2 } },
    usdPerWaveHour: { to: [11], refused: [[-1, "NotAQuantity"]] },
    pjPerBit: { to: [101], refused: [[-1, "NotAQuantity"]] },
  },
);

noDeadPropsIn<LeasedProps>(
  "OpticalLink.leased",
  (props) =>
    orRefused(() => planned({ links: [OpticalLink.leased("cheap", "dear", props)], workloads: [WIDE_GANG] })),
  { gbps: 800, rttMs: 10, usdPerGb: [0.001, 0.001] },
  {
    name: { to: ["backbone"], refused: [["", "InvalidName"]] },
    gbps: { to: [400], refused: [[0, "NotAQuantity"]] },
    rttMs: { to: [20], refused: [[-1, "NotAQuantity"]] },
    usdPerGb: {
      to: [
        [0.002, 0.001],
        [0.001, 0.003],
      ],
      refused: [[[-1, 0], "NotAQuantity"]],
    },
    usdPerHour: { to: [100], default: 0, refused: [[-1, "NotAQuantity"]] },
  },
);
