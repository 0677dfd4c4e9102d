import { App } from "cdktf";
import { Residency, ServedModel, Site, Slice, StateBackend, TrafficClass, Weights } from "cdktf-hybrid-ai";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";

const app = new App();
const kubeconfig = { context: "frankfurt" };

const platform = new HybridPlatform(app, "llm", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2041",
  backend: StateBackend.kubernetes(kubeconfig),
  sites: [Site.kubernetes("frankfurt", { country: "DE", kubeconfig })],
});

platform.addCluster("serve", {
  at: "frankfurt",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 16, memoryGib: 64, nodes: 3 }) },
    { name: "h100", slice: Slice.accelerators("h100", { perNode: 8, nodes: 4 }), machineType: "hgx-h100" },
  ],
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "node-role.kubernetes.io/system": "true" } },
      h100: { nodeSelector: { "acme.example/pool": "h100" } },
    },
  },
});

/** People wait for the first word. */
const chat = TrafficClass.of("chat", {
  requestsPerSecond: 6,
  promptTokens: 1800,
  outputTokens: 300,
  maxOutputTokens: 2048,
  cachedShare: 0.3,
  firstTokenP95Ms: 1000,
  nextTokenMs: 60,
  priority: 10,
  objective: 0.995,
  residency: Residency.EU,
});

/** Nobody waits: what is not answered now is asked again. */
const summaries = TrafficClass.of("summaries", {
  requestsPerSecond: 2,
  promptTokens: 6000,
  outputTokens: 400,
  firstTokenP95Ms: 10_000,
  nextTokenMs: 150,
  priority: -10,
  objective: 0.95,
  residency: Residency.EU,
});

/** By the model's config.json. */
const large = ServedModel.of("assistant-70b", {
  shape: {
    params: 70.55e9,
    layers: 80,
    hidden: 8192,
    sequence: 131_072,
    kvHidden: 1024,
    attentionHeads: 64,
    kvHeads: 8,
    vocabulary: 128_256,
  },
  weights: Weights.objectStorage("s3://models/assistant/70b-fp8"),
  precision: "fp8",
  cachePrecision: "fp8",
  contextTokens: 32_768,
});

const small = ServedModel.of("assistant-8b", {
  shape: {
    params: 8.03e9,
    layers: 32,
    hidden: 4096,
    sequence: 131_072,
    kvHidden: 1024,
    attentionHeads: 32,
    kvHeads: 8,
    vocabulary: 128_256,
  },
  weights: Weights.objectStorage("s3://models/assistant/8b-bf16"),
  contextTokens: 32_768,
});

const ENGINE = { image: `registry.acme.example/vllm-openai@sha256:${"0".repeat(64)}` };
const STORE = { endpoint: "https://s3.frankfurt.acme.example", credentialsSecret: "model-store" };
/** What a GPU costs an hour in your own hall: machine, power, cooling and people. Ours; put in yours. */
const PRICE = { usdPerAcceleratorHour: 1.9 };

const assistant = platform.addEndpoint("assistant", {
  classes: [chat, summaries],
  at: {
    frankfurt: {
      in: "cluster",
      variants: [
        {
          name: "large",
          model: large,
          pool: "h100",
          sizedFor: ["chat"],
          sizing: { spareReplicas: 1, price: PRICE },
          engine: ENGINE,
          objectStorage: STORE,
          rollout: {
            kind: "canary",
            steps: [
              { stable: 66, canary: 34, holdSeconds: 900 },
              { stable: 33, canary: 67, holdSeconds: 900 },
            ],
          },
        },
        {
          name: "small",
          model: small,
          pool: "h100",
          sizedFor: ["summaries"],
          sizing: { price: PRICE },
          engine: ENGINE,
          objectStorage: STORE,
          scaling: { min: 1, max: 4 },
        },
      ],
      picker: { image: `registry.acme.example/llm-d-router-endpoint-picker@sha256:${"0".repeat(64)}` },
      prometheusUrl: "http://kube-prometheus-stack-prometheus.monitoring.svc:9090",
    },
  },
});

platform.addGateway("front", {
  at: "frankfurt",
  hostname: "ai.acme.example",
  authentication: {
    kind: "jwt",
    issuer: "https://login.acme.example",
    jwksUri: "https://login.acme.example/keys",
    audiences: ["ai"],
  },
  backends: [
    { kind: "endpoint", name: "large", endpoint: assistant, variant: "large" },
    { kind: "endpoint", name: "small", endpoint: assistant, variant: "small" },
  ],
  classes: [
    // When the large model does not answer, a small answer is better than none.
    { class: chat, models: [{ model: "assistant", chain: ["large", "small"] }] },
    { class: summaries, models: [{ model: "assistant", chain: ["small"] }] },
  ],
  operators: {
    limiter: { kind: "valkey", passwordSecret: "gateway-limits" },
  },
});

platform.addObservability("pane", {
  at: {
    frankfurt: {
      in: "cluster",
      operators: {
        storage: { activeSeries: 250_000, retentionDays: 30 },
        grafanaAdminSecret: "grafana-admin",
      },
      receivers: {
        page: { kind: "pagerduty", routingKey: { name: "on-call", key: "routing-key" } },
        ticket: { kind: "slack", apiUrl: { name: "on-call", key: "slack-url" }, channel: "#ai-alerts" },
      },
    },
  },
});

app.synth();
