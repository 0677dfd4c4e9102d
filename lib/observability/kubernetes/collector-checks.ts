import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { checkPinnedImage } from "../../kubernetes/image";
import { DNS_LABEL, OBJECT_NAME } from "../../kubernetes/metadata";
import { TELEMETRY_DATA_CLASSES } from "../collector/redaction";
import type { CollectorSecret, LogTarget, TraceTarget } from "../collector/targets";
import { ObservabilityErrors } from "../errors";
import type { TelemetryCollectorProps } from "./collector-props";

const HOST_PORT = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[1-9][0-9]{0,4}$/;
const HTTPS = /^https:\/\/[A-Za-z0-9.-]+(:[1-9][0-9]{0,4})?\/?$/;
const KAFKA_TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

function checkAddress(
  problems: Problems,
  subject: string,
  given: string,
  form: RegExp,
  allowed: string,
): void {
  if (typeof given !== "string" || !(isToken(given) || form.test(given))) {
    problems.add(ObservabilityErrors.InvalidTarget, { subject, given, allowed });
  }
}

/** What was given is not shown: it may be the secret. */
function checkSecret(problems: Problems, subject: string, secret: CollectorSecret): void {
  const named = typeof secret === "object" && secret !== null;
  if (!named || !OBJECT_NAME.pattern.test(secret.name) || !/^[A-Za-z0-9._-]{1,253}$/.test(secret.key)) {
    problems.add(CoreErrors.SecretAsText, {
      subject,
      given: "something else than a reference",
      allowed: "{ name: name of a Secret, key: key in it }",
    });
  }
}

function checkTraces(problems: Problems, target: TraceTarget): void {
  problems.oneOf("traces.kind", target.kind, ["otlp", "xray", "cloud-trace"]);
  if (target.kind === "otlp") {
    checkAddress(problems, "traces.endpoint", target.endpoint, HOST_PORT, "host:port");
    if (target.authorization !== undefined) {
      checkSecret(problems, "traces.authorization", target.authorization);
    }
    if (target.caSecret !== undefined) {
      problems.name("traces.caSecret", target.caSecret, OBJECT_NAME);
    }
  } else if (target.kind === "xray") {
    problems.required("traces.region", target.region, "a region of AWS");
  } else if (target.kind === "cloud-trace") {
    problems.required("traces.project", target.project, "a project of Google Cloud");
  }
}

function checkLogs(problems: Problems, target: LogTarget): void {
  problems.oneOf("logs.kind", target.kind, ["s3", "kafka"]);
  if (target.kind === "s3") {
    problems.required("logs.bucket", target.bucket, "the name of a bucket");
    problems.required("logs.region", target.region, "a region");
    if (target.endpoint !== undefined) {
      checkAddress(problems, "logs.endpoint", target.endpoint, HTTPS, "https://host:port");
    }
  } else if (target.kind === "kafka") {
    problems.required("logs.brokers", target.brokers[0], "at least one broker");
    target.brokers.forEach((broker, index) => {
      checkAddress(problems, `logs.brokers[${index}]`, broker, HOST_PORT, "host:port");
    });
    problems.name("logs.topic", target.topic, {
      pattern: KAFKA_TOPIC,
      maxLength: 249,
      form: "the name of a topic",
    });
    if (target.caSecret !== undefined) {
      problems.name("logs.caSecret", target.caSecret, OBJECT_NAME);
    }
    if (target.user !== undefined) {
      checkSecret(problems, "logs.user.password", target.user.password);
    }
  }
}

function checkSampling(problems: Problems, { traces }: TelemetryCollectorProps): void {
  const { slowerThanMs, share, waitSeconds } = traces?.sampling ?? {};
  if (slowerThanMs !== undefined) {
    problems.literalInteger("traces.sampling.slowerThanMs", slowerThanMs, { min: 1, max: 3_600_000 });
  }
  if (waitSeconds !== undefined) {
    problems.literalInteger("traces.sampling.waitSeconds", waitSeconds, { min: 1, max: 3600 });
  }
  if (
    share !== undefined &&
    problems.literal("traces.sampling.share", share) &&
    !(share >= 0 && share <= 1)
  ) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject: "traces.sampling.share",
      given: share,
      allowed: "a share from 0 to 1",
    });
  }
}

function checkKept(problems: Problems, { keep = [], includePii }: TelemetryCollectorProps): void {
  keep.forEach((dataClass, index) => {
    problems.oneOf(`keep[${index}]`, dataClass, TELEMETRY_DATA_CLASSES);
  });
  problems.unique("keep", keep);
  const personal = keep.filter((dataClass) => dataClass === "personal" || dataClass === "payment");
  if (personal.length > 0 && !includePii) {
    problems.add(ObservabilityErrors.PersonalDataInTelemetry, {
      subject: "keep",
      given: personal,
      allowed: "content and credentials, or includePii: true",
    });
  }
  if (includePii && personal.length === 0) {
    problems.add(CoreErrors.NoEffect, {
      subject: "includePii",
      given: true,
      allowed: "nothing, unless keep names personal or payment",
    });
  }
}

/**
 * Adds ImageNotPinned, InvalidTarget, SecretAsText, PersonalDataInTelemetry, NoEffect, MissingValue, NotOneOf,
 * NumberOutOfRange, InvalidName, DuplicateValue.
 */
export function checkCollector(problems: Problems, props: TelemetryCollectorProps): void {
  problems.name("namePrefix", props.namePrefix);
  if (problems.literal("image", props.image)) {
    checkPinnedImage(problems, "image", props.image);
  }
  if (props.namespace !== undefined) {
    problems.name("namespace", props.namespace, DNS_LABEL);
  }
  problems.required("traces, logs", props.traces ?? props.logs, "a target for traces, for logs, or both");
  if (props.traces) {
    checkTraces(problems, props.traces);
    checkSampling(problems, props);
  }
  if (props.logs) {
    checkLogs(problems, props.logs);
  }
  if (props.podLogs !== undefined && !props.logs) {
    problems.add(CoreErrors.NoEffect, {
      subject: "podLogs",
      given: props.podLogs,
      allowed: "nothing, without logs",
    });
  }
  if (props.excludedNamespaces !== undefined && !(props.logs && (props.podLogs ?? true))) {
    problems.add(CoreErrors.NoEffect, {
      subject: "excludedNamespaces",
      given: props.excludedNamespaces,
      allowed: "nothing, without podLogs",
    });
  }
  for (const name of ["clientNamespaces", "excludedNamespaces"] as const) {
    (props[name] ?? []).forEach((namespace, index) => {
      problems.name(`${name}[${index}]`, namespace, DNS_LABEL);
    });
    problems.unique(name, props[name] ?? []);
  }
  if (props.receiverTlsSecret !== undefined) {
    problems.name("receiverTlsSecret", props.receiverTlsSecret, OBJECT_NAME);
  }
  if (props.memoryMebibytes !== undefined) {
    problems.literalInteger("memoryMebibytes", props.memoryMebibytes, { min: 128, max: 1_048_576 });
  }
  checkKept(problems, props);
}
