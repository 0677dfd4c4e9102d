import { CoreErrors } from "../core/errors";
import type { NameRule, Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import type { Residency } from "../fabric/residency";
import type { Site } from "../fabric/site";
import { refuseTakenName } from "../fabric/untyped";
import { LakehouseErrors } from "../lakehouse/index";
import type { StreamEngineFacts } from "./engines";
import { StreamingErrors } from "./errors";
import {
  FIELD_TYPES,
  type FieldType,
  type MessageSchema,
  type MessageSchemaProps,
  resolveSchema,
} from "./message-schema";
import {
  type SizedTopic,
  sizePartitions,
  type Throughput,
  type ThroughputProps,
  throughputOf,
} from "./sizing";

export type Ordering = "per-key" | "none";

/** What decides the partition of a message. */
export interface TopicKey {
  /** Field of the message. */
  readonly field: string;
  readonly type: FieldType;
}

export interface DeadLetterProps {
  /** Tries before a message goes to the dead-letter topic. */
  readonly maxDeliveries: number;
  readonly retentionHours: number;
}

/** One topic of a stream, the same at every site. All values literal. */
export interface TopicProps {
  /** 1 to 63 lower-case letters, digits and single hyphens, starting with a letter. */
  readonly name: string;
  readonly throughput: ThroughputProps;
  /** Whole hours for which messages are kept. */
  readonly retentionHours: number;
  /**
   * Partitions (Kinesis: shards). Refused where the engine has none. More can be added later, but keys then move.
   * @default - as many as the throughput needs
   */
  readonly partitions?: number;
  /** @default - messages have no key */
  readonly key?: TopicKey;
  /** @default "none" */
  readonly ordering?: Ordering;
  /** @default - the stream does not know what messages hold */
  readonly schema?: MessageSchemaProps;
  /** Keep the last message of each key, for ever, instead of all for the retention time. @default false */
  readonly compaction?: boolean;
  /** Topic `<name>-dlq` for messages that could not be handled. @default - none */
  readonly deadLetter?: DeadLetterProps;
  /** @default - the residency of the stream */
  readonly residency?: Residency;
  /** Messages hold personal data: consumers must be granted with `includePii`. @default false */
  readonly pii?: boolean;
}

/** A topic after validation, every default filled in. */
export interface StreamTopicModel extends SizedTopic {
  readonly name: string;
  readonly throughput: Throughput;
  readonly retentionHours: number;
  /** 1 where the engine has no partitions. */
  readonly partitions: number;
  readonly key?: TopicKey;
  readonly ordering: Ordering;
  readonly schema?: MessageSchema;
  readonly compaction: boolean;
  readonly deadLetter?: DeadLetterModel;
  readonly residency: Residency;
  readonly pii: boolean;
  /** Why so many partitions, one line per rule. */
  readonly explain: readonly string[];
}

export interface DeadLetterModel extends DeadLetterProps {
  /** `<topic>-dlq`. */
  readonly topic: string;
}

/** Fits Kafka, Kinesis, Pub/Sub and object names, with room for `-dlq`. */
const TOPIC_NAME: NameRule = {
  pattern: /^[a-z](-?[a-z0-9])*$/,
  maxLength: 59,
  form: "1 to 59 lower-case letters, digits and single hyphens, starting with a letter, not ending with a hyphen",
};

/** Text in the schema language of every format. */
const KEY_FIELD: NameRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  maxLength: 64,
  form: "1 to 64 letters, digits and underscores, not starting with a digit",
};

/** Equal values of these types are equal bytes in every format and client. */
const KEY_TYPES: readonly FieldType[] = ["bytes", "int", "long", "string"];

/** A billion messages of 1 GB a second is more than any engine carries; beyond it numbers are mistakes. */
const POSITIVE = { min: 0.001, max: 1e9 };

function checkPositive(problems: Problems, subject: string, value: number | undefined): boolean {
  if (value === undefined) {
    problems.required(subject, value, "a number above zero");
    return false;
  }
  if (!problems.literal(subject, value, "a number above zero")) {
    return false;
  }
  if (typeof value !== "number" || !(value >= POSITIVE.min && value <= POSITIVE.max)) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject,
      given: value,
      allowed: "a number from 0.001 to 10^9",
    });
    return false;
  }
  return true;
}

