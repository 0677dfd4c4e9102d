import { App } from "cdktf";
import { Capacity, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();

const platform = new HybridPlatform(app, "fleet", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2001",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "us-east-1" }),
  sites: [Site.aws("virginia", { region: "us-east-1", account: "111122223333" })],
});

platform.addCluster("fleet", {
  at: "virginia",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
    {
      name: "h200",
      slice: Slice.accelerators("h200", { perNode: 8, nodes: 8 }),
      capacity: Capacity.capacityBlock({ aws: { reservationId: "cr-0123456789abcdef0" } }),
      zones: ["us-east-1b"],
    },
    {
      name: "l4",
      slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 4 } }),
      capacity: [Capacity.spot(), Capacity.onDemand()],
      tier: "serving",
    },
    {
      name: "trainium",
      slice: Slice.accelerators("trainium", { perNode: 16, nodes: 2 }),
      zones: ["us-east-1b"],
      tier: "fine-tuning",
      closeTogether: true,
    },
    {
      name: "cpu",
      slice: Slice.cpu({ vcpu: 16, memoryGib: 64, nodes: { min: 0, max: 20 } }),
      capacity: [Capacity.spot(), Capacity.onDemand()],
      tier: "batch",
    },
  ],
  teams: [
    { name: "pretraining", quotas: [{ pool: "h200", accelerators: 64 }] },
    {
      name: "assistants",
      quotas: [
        { pool: "l4", accelerators: 4 },
        { pool: "trainium", accelerators: 32 },
      ],
    },
    { name: "data", quotas: [{ pool: "cpu", nodes: 20 }] },
  ],
  aws: {
    network: { cidrBlock: "10.40.0.0/16", availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c"] },
  },
});

app.synth();
