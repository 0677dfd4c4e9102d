import { App } from "cdktf";
import { type AcceleratorPoolProps, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();

const platform = new HybridPlatform(app, "move", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2001",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-north-1" }),
  sites: [
    Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" }),
    Site.google("eemshaven", { region: "europe-west4", project: "acme-ai", projectNumber: "123456789012" }),
    Site.kubernetes("coreweave", {
      country: "NO",
      operator: "neocloud",
      kubeconfig: { context: "coreweave" },
    }),
    Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "frankfurt" } }),
  ],
});

/** One declaration: eight nodes of eight H200 for one job, and what runs the cluster's own components. */
const pools: readonly AcceleratorPoolProps[] = [
  { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
  { name: "h200", slice: Slice.accelerators("h200", { perNode: 8, nodes: 8 }) },
];
const teams = [{ name: "pretraining", quotas: [{ pool: "h200", accelerators: 64 }] }];

platform.addCluster("train-aws", {
  at: "stockholm",
  pools,
  teams,
  aws: { network: { cidrBlock: "10.20.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b"] } },
});

platform.addCluster("train-google", {
  at: "eemshaven",
  pools,
  teams,
  google: {
    network: { nodesCidr: "10.30.0.0/20", podsCidr: "10.32.0.0/14", servicesCidr: "10.31.0.0/20" },
    zones: ["europe-west4-b"],
  },
});

platform.addCluster("train-coreweave", {
  at: "coreweave",
  pools,
  teams,
  kubernetes: { provider: "coreweave" },
});

platform.addCluster("train-frankfurt", {
  at: "frankfurt",
  pools,
  teams,
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "node-role.kubernetes.io/system": "true" } },
      h200: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H200" } },
    },
  },
});

app.synth();
