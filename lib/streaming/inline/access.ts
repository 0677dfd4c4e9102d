import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { checkPinnedImage } from "../../kubernetes/image";
import type { KafkaTopicAccess, TopicAccess } from "../streaming";
import { InlineErrors } from "./errors";
import type { InlineTracing } from "./props";
import { checkSecret } from "./services";
import { checkTracing } from "./tracing";

const NAME = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 40,
  form: "1 to 40 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
};

/** What every program of the worker's image has. */
interface ProgramProps {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly logLevel?: string;
  readonly startFrom?: string;
  readonly egressCidrs?: readonly string[];
  readonly awsRegion?: string;
  readonly tracing?: InlineTracing;
}

/** Checks what all programs of the worker's image share. */
export function checkProgram(problems: Problems, props: ProgramProps): void {
  problems.name("name", props.name, NAME);
  problems.required("namespace", props.namespace, "a namespace that is there");
  checkPinnedImage(problems, "image", props.image);
  problems.oneOf("logLevel", props.logLevel ?? "info", ["debug", "info", "warn", "error"]);
  problems.oneOf("startFrom", props.startFrom ?? "earliest", ["earliest", "latest"]);
  for (const cidr of props.egressCidrs ?? []) {
    problems.cidr("egressCidrs", cidr);
  }
  checkTracing(problems, props.tracing, props.namespace);
}

/** The region of the brokers, where they ask for it. */
export function checkRegion(
  problems: Problems,
  input: KafkaTopicAccess,
  awsRegion: string | undefined,
): void {
  if (input.auth === "sasl-iam") {
    problems.required("awsRegion", awsRegion, "the region of the brokers");
  } else if (awsRegion !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "awsRegion",
      given: awsRegion,
      allowed: `nothing: brokers ask for ${input.auth}`,
    });
  }
}

export function kafkaAccess(
  problems: Problems,
  subject: string,
  access: TopicAccess | undefined,
): KafkaTopicAccess | undefined {
  if (access === undefined) {
    problems.required(subject, access, "the access that a grant returned");
    return undefined;
  }
  if (access.kind !== "kafka") {
    problems.add(InlineErrors.InlinePathUnsupported, { subject, given: access.kind, allowed: "kafka" });
    return undefined;
  }
  return access;
}

/** What a consumer needs to be able to connect. */
export function checkConsumer(problems: Problems, input: KafkaTopicAccess, namespace: string): void {
  const { auth, username, credentials, caCertificate, consumerGroup } = input;
  for (const [what, secret] of Object.entries({ caCertificate, ...credentials })) {
    if (secret !== undefined) {
      checkSecret(problems, `input ${what}`, secret, namespace);
    }
  }
  if (auth === "scram" && (username === undefined || credentials?.password === undefined)) {
    problems.add(InlineErrors.InlineAccessIncomplete, {
      subject: "input",
      given: "SCRAM without username and password",
      allowed: "both, the password by reference",
    });
  }
  if (consumerGroup === undefined) {
    problems.add(InlineErrors.InlineAccessIncomplete, {
      subject: "input",
      given: "no consumer group",
      allowed: "the access of grantConsume",
    });
  }
}
