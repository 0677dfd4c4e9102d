import type { Attributes } from "@opentelemetry/api";
import type { Outcome } from "../metrics.js";
import type { InputRecord, OutputRecord } from "../stream/member.js";

/** An event that was taken into work. */
export interface Taken {
  readonly record: InputRecord;
  /** Of `performance.now()`. */
  readonly takenAt: number;
}

/** What became of an event. */
export interface Ended {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly outputs: readonly OutputRecord[];
}

/** One call of a service. */
export interface CallSpan {
  /** Trace context, for the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of an error only its kind is told: its text may quote the event. */
  end(result?: { readonly error?: unknown; readonly attributes?: Attributes }): void;
}

/** Spans of one batch that holds a sampled event. */
export interface BatchTrace {
  lookUp(name: string, events: number): CallSpan;
  modelCall(rows: number, attempt: number): CallSpan;
  /** Tells what became of an event, and gives its records with the trace context of a sampled one. */
  ended(record: InputRecord, ended: Ended): readonly OutputRecord[];
  decided(): void;
  /** The transaction with the batch begins. */
  committing(outputs: readonly OutputRecord[]): void;
  committed(): void;
  /** The batch is void: its events are decided again. */
  abandoned(): void;
}

/** What the pipeline tells of batches. */
export interface Tracing {
  /** Undefined where no event of the batch is sampled. */
  begin(batch: readonly Taken[]): BatchTrace | undefined;
}
