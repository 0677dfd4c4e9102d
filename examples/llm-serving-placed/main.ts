import { join } from "node:path";
import { App } from "cdktf";
import { Residency, ServedModel, Slice, StateBackend, TrafficClass, Weights } from "cdktf-hybrid-ai";
import { explanationText } from "cdktf-hybrid-ai/placement";
import { HybridPlatform } from "cdktf-hybrid-ai/stacks";
import { frankfurt, models, sweden } from "./models";

const app = new App();

const platform = new HybridPlatform(app, "placed", {
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2041",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-north-1" }),
  sites: [frankfurt, sweden],
  placement: { models, lockFile: join(__dirname, "placement.lock.json") },
});

/** People wait for the first word. */
const chat = TrafficClass.of("chat", {
  requestsPerSecond: 60,
  promptTokens: 1800,
  outputTokens: 300,
  cachedShare: 0.3,
  firstTokenP95Ms: 1000,
  nextTokenMs: 60,
  residency: Residency.EU,
});

/** Nobody waits. */
const tags = TrafficClass.of("tags", {
  requestsPerSecond: 4,
  promptTokens: 800,
  outputTokens: 60,
  firstTokenP95Ms: 5000,
  nextTokenMs: 100,
  priority: -10,
  residency: Residency.EU,
});

/** By the models' config.json. */
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
  contextTokens: 8_192,
});

const DIGEST = `sha256:${"0".repeat(64)}`;
const engine = { image: `registry.acme.example/vllm-openai@${DIGEST}` };
const atEachSite = { picker: { image: `registry.acme.example/llm-d-router-endpoint-picker@${DIGEST}` } };
const storeOf = (site: string) => ({
  endpoint: `https://s3.${site}.acme.example`,
  credentialsSecret: "model-store",
});

// No accelerator, no number of replicas, and of sites only which may be: the rest follows.
const assistant = platform.addEndpoint("assistant", {
  classes: [chat, tags],
  variants: [
    { name: "large", model: large, sizedFor: ["chat"], sizing: { spareReplicas: 1 }, engine },
    {
      name: "small",
      model: small,
      sizedFor: ["tags"],
      engine,
      // Laid over what holds for the endpoint.
      placement: { users: [{ name: "back-office", share: 1, rttMs: { frankfurt: 4 } }], maxSites: 1 },
    },
  ],
  placement: {
    users: [
      { name: "germany", share: 3, rttMs: { frankfurt: 8, sweden: 32 } },
      // By contract they are answered in the north.
      { name: "nordics", share: 1, rttMs: { sweden: 6 } },
    ],
    maxSites: 2,
  },
  at: {
    frankfurt: {
      ...atEachSite,
      variants: {
        large: { objectStorage: storeOf("frankfurt") },
        small: { objectStorage: storeOf("frankfurt") },
      },
    },
    sweden: {
      ...atEachSite,
      variants: {
        large: { objectStorage: storeOf("sweden") },
        small: { objectStorage: storeOf("sweden") },
      },
    },
  },
});

const system = { name: "system", slice: Slice.cpu({ vcpu: 16, memoryGib: 64, nodes: 3 }) };

// The plan is made here, and with each cluster its part of the endpoint.
platform.addCluster("hall", {
  at: "frankfurt",
  pools: [system],
  plannedPools: { h100: { machineType: "hgx-h100" } },
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "node-role.kubernetes.io/system": "true" } },
      h100: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" } },
      l4: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-L4" } },
    },
  },
});
platform.addCluster("cloud", {
  at: "sweden",
  pools: [system],
  plannedPools: {},
  kubernetes: { provider: "coreweave" },
});

app.synth();
platform.writeLock();

if (process.argv.includes("--explain")) {
  console.log(explanationText(platform.explainPlacement().explanation, { verbose: true }));
  for (const { variant, site, pool, because } of assistant.unfit) {
    console.log(`${variant} does not fit ${site}/${pool}: ${because.join("; ")}`);
  }
}
