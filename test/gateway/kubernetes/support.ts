import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { Residency, Site } from "../../../lib";
import { KubernetesAiGateway, type KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { Template, testApp } from "../../../lib/testing";
import { CLOUD, OPENAI, otherGateway, POOL, routes, SERVICE } from "../fixture";

export const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });

export const JWT: KubernetesAiGatewayProps["authentication"] = {
  kind: "jwt",
  issuer: "https://login.example.com",
  jwksUri: "https://login.example.com/keys",
  audiences: ["ai"],
};

export function kubernetesStack(): TerraformStack {
  const stack = new TerraformStack(testApp(), "workloads");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  return stack;
}

/** Three classes: premium in the EU, chat anywhere, batch that may be shed. */
export const HYBRID = {
  backends: [POOL, SERVICE, CLOUD, OPENAI, otherGateway({ usdPerMillionTokens: { input: 1, output: 4 } })],
  classes: [
    routes("premium", ["own", "cloud"], {
      traffic: { priority: 10, residency: Residency.EU, requestsPerSecond: 5 },
    }),
    routes(
      "chat",
      [
        "own",
        [
          { backend: "cloud", weight: 70 },
          { backend: "oslo", weight: 30 },
        ],
        { backend: "openai", model: "gpt-5" },
      ],
      {
        traffic: { budgetUsdPerHour: 100, requestsPerSecond: 5 },
        tokensPerTenant: { limit: 100_000, per: "hour" },
        requestsPerTenant: { limit: 600, per: "minute" },
      },
    ),
    routes("batch", ["own", "small"], {
      traffic: { priority: -1, residency: Residency.EU, requestsPerSecond: 2 },
      tenants: ["reports", "search"],
    }),
  ],
} satisfies Pick<KubernetesAiGatewayProps, "backends" | "classes">;

export function gateway(
  props: Partial<KubernetesAiGatewayProps> = {},
  stack: TerraformStack = kubernetesStack(),
): KubernetesAiGateway {
  return new KubernetesAiGateway(stack, "gateway", {
    site: FRANKFURT,
    namePrefix: "acme",
    hostname: "ai.example.com",
    authentication: JWT,
    limiter: true,
    ...HYBRID,
    ...props,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
export type Any = any;

/** All Kubernetes objects of a gateway in `kubernetes_manifest`. */
export function objects(props: Partial<KubernetesAiGatewayProps> = {}): readonly Any[] {
  const stack = kubernetesStack();
  gateway(props, stack);
  return Object.values(Template.of(stack).manifests());
}

/** Objects of a kind, by name. */
export function named(all: readonly Any[], kind: string): Readonly<Record<string, Any>> {
  return Object.fromEntries(
    all.filter((object) => object.kind === kind).map((object) => [object.metadata.name, object]),
  );
}
