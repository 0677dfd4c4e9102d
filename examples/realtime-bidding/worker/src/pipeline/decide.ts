import type { WorkerConfig } from "../config/config.js";
import { errorText, type Log } from "../log.js";
import type { EventObject, Lookup } from "../lookups/lookup.js";
import type { Metrics } from "../metrics.js";
import type { ModelClient } from "../model/model.js";
import { type ModelInput, type ModelRow, UnusableInput } from "../model/protocols.js";
import type { InputRecord, OutputRecord } from "../stream/member.js";
import type { BatchTrace, Ended } from "../tracing/tracing.js";
import type { Decision, Outputs } from "./outputs.js";

export interface Decided {
  /** What to write, in the order of the events. */
  readonly outputs: readonly OutputRecord[];
  /** Spent waiting for look-ups and model. */
  readonly waitedMs: number;
}

/** Decides a batch of events. Never rejects: each event ends in a decision or a dead letter. */
export type Decide = (
  records: readonly InputRecord[],
  deadline: number,
  trace?: BatchTrace,
) => Promise<Decided>;

/** An event on its way through the stages; it leaves them with `ended`. */
interface Item {
  readonly record: InputRecord;
  readonly event: EventObject;
  readonly input: { event: EventObject; features: Record<string, never>; vectors: Record<string, never> };
  row?: ModelRow;
  ended?: Ended;
}

interface Parts {
  readonly config: Pick<WorkerConfig, "fallback" | "deadline">;
  readonly features: readonly Lookup[];
  readonly vectors: readonly Lookup[];
  readonly model: ModelClient;
  readonly outputs: Outputs;
  readonly metrics: Metrics;
  readonly log: Log;
}

function parsed(record: InputRecord): EventObject | string {
  if (record.value === undefined) {
    return "the event is empty";
  }
  try {
    const event: unknown = JSON.parse(record.value.toString("utf8"));
    return typeof event === "object" && event !== null && !Array.isArray(event)
      ? (event as EventObject)
      : "the event is not a JSON object";
  } catch (error) {
    return (error as Error).message;
  }
}

export function decider(parts: Parts): Decide {
  const { config, model, outputs, metrics, log } = parts;

  const dead = (record: InputRecord, stage: string, reason: string, detail: string): Ended => ({
    outcome: "dead-letter",
    reason,
    outputs: [outputs.deadLetter(record, stage, reason, detail)],
  });

  const decided = (item: Item, decision: Decision): Ended => {
    const written = outputs.decision(item.record, item.event, decision);
    const sampled = outputs.sample(item.record, item.input as ModelInput, decision);
    return {
      outcome: decision.source,
      reason: decision.reason ?? "",
      outputs: sampled === undefined ? [written] : [written, sampled],
    };
  };

  const fallBack = (item: Item, stage: string, reason: string, detail: string): Ended =>
    config.fallback === undefined
      ? dead(item.record, stage, reason, detail)
      : decided(item, { source: "fallback", reason, output: config.fallback.output });

  async function lookUp(
    lookup: Lookup,
    group: "features" | "vectors",
    items: readonly Item[],
    trace: BatchTrace | undefined,
  ): Promise<void> {
    const started = performance.now();
    const span = trace?.lookUp(lookup.name, items.length);
    let reason = "entity-missing";
    let detail = `${lookup.name} has no values for this event`;
    const found = await lookup.find(items.map(({ event }) => event)).catch((error: unknown) => {
      span?.end({ error });
      reason = "lookup-failed";
      detail = errorText(error);
      log("warn", "A look-up failed", { lookup: lookup.name, error: detail });
      return [];
    });
    if (reason !== "lookup-failed") {
      span?.end();
    }
    metrics.lookedUp(lookup.name, reason === "lookup-failed" ? "failed" : "ok", performance.now() - started);
    items.forEach((item, index) => {
      const values = found[index];
      if (values === undefined && lookup.onMissing === "dead-letter") {
        item.ended ??= dead(item.record, "lookup", reason, detail);
      } else if (values === undefined && lookup.onMissing === "fallback") {
        item.ended ??= fallBack(item, "lookup", reason, detail);
      }
      (item.input[group] as Record<string, unknown>)[lookup.name] = values ?? lookup.defaults;
    });
  }

  async function predict(
    items: readonly Item[],
    deadline: number,
    trace: BatchTrace | undefined,
  ): Promise<void> {
    const predictions = await model.predict(
      items.map(({ row }) => row!),
      deadline,
      trace,
    );
    items.forEach((item, index) => {
      const prediction = predictions[index]!;
      if (prediction.kind === "output") {
        item.ended = decided(item, { source: "model", output: prediction.output });
      } else if (prediction.kind === "rejected") {
        item.ended = dead(item.record, "model", "model-rejected", prediction.detail);
      } else {
        item.ended = fallBack(item, "model", prediction.reason, prediction.detail);
      }
    });
  }

  return async (records, deadline, trace) => {
    const ends = new Map<InputRecord, Ended>();
    const items: Item[] = [];
    for (const record of records) {
      const event = parsed(record);
      if (typeof event === "string") {
        ends.set(record, dead(record, "decode", "not-json", event));
      } else {
        items.push({ record, event, input: { event, features: {}, vectors: {} } });
      }
    }
    const started = performance.now();
    if (items.length > 0) {
      await Promise.all([
        ...parts.features.map((lookup) => lookUp(lookup, "features", items, trace)),
        ...parts.vectors.map((lookup) => lookUp(lookup, "vectors", items, trace)),
      ]);
    }
    for (const item of items.filter(({ ended }) => ended === undefined)) {
      try {
        item.row = model.row(item.input);
      } catch (error) {
        if (!(error instanceof UnusableInput)) {
          throw error;
        }
        item.ended = dead(item.record, "model", "unusable-input", error.message);
      }
    }
    const asked = items.filter(({ ended }) => ended === undefined);
    if (asked.length > 0) {
      await predict(asked, config.deadline.hard ? deadline : Number.POSITIVE_INFINITY, trace);
    }
    const waitedMs = performance.now() - started;
    for (const item of items) {
      ends.set(item.record, item.ended!);
    }
    counted(ends.values(), metrics);
    const written = records.flatMap((record) => {
      const ended = ends.get(record)!;
      return trace === undefined ? ended.outputs : trace.ended(record, ended);
    });
    return { outputs: written, waitedMs };
  };
}

/** One report for all that ended alike. */
function counted(ends: Iterable<Ended>, metrics: Metrics): void {
  const counts = new Map<string, Ended & { count: number }>();
  for (const ended of ends) {
    const key = `${ended.outcome} ${ended.reason}`;
    const entry = counts.get(key);
    if (entry === undefined) {
      counts.set(key, { ...ended, count: 1 });
    } else {
      entry.count += 1;
    }
  }
  for (const { outcome, reason, count } of counts.values()) {
    metrics.decided(outcome, reason, count);
  }
}
