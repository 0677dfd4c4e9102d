import { App } from "cdktf";
import { Sharing, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();
const kubeconfig = { context: "store-17" };

const platform = new HybridPlatform(app, "edge", {
  environment: "prod",
  owner: "store-systems",
  costCentre: "cc-3010",
  backend: StateBackend.kubernetes(kubeconfig),
  sites: [Site.kubernetes("store-17", { country: "DE", operator: "edge", kubeconfig })],
});

platform.addCluster("vision", {
  at: "store-17",
  pools: [
    {
      name: "l4",
      slice: Slice.accelerators("l4", { perNode: 1, nodes: 1 }),
      tier: "serving",
      // Shelf cameras and the till share the card.
      sharing: Sharing.timeSlicing(4),
    },
  ],
  kubernetes: { provider: "generic", nodes: { l4: { machines: [{ name: "store-17" }] } } },
});

app.synth();
