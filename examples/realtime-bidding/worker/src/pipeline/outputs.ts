import { createHash } from "node:crypto";
import type { WorkerConfig } from "../config/config.js";
import { type EventObject, steps, valueAt } from "../lookups/lookup.js";
import type { ModelInput } from "../model/protocols.js";
import type { InputRecord, OutputRecord } from "../stream/member.js";

/** The event's place in the log: the same whenever it is decided again, so consumers can tell a repeat. */
const decisionId = ({ topic, partition, offset }: InputRecord): string => `${topic}-${partition}-${offset}`;

const TRACE_HEADERS = ["traceparent", "tracestate"];

/** Carries a trace on from the event to all that comes of it. */
function traceOf(record: InputRecord): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of record.headers) {
    const text = name?.toString("utf8");
    if (text !== undefined && TRACE_HEADERS.includes(text)) {
      headers[text] = value?.toString("utf8") ?? "";
    }
  }
  return headers;
}

export interface Decision {
  readonly source: "model" | "fallback";
  /** Why the fallback decided. */
  readonly reason?: string;
  readonly output: Readonly<Record<string, unknown>>;
}

/** What the log holds of a decision. */
export interface LogEntry extends ModelInput {
  readonly id: string;
  /** Of the event, ISO 8601. */
  readonly time: string;
  readonly model: string;
  readonly decision: Decision;
}

/** Makes the records that come of an event. */
export class Outputs {
  readonly #copy: readonly { readonly path: string; readonly steps: readonly string[] }[];

  constructor(private readonly config: Pick<WorkerConfig, "decisions" | "deadLetters" | "log" | "model">) {
    this.#copy = config.decisions.copy.map((path) => ({ path, steps: steps(path) }));
  }

  decision(record: InputRecord, event: EventObject, decision: Decision): OutputRecord {
    const id = decisionId(record);
    const copied: Record<string, unknown> = {};
    for (const { path, steps } of this.#copy) {
      copied[path] = valueAt(event, steps);
    }
    const value = { id, model: this.config.model.name, ...decision, event: copied };
    return {
      topic: this.config.decisions.topic,
      key: record.key,
      value: JSON.stringify(value),
      headers: { "decision-id": id, ...traceOf(record) },
      partition: record.partition,
    };
  }

  deadLetter(record: InputRecord, stage: string, reason: string, detail: string): OutputRecord {
    return deadLetter(this.config.deadLetters.topic, record, stage, reason, detail);
  }

  /**
   * A sample for the lakehouse; the same events are in it however often they are decided, with the same id and the time
   * of the event: by these two a repeat is known.
   */
  sample(record: InputRecord, input: ModelInput, decision: Decision): OutputRecord | undefined {
    const { log } = this.config;
    if (log === undefined) {
      return undefined;
    }
    const id = decisionId(record);
    if (!isSampled(id, log.sampleRate)) {
      return undefined;
    }
    const time = new Date(record.timestamp).toISOString();
    const value: LogEntry = { id, time, model: this.config.model.name, ...input, decision };
    return {
      topic: log.topic,
      key: record.key,
      value: JSON.stringify(value),
      headers: traceOf(record),
      partition: record.partition,
    };
  }
}

/** The record as it came, with the reason beside it, so that it can be put back unchanged. */
export function deadLetter(
  topic: string,
  record: InputRecord,
  stage: string,
  reason: string,
  detail: string,
): OutputRecord {
  const original: Record<string, string> = {};
  for (const [name, value] of record.headers) {
    if (name !== null) {
      original[name.toString("utf8")] = value?.toString("utf8") ?? "";
    }
  }
  // Kafka carries bytes; text that is not UTF-8 would not survive, so it is said which it was.
  const { value, headers } = bytesAsText(record.value);
  return {
    topic,
    key: record.key,
    value,
    headers: {
      ...original,
      ...headers,
      "dead-letter-stage": stage,
      "dead-letter-reason": reason,
      "dead-letter-detail": detail.slice(0, 500),
      "dead-letter-source": decisionId(record),
    },
    partition: record.partition,
  };
}

function bytesAsText(value: Buffer | undefined): { value: string; headers: Record<string, string> } {
  const text = value?.toString("utf8") ?? "";
  return value === undefined || Buffer.from(text, "utf8").equals(value)
    ? { value: text, headers: {} }
    : { value: value.toString("base64"), headers: { "dead-letter-encoding": "base64" } };
}

const RANGE = 2 ** 32;

function isSampled(id: string, rate: number): boolean {
  if (rate === 0 || rate === 1) {
    return rate === 1;
  }
  return createHash("sha1").update(id).digest().readUInt32BE(0) < rate * RANGE;
}
