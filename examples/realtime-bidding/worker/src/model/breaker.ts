export type BreakerState = "closed" | "open" | "half-open";

export interface BreakerRules {
  readonly failureRatio: number;
  readonly window: number;
  readonly minimumCalls: number;
  readonly openMs: number;
  readonly probes: number;
}

/** Stops calls to a service that fails, and lets a few through later to see whether it came back. */
export class CircuitBreaker {
  #state: BreakerState = "closed";
  #newest: boolean[] = [];
  #failures = 0;
  #openedAt = 0;
  #probesLeft = 0;
  #probesGood = 0;
  /** Answers to calls made before the state changed say nothing of the state now. */
  #epoch = 0;

  constructor(
    private readonly rules: BreakerRules,
    private readonly onChange: (state: BreakerState) => void = () => {},
    private readonly now: () => number = () => performance.now(),
  ) {}

  get state(): BreakerState {
    return this.#state;
  }

  /** Asks to make a call: undefined if it may not be made, else how to say what became of it. */
  enter(): ((succeeded: boolean) => void) | undefined {
    if (this.#state === "open" && this.now() - this.#openedAt >= this.rules.openMs) {
      this.#become("half-open");
      this.#probesLeft = this.rules.probes;
      this.#probesGood = 0;
    }
    if (this.#state === "open" || (this.#state === "half-open" && this.#probesLeft === 0)) {
      return undefined;
    }
    if (this.#state === "half-open") {
      this.#probesLeft -= 1;
    }
    const epoch = this.#epoch;
    return (succeeded) => {
      if (epoch === this.#epoch) {
        this.#record(succeeded);
      }
    };
  }

  #record(succeeded: boolean): void {
    if (this.#state === "half-open") {
      if (!succeeded) {
        this.#open();
        return;
      }
      this.#probesGood += 1;
      if (this.#probesGood === this.rules.probes) {
        this.#become("closed");
      }
      return;
    }
    this.#newest.push(succeeded);
    this.#failures += succeeded ? 0 : 1;
    if (this.#newest.length > this.rules.window) {
      this.#failures -= this.#newest.shift() ? 0 : 1;
    }
    const calls = this.#newest.length;
    if (calls >= this.rules.minimumCalls && this.#failures / calls >= this.rules.failureRatio) {
      this.#open();
    }
  }

  #open(): void {
    this.#openedAt = this.now();
    this.#become("open");
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#epoch += 1;
    this.#newest = [];
    this.#failures = 0;
    this.onChange(state);
  }
}
