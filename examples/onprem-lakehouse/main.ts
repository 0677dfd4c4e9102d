import { App } from "cdktf";
import { Identity, Partition, Residency, Site, StateBackend } from "cdktf-hybrid-ai";
import { KubernetesLakehouse, KubernetesLakehouseOperators, ObjectStore } from "cdktf-hybrid-ai/kubernetes";
import { OnPremStack } from "cdktf-hybrid-ai/stacks";

const site = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "frankfurt" },
  oidcIssuer: "https://oidc.frankfurt.acme.example",
});
const shared = {
  site,
  environment: "prod",
  owner: "data-platform",
  costCentre: "cc-1042",
  backend: StateBackend.kubernetes({ context: "frankfurt" }),
};

const app = new App();

const platform = new OnPremStack(app, "adtech-frankfurt-platform", { ...shared, phase: "platform" });
new KubernetesLakehouseOperators(platform, "operators", { rookCeph: true });

const workloads = new OnPremStack(app, "adtech-frankfurt-workloads", {
  ...shared,
  phase: "workloads",
  after: [platform],
});
const lake = new KubernetesLakehouse(workloads, "lake", {
  site,
  namePrefix: "acme-adtech-prod",
  residency: Residency.countries("DE"),
  objectStore: ObjectStore.newRook({ deviceFilter: "^nvme[1-9]n1$" }),
  zones: [
    { name: "raw" },
    {
      name: "curated",
      tables: [
        {
          name: "bids",
          comment: "One row per bid request that was answered",
          columns: [
            { name: "bid_id", type: "uuid", required: true },
            { name: "event_time", type: "timestamptz", required: true },
            { name: "campaign_id", type: "long", required: true },
            { name: "user_id", type: "string", pii: true, comment: "Pseudonymous id of the viewer" },
            { name: "price_micros", type: "long", comment: "Price in millionths of a euro" },
            { name: "won", type: "boolean" },
          ],
          partitionBy: [Partition.day("event_time"), Partition.bucket("campaign_id", 16)],
          sortBy: [{ column: "event_time" }],
        },
      ],
    },
  ],
});

lake
  .zone("curated")
  .table("bids")
  .grantRead(
    Identity.kubernetesServiceAccount("reports", { namespace: "reports", serviceAccount: "reporter" }),
  );

app.synth();
