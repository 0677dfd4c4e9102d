import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { Capacity, Slice, StateBackend } from "cdktf-hybrid-ai";
import { explanationText, PlanRules } from "cdktf-hybrid-ai/placement";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";
import { eemshaven, frankfurt, HALL, links, models, RACK, stockholm, UNIT } from "./models";
import { data, inference, training } from "./workloads";

const app = new App();

const platform = new HybridPlatform(app, "optics", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2001",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-north-1" }),
  sites: [frankfurt, eemshaven, stockholm],
  placement: {
    models,
    links,
    rules: PlanRules.of({
      carbonUsdPerTonne: 80,
      budgetUsdPerHour: 4_000,
      churnUsdPerAcceleratorHour: 0.5,
    }),
    lockFile: join(__dirname, "placement.lock.json"),
  },
});

for (const [name, { gang, job }] of Object.entries(training)) {
  platform.addTraining(name, gang, job);
}
for (const [name, pool] of Object.entries(inference)) {
  platform.addInferencePool(name, pool);
}
for (const [name, job] of Object.entries(data)) {
  platform.addDataJob(name, job);
}

const system = { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) };

platform.addCluster("hall", {
  at: "frankfurt",
  pools: [system],
  plannedPools: { nvl72: { machineType: "gb200-nvl72-tray" }, rails: { machineType: "hgx-h100" } },
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "node-role.kubernetes.io/system": "true" } },
      nvl72: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-GB200" } },
      rails: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" } },
    },
    topology: { levels: [HALL, UNIT], nvlinkDomain: RACK },
  },
});

platform.addCluster("pod", {
  at: "eemshaven",
  pools: [system],
  plannedPools: { v5p: { reserved: Capacity.reservation({ google: { name: "v5p-2026" } }) } },
  google: {
    network: { nodesCidr: "10.30.0.0/20", podsCidr: "10.32.0.0/14", servicesCidr: "10.31.0.0/20" },
    zones: ["europe-west4-b"],
  },
});

platform.addCluster("region", {
  at: "stockholm",
  pools: [system],
  plannedPools: { h200: { zones: ["eu-north-1b"] } },
  aws: {
    network: { cidrBlock: "10.20.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b", "eu-north-1c"] },
  },
});

app.synth();
platform.writeLock();

if (process.argv.includes("--explain")) {
  const { explanation, svg } = platform.explainPlacement();
  console.log(explanationText(explanation, { verbose: true }));
  writeFileSync(join(app.outdir, "placement.svg"), svg());
}