function checkThroughput(
  problems: Problems,
  subject: string,
  props: ThroughputProps | undefined,
): Throughput | undefined {
  if (!problems.required(`${subject} throughput`, props, "messagesPerSecond and meanBytes")) {
    return undefined;
  }
  const { messagesPerSecond, meanBytes, peakFactor = 2, readers = 1 } = props!;
  const known = [
    checkPositive(problems, `${subject} throughput.messagesPerSecond`, messagesPerSecond),
    checkPositive(problems, `${subject} throughput.meanBytes`, meanBytes),
    checkPositive(problems, `${subject} throughput.peakFactor`, peakFactor),
    problems.literalInteger(`${subject} throughput.readers`, readers, { min: 0, max: 1000 }),
  ];
  if (known[2] && peakFactor < 1) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject: `${subject} throughput.peakFactor`,
      given: peakFactor,
      allowed: "1 or more: the peak over the mean",
    });
    return undefined;
  }
  return known.every(Boolean) ? throughputOf(props!) : undefined;
}

function checkRetention(problems: Problems, subject: string, hours: number, engine: StreamEngineFacts): void {
  if (!problems.literalInteger(subject, hours, { min: 1, max: 876_000 })) {
    return;
  }
  const { min, max } = engine.retentionHours;
  if (hours < min || hours > max) {
    problems.add(StreamingErrors.RetentionUnsupported, {
      subject,
      given: hours,
      allowed: `${min} to ${max} hours (${engine.engine})`,
    });
  }
}

function checkKey(
  problems: Problems,
  subject: string,
  props: TopicProps,
  schema: MessageSchema | undefined,
): void {
  const { key } = props;
  if (key === undefined) {
    if (props.ordering === "per-key") {
      problems.add(StreamingErrors.OrderingWithoutKey, {
        subject: `${subject} ordering`,
        given: "per-key",
        allowed: "none",
      });
    }
    if (props.compaction) {
      problems.add(StreamingErrors.CompactionWithoutKey, {
        subject: `${subject} compaction`,
        given: true,
        allowed: "false",
      });
    }
    return;
  }
  const named = problems.name(`${subject} key.field`, key.field, KEY_FIELD);
  if (!problems.oneOf(`${subject} key.type`, key.type, FIELD_TYPES)) {
    return;
  }
  if (!KEY_TYPES.includes(key.type)) {
    problems.add(StreamingErrors.KeyTypeNotOrdered, {
      subject: `${subject} key.type`,
      given: key.type,
      allowed: KEY_TYPES.join(", "),
    });
  }
  const fields = schema?.fields;
  if (!named || fields === undefined) {
    return;
  }
  const field = fields.find((each) => each.name === key.field);
  if (!field) {
    problems.add(StreamingErrors.KeyFieldMissing, {
      subject: `${subject} key.field`,
      given: key.field,
      allowed: fields.map((each) => each.name).join(", "),
    });
  } else if (field.type !== key.type || field.optional) {
    problems.add(StreamingErrors.KeyTypeMismatch, {
      subject: `${subject} key.type`,
      given: field.optional ? `${key.type} of an optional field` : key.type,
      allowed: field.optional ? "a field that is always there" : field.type,
    });
  }
}

function checkPartitions(
  problems: Problems,
  subject: string,
  { partitions: stated, compaction, retentionHours }: TopicProps,
  flow: Throughput | undefined,
  engine: StreamEngineFacts,
): { readonly partitions: number; readonly explain: readonly string[] } {
  const where = `${subject} partitions`;
  if (engine.partition === undefined) {
    if (stated !== undefined) {
      problems.add(StreamingErrors.UnsupportedByEngine, {
        subject: where,
        given: stated,
        allowed: `nothing: ${engine.engine} has no partitions to choose`,
      });
    }
    return { partitions: 1, explain: [`${engine.engine} has no partitions to choose`] };
  }
  const max = engine.maxPartitions ?? 100_000;
  if (stated !== undefined && !problems.literalInteger(where, stated, { min: 1, max: 1_000_000 })) {
    return { partitions: 1, explain: [] };
  }
  if (flow === undefined) {
    return { partitions: stated ?? 1, explain: [] };
  }
  const { required, explain } = sizePartitions(flow, engine.partition, compaction ? 0 : retentionHours);
  const partitions = stated ?? required;
  if (partitions < required) {
    problems.add(StreamingErrors.TooFewPartitions, {
      subject: where,
      given: stated,
      allowed: `${required} or more: ${explain[0]} (${engine.engine})`,
    });
  }
  if (partitions > max) {
    problems.add(StreamingErrors.TooManyPartitions, {
      subject: where,
      given: partitions,
      allowed: `at most ${max} (${engine.engine})`,
    });
  }
  return { partitions, explain };
}

