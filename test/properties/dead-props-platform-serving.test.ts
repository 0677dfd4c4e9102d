import type { App } from "cdktf";
import type {
  HybridPlatform,
  PlatformEndpointProps,
  PlatformGatewayProps,
  PlatformObservabilityProps,
} from "../../stacks";
import { OPENAI, routes } from "../gateway/fixture";
import { JWT } from "../gateway/kubernetes/support";
import { source } from "../observability/fixture";
import { chat } from "../serving/fixture";
import { newPlatform } from "../stacks/data-fixture";
import { addClusterAt, addEndpoint, CHAT, gatewayProps, inCluster, PRICED } from "../stacks/serving-fixture";
import { flag, noDeadPropsIn, programOutcome } from "./support";

/** Every site that an endpoint may be at has a cluster. */
function served(app: App): HybridPlatform {
  const platform = newPlatform(app);
  addClusterAt(platform, "frankfurt");
  addClusterAt(platform, "oslo");
  return platform;
}

noDeadPropsIn<PlatformEndpointProps>(
  "PlatformEndpointProps",
  (props) => programOutcome((app, given) => void served(app).addEndpoint("assistant", given), props),
  { classes: [CHAT], at: { frankfurt: inCluster() } },
  {
    classes: {
      to: [[chat({ requestsPerSecond: 30 })]],
      refused: [[[CHAT, CHAT], "DuplicateValue"]],
    },
    at: {
      to: [
        { oslo: inCluster() },
        { frankfurt: inCluster(), oslo: inCluster() },
        { frankfurt: inCluster({ monitoring: ["my-metrics"] }) },
      ],
      refused: [
        [{}, "MissingValue"],
        [{ mars: inCluster() }, "UnknownSite"],
      ],
    },
  },
);

const OWN = { kind: "endpoint", name: "own" } as const;
const COLLECTOR = { service: "otel", namespace: "telemetry" };
const LIMITED = [routes("chat", ["own"], { traffic: CHAT, tokensPerTenant: { limit: 1000, per: "hour" } })];
const SERVER = {
  name: "search",
  host: "search.example.com",
  tools: ["find"],
  processesIn: ["DE"],
};

/** Before an endpoint of its cluster; the rows name what is beside it. */
type GatewayGiven = Omit<PlatformGatewayProps, "backends"> & {
  readonly backends: readonly (typeof OWN | (typeof OWN & { readonly variant: string }) | typeof OPENAI)[];
};

function front(app: App, { backends, ...props }: GatewayGiven): void {
  const platform = served(app);
  const endpoint = addEndpoint(platform, { variants: [PRICED, { ...PRICED, name: "spare" }] });
  platform.addGateway("front", {
    ...props,
    backends: backends.map((backend) => (backend.kind === "provider" ? backend : { ...backend, endpoint })),
  });
}

const { backends: _, ...GATEWAY } = gatewayProps([OPENAI], {
  classes: [routes("chat", ["own"], { traffic: CHAT })],
});

const CACHE = {
  image: `registry.example.com/response-cache@sha256:${"a".repeat(64)}`,
  store: { kind: "valkey", passwordSecret: "cache-password" },
  classes: [{ class: "chat", ttlSeconds: 60 }],
} as const;

