import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker } from "../src/model/breaker.js";
import { ModelClient } from "../src/model/model.js";
import { modelProtocol } from "../src/model/protocols.js";
import { RetryBudget } from "../src/model/retry-budget.js";
import { configOf } from "./support/config.js";
import { Recorded } from "./support/recorded.js";
import { inferAnswer, type ModelBehaviour, stubHttp } from "./support/stub-services.js";

const RULES = { failureRatio: 0.5, window: 10, minimumCalls: 4, openMs: 100, probes: 2 };
const FAR = Number.POSITIVE_INFINITY;

test("the breaker opens at the ratio, lets probes through, and closes when they are good", () => {
  let now = 0;
  const seen: string[] = [];
  const breaker = new CircuitBreaker(
    RULES,
    (state) => seen.push(state),
    () => now,
  );
  for (const good of [true, true, false]) {
    breaker.enter()!(good);
  }
  assert.equal(breaker.state, "closed", "three calls are fewer than minimumCalls");
  breaker.enter()!(false);
  assert.equal(breaker.enter(), undefined, "open");
  now = 100;
  const [first, second] = [breaker.enter()!, breaker.enter()!];
  assert.equal(breaker.enter(), undefined, "no more than the probes");
  first(true);
  second(true);
  assert.deepEqual(seen, ["open", "half-open", "closed"]);
});

test("a bad probe opens the breaker again, and late answers of before count for nothing", () => {
  let now = 0;
  const breaker = new CircuitBreaker({ ...RULES, minimumCalls: 1, window: 1 }, undefined, () => now);
  const late = breaker.enter()!;
  breaker.enter()!(false);
  now = 100;
  const probe = breaker.enter()!;
  late(false);
  assert.equal(breaker.state, "half-open");
  probe(false);
  assert.equal(breaker.state, "open");
});

test("retries are at most their share of requests", () => {
  const budget = new RetryBudget(0.2, 0, () => 0);
  let retries = 0;
  for (let request = 0; request < 1_000; request += 1) {
    budget.request();
    retries += budget.tryRetry() ? 1 : 0;
  }
  assert.equal(retries, 200);
});

test("a slow pipeline may retry minPerSecond times a second", () => {
  let now = 0;
  const budget = new RetryBudget(0, 2, () => now);
  const burst = () => [1, 2, 3, 4].filter(() => budget.tryRetry()).length;
  assert.equal(burst(), 2);
  assert.equal(burst(), 0);
  now = 500;
  assert.equal(burst(), 1);
});

const { model } = configOf();
const rowOf = (price: number) =>
  modelProtocol(model).row({ event: { price }, features: { user: { ctr: 0 } }, vectors: {} });

test("a model that is down is asked at most the budget's share more often", async () => {
  const metrics = new Recorded();
  const behaviour: ModelBehaviour = { status: 503, delayMs: 0, calls: 0 };
  const client = new ModelClient(
    configOf(
      {},
      {
        retryBudget: { ratio: 0.1, minPerSecond: 0 },
        breaker: { ...RULES, failureRatio: 1, window: 10_000, minimumCalls: 10_000 },
      },
    ),
    stubHttp(behaviour),
    metrics,
  );
  for (let request = 0; request < 100; request += 1) {
    const [prediction] = await client.predict([rowOf(1)], FAR);
    assert.equal(prediction!.kind, "none");
  }
  assert.equal(behaviour.calls, 110);
  assert.equal(metrics.retries, 10);
});

test("no call is made once the deadline is over", async () => {
  const behaviour: ModelBehaviour = { status: 200, delayMs: 0, calls: 0 };
  const client = new ModelClient(configOf(), stubHttp(behaviour), new Recorded());
  const [prediction] = await client.predict([rowOf(1)], performance.now() - 1);
  assert.equal(prediction!.kind === "none" && prediction!.reason, "deadline");
  assert.equal(behaviour.calls, 0);
});

test("one event that the model refuses does not take those beside it along", async () => {
  const client = new ModelClient(
    configOf(),
    async ({ body }) =>
      body!.includes("666") ? { status: 400, body: "bad price" } : { status: 200, body: inferAnswer(body!) },
    new Recorded(),
  );
  const predictions = await client.predict([1, 2, 666, 4].map(rowOf), FAR);
  assert.deepEqual(
    predictions.map(({ kind }) => kind),
    ["output", "output", "rejected", "output"],
  );
  assert.equal(client.breaker.state, "closed", "a server that says what is wrong is well");
});

test("an OpenAI-compatible server is asked with a list of prompts; choices find their event by index", () => {
  const protocol = modelProtocol({
    protocol: "openai",
    endpoint: "http://vllm/",
    name: "m",
    auth: { kind: "none" },
    prompt: "Rate {event.title} for {features.user.segment}: {event.tags}",
    maxTokens: 4,
    as: "rating",
  });
  const row = protocol.row({
    event: { title: "Shoes", tags: ["a"] },
    features: { user: { segment: "runner" } },
    vectors: {},
  });
  assert.equal(protocol.url, "http://vllm/v1/completions");
  assert.deepEqual(protocol.request([row]), {
    model: "m",
    prompt: ['Rate Shoes for runner: ["a"]'],
    max_tokens: 4,
    temperature: 0,
  });
  const choices = [
    { index: 1, text: "b" },
    { index: 0, text: "a" },
  ];
  assert.deepEqual(protocol.outputs({ choices }, 2), [{ rating: "a" }, { rating: "b" }]);
  assert.throws(() => protocol.outputs({ choices }, 3), /no choice for prompt 2/);
});
