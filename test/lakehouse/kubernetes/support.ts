import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { Site } from "../../../lib/fabric/site";
import { KubernetesLakehouse } from "../../../lib/lakehouse/kubernetes/lakehouse";
import { ObjectStore } from "../../../lib/lakehouse/kubernetes/object-store";
import type { KubernetesLakehouseProps } from "../../../lib/lakehouse/kubernetes/props";
import { Partition, type TableProps } from "../../../lib/lakehouse/table";
import { Template, testApp } from "../../../lib/testing";

export const FRANKFURT = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "fra" },
  oidcIssuer: "https://oidc.example.com/fra",
});

export const ANALYST = Identity.kubernetesServiceAccount("analyst", {
  namespace: "bi",
  serviceAccount: "dashboards",
});

export const BIDS: TableProps = {
  name: "bids",
  comment: "One row per bid",
  columns: [
    { name: "bid_id", type: "long", required: true, comment: "Unique" },
    { name: "event_time", type: "timestamptz" },
    { name: "ip_address", type: "string", pii: true, comment: "Of the device" },
    { name: "price", type: "decimal(18, 4)" },
  ],
  partitionBy: [Partition.day("event_time"), Partition.bucket("bid_id", 16)],
  sortBy: [{ column: "event_time", direction: "desc" }],
  snapshotRetentionDays: 5,
};

export const ROOK = ObjectStore.rook({ storageClassName: "rook-bucket", objectStore: { name: "s3" } });

export const S3 = ObjectStore.s3Compatible({
  endpoint: "https://s3.example.com:9000",
  credentialsSecret: { name: "store-key" },
});

export function kubernetesStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "workloads");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  return stack;
}

export function lakehouse(
  props: Partial<KubernetesLakehouseProps> = {},
  stack: TerraformStack = kubernetesStack(),
): KubernetesLakehouse {
  return new KubernetesLakehouse(stack, "lake", {
    site: FRANKFURT,
    namePrefix: "acme-lake",
    objectStore: ROOK,
    zones: [{ name: "raw" }, { name: "curated", tables: [BIDS] }],
    ...props,
  });
}

let byDefault: Template | undefined;

/** The synthesized stack of a lakehouse with these properties. The one without any is made once. */
export function synthesized(props: Partial<KubernetesLakehouseProps> = {}): Template {
  if (Object.keys(props).length === 0) {
    byDefault ??= synthesize({});
    return byDefault;
  }
  return synthesize(props);
}

function synthesize(props: Partial<KubernetesLakehouseProps>): Template {
  const stack = kubernetesStack();
  lakehouse(props, stack);
  return Template.of(stack);
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
  readonly spec: any;
}

/** Objects of a kind, by name. */
export function objects(template: Template, kind: string): Record<string, Manifest> {
  const manifests = Object.values(template.manifests()) as unknown as Manifest[];
  return Object.fromEntries(
    manifests
      .filter((manifest) => manifest.kind === kind)
      .map((manifest) => [manifest.metadata.name, manifest]),
  );
}

/** Values of a release, as Helm reads them. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
export function helmValues(template: Template, release: string): any {
  const found = Object.values(template.resources("helm_release")).find(({ name }) => name === release);
  const [text = "{}"] = (found?.values ?? []) as string[];
  return JSON.parse(text.replaceAll("$${", "${"));
}

/** Files of a config map, as pods read them, by name of the config map. */
export function files(template: Template, name: string): Record<string, string> {
  const found = Object.values(template.resources("kubernetes_config_map_v1")).find(
    ({ metadata }) => (metadata as { name: string }).name === name,
  );
  const data = (found?.data ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.replaceAll("$${", "${")]));
}
