import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { Site } from "../../../lib";
import {
  KubernetesFeatureStore,
  type KubernetesFeatureStoreProps,
  KubernetesLakehouse,
  type KubernetesLakehouseProps,
  ObjectStore,
} from "../../../lib/kubernetes";
import { Template, testApp } from "../../../lib/testing";
import { ONLINE, schema, ZONES } from "../fixture";

const FRANKFURT = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "fra" },
  oidcIssuer: "https://oidc.example.com/fra",
});

const ISSUER = { name: "company-ca" };

function kubernetesStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "workloads");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  return stack;
}

function kubernetesLakehouse(
  stack: TerraformStack,
  props: Partial<KubernetesLakehouseProps> = {},
): KubernetesLakehouse {
  return new KubernetesLakehouse(stack, "lake", {
    site: FRANKFURT,
    namePrefix: "acme-lake",
    objectStore: ObjectStore.rook({ storageClassName: "rook-bucket", objectStore: { name: "s3" } }),
    zones: ZONES,
    query: { certificateIssuer: ISSUER },
    ...props,
  });
}

export function featureStore(
  props: Partial<KubernetesFeatureStoreProps> = {},
  context: Record<string, unknown> = {},
  lake: Partial<KubernetesLakehouseProps> = {},
) {
  const stack = kubernetesStack(context);
  const lakehouse = kubernetesLakehouse(stack, lake);
  const store = new KubernetesFeatureStore(stack, "features", {
    site: FRANKFURT,
    namePrefix: "acme",
    namespace: "features",
    schema: schema(),
    lakehouse,
    trino: lakehouse.query.endpoint,
    online: ONLINE,
    valkeyPassword: { secretName: "valkey-password" },
    certificateIssuer: ISSUER,
    operatorInstalled: true,
    ...props,
  });
  return { stack, store, lakehouse, template: () => Template.of(stack) };
}

/** Files of a config map or Secret, as pods read them. */
export function filesOf(template: Template, type: string, name: string): Record<string, string> {
  const found = Object.values(template.resources(type)).find(
    ({ metadata }) => (metadata as { name: string }).name === name,
  );
  const data = (found?.data ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.replaceAll("$${", "${")]));
}
