import { ServedModel, Site, TrafficClass, Weights } from "../../lib";
import {
  AwsLakehouse,
  AwsNetwork,
  type SageMakerAsync,
  type SageMakerDataCapture,
  type SageMakerDeployment,
  SageMakerEndpoint,
  type SageMakerEndpointProps,
  type SageMakerScaling,
  type SageMakerVariant,
} from "../../lib/aws";
import { VertexEndpoint, type VertexEndpointProps } from "../../lib/google";
import { EEMSHAVEN, IRELAND, POD } from "./subjects";
import { type Make, noDeadProps } from "./support";

const SHAPE = {
  params: 8.03e9,
  layers: 32,
  hidden: 4096,
  sequence: 131_072,
  kvHidden: 1024,
  attentionHeads: 32,
  kvHeads: 8,
  vocabulary: 128_256,
};
const DIGEST = `@sha256:${"a".repeat(64)}`;
const ECR = "763104351884.dkr.ecr.eu-west-1.amazonaws.com";
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1";
const TOPIC = "arn:aws:sns:eu-west-1:111122223333:topic";
const model = (uri: string, contextTokens = 8192) =>
  ServedModel.of("assistant", { shape: SHAPE, weights: Weights.objectStorage(uri), contextTokens });
const S3_MODEL = model("s3://acme-models/8b");
const GS_MODEL = model("gs://acme-models/8b");
const CHAT = TrafficClass.of("chat", {
  requestsPerSecond: 2,
  promptTokens: 900,
  outputTokens: 200,
  maxOutputTokens: 1000,
  firstTokenP95Ms: 1500,
  nextTokenMs: 50,
});
const BUSY = { ...CHAT, requestsPerSecond: 100 };
const VARIANT: SageMakerVariant = { name: "full", instanceType: "ml.g6e.2xlarge", instances: 2 };
const ENGINE = { kind: "vllm", image: `${ECR}/vllm${DIGEST}` } as const;

/** What needs a zone is given its name, and gets the zone. */
type Plain = Omit<Partial<SageMakerEndpointProps>, "async" | "dataCapture" | "network"> & {
  readonly subnet?: string;
  readonly async?: Partial<Omit<SageMakerAsync, "input" | "output">> & { input?: string; output?: string };
  readonly dataCapture?: Omit<SageMakerDataCapture, "zone"> & { zone?: string };
};

const make: Make<Plain> = (stack, { subnet = "subnet-a", async, dataCapture, ...props }) => {
  const network = AwsNetwork.fromAttributes(stack, "network", {
    vpcId: "vpc-1",
    cidrBlock: "10.0.0.0/16",
    subnetsByZone: { "eu-west-1a": { subnetId: subnet } },
  });
  const lake = new AwsLakehouse(stack, "lake", {
    site: IRELAND,
    namePrefix: "acme-lake",
    zones: [{ name: "first" }, { name: "second" }],
    athena: false,
    tableOptimizers: [],
  });
  const { input = "first", output = "second", ...queue } = async ?? {};
  const { zone = "first", ...capture } = dataCapture ?? { samplePercent: 0 };
  const endpoint = new SageMakerEndpoint(stack, "endpoint", {
    site: IRELAND,
    namePrefix: "acme",
    endpointName: "assistant",
    model: S3_MODEL,
    engine: ENGINE,
    classes: [CHAT],
    variants: [VARIANT],
    network,
    ...props,
    async: async && { ...queue, input: lake.zone(input), output: lake.zone(output) },
    dataCapture: dataCapture && { ...capture, zone: lake.zone(zone) },
  });
  endpoint.grantInvoke(POD);
  stack.addOverride("locals.access", endpoint.access());
};

const variant = (more: Partial<SageMakerVariant>): Plain => ({ variants: [{ ...VARIANT, ...more }] });
const makeVariant: Make<SageMakerVariant> = (stack, props) => make(stack, { variants: [props] });

