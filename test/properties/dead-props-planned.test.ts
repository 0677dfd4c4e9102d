import type { App } from "cdktf";
import { Accelerator, Capacity, Sharing } from "../../lib";
import { stableJson } from "../../lib/core/json";
import { SitePlacement, type SitePlacementProps } from "../../lib/kubernetes";
import { CapacityPool, PlanRules, SiteModel, type SitePlan } from "../../lib/placement";
import { HybridPlatform, type PlacementProps, type PlannedPoolOptions, type TrainingJob } from "../../stacks";
import { onPremCluster } from "../cluster/in-cluster/clusters";
import {
  ASSISTANT,
  CLUSTERS,
  gangOf,
  JOB,
  MODELS,
  newPlatform,
  OWNERSHIP,
  S3,
  SITES,
} from "../stacks/placement-fixture";
import { noDeadProps, noDeadPropsIn, programOutcome } from "./support";

const STOCKHOLM = SITES.find(({ name }) => name === "stockholm")!;

/** As the cloud's pool, and with a reservation that is cheaper. */
const RESERVED = SiteModel.of(STOCKHOLM, {
  pools: [
    CapacityPool.of("h200", {
      ...MODELS.stockholm.pools[0]!,
      offers: [
        { model: "on-demand", usdPerAcceleratorHour: 5 },
        { model: "reserved", usdPerAcceleratorHour: 2 },
      ],
    }),
  ],
  pue: 1.15,
  gramsCo2PerKwh: 20,
});

const platformOf = (app: App, placement: PlacementProps) =>
  new HybridPlatform(app, "acme", { ...OWNERSHIP, backend: S3, sites: SITES, placement });

function plannedNodes(app: App, options: PlannedPoolOptions): void {
  const platform = platformOf(app, { models: [RESERVED] });
  platform.addTraining("cloud", gangOf(32, "h200"));
  platform.addCluster("train", { ...CLUSTERS.stockholm, plannedPools: { h200: options } });
}

const reserved = Capacity.reservation({ aws: { id: "cr-0123456789abcdef0" } });

noDeadPropsIn<PlannedPoolOptions>(
  "PlannedPoolOptions",
  (options) => programOutcome(plannedNodes, options),
  { reserved, zones: ["eu-north-1b"] },
  {
    reserved: {
      to: [Capacity.reservation({ aws: { id: "cr-00000000000000001" } })],
      refused: [[undefined, "ReservationNeeded"]],
    },
    accelerator: {
      refused: [[Accelerator.of({ name: "tpu-x", vendor: "google" }), "SliceKindMismatch"]],
    },
    tier: { to: ["research"], default: "training" },
    labels: { to: [{ "acme.example/floor": "2" }], default: {} },
    taints: { to: [[{ key: "acme.example/own", effect: "NoSchedule" }]], default: [] },
    machineType: { to: ["p5e.48xlarge"], default: "p5en.48xlarge" },
    zones: { to: [["eu-north-1a"]] },
    sharing: { to: [Sharing.timeSlicing(2)] },
    interfaceLayout: { to: ["bandwidth-optimized"], default: "ip-optimized" },
    maxPodsPerNode: { to: [32] },
    bootDiskGib: { to: [500], default: 200 },
    disruption: { to: [{ maxUnavailable: 2 }], default: {} },
  },
);

/** What a platform would place where; the plan is all that these props decide. */
function planOf(placement: PlacementProps): string {
  try {
    const platform = newPlatform(placement);
    platform.addTraining("cloud", gangOf(32, "h200"));
    platform.addInferencePool("assistant", ASSISTANT);
    platform.addDataJob("staging", {
      from: "frankfurt",
      to: { site: "eemshaven" },
      bytes: 4e13,
      everyHours: 1,
    });
    return stableJson(platform.placement);
  } catch (error) {
    return `refused: ${(error as { readonly codes: readonly string[] }).codes.join(", ")}`;
  }
}

const { frankfurt, eemshaven, stockholm } = MODELS;

noDeadPropsIn<PlacementProps>(
  "PlacementProps",
  planOf,
  { models: [frankfurt(), eemshaven, stockholm], links: [] },
  {
    models: { to: [[frankfurt(), eemshaven, RESERVED]] },
    links: { to: [newPlatform().props.placement!.links], default: [] },
    rules: { to: [PlanRules.of({ budgetUsdPerHour: 50 })], default: PlanRules.of() },
    lockFile: { refused: [[__filename, "LockUnreadable"]] },
    search: { refused: [[{ searchIterations: -1 }, "NumberOutOfRange"]], default: {} },
  },
);

function trainingJob(app: App, job: TrainingJob): void {
  const platform = platformOf(app, { models: [frankfurt()] });
  platform.addTraining("rack", gangOf(32, "h100"), job);
  platform.addCluster("train", { ...CLUSTERS.frankfurt, priorities: [{ name: "urgent", value: 1000 }] });
}

noDeadPropsIn<TrainingJob>("TrainingJob", (job) => programOutcome(trainingJob, job), JOB, {
  team: { to: ["speech"], refused: [["A Team", "InvalidName"]] },
  container: { to: [{ ...JOB.container, image: "registry.example.com/train:2" }] },
  podSpec: { to: [{ serviceAccountName: "trainer" }], default: {} },
  priority: { to: ["urgent"] },
  maxRestarts: { to: [0], default: 3 },
});

const PLAN: SitePlan = {
  version: 1,
  site: "hall",
  parts: [
    {
      workload: "rack",
      kind: "gang",
      capacityPool: "train",
      nodePool: "train",
      purchase: "reserved",
      accelerators: 16,
      hosts: 2,
      status: "planned",
      together: true,
    },
  ],
  flows: [],
};
const QUEUED = {
  container: JOB.container,
  queue: { namespace: "vision", queueName: "vision" },
};

noDeadProps<SitePlacementProps>(
  "SitePlacementProps",
  (stack, props) => void new SitePlacement(stack, "placement", props),
  { cluster: onPremCluster(), plan: PLAN, jobs: { rack: QUEUED } },
  {
    cluster: { to: [onPremCluster({ runtimeClass: "nvidia" })] },
    plan: { to: [{ ...PLAN, parts: [{ ...PLAN.parts[0]!, status: "intent" }] }] },
    jobs: { to: [{}, { rack: { ...QUEUED, maxRestarts: 1 } }] },
    hyperNodes: { to: [frankfurt()] },
  },
);
