import type { AwsMachineFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import type { Parallelism, TrafficClass } from "../serving";
import { planEndpoint } from "../sizing/plan";
import { checkScaling } from "./check";
import { engineEnvironment } from "./environment";
import { SageMakerErrors } from "./errors";
import { checkEcrImage } from "./image";
import { hostedMachine } from "./instances";
import { downloadSeconds, startupSeconds, TIMEOUT_SECONDS } from "./limits";
import type { SageMakerEndpointProps, SageMakerScaling, SageMakerVariantOptions } from "./props";
import type { ResolvedVariant } from "./variants";

const GIB = 1024 ** 3;
/** Of instances without scaling whose number is not given. */
const MOST_INSTANCES = 64;

/** What is said of a variant or a shadow beside its options. */
export interface VariantShare {
  readonly subject: string;
  readonly percent: number;
  readonly scaling?: SageMakerScaling;
}

/** Checks one variant and sizes it for its share of the traffic. Undefined if it cannot be sized; what is wrong goes to `problems`. */
export function resolveVariant(
  problems: Problems,
  props: SageMakerEndpointProps,
  options: SageMakerVariantOptions,
  share: VariantShare,
): ResolvedVariant | undefined {
  const { subject } = share;
  const model = options.model ?? props.model;
  const engine = options.engine ?? props.engine;
  const machine = hostedMachine(problems, `${subject} instanceType`, options.instanceType);
  checkEcrImage(problems, `${subject} engine.image`, engine.image, props.site.region);
  checkOptions(problems, subject, options);
  const weightsUri = checkModel(problems, subject, model);
  if (!problems.oneOf(`${subject} engine.kind`, engine.kind, ["vllm", "sglang", "triton"])) {
    return undefined;
  }
  if (machine === undefined || weightsUri === undefined || !problems.empty) {
    return undefined;
  }
  const parallelism = fillInstance(problems, subject, machine, options.parallelism ?? {});
  if (parallelism === undefined) {
    return undefined;
  }
  const plan = planEndpoint({
    model,
    classes: props.classes.map((each) => part(each, share.percent)),
    accelerator: machine.accelerator!,
    acceleratorsPerNode: machine.acceleratorCount,
    parallelism,
    engine: engine.kind,
    maxSequences: options.maxSequences,
    maxReplicas: share.scaling?.maxInstances ?? options.instances ?? MOST_INSTANCES,
    price:
      options.usdPerInstanceHour === undefined
        ? undefined
        : { usdPerAcceleratorHour: options.usdPerInstanceHour / machine.acceleratorCount },
  });
  const replicas = plan.accelerators / plan.acceleratorsPerReplica;
  const concurrency = plan.maxBatch;
  const environment = engineEnvironment(problems, `${subject} engine`, engine, {
    model,
    parallelism,
    concurrency,
  });
  const weightBytes = plan.memory.weightsGib * plan.acceleratorsPerReplica * GIB;
  const instances = options.instances ?? replicas;
  if (share.scaling !== undefined) {
    const queued = props.async !== undefined;
    checkScaling(problems, `${subject} scaling`, share.scaling, { instances, queued });
  }
  return {
    name: options.name,
    model,
    engine,
    instanceType: options.instanceType,
    machine,
    parallelism,
    plan,
    instances,
    concurrency,
    requestsPerSecond: plan.planned.requestsPerSecond / replicas,
    outputTokensPerSecond: plan.planned.outputTokensPerSecond / replicas,
    weightsUri,
    environment,
    percent: share.percent,
    scaling: share.scaling,
    inferenceAmiVersion: options.inferenceAmiVersion,
    usdPerInstanceHour: options.usdPerInstanceHour,
    downloadSeconds:
      options.modelDataDownloadTimeoutSeconds ?? downloadSeconds(weightBytes, machine.networkGbps),
    startupSeconds: options.startupHealthCheckTimeoutSeconds ?? startupSeconds(weightBytes),
  };
}

/** The part of a class that comes to a variant: of requests, and of the budget. */
function part(of: TrafficClass, percent: number): TrafficClass {
  const share = percent / 100;
  return {
    ...of,
    requestsPerSecond: of.requestsPerSecond * share,
    ...(of.budgetUsdPerHour === undefined ? {} : { budgetUsdPerHour: of.budgetUsdPerHour * share }),
  };
}

function checkOptions(problems: Problems, subject: string, options: SageMakerVariantOptions): void {
  for (const name of ["modelDataDownloadTimeoutSeconds", "startupHealthCheckTimeoutSeconds"] as const) {
    if (options[name] !== undefined) {
      problems.literalInteger(`${subject} ${name}`, options[name], TIMEOUT_SECONDS);
    }
  }
  if (options.instances !== undefined) {
    problems.literalInteger(`${subject} instances`, options.instances, { min: 1, max: 1000 });
  }
  if (options.inferenceAmiVersion !== undefined) {
    problems.name(`${subject} inferenceAmiVersion`, options.inferenceAmiVersion, {
      pattern: /^[a-z0-9]+(-[a-z0-9]+)*$/,
      maxLength: 63,
      form: "a version such as al2-ami-sagemaker-inference-gpu-3-1",
    });
  }
}

/** Where the weights are, if SageMaker can read them. */
function checkModel(
  problems: Problems,
  subject: string,
  { weights, adapters }: SageMakerEndpointProps["model"],
): string | undefined {
  if (adapters.length > 0) {
    problems.add(SageMakerErrors.SageMakerAdaptersUnsupported, {
      subject: `${subject} model.adapters`,
      given: adapters.map(({ name }) => name),
      allowed: "none",
    });
  }
  if (weights.kind !== "object-storage" || !weights.uri.startsWith("s3://")) {
    problems.add(SageMakerErrors.WeightsNotInS3, {
      subject: `${subject} model.weights`,
      given: weights.kind === "object-storage" ? weights.uri : weights.kind,
      allowed: "s3://bucket/prefix",
    });
    return undefined;
  }
  return weights.uri;
}

/** One copy of the model on all accelerators of an instance. */
function fillInstance(
  problems: Problems,
  subject: string,
  machine: AwsMachineFacts,
  given: Partial<Parallelism>,
): Parallelism | undefined {
  const { pipeline = 1, data = 1, expert = 1 } = given;
  const known = Object.entries({ pipeline, data, expert, ...given }).map(([name, degree]) =>
    problems.literalInteger(`${subject} parallelism.${name}`, degree, { min: 1, max: 1024 }),
  );
  if (!known.every(Boolean)) {
    return undefined;
  }
  const tensor = given.tensor ?? Math.floor(machine.acceleratorCount / (pipeline * data));
  if (tensor * pipeline * data !== machine.acceleratorCount) {
    problems.add(SageMakerErrors.SageMakerInstanceNotFilled, {
      subject: `${subject} parallelism`,
      given: { tensor, pipeline, data },
      allowed: `tensor x pipeline x data = ${machine.acceleratorCount}, the accelerators of ${machine.name}`,
    });
    return undefined;
  }
  return { tensor, pipeline, data, expert };
}
