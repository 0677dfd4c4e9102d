import type { Counter, Histogram, Meter } from "@opentelemetry/api";

/** Why a request was not looked up. */
export type Bypass =
  | "class"
  | "path"
  | "not-authorized"
  | "no-tenant"
  | "asked-not-to"
  | "encoded"
  | "too-long"
  | "unreadable"
  | "streamed"
  | "temperature";

/** What became of the answer after a miss. */
export type Storing = "stored" | "failed" | "status" | "form" | "too-long" | "asked-not-to";

/** What the cache reports. Never a value of a request. */
export interface Metrics {
  hit(className: string, tokens: number): void;
  missed(className: string, reason: "absent" | "no-cache" | "store"): void;
  bypassed(className: string, reason: Bypass): void;
  storing(className: string, result: Storing): void;
  lookedUp(ms: number): void;
}

const NAME = "response_cache";
const MS_BOUNDARIES = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Metrics by OpenTelemetry's API; who reads them is decided where the meter comes from. */
export class MeterMetrics implements Metrics {
  readonly #requests: Counter;
  readonly #storing: Counter;
  readonly #tokens: Counter;
  readonly #lookups: Histogram;

  constructor(meter: Meter) {
    const count = (name: string, description: string) =>
      meter.createCounter(`${NAME}_${name}`, { description });
    this.#requests = count("requests", "Requests seen, by class, outcome and reason");
    this.#storing = count("answers", "Answers after a miss, by class and what became of them");
    this.#tokens = count("saved_tokens", "Tokens of answers that no backend had to work on again");
    this.#lookups = meter.createHistogram(`${NAME}_lookup_duration`, {
      description: "Look-ups in the store",
      unit: "ms",
      advice: { explicitBucketBoundaries: MS_BOUNDARIES },
    });
  }

  hit(className: string, tokens: number): void {
    this.#requests.add(1, { traffic_class: className, outcome: "hit", reason: "fresh" });
    this.#tokens.add(tokens, { traffic_class: className });
  }

  missed(className: string, reason: string): void {
    this.#requests.add(1, { traffic_class: className, outcome: "miss", reason });
  }

  bypassed(className: string, reason: Bypass): void {
    this.#requests.add(1, { traffic_class: className, outcome: "bypass", reason });
  }

  storing(className: string, result: Storing): void {
    this.#storing.add(1, { traffic_class: className, result });
  }

  lookedUp(ms: number): void {
    this.#lookups.record(ms);
  }
}
