import type { WorkerConfig } from "../config/config.js";
import type { Http } from "../http/http.js";
import { JsonApi, mayRetry, RefusedByService } from "../http/json-api.js";
import { errorText } from "../log.js";
import type { Metrics } from "../metrics.js";
import { usageOf } from "../tracing/attributes.js";
import type { BatchTrace } from "../tracing/tracing.js";
import { CircuitBreaker } from "./breaker.js";
import { type ModelInput, type ModelProtocol, type ModelRow, modelProtocol } from "./protocols.js";
import { RetryBudget } from "./retry-budget.js";

export type Prediction =
  | { readonly kind: "output"; readonly output: Readonly<Record<string, unknown>> }
  /** The model gave none: the fallback decides. */
  | {
      readonly kind: "none";
      readonly reason: "breaker-open" | "deadline" | "model-failed";
      readonly detail: string;
    }
  /** The model refused this very event: it would again. */
  | { readonly kind: "rejected"; readonly detail: string };

/** Too large or wrong: one event of the batch may be at fault. */
const BLAMES_INPUT = [400, 413, 422];

/** Asks the model for batches: in time, seldom twice, and not while it is down. */
export class ModelClient {
  readonly breaker: CircuitBreaker;
  readonly #budget: RetryBudget;
  readonly #protocol: ModelProtocol;
  readonly #api: JsonApi;

  constructor(
    private readonly config: Pick<WorkerConfig, "model" | "request" | "retryBudget" | "breaker">,
    http: Http,
    private readonly metrics: Metrics,
  ) {
    this.#protocol = modelProtocol(config.model);
    this.#api = new JsonApi(http, config.model.auth);
    this.#budget = new RetryBudget(config.retryBudget.ratio, config.retryBudget.minPerSecond);
    this.breaker = new CircuitBreaker(config.breaker, (state) => metrics.breakerChanged(state));
  }

  /** @throws UnusableInput */
  row(input: ModelInput): ModelRow {
    return this.#protocol.row(input);
  }

  /** One prediction per row; never rejects. `deadline` is a time of `performance.now()`. */
  async predict(
    rows: readonly ModelRow[],
    deadline: number,
    trace?: BatchTrace,
  ): Promise<readonly Prediction[]> {
    const all = (prediction: Prediction) => rows.map(() => prediction);
    this.#budget.request();
    for (let attempt = 1; ; attempt += 1) {
      const leftMs = Math.floor(deadline - performance.now());
      if (leftMs <= 0) {
        return all({ kind: "none", reason: "deadline", detail: "no time was left for the model" });
      }
      const settle = this.breaker.enter();
      if (settle === undefined) {
        return all({ kind: "none", reason: "breaker-open", detail: "the circuit breaker is open" });
      }
      const started = performance.now();
      const span = trace?.modelCall(rows.length, attempt);
      try {
        const timeoutMs = Math.min(leftMs, this.config.request.timeoutMs);
        const { url } = this.#protocol;
        const answer = await this.#api.post(url, this.#protocol.request(rows), timeoutMs, span?.headers);
        const outputs = this.#protocol.outputs(answer, rows.length);
        span?.end({ attributes: usageOf(answer) });
        settle(true);
        this.metrics.modelCalled("ok", performance.now() - started);
        return outputs.map((output) => ({ kind: "output", output }));
      } catch (error) {
        span?.end({ error });
        const blamesInput = error instanceof RefusedByService && BLAMES_INPUT.includes(error.status);
        // A server that says what is wrong with a request is well.
        settle(blamesInput);
        this.metrics.modelCalled(blamesInput ? "rejected" : "failed", performance.now() - started);
        if (blamesInput) {
          return this.#halves(rows, deadline, errorText(error), trace);
        }
        const again = attempt < this.config.request.maxAttempts && mayRetry(error) && this.#budget.tryRetry();
        if (!again) {
          return all({ kind: "none", reason: "model-failed", detail: errorText(error) });
        }
        this.metrics.modelRetried();
      }
    }
  }

  /** Finds the events that the model refuses without giving up those beside them. */
  async #halves(
    rows: readonly ModelRow[],
    deadline: number,
    detail: string,
    trace: BatchTrace | undefined,
  ): Promise<readonly Prediction[]> {
    if (rows.length === 1) {
      return [{ kind: "rejected", detail }];
    }
    const middle = Math.ceil(rows.length / 2);
    const left = await this.predict(rows.slice(0, middle), deadline, trace);
    return [...left, ...(await this.predict(rows.slice(middle), deadline, trace))];
  }
}
