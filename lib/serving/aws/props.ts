import type { RemovalPolicy } from "../../core/removal-policy";
import type { AwsSite } from "../../fabric/site";
import type { IZone } from "../../lakehouse/index";
import type { IAwsNetwork } from "../../network/network";
import type { EngineKind, Parallelism, ServedModel, TrafficClass } from "../serving";

/** The container that runs a model on SageMaker. */
export interface SageMakerEngine {
  /**
   * `vllm` and `sglang`: images whose start script turns `SM_VLLM_*` and `SM_SGLANG_*` into arguments of the engine, as those
   * of AWS do. `triton`: an image that holds Triton; the engine is compiled, so nothing but the model's name is told to it.
   */
  readonly kind: EngineKind;
  /** `<account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:…`; literal, the role is given just this repository. */
  readonly image: string;
  /**
   * Further variables of the container, never secrets: they are in the state. What follows from the model and the variant is
   * refused. Values may be tokens. @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How many instances a variant has, by its load. */
export interface SageMakerScaling {
  readonly maxInstances: number;
  /** 0 only with `async`. @default - `instances` of the variant */
  readonly minInstances?: number;
  /**
   * What is kept at `target` per instance: `concurrent-requests` of the last seconds, `invocations` per minute; with `async`
   * always the requests that wait. @default "concurrent-requests"; refused with `async`
   */
  readonly metric?: "concurrent-requests" | "invocations";
  /** @default - 80 percent of what one instance answers by the capacity model; with `async` what it works on together */
  readonly target?: number;
  /** Seconds after instances were added before more are, 0 to 3600. @default 300 */
  readonly scaleOutCooldownSeconds?: number;
  /** Seconds after instances were removed before more are, 0 to 3600. @default 300 */
  readonly scaleInCooldownSeconds?: number;
}

/** Instances of one type that serve one model. */
export interface SageMakerVariantOptions {
  /** Letters, digits and hyphens. Stays the same when the model behind it changes: deployments compare variants by name. */
  readonly name: string;
  /** @default - `model` of the endpoint */
  readonly model?: ServedModel;
  /** @default - `engine` of the endpoint */
  readonly engine?: SageMakerEngine;
  /** For example `ml.g6e.12xlarge`. */
  readonly instanceType: string;
  /** Instances at first, and after each deployment. @default - what the traffic needs by the capacity model */
  readonly instances?: number;
  /** How the model is divided among the accelerators of an instance. @default - by the capacity model */
  readonly parallelism?: Partial<Parallelism>;
  /** Most requests that an instance works on together, if memory and latency allow as many; part of the model's content. @default - by the capacity model */
  readonly maxSequences?: number;
  /** Drivers of the instance, for example `al2-ami-sagemaker-inference-gpu-3-1`. @default - SageMaker's choice */
  readonly inferenceAmiVersion?: string;
  /** Seconds, 60 to 3600. @default - from the bytes of the weights and the network of the instance */
  readonly modelDataDownloadTimeoutSeconds?: number;
  /** Seconds, 60 to 3600. @default - from the bytes of the weights */
  readonly startupHealthCheckTimeoutSeconds?: number;
  /** List price of one instance: prices of SageMaker are not in the catalogue. @default - the cost is not told */
  readonly usdPerInstanceHour?: number;
}

/** A variant that answers requests. */
export interface SageMakerVariant extends SageMakerVariantOptions {
  /** Share of requests that name no variant, in whole percent; of all variants together 100. @default 100, if it is the only one */
  readonly trafficPercent?: number;
  /** @default - a fixed number of instances */
  readonly scaling?: SageMakerScaling;
}

/** A variant that gets copies of requests, and whose answers nobody gets. */
export interface SageMakerShadow extends SageMakerVariantOptions {
  /** Share of requests that are copied, in whole percent, 1 to 100. */
  readonly samplePercent: number;
}

/** Requests are objects, wait in a queue, and answers are objects too. */
export interface SageMakerAsync {
  /** Zone of requests: the endpoint reads it. Without tables. */
  readonly input: IZone;
  /** Zone of answers. Without tables, with a known key. */
  readonly output: IZone;
  /** Requests that one instance works on together, 1 to 1000. @default - by the capacity model */
  readonly maxConcurrentInvocationsPerInstance?: number;
  /** SNS topic that is told of each answer. May be a token. @default - none */
  readonly successTopicArn?: string;
  /** SNS topic that is told of each failure. May be a token. @default - none */
  readonly errorTopicArn?: string;
  /** Topics are told the answer too, not only where it is. @default - where it is */
  readonly includeInferenceResponseIn?: readonly (
    | "SUCCESS_NOTIFICATION_TOPIC"
    | "ERROR_NOTIFICATION_TOPIC"
  )[];
}

/** Requests and answers are kept, for evaluation and training. */
export interface SageMakerDataCapture {
  /** Without tables, with a known key. */
  readonly zone: IZone;
  /** Share of requests, in whole percent, 1 to 100. */
  readonly samplePercent: number;
  /** @default ["Input", "Output"] */
  readonly modes?: readonly ("Input" | "Output")[];
  /** Required to be true unless the endpoint says `pii: false`. @default false */
  readonly includePii?: boolean;
}

/** How traffic moves to the instances of a new configuration; alarms that go off in between move it back. */
export interface SageMakerDeployment {
  /**
   * `canary`: a share first, then all. `linear`: share after share. `all-at-once`: all. `rolling`: instances are replaced
   * batch after batch, without a second fleet. @default "canary" if every variant has two instances, else "all-at-once"
   */
  readonly kind?: "canary" | "linear" | "all-at-once" | "rolling";
  /** Share of one step: canary 1 to 50, linear 10 to 50, rolling 5 to 50 percent. @default - canary 10, linear 25, rolling 25; refused with all-at-once */
  readonly stepPercent?: number;
  /** Seconds between steps, in which alarms are watched, 0 to 3600. @default 300 */
  readonly waitSeconds?: number;
  /** Seconds for which old instances stay after traffic has left them, up to 3600; not less than the longest answer. Refused with rolling. @default - the longest answer and a minute */
  readonly terminationWaitSeconds?: number;
}

/** A model endpoint of SageMaker. */
export interface SageMakerEndpointProps {
  readonly site: AwsSite;
  /** Start of all names. */
  readonly namePrefix: string;
  /** Name by which it is called, after the prefix. */
  readonly endpointName: string;
  readonly model: ServedModel;
  readonly engine: SageMakerEngine;
  /** Requests that it is made for. */
  readonly classes: readonly TrafficClass[];
  /** In order; the first is the default of `access()`. */
  readonly variants: readonly SageMakerVariant[];
  /** Where instances have their addresses. S3 is reached from there. */
  readonly network: IAwsNetwork;
  /** Key that encrypts the weights in S3. May be a token. @default - none: S3 decrypts them itself */
  readonly weightsKeyArn?: string;
  /** Whether requests and answers may hold personal data. @default true */
  readonly pii?: boolean;
  readonly shadow?: SageMakerShadow;
  readonly async?: SageMakerAsync;
  readonly dataCapture?: SageMakerDataCapture;
  readonly deployment?: SageMakerDeployment;
  /** SNS topics that alarms tell. May be tokens. @default - none */
  readonly alarmTopicArns?: readonly string[];
  /** ARNs of IAM OIDC providers that exist, by issuer. @default - one is made per issuer of a granted identity */
  readonly oidcProviderArns?: Readonly<Record<string, string>>;
  /** @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
}
