import { App } from "cdktf";
import { Identity, Residency, ServedModel, Site, StateBackend, TrafficClass, Weights } from "cdktf-hybrid-ai";
import { AwsLakehouse, AwsNetwork, SageMakerEndpoint, SageMakerObservability } from "cdktf-hybrid-ai/aws";
import { CloudStack } from "cdktf-hybrid-ai/stacks";

const site = Site.aws("virginia", { region: "us-east-1", account: "111122223333" });
const namePrefix = "acme-assist-prod";

const app = new App();

const stack = new CloudStack(app, "assist-virginia-foundation", {
  site,
  environment: "prod",
  owner: "ml-platform",
  costCentre: "cc-2077",
  backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "us-east-1" }),
});

const network = new AwsNetwork(stack, "network", {
  site,
  namePrefix,
  cidrBlock: "10.60.0.0/16",
  availabilityZones: ["us-east-1a", "us-east-1b"],
  interfaceEndpoints: ["logs", "sagemaker.runtime", "sts"],
});

const lake = new AwsLakehouse(stack, "lake", {
  site,
  namePrefix,
  zones: [
    { name: "conversations", dataClass: "confidential", retentionDays: 90 },
    { name: "batch-requests", dataClass: "internal", retentionDays: 30 },
    { name: "batch-answers", dataClass: "internal", retentionDays: 30 },
  ],
  athena: false,
});

/** Numbers of the model's config.json. */
const shape = {
  params: 8.03e9,
  layers: 32,
  hidden: 4096,
  sequence: 131_072,
  kvHidden: 1024,
  attentionHeads: 32,
  kvHeads: 8,
  vocabulary: 128_256,
};

const full = ServedModel.of("assistant", {
  shape,
  weights: Weights.objectStorage("s3://acme-models/assistant/8b-bf16"),
  contextTokens: 16_384,
});
const quantized = ServedModel.of("assistant", {
  shape,
  weights: Weights.objectStorage("s3://acme-models/assistant/8b-fp8"),
  precision: "fp8",
  cachePrecision: "fp8",
  contextTokens: 16_384,
});

const engine = {
  kind: "vllm",
  image:
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm@sha256:5b1f6ad24b8a3a1e7b9a0c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5e6f7",
} as const;

const weightsKeyArn = "arn:aws:kms:us-east-1:111122223333:key/0f7e6d5c-4b3a-4291-8807-a6b5c4d3e2f1";
const alarmTopicArns = ["arn:aws:sns:us-east-1:111122223333:assist-on-call"];

// People wait for these answers: two variants, nine requests in ten to the full model.
const assistant = new SageMakerEndpoint(stack, "assistant", {
  site,
  namePrefix,
  endpointName: "assistant",
  model: full,
  engine,
  classes: [
    TrafficClass.of("chat", {
      requestsPerSecond: 6,
      promptTokens: 900,
      outputTokens: 220,
      maxOutputTokens: 1024,
      firstTokenP95Ms: 1500,
      nextTokenMs: 60,
      objective: 0.995,
      residency: Residency.countries("US"),
    }),
  ],
  variants: [
    {
      name: "full",
      instanceType: "ml.g6e.2xlarge",
      trafficPercent: 90,
      usdPerInstanceHour: 2.8,
      inferenceAmiVersion: "al2-ami-sagemaker-inference-gpu-3-1",
      scaling: { maxInstances: 8 },
    },
    {
      name: "quantized",
      model: quantized,
      instanceType: "ml.g6e.2xlarge",
      trafficPercent: 10,
      instances: 2,
      usdPerInstanceHour: 2.8,
      inferenceAmiVersion: "al2-ami-sagemaker-inference-gpu-3-1",
    },
  ],
  network,
  weightsKeyArn,
  dataCapture: { zone: lake.zone("conversations"), samplePercent: 5, includePii: true },
  alarmTopicArns,
});
assistant.grantInvoke(Identity.awsRole("web-app", "arn:aws:iam::111122223333:role/web-app"));

// Nobody waits for these: requests are objects, and at night no instance runs.
const batch = new SageMakerEndpoint(stack, "batch", {
  site,
  namePrefix,
  endpointName: "batch",
  model: quantized,
  engine,
  classes: [
    TrafficClass.of("summaries", {
      requestsPerSecond: 2,
      promptTokens: 6000,
      outputTokens: 400,
      firstTokenP95Ms: 60_000,
      nextTokenMs: 200,
      priority: -10,
    }),
  ],
  variants: [
    {
      name: "all",
      instanceType: "ml.g6e.2xlarge",
      usdPerInstanceHour: 2.8,
      inferenceAmiVersion: "al2-ami-sagemaker-inference-gpu-3-1",
      scaling: { minInstances: 0, maxInstances: 6 },
    },
  ],
  async: { input: lake.zone("batch-requests"), output: lake.zone("batch-answers") },
  network,
  weightsKeyArn,
  alarmTopicArns,
});
const nightly = Identity.awsRole("nightly-jobs", "arn:aws:iam::111122223333:role/nightly-jobs");
batch.grantInvoke(nightly);
lake.zone("batch-requests").grantWrite(nightly);
lake.zone("batch-answers").grantRead(nightly);

// SageMaker counts requests and errors, but tells neither first tokens nor tokens: those are measured where it is called.
new SageMakerObservability(stack, "watch", {
  site,
  namePrefix,
  endpoints: [assistant, batch],
  withoutSlo: { chat: ["first-token"], summaries: ["first-token"] },
  limits: { waitingPerReplica: 200 },
  topics: {
    pageTopicArn: "arn:aws:sns:us-east-1:111122223333:assist-on-call",
    ticketTopicArn: "arn:aws:sns:us-east-1:111122223333:assist-tickets",
  },
});

app.synth();