noDeadProps<SageMakerVariant>("SageMakerVariant", makeVariant, VARIANT, {
  name: { to: ["other"], refused: [["Full!", "InvalidName"]] },
  model: { to: [model("s3://acme-models/9b")] },
  engine: { to: [{ kind: "sglang", image: `${ECR}/sglang${DIGEST}` }] },
  instanceType: { to: ["ml.g6e.12xlarge"], refused: [["ml.c5.large", "SageMakerMachineUnknown"]] },
  instances: { to: [3], refused: [[0, "NumberOutOfRange"]] },
  parallelism: {
    to: [{ tensor: 2, pipeline: 2 }],
    default: { tensor: 4 },
    given: { instanceType: "ml.g6e.12xlarge" },
  },
  maxSequences: { to: [16], refused: [[0, "NumberOutOfRange"]] },
  inferenceAmiVersion: { to: ["al2-ami-sagemaker-inference-gpu-3-1"] },
  modelDataDownloadTimeoutSeconds: { to: [1200], default: 360, refused: [[59, "NumberOutOfRange"]] },
  startupHealthCheckTimeoutSeconds: { to: [1200], default: 660, refused: [[3601, "NumberOutOfRange"]] },
  usdPerInstanceHour: { to: [2.8] },
  trafficPercent: { default: 100, refused: [[99, "TrafficPercentsDoNotSum"]] },
  scaling: { to: [{ maxInstances: 4 }] },
});

const SCALING: SageMakerScaling = { maxInstances: 4 };
noDeadProps<SageMakerScaling>(
  "SageMakerScaling",
  (stack, scaling) => make(stack, variant({ scaling })),
  SCALING,
  {
    maxInstances: { to: [5], refused: [[1, "NumberOutOfRange"]] },
    minInstances: { to: [1], default: 2, refused: [[0, "ScaleToZeroNotPossible"]] },
    metric: { to: ["invocations"], default: "concurrent-requests" },
    target: { to: [7] },
    scaleOutCooldownSeconds: { to: [60], default: 300 },
    scaleInCooldownSeconds: { to: [60], default: 300 },
  },
);

noDeadProps<SageMakerDeployment>(
  "SageMakerDeployment",
  (stack, deployment) => make(stack, { deployment }),
  {},
  {
    kind: { to: ["linear", "all-at-once", "rolling"], default: "canary" },
    stepPercent: { to: [20], default: 10, refused: [[51, "NumberOutOfRange"]] },
    waitSeconds: { to: [60], default: 300 },
    terminationWaitSeconds: { to: [600], default: 112, refused: [[51, "NumberOutOfRange"]] },
  },
);

noDeadProps<NonNullable<Plain["async"]>>(
  "SageMakerAsync",
  (stack, async) => make(stack, { async }),
  {},
  {
    input: { to: ["second"] },
    output: { to: ["first"] },
    maxConcurrentInvocationsPerInstance: { to: [3], refused: [[0, "NumberOutOfRange"]] },
    successTopicArn: { to: [TOPIC] },
    errorTopicArn: { to: [TOPIC] },
    includeInferenceResponseIn: {
      to: [["SUCCESS_NOTIFICATION_TOPIC"]],
      given: { successTopicArn: TOPIC },
    },
  },
);

noDeadProps<NonNullable<Plain["dataCapture"]>>(
  "SageMakerDataCapture",
  (stack, dataCapture) => make(stack, { dataCapture }),
  { samplePercent: 5, includePii: true },
  {
    zone: { to: ["second"] },
    samplePercent: { to: [50], refused: [[0, "NumberOutOfRange"]] },
    modes: { to: [["Input"], ["Output"]], default: ["Input", "Output"] },
    includePii: { refused: [[false, "CaptureOfPersonalData"]] },
  },
);

