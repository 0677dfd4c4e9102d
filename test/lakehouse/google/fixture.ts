import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import { Site } from "../../../lib/fabric/site";
import { GoogleLakehouse, type GoogleLakehouseProps } from "../../../lib/google";
import { Template, testApp } from "../../../lib/testing";

export const SITE = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456",
});

export const CUSTOMERS = {
  name: "customers",
  columns: [
    { name: "id", type: "long", required: true },
    { name: "country", type: "string" },
    { name: "email", type: "string", pii: true },
    { name: "phone", type: "string", pii: true },
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

export function newStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "data");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  return stack;
}

export function lakehouse(props: Partial<GoogleLakehouseProps> = {}, context: Record<string, unknown> = {}) {
  const stack = newStack(context);
  const lake = new GoogleLakehouse(stack, "lake", { site: SITE, namePrefix: "acme", ...props });
  return { stack, lake, template: () => Template.of(stack) };
}

/** The values of one attribute of all resources of a type, sorted. */
export function attribute(template: Template, type: string, name: string): readonly unknown[] {
  return Object.values(template.resources(type))
    .map((resource) => resource[name])
    .sort();
}
