import { App } from "cdktf";
import { Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { acceleratorFacts } from "cdktf-hybrid-ai/catalog";
import {
  acceleratorModel,
  CapacityPool,
  Fabric,
  type GangProps,
  SiteModel,
  Systems,
} from "cdktf-hybrid-ai/placement";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();

/** A GKE cluster that gcloud made, with the slice controller. */
const ironwood = Site.kubernetes("ironwood", {
  country: "US",
  operator: "neocloud",
  kubeconfig: { context: "gke_acme-ai_us-central1_ironwood" },
});

/** kubectl get nodes -L cloud.google.com/gke-tpu-partition-4x4x4-id, of one block of the reservation. */
const cubes = [
  "2c79463990ff67c4e3c2648666bfedfa",
  "5b1f0e6dd2a94f7c8e30417c9a6b0d11",
  "8d3c92a7be4f4b0f9f51a0c47e12c6d3",
  "a9476d1b02bd4f4e75ffffae3bd23c01",
  "ba898ffcac0ad0946e8ff036d771ee53",
  "c4e07f21a8b34d6691d25e8f03ab7c90",
  "e17a5c08d93b4f2ea6c4b97d20f8135e",
  "fba785f80d18552357dcdef6d3d16c27",
];

const block = CapacityPool.of("v7x", {
  accelerator: acceleratorModel(acceleratorFacts("tpu-v7x")!),
  fabric: Fabric.cubes("block", {
    ...Systems.tpuCubes("pod", { generation: "tpu7x" }),
    cubes: cubes.length,
    // One cube is kept free: a slice is made anew with it when another fails.
    spareCubes: 1,
    largestSliceCubes: 4,
  }),
  // The price of the contract.
  offers: [{ model: "reserved", usdPerAcceleratorHour: 8 }],
  domainLabels: [{ of: "cube", label: "cloud.google.com/gke-tpu-partition-4x4x4-id", values: cubes }],
});

const platform = new HybridPlatform(app, "llm", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2001",
  backend: StateBackend.gcs({ bucket: "acme-terraform-state" }),
  sites: [ironwood],
  placement: { models: [SiteModel.of(ironwood, { pools: [block], pue: 1.1, gramsCo2PerKwh: 380 })] },
});

/** A gang of so many chips, data parallel. */
const gang = (chips: number): GangProps => ({
  model: { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 },
  layouts: [
    {
      tp: 1,
      cp: 1,
      pp: 1,
      dp: chips,
      ep: 1,
      microbatches: 4,
      microbatchSize: 1,
      interleave: 1,
      sharding: "zero3-kept",
      gradientBytes: 4,
    },
  ],
  accelerators: ["tpu-v7x"],
});
const image = "registry.acme.example/maxtext:1.9.0";

platform.addTraining("pretrain", gang(256), {
  team: "pretraining",
  container: { name: "train", image, command: ["python3", "-m", "MaxText.train", "configs/pretrain.yml"] },
});
platform.addTraining("tune", gang(128), {
  team: "tuning",
  container: { name: "train", image, command: ["python3", "-m", "MaxText.train", "configs/tune.yml"] },
});

platform.addCluster("train", {
  at: "ironwood",
  pools: [{ name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) }],
  plannedPools: {},
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "cloud.google.com/gke-nodepool": "system" } },
      v7x: { nodeSelector: { "cloud.google.com/gke-accelerator-topology-mode": "PROVISION_ONLY" } },
    },
    managed: ["tpu-device-plugin", "node-repair"],
  },
});

app.synth();
