import { App } from "cdktf";
import { Capacity, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();

const platform = new HybridPlatform(app, "llm", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2001",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-north-1" }),
  sites: [Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" })],
});

platform.addCluster("train", {
  at: "stockholm",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
    {
      name: "h200",
      slice: Slice.accelerators("h200", { perNode: 8, nodes: 16 }),
      capacity: Capacity.reservation({ aws: { id: "cr-0123456789abcdef0", zone: "eu-north-1b" } }),
    },
  ],
  teams: [
    { name: "pretraining", quotas: [{ pool: "h200", accelerators: 96 }] },
    { name: "research", quotas: [{ pool: "h200", accelerators: 32 }] },
  ],
  aws: {
    network: { cidrBlock: "10.20.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b", "eu-north-1c"] },
  },
});

// A GPU that fails or waits is told, and eight months of samples outlive the cluster.
platform.addObservability("watch", {
  at: {
    stockholm: {
      in: "amazon-managed-prometheus",
      cluster: "platform",
      retentionDays: 240,
      topics: {
        pageTopicArn: "arn:aws:sns:eu-north-1:111122223333:training-on-call",
        ticketTopicArn: "arn:aws:sns:eu-north-1:111122223333:training-tickets",
      },
      grafana: { signIn: "AWS_SSO" },
    },
  },
});

app.synth();
