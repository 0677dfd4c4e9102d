import { type AcceleratorPoolProps, ServedModel, Slice, Weights } from "../../lib";
import type {
  EndpointAtSite,
  HybridPlatform,
  Phase,
  PlatformClusterProps,
  PlatformEndpointProps,
  PlatformGatewayProps,
  PlatformVariant,
} from "../../stacks";
import { routes } from "../gateway/fixture";
import { JWT } from "../gateway/kubernetes/support";
import { chat, LLAMA_70B } from "../serving/fixture";
import { image } from "../serving/kubernetes/support";
import { awsNetwork, googleNetwork, newPlatform, template } from "./data-fixture";

export const POOLS: readonly AcceleratorPoolProps[] = [
  { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
  { name: "h200", slice: Slice.accelerators("h200", { perNode: 8, nodes: 4 }) },
];

const CLUSTERS: Readonly<
  Record<string, (platform: HybridPlatform) => Pick<PlatformClusterProps, "aws" | "google" | "kubernetes">>
> = {
  ireland: (platform) => ({ aws: { network: awsNetwork(platform) } }),
  eemshaven: (platform) => ({ google: { network: googleNetwork(platform), zones: ["europe-west4-b"] } }),
  frankfurt: () => ({ kubernetes: SELECTED }),
  oslo: () => ({ kubernetes: SELECTED }),
};

const SELECTED = {
  provider: "generic",
  nodes: {
    system: { nodeSelector: { "acme.example/role": "system" } },
    h200: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H200" } },
  },
} as const;

export function addClusterAt(platform: HybridPlatform, at: string) {
  return platform.addCluster(`${at}-serve`, { at, pools: POOLS, ...CLUSTERS[at]!(platform) });
}

/** A platform with a cluster at each of the sites. */
export function platformWith(...sites: readonly string[]): HybridPlatform {
  const platform = newPlatform();
  for (const site of sites) {
    addClusterAt(platform, site);
  }
  return platform;
}

export const LLAMA = ServedModel.of("llama", {
  shape: LLAMA_70B,
  weights: Weights.objectStorage("s3://acme-models/llama"),
  precision: "fp8",
  cachePrecision: "fp8",
  contextTokens: 32_768,
});

export const CHAT = chat();

export const VARIANT: PlatformVariant = {
  name: "full",
  model: LLAMA,
  pool: "h200",
  engine: { image: image("vllm") },
};
export const PRICED: PlatformVariant = {
  ...VARIANT,
  sizing: { price: { usdPerAcceleratorHour: 3 } },
};
export const SCALED: PlatformVariant = { ...VARIANT, scaling: { min: 1, max: 4 } };
export const PROMETHEUS_URL = "http://kube-prometheus-stack-prometheus.monitoring.svc:9090";

type InCluster = Extract<EndpointAtSite, { readonly in: "cluster" }>;

export function inCluster(change: Partial<InCluster> = {}): InCluster {
  const form = change.form ?? "deployment";
  return {
    in: "cluster",
    variants: [VARIANT],
    ...(form === "deployment" ? { picker: { image: image("picker") } } : {}),
    ...change,
  };
}

export function addEndpoint(
  platform: HybridPlatform,
  change: Partial<InCluster> = {},
  { id = "assistant", at = "frankfurt", classes = [CHAT] as PlatformEndpointProps["classes"] } = {},
) {
  return platform.addEndpoint(id, { classes, at: { [at]: inCluster(change) } });
}

/** A gateway in front of whatever `backends` name; one class, one model. */
export function gatewayProps(
  backends: PlatformGatewayProps["backends"],
  change: Partial<PlatformGatewayProps> = {},
): PlatformGatewayProps {
  return {
    at: "frankfurt",
    hostname: "ai.frankfurt.example.com",
    authentication: JWT,
    backends,
    classes: [
      routes(
        "chat",
        backends.map(({ name }) => name),
        { traffic: CHAT },
      ),
    ],
    ...change,
  };
}

/** Text of everything of one phase. */
export function text(platform: HybridPlatform, site: string, phase: Phase): string {
  return template(platform, site, phase).text;
}
