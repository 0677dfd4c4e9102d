import { App } from "cdktf";
import { Capacity, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();

const platform = new HybridPlatform(app, "llm", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2001",
  backend: StateBackend.gcs({ bucket: "acme-terraform-state" }),
  sites: [
    Site.google("eemshaven", { region: "europe-west4", project: "acme-ai", projectNumber: "123456789012" }),
  ],
});

platform.addCluster("train", {
  at: "eemshaven",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
    {
      name: "v6e",
      // 64 chips on 16 hosts, twice: two slices that one job can span.
      slice: Slice.tpu("tpu-v6e", { topology: "8x8", slices: 2 }),
      capacity: Capacity.reservation({ google: { name: "v6e-2026" } }),
    },
    {
      name: "eval",
      slice: Slice.tpu("tpu-v6e", { topology: "2x2", slices: { min: 0, max: 4 } }),
      capacity: Capacity.spot(),
      tier: "batch",
    },
  ],
  teams: [
    {
      name: "pretraining",
      quotas: [
        { pool: "v6e", accelerators: 128 },
        { pool: "eval", accelerators: 16 },
      ],
    },
  ],
  google: {
    network: { nodesCidr: "10.30.0.0/20", podsCidr: "10.32.0.0/14", servicesCidr: "10.31.0.0/20" },
    zones: ["europe-west4-a"],
  },
});

app.synth();