noDeadProps<Plain>(
  "SageMakerEndpointProps",
  make,
  {},
  {
    site: { to: [Site.aws("ireland", { region: "eu-west-1" })] },
    namePrefix: { to: ["beta"], refused: [["Acme", "InvalidName"]] },
    endpointName: { to: ["other"], refused: [["a--b", "InvalidName"]] },
    model: { to: [model("s3://acme-models/8b", 4096)] },
    engine: { to: [{ ...ENGINE, environment: { A: "b" } }] },
    classes: { to: [[{ ...CHAT, objective: 0.9 }]], refused: [[[], "MissingValue"]] },
    variants: { to: [[{ ...VARIANT, name: "other" }]], refused: [[[], "MissingValue"]] },
    subnet: { to: ["subnet-b"] },
    weightsKeyArn: { to: [KEY], refused: [["key", "InvalidArn"]] },
    pii: {
      default: true,
      refused: [[false, "NoEffect"]],
      given: { dataCapture: { samplePercent: 5, includePii: true } },
    },
    shadow: { to: [{ ...VARIANT, name: "next", samplePercent: 10 }] },
    async: { to: [{}] },
    dataCapture: { to: [{ samplePercent: 5, includePii: true }] },
    deployment: { to: [{ kind: "all-at-once" }], default: {} },
    alarmTopicArns: { to: [[TOPIC]], default: [] },
    oidcProviderArns: {
      to: [
        { "https://oidc.example.com/fra": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/fra" },
      ],
      default: {},
    },
    removalPolicy: { default: "retain", refused: [["destroy", "RemovalNeedsTwoKeys"]] },
  },
);

const makeVertex: Make<Partial<VertexEndpointProps>> = (stack, props) => {
  const endpoint = new VertexEndpoint(stack, "endpoint", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    endpointName: "assistant",
    model: GS_MODEL,
    image: `example.com/vllm${DIGEST}`,
    classes: [BUSY],
    machineType: "a2-ultragpu-1g",
    deployment: { kind: "commands" },
    ...props,
  });
  stack.addOverride("locals.access", endpoint.access());
};
const HUB = ServedModel.of("assistant", {
  shape: SHAPE,
  weights: Weights.hub("acme/assistant", { revision: "a".repeat(40) }),
  contextTokens: 8192,
});

noDeadProps<Partial<VertexEndpointProps>>(
  "VertexEndpointProps",
  makeVertex,
  {},
  {
    site: {
      to: [Site.google("eemshaven", { region: "europe-west4", project: "acme-other", projectNumber: "1" })],
    },
    namePrefix: { to: ["beta"], refused: [["Acme", "InvalidName"]] },
    endpointName: { to: ["other"], refused: [["Other", "InvalidName"]] },
    model: { to: [model("gs://acme-models/9b")] },
    image: { to: [`example.com/other${DIGEST}`], refused: [["vllm:latest", "InvalidName"]] },
    classes: { to: [[CHAT]], refused: [[[], "MissingValue"]] },
    machineType: { to: ["a2-ultragpu-2g"], refused: [["n2-standard-4", "VertexMachineUnknown"]] },
    parallelism: {
      to: [{ tensor: 1, pipeline: 2 }],
      default: { tensor: 2 },
      given: { machineType: "a2-ultragpu-2g" },
    },
    minReplicas: { to: [40], refused: [[0, "NumberOutOfRange"]] },
    maxReplicas: { to: [50], refused: [[0, "NumberOutOfRange"]] },
    targetDutyCyclePercent: { to: [80], default: 60, given: { minReplicas: 1, maxReplicas: 50 } },
    deployment: {
      to: [
        { kind: "model-garden", acceptEula: true },
        { kind: "model-garden", spot: true },
      ],
      default: { kind: "model-garden" },
      given: { model: HUB, deployment: { kind: "model-garden" } },
    },
    usdPerMachineHour: { to: [5] },
    pii: {
      default: true,
      refused: [[false, "NoEffect"]],
      given: { requestLog: { table: "bq://a.b.c", samplePercent: 5, includePii: true } },
    },
    requestLog: { to: [{ table: "bq://acme.b.c", samplePercent: 5, includePii: true }] },
    kmsKey: { to: ["projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k"] },
    privateAccess: { to: [{ projects: ["p"], host: "10.0.0.1" }] },
    enableServices: { to: [false], default: true },
    removalPolicy: { default: "retain", refused: [["destroy", "RemovalNeedsTwoKeys"]] },
  },
);
