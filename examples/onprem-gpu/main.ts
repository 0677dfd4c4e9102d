import { App } from "cdktf";
import { Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();
const kubeconfig = { context: "frankfurt" };

const platform = new HybridPlatform(app, "llm", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2001",
  backend: StateBackend.kubernetes(kubeconfig),
  sites: [Site.kubernetes("frankfurt", { country: "DE", kubeconfig })],
});

/** Eight machines in two racks. */
const machines = ["r1", "r2"].flatMap((rack) =>
  [1, 2, 3, 4].map((slot) => ({ name: `gpu-${rack}-${slot}`, rack, block: "hall-1" })),
);

platform.addCluster("train", {
  at: "frankfurt",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 16, memoryGib: 64, nodes: 3 }) },
    // The kind of machine says how much CPU and memory a team's share of the GPUs brings along.
    { name: "h100", slice: Slice.accelerators("h100", { perNode: 8, nodes: 8 }), machineType: "hgx-h100" },
  ],
  teams: [
    { name: "pretraining", quotas: [{ pool: "h100", accelerators: 48 }] },
    { name: "research", quotas: [{ pool: "h100", accelerators: 16 }] },
  ],
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "node-role.kubernetes.io/system": "true" } },
      h100: { machines },
    },
    rdma: {
      mode: "sriov",
      link: "infiniband",
      rails: [0, 1, 2, 3, 4, 5, 6, 7].map((rail) => ({ name: `rail${rail}`, interface: `ibs${rail + 1}f0` })),
    },
  },
});

app.synth();
