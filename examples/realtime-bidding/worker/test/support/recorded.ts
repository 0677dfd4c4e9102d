import type { Metrics, Outcome } from "../../src/metrics.js";
import type { BreakerState } from "../../src/model/breaker.js";

/** Metrics that remember what they were told. */
export class Recorded implements Metrics {
  readonly outcomes = new Map<string, number>();
  readonly breaker: BreakerState[] = [];
  calls = 0;
  retries = 0;
  restarts = 0;
  readonly spans = { ok: 0, failed: 0 };

  decided(outcome: Outcome, reason: string, count: number): void {
    const key = reason === "" ? outcome : `${outcome}: ${reason}`;
    this.outcomes.set(key, (this.outcomes.get(key) ?? 0) + count);
  }
  modelCalled(): void {
    this.calls += 1;
  }
  modelRetried(): void {
    this.retries += 1;
  }
  breakerChanged(state: BreakerState): void {
    this.breaker.push(state);
  }
  restarted(): void {
    this.restarts += 1;
  }
  lookedUp(): void {}
  eventDone(): void {}
  committed(): void {}
  spansExported(result: "ok" | "failed", count: number): void {
    this.spans[result] += count;
  }
}
