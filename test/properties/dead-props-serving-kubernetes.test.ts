import { TerraformOutput } from "cdktf";
import {
  type EngineSettings,
  type KubernetesModelEndpointProps,
  KubernetesServingOperators,
  type KubernetesServingOperatorsProps,
  type KubernetesVariantProps,
  type ObjectStorageAccess,
  type PickerProps,
  type RolloutAnalysis,
  type ScalingProps,
  type StartTimes,
  type VariantPlan,
} from "../../lib/kubernetes";
import * as clusters from "../cluster/in-cluster/clusters";
import * as given from "../serving/kubernetes/support";
import { flag, type Make, noDeadProps } from "./support";

const PROMETHEUS = "http://prometheus.monitoring:9090";
const PAUSE = "registry.k8s.io/pause@sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c";

const makeEndpoint: Make<Partial<KubernetesModelEndpointProps>> = (stack, props) => {
  const made = given.endpoint({ variants: [given.variant()], ...props }, stack);
  // What others ask the endpoint for is output, too.
  new TerraformOutput(stack, "access", { value: JSON.stringify(made.access()) });
};
const makeVariant: Make<Partial<KubernetesVariantProps>> = (stack, props) =>
  makeEndpoint(stack, {
    variants: [given.variant(props)],
    ...(props.scaling === undefined && props.rollout === undefined ? {} : { prometheusUrl: PROMETHEUS }),
    ...(props.plan?.replicas.kind === "split"
      ? { picker: { image: given.image("picker"), sidecarImage: given.image("sidecar") } }
      : {}),
  });

noDeadProps<Partial<KubernetesModelEndpointProps>>(
  "KubernetesModelEndpointProps",
  makeEndpoint,
  {},
  {
    cluster: {
      refused: [[clusters.cksCluster([clusters.SYSTEM, clusters.TRAIN]), "EndpointOutsideResidency"]],
    },
    namePrefix: { to: ["beta"] },
    name: { to: ["helper"] },
    form: { to: ["llm-inference-service", "inference-service"], default: "deployment" },
    classes: { to: [[given.trafficClass()]] },
    variants: { to: [[given.variant({ name: "small" })]] },
    picker: { to: [{ image: given.image("other") }] },
    prometheusUrl: { refused: [[PROMETHEUS, "NoEffect"]] },
    namespace: { to: ["models"], default: "acme-serving" },
    createNamespace: flag(true),
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    callers: { to: [["gateway"]], default: [] },
    monitoring: { to: [["metrics"]], default: [] },
    serviceAccountAnnotations: { to: [{ "example.com/role": "x" }] },
    versions: { refused: [[{ kserve: "0.20.0", kubernetes: "1.30" }, "ComponentsDoNotFit"]] },
    pauseImage: { refused: [[PAUSE, "NoEffect"]] },
  },
);

noDeadProps<Partial<KubernetesVariantProps>>(
  "KubernetesVariantProps",
  makeVariant,
  {},
  {
    name: { to: ["small"] },
    model: { to: [given.model({ contextTokens: 8192 })] },
    plan: { to: [given.plan({ maxBatch: 64 })] },
    pool: { to: ["read"] },
    prefillPool: { to: ["read"], given: { plan: given.plan(given.SPLIT) } },
    engine: { to: [{ image: given.image("other") }] },
    cache: { to: [{ kind: "claim", claimName: "w", path: "p" }], default: { kind: "pod-disk" } },
    objectStorage: {
      to: [{ credentialsSecret: "store" }],
      given: { model: given.model({ weights: given.STORED }) },
    },
    cpus: { to: [16], default: 8 },
    memoryGib: { to: [64], default: 156 },
    scaling: { to: [{ min: 1, max: 2 }] },
    start: { to: [{ loadGbps: 10 }], default: {} },
    warmReplicas: { to: [1] },
    rollout: { to: [{ kind: "blue-green" }] },
    shadowOf: { refused: [[{ variant: "full", percent: 5 }, "NoEffect"]] },
  },
);

