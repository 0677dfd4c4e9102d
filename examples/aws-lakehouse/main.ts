import { App } from "cdktf";
import { Identity, Partition, Residency, Site, StateBackend } from "cdktf-hybrid-ai";
import { AwsLakehouse } from "cdktf-hybrid-ai/aws";
import { CloudStack } from "cdktf-hybrid-ai/stacks";

const site = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

const app = new App();

const stack = new CloudStack(app, "adtech-ireland-foundation", {
  site,
  environment: "prod",
  owner: "data-platform",
  costCentre: "cc-1042",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
});

const lake = new AwsLakehouse(stack, "lake", {
  site,
  namePrefix: "acme-adtech-prod",
  residency: Residency.EU,
  zones: [
    {
      name: "landing",
      dataClass: "confidential",
      tiering: { warmAfterDays: 30, coldAfterDays: 90, archiveAfterDays: 180 },
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
            { name: "bid_id", type: "uuid", required: true },
            { name: "event_time", type: "timestamptz", required: true },
            { name: "campaign_id", type: "long", required: true },
            { name: "user_id", type: "string", pii: true, comment: "Pseudonymous id of the viewer" },
            { name: "price_micros", type: "long", comment: "Price in millionths of a euro" },
            { name: "won", type: "boolean" },
          ],
          partitionBy: [Partition.day("event_time"), Partition.bucket("campaign_id", 16)],
          sortBy: [{ column: "event_time" }],
          snapshotRetentionDays: 14,
        },
      ],
    },
  ],
});

lake
  .zone("curated")
  .table("bids")
  .grantRead(Identity.awsRole("bid-analysts", "arn:aws:iam::111122223333:role/bid-analysts"));

app.synth();
