import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { IZone } from "../../lakehouse/index";
import type { TrafficClass } from "../serving";
import { SageMakerErrors } from "./errors";
import { INVOCATION_SECONDS, longestAnswerSeconds } from "./limits";
import type { SageMakerEndpointProps, SageMakerScaling } from "./props";

/** Names of endpoints and variants. Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html (read 2026-11) */
const SAGEMAKER_NAME = {
  pattern: /^[a-z0-9](-?[a-z0-9])*$/,
  maxLength: 32,
  form: "1 to 32 lower-case letters, digits and single hyphens, not at either end",
};

const MOST_INSTANCES = 1000;

/** Checks what SageMaker alone refuses, as far as it does not depend on the sizes. */
export function checkEndpoint(problems: Problems, props: SageMakerEndpointProps): void {
  problems.name("namePrefix", props.namePrefix);
  problems.name("endpointName", props.endpointName, SAGEMAKER_NAME);
  problems.required("variants", props.variants[0], "one variant or more");
  problems.required("classes", props.classes[0], "one class of traffic or more");
  problems.unique(
    "classes",
    props.classes.map(({ name }) => name),
  );
  const names = [...props.variants, ...(props.shadow ? [props.shadow] : [])].map(({ name }) => name);
  problems.unique("variants", names);
  for (const name of names) {
    problems.name(`variant "${name}"`, name, SAGEMAKER_NAME);
  }
  checkArns(problems, props);
  checkPercents(problems, props);
  checkShadow(problems, props);
  checkAnswers(problems, props.classes, props.async !== undefined);
  checkAsync(problems, props);
  checkCapture(problems, props);
}

function checkArns(problems: Problems, props: SageMakerEndpointProps): void {
  if (props.weightsKeyArn !== undefined) {
    problems.arn("weightsKeyArn", props.weightsKeyArn, "kms");
  }
  for (const [index, arn] of (props.alarmTopicArns ?? []).entries()) {
    problems.arn(`alarmTopicArns[${index}]`, arn, "sns");
  }
}

/** Weights of SageMaker are relative; percent say what is meant, and can be checked. */
function checkPercents(problems: Problems, { variants }: SageMakerEndpointProps): void {
  const [only] = variants;
  if (variants.length === 1 && only!.trafficPercent === undefined) {
    return;
  }
  const percents = variants.map(({ trafficPercent }) => trafficPercent);
  const whole = variants.map(({ name, trafficPercent }) =>
    trafficPercent === undefined
      ? false
      : problems.literalInteger(`variant "${name}" trafficPercent`, trafficPercent, { min: 1, max: 100 }),
  );
  const given = percents.filter((percent) => percent !== undefined);
  const sum = given.reduce((total, percent) => total + percent, 0);
  if (given.length < variants.length || (whole.every(Boolean) && sum !== 100)) {
    problems.add(SageMakerErrors.TrafficPercentsDoNotSum, {
      subject: "variants trafficPercent",
      given: Object.fromEntries(
        variants.map(({ name, trafficPercent }) => [name, trafficPercent ?? "nothing"]),
      ),
      allowed: "a share for every variant, 100 together",
    });
  }
}

function checkShadow(problems: Problems, { shadow, variants, async }: SageMakerEndpointProps): void {
  if (shadow === undefined) {
    return;
  }
  problems.literalInteger("shadow.samplePercent", shadow.samplePercent, { min: 1, max: 100 });
  const refuse = (given: unknown, allowed: string) =>
    problems.add(SageMakerErrors.ShadowNotPossible, { subject: `shadow "${shadow.name}"`, given, allowed });
  if (variants.length > 1) {
    refuse(`${variants.length} variants`, "one variant whose requests are copied");
  }
  if (async !== undefined) {
    refuse("async", "an endpoint that answers at once");
  }
}

/** Clients that want answers as a whole have a minute; all others stream, or wait for an object. */
function checkAnswers(problems: Problems, classes: readonly TrafficClass[], queued: boolean): void {
  const limit = queued ? INVOCATION_SECONDS.async : INVOCATION_SECONDS.streamed;
  for (const each of classes) {
    const seconds = longestAnswerSeconds(each);
    if (seconds > limit) {
      problems.add(SageMakerErrors.AnswerTooLong, {
        subject: `class "${each.name}"`,
        given: `${each.maxOutputTokens} tokens at ${each.nextTokenMs} ms: ${Math.ceil(seconds)} seconds`,
        allowed: `${limit} seconds, ${queued ? "asynchronously" : "streamed"}`,
      });
    }
  }
}

