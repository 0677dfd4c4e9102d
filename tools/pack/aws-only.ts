// A user's program: one AWS site, and no package of any other cloud installed.
import { App } from "cdktf";
import { Residency, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { AwsCluster, AwsNetwork, CLUSTER_ENDPOINTS } from "cdktf-hybrid-ai/aws";
import { findMachines } from "cdktf-hybrid-ai/catalog";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();
const site = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

const platform = new HybridPlatform(app, "solo", {
  environment: "prod",
  owner: "data-platform",
  costCentre: "cc-1042",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
  sites: [site],
});

platform.addLakehouse("events", { residency: Residency.EU, zones: [{ name: "raw" }, { name: "curated" }] });

// A control plane and its nodes are AWS alone; what is inside would need the Kubernetes packages.
const [machine] = findMachines({ provider: "aws", accelerator: "l4", acceleratorsPerMachine: 4 });
const foundation = platform.stack("ireland", "foundation");
new AwsCluster(foundation, "serve", {
  site,
  namePrefix: "solo-serve",
  network: new AwsNetwork(foundation, "network", {
    site,
    namePrefix: "solo-serve",
    cidrBlock: "10.0.0.0/16",
    availabilityZones: ["eu-west-1a", "eu-west-1b"],
    interfaceEndpoints: CLUSTER_ENDPOINTS,
  }),
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }) },
    {
      name: "l4",
      slice: Slice.accelerators("l4", { perNode: 4, nodes: 2 }),
      machineType: machine?.name,
      tier: "serving",
    },
  ],
});

app.synth();
