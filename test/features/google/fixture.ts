import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import { Site } from "../../../lib";
import {
  GoogleFeatureStore,
  type GoogleFeatureStoreProps,
  GoogleLakehouse,
  type GoogleLakehouseProps,
} from "../../../lib/google";
import { Template, testApp } from "../../../lib/testing";
import { ONLINE, schema, ZONES } from "../fixture";

const EEMSHAVEN = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456",
});

export function googleStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "data");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  return stack;
}

export function googleLakehouse(
  stack: TerraformStack,
  props: Partial<GoogleLakehouseProps> = {},
): GoogleLakehouse {
  return new GoogleLakehouse(stack, "lake", {
    site: EEMSHAVEN,
    namePrefix: "acme-lake",
    zones: ZONES,
    etl: false,
    ...props,
  });
}

export function featureStore(
  props: Partial<GoogleFeatureStoreProps> = {},
  context: Record<string, unknown> = {},
) {
  const stack = googleStack(context);
  const lakehouse = googleLakehouse(stack);
  const store = new GoogleFeatureStore(stack, "features", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    schema: schema(),
    lakehouse,
    online: ONLINE,
    ...props,
  });
  return { stack, store, lakehouse, template: () => Template.of(stack) };
}
