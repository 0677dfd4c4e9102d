/**
 * Lets retries be a share of requests, so that a service in trouble is not asked more but at most that share more.
 * Every first attempt puts `ratio` tokens in, every retry takes one out; `minPerSecond` keep slow pipelines able to retry.
 */
export class RetryBudget {
  #tokens = 0;
  #reserve: number;
  #filledAt: number;

  constructor(
    private readonly ratio: number,
    private readonly minPerSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#reserve = minPerSecond;
    this.#filledAt = now();
  }

  /** Ten seconds' worth of a hundred requests: an outage is not paid from good times long ago. */
  static readonly #MAX_TOKENS = 100;

  request(): void {
    this.#tokens = Math.min(RetryBudget.#MAX_TOKENS, this.#tokens + this.ratio);
  }

  /** True if one retry may be made; it is then paid. */
  tryRetry(): boolean {
    const now = this.now();
    const refill = ((now - this.#filledAt) / 1_000) * this.minPerSecond;
    this.#reserve = Math.min(Math.max(1, this.minPerSecond), this.#reserve + refill);
    this.#filledAt = now;
    // Sums of tenths fall short of one by rounding.
    const one = 1 - 1e-9;
    if (this.#tokens >= one) {
      this.#tokens -= 1;
      return true;
    }
    if (this.minPerSecond > 0 && this.#reserve >= one) {
      this.#reserve -= 1;
      return true;
    }
    return false;
  }
}
