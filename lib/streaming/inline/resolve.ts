import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { StreamingErrors } from "../errors";
import type { KafkaTopicAccess } from "../streaming";
import { checkConsumer, checkProgram, checkRegion, kafkaAccess } from "./access";
import { InlineErrors } from "./errors";
import type { InlineInferenceProps, InlineTopics } from "./props";
import { checkServices, lookupsOf } from "./services";

const MINUTE_MS = 60_000;

/** Every number of the worker, filled in. */
export interface InlineNumbers {
  readonly batch: { size: number; lingerMs: number; concurrency: number; maxInFlight: number };
  readonly deadline: { ms: number; hard: boolean };
  readonly request: { timeoutMs: number; maxAttempts: number };
  readonly retryBudget: { ratio: number; minPerSecond: number };
  readonly breaker: {
    failureRatio: number;
    window: number;
    minimumCalls: number;
    openMs: number;
    probes: number;
  };
  readonly drainMs: number;
  readonly sessionTimeoutMs: number;
  readonly scale: { min: number; max: number; lagPerReplica: number; cooldownSeconds: number };
}

export const LOOKUP_TIMEOUT_MS = 50;

function numbersOf(props: InlineInferenceProps): InlineNumbers {
  return {
    batch: { size: 64, lingerMs: 5, concurrency: 4, maxInFlight: 2_048, ...props.batch },
    deadline: { ms: props.deadline?.ms, hard: props.deadline?.hard ?? true },
    request: { timeoutMs: props.model?.timeoutMs, maxAttempts: props.maxAttempts ?? 2 },
    retryBudget: { ratio: 0.1, minPerSecond: 1, ...props.retryBudget },
    breaker: {
      failureRatio: 0.5,
      window: 50,
      minimumCalls: 20,
      openMs: 10_000,
      probes: 3,
      ...props.breaker,
    },
    drainMs: props.drainMs ?? 20_000,
    sessionTimeoutMs: props.sessionTimeoutMs ?? 10_000,
    scale: {
      min: props.scale?.min ?? 1,
      max: props.scale?.max ?? props.input?.partitions,
      lagPerReplica: props.scale?.lagPerReplica ?? 1_000,
      cooldownSeconds: props.scale?.cooldownSeconds ?? 300,
    },
  };
}

function checkShare(problems: Problems, subject: string, share: number): void {
  if (problems.literal(subject, share) && !(typeof share === "number" && share >= 0 && share <= 1)) {
    problems.add(InlineErrors.RateOutOfRange, { subject, given: share, allowed: "a number from 0 to 1" });
  }
}

/** The bounds are those of the worker's own parser; `test/streaming/inline` holds them together. */
function checkNumbers(problems: Problems, props: InlineInferenceProps, numbers: InlineNumbers): boolean {
  const { batch, deadline, request, retryBudget, breaker, scale } = numbers;
  const whole = (subject: string, value: number, min: number, max: number) =>
    problems.literalInteger(subject, value, { min, max });
  const good = [
    whole("batch.size", batch.size, 1, 10_000),
    whole("batch.lingerMs", batch.lingerMs, 0, MINUTE_MS),
    whole("batch.concurrency", batch.concurrency, 1, 64),
    whole("batch.maxInFlight", batch.maxInFlight, batch.size || 1, 1_000_000),
    whole("deadline.ms", deadline.ms, 1, 10 * MINUTE_MS),
    whole("model.timeoutMs", request.timeoutMs, 1, 10 * MINUTE_MS),
    whole("maxAttempts", request.maxAttempts, 1, 10),
    whole("retryBudget.minPerSecond", retryBudget.minPerSecond, 0, 1_000),
    whole("breaker.window", breaker.window, 1, 10_000),
    whole("breaker.minimumCalls", breaker.minimumCalls, 1, breaker.window || 1),
    whole("breaker.openMs", breaker.openMs, 1, 10 * MINUTE_MS),
    whole("breaker.probes", breaker.probes, 1, 100),
    whole("drainMs", numbers.drainMs, 0, 10 * MINUTE_MS),
    whole("sessionTimeoutMs", numbers.sessionTimeoutMs, 1_000, 30 * MINUTE_MS),
    whole("scale.min", scale.min, 0, 1_000),
    whole("scale.max", scale.max, Math.max(1, scale.min || 0), 10_000),
    whole("scale.lagPerReplica", scale.lagPerReplica, 1, 1_000_000_000),
    whole("scale.cooldownSeconds", scale.cooldownSeconds, 0, 3_600),
    ...lookupsOf(props).map(({ name, timeoutMs = LOOKUP_TIMEOUT_MS }) =>
      whole(`look-up "${name}" timeoutMs`, timeoutMs, 1, MINUTE_MS),
    ),
  ].every(Boolean);
  checkShare(problems, "retryBudget.ratio", retryBudget.ratio);
  checkShare(problems, "breaker.failureRatio", breaker.failureRatio);
  if (breaker.failureRatio < 0.01) {
    problems.add(InlineErrors.RateOutOfRange, {
      subject: "breaker.failureRatio",
      given: breaker.failureRatio,
      allowed: "a number from 0.01 to 1: a breaker that opens without a failure never closes",
    });
  }
  if (props.log) {
    checkShare(problems, "log.sampleRate", props.log.sampleRate);
  }
  return good;
}

