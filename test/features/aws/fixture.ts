import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack } from "cdktf";
import { Site } from "../../../lib";
import {
  AwsFeatureStore,
  type AwsFeatureStoreProps,
  AwsLakehouse,
  type AwsLakehouseProps,
} from "../../../lib/aws";
import { Template, testApp } from "../../../lib/testing";
import { ONLINE, schema, ZONES } from "../fixture";

export const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

export function awsStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "data");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  return stack;
}

export function awsLakehouse(stack: TerraformStack, props: Partial<AwsLakehouseProps> = {}): AwsLakehouse {
  return new AwsLakehouse(stack, "lake", {
    site: IRELAND,
    namePrefix: "acme-lake",
    zones: ZONES,
    athena: false,
    tableOptimizers: [],
    ...props,
  });
}

export function featureStore(
  props: Partial<AwsFeatureStoreProps> = {},
  context: Record<string, unknown> = {},
  lake: Partial<AwsLakehouseProps> = {},
) {
  const stack = awsStack(context);
  const lakehouse = awsLakehouse(stack, lake);
  const store = new AwsFeatureStore(stack, "features", {
    site: IRELAND,
    namePrefix: "acme",
    schema: schema(),
    lakehouse,
    online: ONLINE,
    offlineStore: { zone: "features", piiTagKey: lakehouse.governance?.piiTag.key },
    spark: { applicationId: lakehouse.spark?.application.id ?? "00abc" },
    ...props,
  });
  return { stack, store, lakehouse, template: () => Template.of(stack) };
}
