import { App } from "cdktf";
import { Residency, Site, StateBackend } from "cdktf-hybrid-ai";
import { AwsLakehouse } from "cdktf-hybrid-ai/aws";
import { CloudStack } from "cdktf-hybrid-ai/stacks";

// A lakehouse that may be destroyed: one key here, the other is the app's context `cdktf-hybrid-ai/allowDestroy`.

const site = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

const app = new App();

const stack = new CloudStack(app, "removable-foundation", {
  site,
  environment: "test",
  owner: "e2e",
  costCentre: "cc-0000",
  backend: StateBackend.local(),
});

new AwsLakehouse(stack, "lake", {
  site,
  namePrefix: "e2e-removable",
  residency: Residency.EU,
  removalPolicy: "destroy",
  zones: [
    {
      name: "curated",
      tables: [{ name: "events", columns: [{ name: "id", type: "long", required: true }] }],
    },
  ],
});

app.synth();
