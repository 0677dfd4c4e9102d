import { App } from "cdktf";
import { Identity, Residency, Site, StateBackend } from "cdktf-hybrid-ai";
import { GoogleLakehouse } from "cdktf-hybrid-ai/google";
import { CloudStack } from "cdktf-hybrid-ai/stacks";

const site = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-adtech-prod",
  projectNumber: "123456789012",
});

const app = new App();

const stack = new CloudStack(app, "adtech-eemshaven-foundation", {
  site,
  environment: "prod",
  owner: "data-platform",
  costCentre: "cc-1042",
  backend: StateBackend.gcs({ bucket: "acme-terraform-state" }),
});

const lake = new GoogleLakehouse(stack, "lake", {
  site,
  namePrefix: "acme-adtech-prod",
  residency: Residency.EU,
  zones: [
    {
      name: "landing",
      dataClass: "confidential",
      tiering: { warmAfterDays: 30, coldAfterDays: 90, archiveAfterDays: 365 },
      retentionDays: 730,
    },
    {
      name: "curated",
      dataClass: "confidential",
      tables: [
        {
          name: "bids",
          comment: "One row per bid request that was answered",
          columns: [
            { name: "bid_id", type: "string", required: true },
            { name: "event_time", type: "timestamptz", required: true },
            { name: "campaign_id", type: "long", required: true },
            { name: "country", type: "string" },
            { name: "price_micros", type: "long", comment: "Price in millionths of a euro" },
            { name: "won", type: "boolean" },
          ],
        },
      ],
    },
  ],
});

lake.zone("curated").grantRead(Identity.googleGroup("bid-analysts", "bid-analysts@acme.example"));

app.synth();