function checkAsync(problems: Problems, { async, variants }: SageMakerEndpointProps): void {
  if (async === undefined) {
    return;
  }
  if (variants.length > 1) {
    problems.add(SageMakerErrors.AsyncVariants, {
      subject: "variants",
      given: variants.map(({ name }) => name),
      allowed: "one variant, with async",
    });
  }
  const { maxConcurrentInvocationsPerInstance: most, successTopicArn, errorTopicArn } = async;
  if (most !== undefined) {
    problems.literalInteger("async.maxConcurrentInvocationsPerInstance", most, { min: 1, max: 1000 });
  }
  for (const [name, arn] of Object.entries({ successTopicArn, errorTopicArn })) {
    if (arn !== undefined) {
      problems.arn(`async.${name}`, arn, "sns");
    }
  }
  if (async.includeInferenceResponseIn !== undefined && !successTopicArn && !errorTopicArn) {
    problems.add(CoreErrors.NoEffect, {
      subject: "async.includeInferenceResponseIn",
      given: async.includeInferenceResponseIn,
      allowed: "nothing, without a topic",
    });
  }
  checkZone(problems, "async.input", async.input);
  checkZone(problems, "async.output", async.output);
}

function checkCapture(problems: Problems, { dataCapture, pii }: SageMakerEndpointProps): void {
  if (dataCapture === undefined) {
    return;
  }
  const { samplePercent, includePii, modes, zone } = dataCapture;
  problems.literalInteger("dataCapture.samplePercent", samplePercent, { min: 1, max: 100 });
  if (modes !== undefined) {
    problems.required("dataCapture.modes", modes[0], "Input, Output");
    problems.unique("dataCapture.modes", modes);
    for (const mode of modes) {
      problems.oneOf("dataCapture.modes", mode, ["Input", "Output"]);
    }
  }
  if (pii !== false && includePii !== true) {
    problems.add(SageMakerErrors.CaptureOfPersonalData, {
      subject: "dataCapture",
      given: "no includePii, and requests may hold personal data",
      allowed: "includePii: true, or pii: false on the endpoint",
    });
  }
  if (pii === false && includePii !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "dataCapture.includePii",
      given: includePii,
      allowed: "nothing, with pii: false",
    });
  }
  checkZone(problems, "dataCapture.zone", zone);
}

/** SageMaker writes objects of its own naming there, with the zone's key. */
function checkZone(problems: Problems, subject: string, zone: IZone): void {
  if (zone.tableNames.length > 0) {
    problems.add(SageMakerErrors.PayloadZoneWithTables, {
      subject: `${subject} "${zone.name}"`,
      given: zone.tableNames,
      allowed: "a zone without tables",
    });
  }
  if (zone.encryptionKey === undefined) {
    problems.add(SageMakerErrors.PayloadZoneWithoutKey, {
      subject: `${subject} "${zone.name}"`,
      given: undefined,
      allowed: "a zone with a customer key",
    });
  }
}

/** Checks how a variant is scaled, beside its number of instances at first. */
export function checkScaling(
  problems: Problems,
  subject: string,
  scaling: SageMakerScaling,
  { instances, queued }: { readonly instances: number; readonly queued: boolean },
): void {
  const min = scaling.minInstances ?? instances;
  if (min === 0 && !queued) {
    problems.add(SageMakerErrors.ScaleToZeroNotPossible, {
      subject: `${subject}.minInstances`,
      given: 0,
      allowed: "1 or more, without async",
    });
  } else {
    problems.literalInteger(`${subject}.minInstances`, min, { min: queued ? 0 : 1, max: instances });
  }
  problems.literalInteger(`${subject}.maxInstances`, scaling.maxInstances, {
    min: Math.max(instances, isToken(min) ? 1 : min + 1),
    max: MOST_INSTANCES,
  });
  if (scaling.metric !== undefined) {
    problems.oneOf(`${subject}.metric`, scaling.metric, ["concurrent-requests", "invocations"]);
    if (queued) {
      problems.add(CoreErrors.NoEffect, {
        subject: `${subject}.metric`,
        given: scaling.metric,
        allowed: "nothing, with async: instances follow the requests that wait",
      });
    }
  }
  if (scaling.target !== undefined) {
    problems.literalInteger(`${subject}.target`, scaling.target, { min: 1, max: 1_000_000 });
  }
  for (const name of ["scaleOutCooldownSeconds", "scaleInCooldownSeconds"] as const) {
    if (scaling[name] !== undefined) {
      problems.literalInteger(`${subject}.${name}`, scaling[name], { min: 0, max: 3600 });
    }
  }
}
