import type { WorkerConfig } from "../config/config.js";
import { errorText, type Log } from "../log.js";
import type { EventObject, Lookup } from "../lookups/lookup.js";
import type { Metrics, Outcome } from "../metrics.js";
import type { ModelClient } from "../model/model.js";
import { type ModelInput, type ModelRow, UnusableInput } from "../model/protocols.js";
import type { InputRecord, OutputRecord } from "../stream/member.js";
import type { Decision, Outputs } from "./outputs.js";

export interface Decided {
  /** What to write, in the order of the events. */
  readonly outputs: readonly OutputRecord[];
  /** Spent waiting for look-ups and model. */
  readonly waitedMs: number;
}

/** Decides a batch of events. Never rejects: each event ends in a decision or a dead letter. */
export type Decide = (records: readonly InputRecord[], deadline: number) => Promise<Decided>;

/** An event on its way through the stages; it leaves them with `ended`. */
interface Item {
  readonly record: InputRecord;
  readonly event: EventObject;
  readonly input: { event: EventObject; features: Record<string, never>; vectors: Record<string, never> };
  row?: ModelRow;
  ended?: readonly OutputRecord[];
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
  const counts = new Map<string, { outcome: Outcome; reason: string; count: number }>();

  function counted(outcome: Outcome, reason: string): void {
    const key = `${outcome} ${reason}`;
    const entry = counts.get(key) ?? { outcome, reason, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }

  const dead = (record: InputRecord, stage: string, reason: string, detail: string) => {
    counted("dead-letter", reason);
    return [outputs.deadLetter(record, stage, reason, detail)];
  };

  const decided = (item: Item, decision: Decision): readonly OutputRecord[] => {
    counted(decision.source, decision.reason ?? "");
    const written = outputs.decision(item.record, item.event, decision);
    const sampled = outputs.sample(item.record, item.input as ModelInput, decision);
    return sampled === undefined ? [written] : [written, sampled];
  };

  const fallBack = (item: Item, stage: string, reason: string, detail: string): readonly OutputRecord[] =>
    config.fallback === undefined
      ? dead(item.record, stage, reason, detail)
      : decided(item, { source: "fallback", reason, output: config.fallback.output });

  async function lookUp(
    lookup: Lookup,
    group: "features" | "vectors",
    items: readonly Item[],
  ): Promise<void> {
    const started = performance.now();
    let reason = "entity-missing";
    let detail = `${lookup.name} has no values for this event`;
    const found = await lookup.find(items.map(({ event }) => event)).catch((error: unknown) => {
      reason = "lookup-failed";
      detail = errorText(error);
      log("warn", "A look-up failed", { lookup: lookup.name, error: detail });
      return [];
    });
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

  async function predict(items: readonly Item[], deadline: number): Promise<void> {
    const predictions = await model.predict(
      items.map(({ row }) => row!),
      deadline,
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

  return async (records, deadline) => {
    const ends = new Map<InputRecord, readonly OutputRecord[]>();
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
        ...parts.features.map((lookup) => lookUp(lookup, "features", items)),
        ...parts.vectors.map((lookup) => lookUp(lookup, "vectors", items)),
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
      await predict(asked, config.deadline.hard ? deadline : Number.POSITIVE_INFINITY);
    }
    const waitedMs = performance.now() - started;
    for (const item of items) {
      ends.set(item.record, item.ended!);
    }
    for (const { outcome, reason, count } of counts.values()) {
      metrics.decided(outcome, reason, count);
    }
    counts.clear();
    return { outputs: records.flatMap((record) => ends.get(record)!), waitedMs };
  };
}