noDeadPropsIn<GatewayGiven>(
  "PlatformGatewayProps",
  (props) => programOutcome(front, props),
  { ...GATEWAY, backends: [OWN] },
  {
    at: {
      to: ["oslo"],
      refused: [["mars", "UnknownSite"]],
      given: { backends: [{ ...OPENAI, name: "own" } as never] },
    },
    backends: {
      to: [[{ ...OWN, variant: "spare" }], [{ ...OPENAI, name: "own" } as never]],
      refused: [[[], "UnknownBackend"]],
    },
    classes: { to: [[routes("chat", ["own"], { traffic: CHAT, attemptsPerBackend: 2 })]] },
    operators: {
      to: [{ limiter: { kind: "valkey", passwordSecret: "limits" } }],
      refused: [[undefined, "LimiterWithoutBackend"]],
      given: { classes: LIMITED, operators: { limiter: { kind: "valkey", passwordSecret: "other" } } },
    },
    installed: { to: [{ limiter: false }, { limiter: true }] },
    namespace: { to: ["front"] },
    createNamespace: flag(true),
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    hostname: { to: ["other.example.com"], refused: [["A", "InvalidName"]] },
    tls: { to: [{ certificateSecret: "front-tls" }, { issuer: { name: "company-ca" } }] },
    authentication: { to: [{ ...JWT, audiences: ["other"] } as typeof JWT] },
    replicas: {
      to: [2, { min: 2, max: 5 }],
      refused: [[1, "NumberOutOfRange"]],
      default: 3,
      given: { installed: { limiter: true } },
    },
    cpu: { to: ["2"], default: "1" },
    memory: { to: ["2Gi"], default: "1Gi" },
    serviceType: { to: ["ClusterIP"], default: "LoadBalancer" },
    serviceAnnotations: { to: [{ "example.com/lb": "internal" }] },
    maxRequestSize: { to: ["16Mi"], default: "8Mi" },
    streamIdleSeconds: { to: [30], default: 60 },
    audit: { to: [{ collector: COLLECTOR }] },
    tracing: { to: [{ collector: COLLECTOR }] },
    guardrail: { to: [{ service: "guard", namespace: "guards", port: 9000 }] },
    cache: {
      to: [CACHE, { ...CACHE, lookupMs: 30 }],
      refused: [
        [{ ...CACHE, image: "cache:1" }, "ImageNotPinned"],
        [{ ...CACHE, classes: [{ class: "none", ttlSeconds: 60 }] }, "UnknownClass"],
      ],
    },
    tools: { to: [[{ class: "chat", servers: [SERVER] }]] },
    proxyNamespace: { to: ["envoy"], default: "envoy-gateway-system" },
    versions: { refused: [[{ kubernetes: "1.31" }, "ComponentsDoNotFit"]] },
  },
);

const ANSWERED = { chat: ["answered"] } as const;

function watched(app: App, props: PlatformObservabilityProps): void {
  const platform = served(app);
  const endpoint = addEndpoint(platform, { variants: [PRICED] });
  platform.addGateway("front", gatewayProps([{ ...OWN, endpoint }]));
  platform.addObservability("watch", props);
}

noDeadPropsIn<PlatformObservabilityProps>(
  "PlatformObservabilityProps",
  (props) => programOutcome(watched, props),
  { at: { frankfurt: { in: "cluster" } } },
  {
    at: {
      to: [{ frankfurt: { in: "cluster", scrapeInterval: "15s" } }],
      refused: [
        [{}, "MissingValue"],
        [{ mars: { in: "cluster" } }, "UnknownSite"],
        [{ frankfurt: { in: "amazon-managed-prometheus" } }, "NotOneOf"],
        [{ frankfurt: { in: "cluster" }, ireland: { in: "cluster" } }, "NotWatchedThere"],
      ],
    },
    sources: { to: [[source("keda", { namespace: "keda" })]], default: [] },
    withoutSlo: {
      to: [ANSWERED],
      refused: [[{ none: ["answered"] }, "UnknownTrafficClass"]],
      default: {},
    },
    limits: {
      to: [{ streamLag: [{ maxMessages: 500 }] }],
      given: { sources: [source("inline-inference")] },
    },
    alerts: {
      to: [
        (metrics) => [
          {
            alert: "ManyPreemptions",
            expr: `rate(${metrics.series("vllm:num_preemptions_total", {}, "5m")}) > 1`,
            severity: "ticket",
            summary: "many",
            runbook: "see the cache",
          },
        ],
      ],
      default: () => [],
    },
  },
);