noDeadProps<VariantPlan>("VariantPlan", (stack, plan) => makeVariant(stack, { plan }), given.plan(), {
  model: { refused: [["qwen", "PlanOfOtherModel"]] },
  engine: { to: ["sglang"] },
  accelerator: { refused: [[{ name: "b200" }, "PlanOfOtherPool"]] },
  parallelism: { to: [{ tensor: 2, pipeline: 2, expert: 1, data: 1 }] },
  acceleratorsPerNode: { refused: [[4, "PlanOfOtherPool"]] },
  acceleratorsPerReplica: { to: [8] },
  nodesPerReplica: { to: [2] },
  memoryUtilization: { to: [0.8] },
  memory: { to: [{ weightsGib: 20 }] },
  maxBatch: { to: [64] },
  prefillChunkTokens: { to: [4096] },
  replicas: { to: [{ kind: "together", count: 3 }] },
  drainSeconds: { to: [300] },
  planned: { to: [{ requestsPerSecond: 1, outputTokensPerSecond: 1 }] },
});

noDeadProps<EngineSettings>(
  "EngineSettings",
  (stack, engine) => makeVariant(stack, { engine }),
  { image: given.image("vllm") },
  {
    image: { to: [given.image("other")] },
    prefixCaching: flag(true),
    quantization: { to: ["fp8"] },
    tokenizer: { refused: [["tokenizer", "NoEffect"]] },
    arguments: { to: [["--seed=1"]], default: [] },
    environment: { to: [{ VLLM_LOGGING_LEVEL: "INFO" }], default: {} },
  },
);

noDeadProps<ObjectStorageAccess>(
  "ObjectStorageAccess",
  (stack, objectStorage) =>
    makeVariant(stack, { objectStorage, model: given.model({ weights: given.STORED }) }),
  {},
  {
    endpoint: { to: ["https://s3.example.com"] },
    credentialsSecret: { to: ["store"] },
  },
);

noDeadProps<StartTimes>(
  "StartTimes",
  (stack, start) => makeVariant(stack, { start }),
  {},
  { loadGbps: { to: [10], default: 1 }, otherSeconds: { to: [60], default: 600 } },
);

noDeadProps<ScalingProps>(
  "ScalingProps",
  (stack, scaling) => makeVariant(stack, { scaling }),
  { min: 1, max: 3 },
  {
    min: { to: [2] },
    max: { to: [4] },
    waitingRequests: { to: [8], default: 4 },
    cacheUse: { to: [0.6], default: 0.8 },
    quietSeconds: { to: [120], default: 600 },
    maxColdStartSeconds: { refused: [[60, "NoEffect"]] },
  },
);

noDeadProps<RolloutAnalysis>(
  "RolloutAnalysis",
  (stack, analysis) => makeVariant(stack, { rollout: { kind: "blue-green", analysis } }),
  {},
  {
    maxErrorRate: { to: [0.1], default: 0.01 },
    firstTokenP95Ms: { to: [2000], default: 800 },
    intervalSeconds: { to: [30], default: 60 },
    failures: { to: [0], default: 2 },
  },
);

noDeadProps<PickerProps>(
  "PickerProps",
  (stack, picker) => makeEndpoint(stack, { picker }),
  { image: given.image("picker") },
  {
    image: { to: [given.image("other")] },
    sidecarImage: { refused: [[given.image("sidecar"), "NoEffect"]] },
    replicas: { to: [2], default: 1 },
  },
);

noDeadProps<KubernetesServingOperatorsProps>(
  "KubernetesServingOperatorsProps",
  (stack, props) => {
    new KubernetesServingOperators(stack, "operators", props);
  },
  { forms: ["llm-inference-service"] },
  {
    forms: { to: [["inference-service"]] },
    keda: flag(true),
    leaderWorkerSet: flag(false),
    argoRollouts: flag(false),
    certManager: flag(true),
    inferenceDefinitions: flag(true),
    kserveConfiguration: flag(true),
    dependsOn: { to: [[{ fqn: "helm_release.other" }]], default: [] },
    versions: { refused: [[{ kubernetes: "1.30" }, "ComponentsDoNotFit"]] },
  },
);
