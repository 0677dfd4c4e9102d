import { Capacity, Site, Slice, StateBackend } from "../../lib";
import { CapacityPool, Fabric, type GangProps, OpticalLink, SiteModel, Systems } from "../../lib/placement";
import { testApp } from "../../lib/testing";
import { HybridPlatform, type PlacementProps, type PlatformClusterProps } from "../../stacks";

export const OWNERSHIP = { environment: "prod", owner: "ml-platform", costCentre: "cc-1042" };
export const S3 = StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" });

const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
const EEMSHAVEN = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});
const STOCKHOLM = Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" });
export const SITES = [FRANKFURT, EEMSHAVEN, STOCKHOLM];

export const RACK = "acme.example/rack";
export const ROW = "acme.example/row";

const H100 = { name: "h100", peakTflops: 989, memoryGib: 80, memoryBandwidthGBps: 3_350, watts: 1_275 };
const H200 = { ...H100, name: "h200", memoryGib: 141, memoryBandwidthGBps: 4_800 };
const V5P = { name: "tpu-v5p", peakTflops: 459, memoryGib: 95, memoryBandwidthGBps: 2_765 };

/** Two rows of two racks with four machines each. */
const RAILS = Fabric.tree("rails", {
  acceleratorsPerHost: 8,
  scaleUp: { accelerators: 8, oneWayGBps: 450, latencyUs: 2 },
  nicGbps: 400,
  wiring: "rail-optimised",
  tiers: [
    { name: "rack", joins: 4, oversubscription: 1, latencyUs: 3, medium: "copper" },
    { name: "row", joins: 2, oversubscription: 2, latencyUs: 5, medium: "optics" },
    { name: "hall", joins: 2, oversubscription: 4, latencyUs: 8, medium: "optics" },
  ],
});

const HALL_LABELS = [
  { of: "rack", label: RACK, values: ["r1", "r2", "r3", "r4"] },
  { of: "row", label: ROW, values: ["a", "b"] },
];

export const hallPool = (domainLabels: CapacityPool["domainLabels"] = HALL_LABELS) =>
  CapacityPool.of("h100", {
    accelerator: H100,
    fabric: RAILS,
    offers: [{ model: "reserved", usdPerAcceleratorHour: 1 }],
    domainLabels,
  });

export const MODELS = {
  frankfurt: (pools = [hallPool()]) => SiteModel.of(FRANKFURT, { pools, pue: 1.2, gramsCo2PerKwh: 300 }),
  eemshaven: SiteModel.of(EEMSHAVEN, {
    pools: [
      CapacityPool.of("v5p", {
        accelerator: V5P,
        fabric: Systems.tpuCubes("pod", { generation: "tpu-v5p", spareCubes: 4 }),
        offers: [{ model: "reserved", usdPerAcceleratorHour: 2 }],
      }),
    ],
    pue: 1.1,
    gramsCo2PerKwh: 250,
  }),
  stockholm: SiteModel.of(STOCKHOLM, {
    pools: [
      CapacityPool.of("h200", {
        accelerator: H200,
        fabric: Systems.cloudGpus("p5en", { provider: "aws", networkGbpsPerMachine: 3_200 }),
        offers: [
          { model: "on-demand", usdPerAcceleratorHour: 5 },
          { model: "spot", usdPerAcceleratorHour: 2.5 },
        ],
      }),
    ],
    pue: 1.15,
    gramsCo2PerKwh: 20,
  }),
};

const PLACEMENT: PlacementProps = {
  models: [MODELS.frankfurt(), MODELS.eemshaven, MODELS.stockholm],
  links: [
    OpticalLink.dwdm("frankfurt", "eemshaven", {
      routeKm: 450,
      reach: "line-system",
      waves: 8,
      gbpsPerWave: 400,
      usdPerWaveHour: 20,
      pjPerBit: 100,
    }),
  ],
};

export const newPlatform = (placement: Partial<PlacementProps> = {}) =>
  new HybridPlatform(testApp(), "acme", {
    ...OWNERSHIP,
    backend: S3,
    sites: SITES,
    placement: { ...PLACEMENT, ...placement },
  });

const SMALL = { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 };

/** A gang of so many accelerators. */
export function gangOf(accelerators: number, kind: string, more: Partial<GangProps> = {}): GangProps {
  const layout = {
    tp: 1,
    cp: 1,
    pp: 1,
    dp: accelerators,
    ep: 1,
    microbatches: 2,
    microbatchSize: 1,
    interleave: 1,
    sharding: "zero3-kept",
    gradientBytes: 4,
  } as const;
  return { model: SMALL, layouts: [layout], accelerators: [kind], ...more };
}

export const ASSISTANT = {
  model: SMALL,
  tp: 2,
  promptTokens: 1_000,
  outputTokens: 200,
  users: [{ name: "nordic", requestsPerSecond: 4, rttMs: { stockholm: 10, frankfurt: 40 } }],
  firstTokenMs: 2_000,
  accelerators: ["h200"],
};

export const JOB = {
  team: "research",
  container: { name: "train", image: "registry.example.com/train:1", command: ["train"] },
};

const SYSTEM = { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) };

/** A cluster with planned pools at each site. */
export const CLUSTERS: Readonly<Record<"frankfurt" | "eemshaven" | "stockholm", PlatformClusterProps>> = {
  frankfurt: {
    at: "frankfurt",
    pools: [SYSTEM],
    plannedPools: {},
    kubernetes: {
      provider: "generic",
      nodes: {
        system: { nodeSelector: { "acme.example/role": "system" } },
        h100: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100" } },
      },
      topology: { levels: [ROW, RACK] },
    },
  },
  eemshaven: {
    at: "eemshaven",
    pools: [SYSTEM],
    plannedPools: { v5p: { reserved: Capacity.reservation({ google: { name: "v5p-2026" } }) } },
    google: {
      network: { nodesCidr: "10.30.0.0/20", podsCidr: "10.32.0.0/14", servicesCidr: "10.31.0.0/20" },
      zones: ["europe-west4-b"],
    },
  },
  stockholm: {
    at: "stockholm",
    pools: [SYSTEM],
    plannedPools: {},
    aws: { network: { cidrBlock: "10.0.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b"] } },
  },
};

/** Four gangs, replicas and data, in this order or another. */
export function addWorkloads(
  platform: HybridPlatform,
  order: (names: string[]) => string[] = (names) => names,
) {
  const adds: Readonly<Record<string, () => void>> = {
    rack: () => platform.addTraining("rack", gangOf(32, "h100"), JOB),
    row: () => platform.addTraining("row", gangOf(64, "h100"), JOB),
    cubes: () => platform.addTraining("cubes", gangOf(128, "tpu-v5p"), JOB),
    cloud: () => platform.addTraining("cloud", gangOf(32, "h200"), { ...JOB, team: "speech" }),
    assistant: () => platform.addInferencePool("assistant", ASSISTANT),
    staging: () =>
      platform.addDataJob("staging", {
        from: "frankfurt",
        to: { workload: "cubes" },
        bytes: 4e13,
        everyHours: 1,
      }),
  };
  for (const name of order(Object.keys(adds))) {
    adds[name]!();
  }
}
