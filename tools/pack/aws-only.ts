// A user's program: one AWS site, and no package of any other cloud installed.
import { App } from "cdktf";
import { Residency, Site, StateBackend } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();

const platform = new HybridPlatform(app, "solo", {
  environment: "prod",
  owner: "data-platform",
  costCentre: "cc-1042",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
  sites: [Site.aws("ireland", { region: "eu-west-1", account: "111122223333" })],
});

platform.addLakehouse("events", { residency: Residency.EU, zones: [{ name: "raw" }, { name: "curated" }] });

app.synth();
