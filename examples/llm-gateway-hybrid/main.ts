import { App } from "cdktf";
import {
  Capacity,
  Residency,
  ServedModel,
  type ServedModelShape,
  Site,
  Slice,
  StateBackend,
  TrafficClass,
  Weights,
} from "cdktf-hybrid-ai";
import type { AwsCluster } from "cdktf-hybrid-ai/aws";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();

const platform = new HybridPlatform(app, "ai", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2051",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
  sites: [
    Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "frankfurt" } }),
    Site.aws("ireland", { region: "eu-west-1", account: "111122223333" }),
  ],
});

platform.addCluster("own", {
  at: "frankfurt",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 16, memoryGib: 64, nodes: 3 }) },
    { name: "h100", slice: Slice.accelerators("h100", { perNode: 8, nodes: 2 }), machineType: "hgx-h100" },
  ],
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "node-role.kubernetes.io/system": "true" } },
      h100: { nodeSelector: { "acme.example/pool": "h100" } },
    },
  },
});

const { cluster } = platform.addCluster("burst", {
  at: "ireland",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
    // Nothing runs here until requests wait.
    {
      name: "l40s",
      slice: Slice.accelerators("l40s", { perNode: 4, nodes: { min: 0, max: 6 } }),
      capacity: [Capacity.spot(), Capacity.onDemand()],
      tier: "serving",
    },
  ],
  aws: {
    network: { cidrBlock: "10.44.0.0/16", availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"] },
  },
});

/** By the model's config.json. */
const shape: ServedModelShape = {
  params: 8.03e9,
  layers: 32,
  hidden: 4096,
  sequence: 131_072,
  kvHidden: 1024,
  attentionHeads: 32,
  kvHeads: 8,
  vocabulary: 128_256,
};
const served = (uri: string) =>
  ServedModel.of("assistant", { shape, weights: Weights.objectStorage(uri), contextTokens: 32_768 });

/** Of people in the EU: their prompts never leave it. */
const chat = TrafficClass.of("chat", {
  requestsPerSecond: 20,
  promptTokens: 1500,
  outputTokens: 250,
  maxOutputTokens: 2048,
  cachedShare: 0.4,
  firstTokenP95Ms: 1000,
  nextTokenMs: 60,
  priority: 10,
  objective: 0.995,
  residency: Residency.EU,
});

/** Public texts: may go anywhere, and wait. */
const enrich = TrafficClass.of("enrich", {
  requestsPerSecond: 10,
  promptTokens: 3000,
  outputTokens: 200,
  firstTokenP95Ms: 10_000,
  nextTokenMs: 150,
  priority: -10,
  objective: 0.95,
  budgetUsdPerHour: 30,
  residency: Residency.ANYWHERE,
});

const classes = [chat, enrich];
const ENGINE = { image: `registry.acme.example/vllm-openai@sha256:${"0".repeat(64)}` };
const PICKER = { image: `registry.acme.example/llm-d-router-endpoint-picker@sha256:${"0".repeat(64)}` };
const PROMETHEUS = "http://kube-prometheus-stack-prometheus.monitoring.svc:9090";

const assistant = platform.addEndpoint("assistant", {
  classes,
  at: {
    frankfurt: {
      in: "cluster",
      variants: [
        {
          name: "full",
          model: served("s3://models/assistant/8b-bf16"),
          pool: "h100",
          // What a GPU costs an hour in your own hall. Ours; put in yours.
          sizing: { price: { usdPerAcceleratorHour: 1.9 } },
          engine: ENGINE,
          objectStorage: { endpoint: "https://s3.frankfurt.acme.example", credentialsSecret: "model-store" },
        },
      ],
      picker: PICKER,
    },
    ireland: {
      in: "cluster",
      variants: [
        {
          name: "full",
          model: served("s3://acme-models-ireland/assistant/8b-bf16"),
          pool: "l40s",
          sizing: {
            parallelism: { tensor: 2 },
            price: { usdPerAcceleratorHour: 2.6 },
          },
          engine: ENGINE,
          scaling: { min: 0, max: 12, waitingRequests: 2, maxColdStartSeconds: 900 },
        },
      ],
      picker: PICKER,
      prometheusUrl: PROMETHEUS,
    },
  },
});

// Engines in Ireland read the weights as themselves: EKS Pod Identity, no key.
(cluster as AwsCluster).podRole({
  namespace: "ai-prod-assistant",
  serviceAccount: "ai-prod-assistant-engine",
  statements: [
    {
      Sid: "ReadWeights",
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::acme-models-ireland/assistant/*"],
    },
    {
      Sid: "ListWeights",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: ["arn:aws:s3:::acme-models-ireland"],
    },
  ],
});

const authentication = {
  kind: "jwt",
  issuer: "https://login.acme.example",
  jwksUri: "https://login.acme.example/keys",
  audiences: ["ai"],
} as const;

// Reached by the other gateway alone, which signs in with a key of its own.
const burst = platform.addGateway("burst-front", {
  at: "ireland",
  hostname: "burst.ai.acme.example",
  authentication: { kind: "api-key", secrets: ["callers"] },
  serviceAnnotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" },
  backends: [{ kind: "endpoint", name: "cloud", endpoint: assistant }],
  classes: classes.map((each) => ({
    class: each,
    tenants: ["front"],
    admittedPerMinute: false as const,
    models: [{ model: "assistant", chain: ["cloud"] }],
  })),
  operators: { limiter: { kind: "valkey", passwordSecret: "gateway-limits" } },
});

platform.addGateway("front", {
  at: "frankfurt",
  hostname: "ai.acme.example",
  authentication,
  backends: [
    { kind: "endpoint", name: "own", endpoint: assistant },
    {
      kind: "gateway",
      name: "cloud",
      gateway: burst,
      apiKeySecret: "burst-key",
      usdPerMillionTokens: { input: 0.2, output: 0.8 },
    },
    {
      kind: "provider",
      name: "provider",
      provider: { api: "openai", apiKeySecret: "provider-key" },
      processesIn: ["US"],
      contextTokens: 128_000,
      usdPerMillionTokens: { input: 0.4, output: 1.6 },
    },
  ],
  classes: [
    { class: chat, models: [{ model: "assistant", chain: ["own", "cloud"] }] },
    {
      class: enrich,
      models: [
        { model: "assistant", chain: ["own", "cloud", { backend: "provider", model: "gpt-4.1-mini" }] },
      ],
      tokensPerTenant: { limit: 2_000_000, per: "hour" },
    },
  ],
  // The same public text is often asked about by several jobs of a tenant. Answers of `chat` are not kept.
  cache: {
    image: `registry.acme.example/response-cache@sha256:${"0".repeat(64)}`,
    store: { kind: "valkey", passwordSecret: "cache-password", memoryMib: 2048 },
    classes: [{ class: "enrich", ttlSeconds: 86_400 }],
  },
  operators: { limiter: { kind: "valkey", passwordSecret: "gateway-limits" } },
});

const operators = {
  storage: { activeSeries: 150_000 },
  grafanaAdminSecret: "grafana-admin",
};
platform.addObservability("pane", {
  at: { frankfurt: { in: "cluster", operators }, ireland: { in: "cluster", operators } },
});

app.synth();