function checkDeadline(problems: Problems, props: InlineInferenceProps, numbers: InlineNumbers): void {
  const { batch, deadline, request } = numbers;
  const slowest = Math.max(0, ...lookupsOf(props).map(({ timeoutMs = LOOKUP_TIMEOUT_MS }) => timeoutMs));
  const worst = batch.lingerMs + slowest + request.maxAttempts * request.timeoutMs;
  if (worst > deadline.ms) {
    problems.add(InlineErrors.DeadlineUnreachable, {
      subject: "deadline.ms",
      given: deadline.ms,
      allowed: `${worst} or more: linger ${batch.lingerMs}, slowest look-up ${slowest}, ${request.maxAttempts} attempts of ${request.timeoutMs}`,
    });
  }
}

function checkFallback(problems: Problems, props: InlineInferenceProps, hard: boolean): void {
  const needing = lookupsOf(props).find(({ onMissing }) => onMissing === "fallback");
  if (props.fallback === undefined && (hard || needing !== undefined)) {
    problems.add(InlineErrors.FallbackMissing, {
      subject: "fallback",
      given: undefined,
      allowed: hard
        ? "a decision: the deadline is hard"
        : `a decision: look-up "${needing?.name}" falls back to it`,
    });
  }
}

/** Names of all that inputs can use, and those that they do. */
function checkSources(problems: Problems, props: InlineInferenceProps): void {
  const known = new Set([
    ...(props.features ?? []).flatMap((lookup) =>
      lookup.features.map(({ name, as }) => `features.${lookup.name}.${as ?? name}`),
    ),
    ...(props.vectors ?? []).map(({ name }) => `vectors.${name}`),
  ]);
  const { model } = props;
  const used =
    model.protocol === "openai"
      ? [...model.prompt.matchAll(/\{((?:event|features|vectors)\.[^}\s]+)\}/g)].map(([, source]) => source!)
      : model.inputs.flatMap(({ from }) => from);
  for (const source of new Set(used)) {
    if (!source.startsWith("event.") && !known.has(source)) {
      problems.add(InlineErrors.UnknownFeature, {
        subject: `model "${model.name}"`,
        given: source,
        allowed: ["event.…", ...known].join(", "),
      });
    }
  }
  for (const { name, features, available } of props.features ?? []) {
    for (const feature of features.filter((each) => available?.includes(each.name) === false)) {
      problems.add(InlineErrors.UnknownFeature, {
        subject: `look-up "${name}"`,
        given: feature.name,
        allowed: available!.join(", "),
      });
    }
  }
}

/** Of what only Terraform knows nothing can be said: two tokens may be the same address. */
const differ = (a: string | undefined, b: string | undefined) => !isToken(a) && !isToken(b) && a !== b;

/** Everything goes through one connection, by one identity. */
function checkTogether(
  problems: Problems,
  first: KafkaTopicAccess,
  others: readonly (readonly [string, KafkaTopicAccess])[],
): void {
  for (const [subject, { bootstrapServers, auth, username }] of others) {
    if (
      differ(bootstrapServers, first.bootstrapServers) ||
      auth !== first.auth ||
      username !== first.username
    ) {
      problems.add(InlineErrors.InlineTopicsApart, {
        subject,
        given: `${auth} at other brokers or as another user`,
        allowed: `as input: ${first.auth}`,
      });
    }
  }
}