function checkDeadLetter(
  problems: Problems,
  subject: string,
  props: TopicProps,
  engine: StreamEngineFacts,
): DeadLetterModel | undefined {
  const { deadLetter } = props;
  if (deadLetter === undefined) {
    return undefined;
  }
  problems.literalInteger(
    `${subject} deadLetter.maxDeliveries`,
    deadLetter.maxDeliveries,
    engine.deadLetter.maxDeliveries,
  );
  checkRetention(problems, `${subject} deadLetter.retentionHours`, deadLetter.retentionHours, engine);
  const { maxDeliveries, retentionHours } = deadLetter;
  return { topic: `${props.name}-dlq`, maxDeliveries, retentionHours };
}

function checkResidency(
  problems: Problems,
  subject: string,
  site: Site,
  stream: Residency,
  own: Residency,
): void {
  if (!stream.contains(own)) {
    problems.add(StreamingErrors.TopicResidencyWiderThanStream, {
      subject: `${subject} residency`,
      given: own.name,
      allowed: `within ${stream.name}: ${stream.describe()}`,
    });
  }
  if (!own.allows(site.country)) {
    problems.add(LakehouseErrors.ResidencyViolation, {
      subject,
      given: `${site.name} (${site.country})`,
      allowed: `${own.name}: ${own.describe()}`,
    });
  }
}

function checkSchema(
  problems: Problems,
  subject: string,
  props: TopicProps,
  engine: StreamEngineFacts,
  registry: boolean,
): MessageSchema | undefined {
  if (props.schema === undefined) {
    return undefined;
  }
  const schema = resolveSchema(problems, props.name, props.schema);
  if (registry && schema && !engine.schemaFormats.includes(schema.format)) {
    problems.add(StreamingErrors.SchemaFormatUnsupported, {
      subject: `${subject} schema.format`,
      given: schema.format,
      allowed: `${engine.schemaFormats.join(", ")} (${engine.engine})`,
    });
  }
  return schema;
}

/**
 * Checks one topic against what its engine can hold, and fills in defaults. What is wrong goes to `problems`.
 *
 * @param registry whether schemas are registered at this site
 */
export function resolveTopic(
  problems: Problems,
  topic: TopicProps,
  context: {
    readonly site: Site;
    readonly residency: Residency;
    readonly engine: StreamEngineFacts;
    readonly registry: boolean;
  },
): StreamTopicModel {
  const { engine } = context;
  const subject = `topic "${isToken(topic.name) ? "?" : topic.name}"`;
  problems.name(subject, topic.name, TOPIC_NAME);
  refuseTakenName(problems, subject, topic.name);
  const throughput = checkThroughput(problems, subject, topic.throughput);
  const ordering = topic.ordering ?? "none";
  problems.oneOf(`${subject} ordering`, ordering, ["per-key", "none"]);
  checkRetention(problems, `${subject} retentionHours`, topic.retentionHours, engine);
  const schema = checkSchema(problems, subject, topic, engine, context.registry);
  checkKey(problems, subject, topic, schema);
  const { partitions, explain } = checkPartitions(problems, subject, topic, throughput, engine);
  if (topic.compaction && !engine.compaction) {
    problems.add(StreamingErrors.UnsupportedByEngine, {
      subject: `${subject} compaction`,
      given: true,
      allowed: `false: ${engine.engine} keeps messages by age only`,
    });
  }
  if (throughput && throughput.meanBytes > engine.maxMessageBytes) {
    problems.add(StreamingErrors.MessageTooLarge, {
      subject: `${subject} throughput.meanBytes`,
      given: throughput.meanBytes,
      allowed: `at most ${engine.maxMessageBytes} (${engine.engine})`,
    });
  }
  const residency = topic.residency ?? context.residency;
  checkResidency(problems, subject, context.site, context.residency, residency);
  return {
    name: topic.name,
    throughput: throughput ?? throughputOf({ messagesPerSecond: 1, meanBytes: 1 }),
    retentionHours: topic.retentionHours,
    partitions,
    key: topic.key,
    ordering,
    schema,
    compaction: topic.compaction ?? false,
    deadLetter: checkDeadLetter(problems, subject, topic, engine),
    residency,
    pii: topic.pii ?? false,
    explain,
  };
}
