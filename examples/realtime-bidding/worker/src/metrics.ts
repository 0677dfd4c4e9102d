import type { Attributes, Counter, Histogram, Meter, ObservableResult } from "@opentelemetry/api";
import type { BreakerState } from "./model/breaker.js";

export type Outcome = "model" | "fallback" | "dead-letter" | "logged";

/** What the pipeline reports. Tests give one that remembers, the bench one that does nothing. */
export interface Metrics {
  decided(outcome: Outcome, reason: string, count: number): void;
  modelCalled(result: "ok" | "failed" | "rejected", ms: number): void;
  modelRetried(): void;
  lookedUp(lookup: string, result: "ok" | "failed", ms: number): void;
  breakerChanged(state: BreakerState): void;
  /** From the fetch of an event to the commit of its decision, and the part that is not look-up or model. */
  eventDone(totalMs: number, overheadMs: number): void;
  committed(ms: number, events: number): void;
  restarted(reason: string): void;
  spansExported(result: "ok" | "failed", count: number): void;
}

/** What is read when somebody looks. */
export interface Gauges {
  inFlight(): number;
  pausedPartitions(): number;
  /** Messages behind the end, by partition. */
  lag(): Iterable<{ readonly topic: string; readonly partition: number; readonly lag: number }>;
}

const BREAKER_STATES: readonly BreakerState[] = ["closed", "half-open", "open"];
const MS_BOUNDARIES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
const NAME = "inline_inference";

/** Metrics by OpenTelemetry's API; who reads them is decided where the meter comes from. */
export class MeterMetrics implements Metrics {
  readonly #decided: Counter;
  readonly #calls: Histogram;
  readonly #retries: Counter;
  readonly #lookups: Histogram;
  readonly #latency: Histogram;
  readonly #overhead: Histogram;
  readonly #commits: Histogram;
  readonly #restarts: Counter;
  readonly #spans: Counter;
  #breaker: BreakerState = "closed";

  constructor(private readonly meter: Meter) {
    const milliseconds = (name: string, description: string) =>
      meter.createHistogram(`${NAME}_${name}`, {
        description,
        unit: "ms",
        advice: { explicitBucketBoundaries: MS_BOUNDARIES },
      });
    const count = (name: string, description: string) =>
      meter.createCounter(`${NAME}_${name}`, { description });
    this.#decided = count("events", "Events decided, by outcome and reason");
    this.#retries = count("model_retries", "Model calls made again");
    this.#restarts = count("restarts", "Times that work was taken up again from the committed offsets");
    this.#spans = count("spans", "Spans sent to the collector of traces, and lost");
    this.#calls = milliseconds("model_call_duration", "Model calls, each attempt");
    this.#lookups = milliseconds("lookup_duration", "Look-ups of a batch");
    this.#latency = milliseconds("event_duration", "From fetch to commit of an event");
    this.#overhead = milliseconds("event_overhead", "The same without look-ups and model");
    this.#commits = milliseconds("commit_duration", "Transactions");
    this.#observe("breaker_state", "0 closed, 1 half-open, 2 open", (result) =>
      result.observe(BREAKER_STATES.indexOf(this.#breaker)),
    );
  }

  watch(gauges: Gauges): void {
    this.#observe("in_flight", "Events fetched and not yet committed", (result) =>
      result.observe(gauges.inFlight()),
    );
    this.#observe("paused_partitions", "Partitions held back", (result) =>
      result.observe(gauges.pausedPartitions()),
    );
    this.#observe("consumer_lag", "Messages not yet committed, by partition", (result) => {
      for (const { topic, partition, lag } of gauges.lag()) {
        result.observe(lag, { topic, partition });
      }
    });
  }

  decided(outcome: Outcome, reason: string, count: number): void {
    this.#decided.add(count, { outcome, reason });
  }

  modelCalled(result: "ok" | "failed" | "rejected", ms: number): void {
    this.#calls.record(ms, { result });
  }

  modelRetried(): void {
    this.#retries.add(1);
  }

  lookedUp(lookup: string, result: "ok" | "failed", ms: number): void {
    this.#lookups.record(ms, { lookup, result });
  }

  breakerChanged(state: BreakerState): void {
    this.#breaker = state;
  }

  eventDone(totalMs: number, overheadMs: number): void {
    this.#latency.record(totalMs);
    this.#overhead.record(overheadMs);
  }

  committed(ms: number): void {
    this.#commits.record(ms);
  }

  restarted(reason: string): void {
    this.#restarts.add(1, { reason });
  }

  spansExported(result: "ok" | "failed", count: number): void {
    this.#spans.add(count, { result });
  }

  #observe(name: string, description: string, read: (result: ObservableResult<Attributes>) => void): void {
    this.meter.createObservableGauge(`${NAME}_${name}`, { description }).addCallback(read);
  }
}
