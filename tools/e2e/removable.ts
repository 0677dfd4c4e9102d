import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App } from "cdktf";
import { Residency, Site, StateBackend } from "cdktf-hybrid-ai";
import { AwsLakehouse, AwsNetwork } from "cdktf-hybrid-ai/aws";
import { CloudStack } from "cdktf-hybrid-ai/stacks";

// A lakehouse with a private network and a copy in another region that may be destroyed: one key here, the other is the app's context `cdktf-hybrid-ai/allowDestroy`.

const site = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

const app = new App();

const stack = new CloudStack(app, "removable-foundation", {
  site,
  environment: "test",
  owner: "e2e",
  costCentre: "cc-0000",
  backend: StateBackend.local(),
});

const network = new AwsNetwork(stack, "network", {
  site,
  namePrefix: "e2e-removable",
  cidrBlock: "10.20.0.0/16",
  availabilityZones: ["eu-west-1a", "eu-west-1b"],
});

const frankfurt = new AwsProvider(stack, "frankfurt", {
  region: "eu-central-1",
  alias: "frankfurt",
  allowedAccountIds: ["111122223333"],
});

new AwsLakehouse(stack, "lake", {
  site,
  namePrefix: "e2e-removable",
  residency: Residency.EU,
  removalPolicy: "destroy",
  spark: { network },
  replication: { region: "eu-central-1", provider: frankfurt },
  zones: [
    {
      name: "curated",
      tables: [{ name: "events", columns: [{ name: "id", type: "long", required: true }] }],
    },
  ],
});

app.synth();
