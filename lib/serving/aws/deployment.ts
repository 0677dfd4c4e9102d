import type { SagemakerEndpointDeploymentConfig } from "@cdktf/provider-aws/lib/sagemaker-endpoint";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import type { TrafficClass } from "../serving";
import { SageMakerErrors } from "./errors";
import { longestAnswerSeconds } from "./limits";
import type { SageMakerDeployment } from "./props";
import type { ResolvedVariant } from "./variants";

type Kind = NonNullable<SageMakerDeployment["kind"]>;

/** A deployment with everything decided. */
export interface ResolvedDeployment {
  readonly kind: Kind;
  readonly stepPercent?: number;
  readonly waitSeconds: number;
  readonly terminationWaitSeconds: number;
}

const KINDS: readonly Kind[] = ["canary", "linear", "all-at-once", "rolling"];

/**
 * Bounds of one step in percent. Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/ of
 * TrafficRoutingConfig and RollingUpdatePolicy (read 2026-11)
 */
const STEP: Readonly<Record<Exclude<Kind, "all-at-once">, { min: number; max: number; usual: number }>> = {
  canary: { min: 1, max: 50, usual: 10 },
  linear: { min: 10, max: 50, usual: 25 },
  rolling: { min: 5, max: 50, usual: 25 },
};

const WAIT_SECONDS = 300;
const MAX_WAIT_SECONDS = 3600;
const MINUTE = 60;

/** Decides how traffic moves; what SageMaker would refuse goes to `problems`. */
export function resolveDeployment(
  problems: Problems,
  given: SageMakerDeployment,
  classes: readonly TrafficClass[],
  variants: readonly ResolvedVariant[],
): ResolvedDeployment {
  const divisible = variants.every(({ instances }) => instances >= 2);
  const kind = given.kind ?? (divisible ? "canary" : "all-at-once");
  if (!problems.oneOf("deployment.kind", kind, KINDS)) {
    return { kind: "all-at-once", waitSeconds: WAIT_SECONDS, terminationWaitSeconds: 0 };
  }
  checkKind(problems, kind, divisible, variants.length);
  const waitSeconds = given.waitSeconds ?? WAIT_SECONDS;
  problems.literalInteger("deployment.waitSeconds", waitSeconds, { min: 0, max: MAX_WAIT_SECONDS });
  return {
    kind,
    stepPercent: stepOf(problems, kind, given.stepPercent),
    waitSeconds,
    terminationWaitSeconds: terminationOf(problems, kind, given, classes),
  };
}

function checkKind(problems: Problems, kind: Kind, divisible: boolean, variants: number): void {
  const refuse = (allowed: string) =>
    problems.add(SageMakerErrors.DeploymentNotPossible, { subject: "deployment.kind", given: kind, allowed });
  if (kind !== "all-at-once" && !divisible) {
    refuse("all-at-once: a step is at most half of a variant's instances, and a variant has one");
  }
  if (kind === "rolling" && variants > 1) {
    refuse("canary, linear, all-at-once: instances of several variants are not replaced batch by batch");
  }
}

function stepOf(problems: Problems, kind: Kind, given: number | undefined): number | undefined {
  if (kind === "all-at-once") {
    if (given !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: "deployment.stepPercent",
        given,
        allowed: "nothing, with all-at-once",
      });
    }
    return undefined;
  }
  const { usual, min, max } = STEP[kind];
  const step = given ?? usual;
  problems.literalInteger("deployment.stepPercent", step, { min, max });
  return step;
}

/** Instances that traffic has left still write the answers that they began. */
function terminationOf(
  problems: Problems,
  kind: Kind,
  { terminationWaitSeconds: given }: SageMakerDeployment,
  classes: readonly TrafficClass[],
): number {
  const longest = Math.ceil(Math.max(0, ...classes.map(longestAnswerSeconds)));
  if (given === undefined) {
    return Math.min(MAX_WAIT_SECONDS, longest + MINUTE);
  }
  const subject = "deployment.terminationWaitSeconds";
  if (kind === "rolling") {
    problems.add(CoreErrors.NoEffect, { subject, given, allowed: "nothing, with rolling" });
  }
  problems.literalInteger(subject, given, {
    min: Math.min(longest, MAX_WAIT_SECONDS),
    max: MAX_WAIT_SECONDS,
  });
  return given;
}

const capacity = (value: number) => ({ type: "CAPACITY_PERCENT", value });

/** As the provider takes it. */
export function deploymentConfig(
  { kind, stepPercent, waitSeconds, terminationWaitSeconds }: ResolvedDeployment,
  alarmNames: readonly string[],
): SagemakerEndpointDeploymentConfig {
  const autoRollbackConfiguration = { alarms: alarmNames.map((alarmName) => ({ alarmName })) };
  if (kind === "rolling") {
    return {
      autoRollbackConfiguration,
      rollingUpdatePolicy: {
        maximumBatchSize: capacity(stepPercent!),
        waitIntervalInSeconds: waitSeconds,
      },
    };
  }
  return {
    autoRollbackConfiguration,
    blueGreenUpdatePolicy: {
      terminationWaitInSeconds: terminationWaitSeconds,
      trafficRoutingConfiguration: {
        type: { canary: "CANARY", linear: "LINEAR", "all-at-once": "ALL_AT_ONCE" }[kind],
        waitIntervalInSeconds: waitSeconds,
        canarySize: kind === "canary" ? capacity(stepPercent!) : undefined,
        linearStepSize: kind === "linear" ? capacity(stepPercent!) : undefined,
      },
    },
  };
}