function topicsOf(problems: Problems, props: InlineInferenceProps): InlineTopics | undefined {
  const input = kafkaAccess(problems, "input", props.input);
  const decisions = kafkaAccess(problems, "decisions", props.decisions);
  const dead = props.deadLetters && kafkaAccess(problems, "deadLetters", props.deadLetters);
  const log = props.log && kafkaAccess(problems, "log.topic", props.log.topic);
  if (input === undefined || decisions === undefined) {
    return undefined;
  }
  const others = Object.entries({ decisions, deadLetters: dead, "log.topic": log }).filter(
    (entry): entry is [string, KafkaTopicAccess] => entry[1] !== undefined,
  );
  checkTogether(problems, input, others);
  checkConsumer(problems, input, props.namespace);
  const deadLetters = dead?.topic ?? input.deadLetter?.topic;
  if (deadLetters === undefined) {
    problems.add(InlineErrors.InlineAccessIncomplete, {
      subject: "deadLetters",
      given: undefined,
      allowed: "a topic, or an input that has a dead-letter topic",
    });
    return undefined;
  }
  const written = [decisions.topic, deadLetters, ...(log ? [log.topic] : [])];
  if (new Set([input.topic, ...written]).size < written.length + 1) {
    problems.add(StreamingErrors.SourceAndSink, {
      subject: "topics",
      given: [input.topic, ...written],
      allowed: "each once",
    });
  }
  return { input, decisions, deadLetters, log: log?.topic };
}

function deliveryOf(
  problems: Problems,
  props: InlineInferenceProps,
  topics: InlineTopics,
): "exactly-once" | "at-least-once" {
  const { input, decisions } = topics;
  const can =
    input.delivery === "exactly-once" &&
    decisions.delivery === "exactly-once" &&
    decisions.transactionalIdPrefix !== undefined;
  const delivery = props.delivery ?? (can ? "exactly-once" : "at-least-once");
  problems.oneOf("delivery", delivery, ["exactly-once", "at-least-once"]);
  if (delivery === "exactly-once" && !can) {
    problems.add(StreamingErrors.ExactlyOnceUnsupported, {
      subject: "delivery",
      given: delivery,
      allowed: `at-least-once: input is ${input.delivery}, decisions are ${decisions.delivery}`,
    });
  }
  return delivery;
}

function checkScale(
  problems: Problems,
  props: InlineInferenceProps,
  input: KafkaTopicAccess,
  max: number,
): void {
  if (max > input.partitions) {
    problems.add(InlineErrors.TooManyReplicas, {
      subject: "scale.max",
      given: max,
      allowed: `at most ${input.partitions}, the partitions of "${isToken(input.topic) ? "input" : input.topic}"`,
    });
  }
  if (input.auth === "oauthbearer" && props.scale?.prometheus === undefined) {
    problems.add(InlineErrors.ScalerCannotAuthenticate, {
      subject: "scale.prometheus",
      given: undefined,
      allowed: "the address of a Prometheus server",
    });
  }
  checkRegion(problems, input, props.awsRegion);
}

/** A processor after validation, every default filled in. */
export interface ResolvedInline {
  readonly topics: InlineTopics;
  readonly delivery: "exactly-once" | "at-least-once";
  readonly numbers: InlineNumbers;
}

/** Checks everything and throws once. */
export function resolveInline(problems: Problems, props: InlineInferenceProps): ResolvedInline {
  checkProgram(problems, props);
  const numbers = numbersOf(props);
  if (checkNumbers(problems, props, numbers)) {
    checkDeadline(problems, props, numbers);
  }
  checkFallback(problems, props, numbers.deadline.hard);
  checkServices(problems, props);
  checkSources(problems, props);
  const topics = topicsOf(problems, props);
  const delivery = topics === undefined ? "at-least-once" : deliveryOf(problems, props, topics);
  // Kinesis and Pub/Sub cannot at all, whatever else is asked of them.
  if (topics === undefined && props.delivery === "exactly-once") {
    problems.add(StreamingErrors.ExactlyOnceUnsupported, {
      subject: "delivery",
      given: props.delivery,
      allowed: "topics of Kafka",
    });
  }
  if (topics !== undefined) {
    checkScale(problems, props, topics.input, numbers.scale.max);
  }
  problems.throwIfAny();
  return { topics: topics!, delivery, numbers };
}
