import type { AwsMachineFacts } from "../../catalog/facts";
import type { Parallelism, ServedModel } from "../serving";
import type { EndpointPlan } from "../sizing/types";
import type { SageMakerEngine, SageMakerScaling } from "./props";

/** A variant that was checked and sized. */
export interface ResolvedVariant {
  readonly name: string;
  readonly model: ServedModel;
  readonly engine: SageMakerEngine;
  readonly instanceType: string;
  readonly machine: AwsMachineFacts;
  readonly parallelism: Parallelism;
  /** How it was sized, and why. */
  readonly plan: EndpointPlan;
  /** Instances at first, and after each deployment. */
  readonly instances: number;
  /** Requests that one instance works on together. */
  readonly concurrency: number;
  /** That one instance answers, by the capacity model. */
  readonly requestsPerSecond: number;
  /** That one instance writes, by the capacity model. */
  readonly outputTokensPerSecond: number;
  /** `s3://bucket/prefix`; the bucket may be a token. */
  readonly weightsUri: string;
  /** Variables of the container. */
  readonly environment: Readonly<Record<string, string>>;
  /** Share of requests, or of copies for a shadow, in percent. */
  readonly percent: number;
  readonly scaling?: SageMakerScaling;
  readonly inferenceAmiVersion?: string;
  readonly downloadSeconds: number;
  readonly startupSeconds: number;
  readonly usdPerInstanceHour?: number;
}
