import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack } from "cdktf";
import { Site } from "../../../lib/fabric/site";
import { AwsLakehouse, type AwsLakehouseProps } from "../../../lib/lakehouse/aws/lakehouse";
import type { PolicyStatement } from "../../../lib/lakehouse/aws/policy";
import { Template, testApp } from "../../../lib/testing";

export const ACCOUNT = "111122223333";
export const SITE = Site.aws("ireland", { region: "eu-west-1", account: ACCOUNT });

export const CUSTOMERS = {
  name: "customers",
  columns: [
    { name: "id", type: "long", required: true },
    { name: "country", type: "string" },
    { name: "email", type: "string", pii: true },
  ],
};

/** A table without personal data. */
export const ORDERS = {
  name: "orders",
  columns: [
    { name: "id", type: "long", required: true },
    { name: "ordered_at", type: "timestamptz" },
  ],
};

/** Without engines, so that all rights in the output are those that the test gave. */
export const QUIET: Partial<AwsLakehouseProps> = { athena: false, spark: false, tableOptimizers: [] };

export function newStack(context: Record<string, unknown> = {}, region = "eu-west-1"): TerraformStack {
  const stack = new TerraformStack(testApp(context), "data");
  new AwsProvider(stack, "aws", { region });
  return stack;
}

export function lakehouse(props: Partial<AwsLakehouseProps> = {}, context: Record<string, unknown> = {}) {
  const stack = newStack(context, props.site?.region);
  const lake = new AwsLakehouse(stack, "lake", { site: SITE, namePrefix: "acme", ...props });
  return { stack, lake, template: () => Template.of(stack) };
}

/** Statements of a policy document in the output, by Sid. */
export function statements(json: unknown): Readonly<Record<string, Omit<PolicyStatement, "Sid">>> {
  const { Statement } = JSON.parse(json as string) as { Statement: PolicyStatement[] };
  return Object.fromEntries(Statement.map(({ Sid, ...rest }) => [Sid, rest]));
}
