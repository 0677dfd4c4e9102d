import { App } from "cdktf";
import { Identity, Partition, Residency, Site, StateBackend, type TableProps } from "cdktf-hybrid-ai";
import { ObjectStore } from "cdktf-hybrid-ai/kubernetes";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const bidEvents: TableProps = {
  name: "bid_events",
  comment: "Every bid request as it arrived, with the viewer",
  columns: [
    { name: "bid_id", type: "string", required: true },
    { name: "event_time", type: "timestamptz", required: true },
    { name: "campaign_id", type: "long", required: true },
    { name: "user_id", type: "string", pii: true, comment: "Pseudonymous id of the viewer" },
    { name: "price_micros", type: "long", comment: "Price in millionths of a euro" },
    { name: "won", type: "boolean" },
  ],
  partitionBy: [Partition.hour("event_time")],
};

const bids: TableProps = {
  name: "bids",
  comment: "One row per bid that was answered, without the viewer",
  columns: [
    { name: "bid_id", type: "string", required: true },
    { name: "event_time", type: "timestamptz", required: true },
    { name: "campaign_id", type: "long", required: true },
    { name: "country", type: "string" },
    { name: "price_micros", type: "long", comment: "Price in millionths of a euro" },
    { name: "won", type: "boolean" },
  ],
  partitionBy: [Partition.day("event_time"), Partition.bucket("campaign_id", 16)],
  sortBy: [{ column: "event_time" }],
};

const app = new App();

const platform = new HybridPlatform(app, "adtech", {
  environment: "prod",
  owner: "data-platform",
  costCentre: "cc-1042",
  dataClass: "confidential",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
  sites: [
    Site.kubernetes("frankfurt", {
      country: "DE",
      kubeconfig: { context: "frankfurt" },
      oidcIssuer: "https://oidc.frankfurt.acme.example",
    }),
    Site.aws("ireland", { region: "eu-west-1", account: "111122223333" }),
    Site.google("eemshaven", {
      region: "europe-west4",
      project: "acme-adtech-prod",
      projectNumber: "123456789012",
    }),
  ],
});

const lake = platform.addLakehouse("bids", {
  residency: Residency.EU,
  zones: [
    { name: "raw", at: ["frankfurt"], tables: [bidEvents] },
    { name: "refined", at: ["frankfurt"] },
    { name: "curated", at: ["frankfurt"], tables: [bids] },
  ],
  shares: [{ zone: "curated", from: "frankfurt", to: ["ireland", "eemshaven"], mode: "replication" }],
  kubernetes: {
    objectStore: ObjectStore.rook({ storageClassName: "rook-ceph-bucket", objectStore: { name: "objects" } }),
  },
});

lake
  .zone("curated")
  .grantRead(Identity.awsRole("bid-analysts", "arn:aws:iam::111122223333:role/bid-analysts"));
lake.zone("curated").grantRead(Identity.googleGroup("bid-analysts", "bid-analysts@acme.example"));

app.synth();
