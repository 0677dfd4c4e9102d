import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { envoyBinary } from "./support/binaries.js";
import { type ExtProc, LIMIT } from "./support/envoy-config.js";
import { type Front, type FrontSetup, startEnvoy } from "./support/front.js";
import { type Origin, origin } from "./support/origin.js";
import { until } from "./support/processes.js";
import { type Program, startProgram } from "./support/program.js";
import { guard, modelReader, type StubProcessor } from "./support/reader.js";
import { startStandIn } from "./support/stand-in.js";
import type { StoreServer } from "./support/store-server.js";
import { tokenOf } from "./support/tokens.js";
import { startStore } from "./support/valkey.js";

/** What `cache` of the gateway emits; a test of the library holds it against the objects. */
const EMITTED = JSON.parse(readFileSync(new URL("./support/emitted.json", import.meta.url), "utf8")) as {
  readonly extProc: ExtProc;
  readonly filterOrder: FrontSetup["filterOrder"];
};
/** The same, for a machine that is busy with other tests. */
const PATIENT: ExtProc = { ...EMITTED.extProc, messageTimeout: "3000ms" };
const GUARD: ExtProc = {
  failOpen: false,
  messageTimeout: "3000ms",
  processingMode: { request: { body: "Buffered" }, response: { body: "Buffered" } },
};

const binary = envoyBinary();
const start = (setup: FrontSetup): Promise<Front> =>
  binary === undefined ? startStandIn(setup) : startEnvoy(binary, setup);

let model: Origin;
let reader: StubProcessor;
let store: StoreServer;
let program: Program;

const setupOf = (given: Partial<FrontSetup> = {}): FrontSetup => ({
  origin: model.port,
  reader: reader.port,
  filterOrder: EMITTED.filterOrder,
  processors: [{ port: program.port, policy: PATIENT }],
  ...given,
});

interface Asking {
  readonly tenant?: string;
  readonly className?: string;
  readonly holds?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly body?: object;
}

const question = (content: string) => ({
  model: "llama",
  temperature: 0,
  messages: [{ role: "user", content }],
});

function ask(proxy: Front, content: string, asking: Asking = {}): Promise<Response> {
  const { tenant = "app", className = "enrich", holds = ["enrich", "chat", "limited"] } = asking;
  return fetch(proxy.url + (asking.path ?? "/v1/chat/completions"), {
    method: "POST",
    headers: {
      authorization: `Bearer ${tokenOf(tenant, holds)}`,
      "content-type": "application/json",
      "x-traffic-class": className,
      ...asking.headers,
    },
    body: JSON.stringify(asking.body ?? question(content)),
  });
}

const outcome = ({ headers }: Response) => headers.get("x-response-cache");

/** Asks until the answer comes from the store: it is written after the client has it. */
async function kept(proxy: Front, content: string, asking: Asking = {}): Promise<Response> {
  let last: Response | undefined;
  await until(
    `a hit for "${content}"`,
    async () => {
      last = await ask(proxy, content, asking);
      return outcome(last) === "hit";
    },
    5_000,
  );
  return last!;
}

before(async () => {
  [model, reader, store] = await Promise.all([origin(), modelReader(), startStore()]);
  program = await startProgram(store.port, {
    classes: {
      enrich: { ttlSeconds: 60, anyTemperature: false },
      limited: { ttlSeconds: 1, anyTemperature: false },
      chat: { ttlSeconds: 2, anyTemperature: true },
    },
  });
});

after(async () => {
  await program?.stop();
  await store?.stop();
  model?.close();
  reader?.close();
});

describe("a gateway with the policy as it is emitted", () => {
  let proxy: Front;
  let slow: Promise<Response>;
  before(async () => {
    proxy = await start(setupOf());
    slow = ask(proxy, "slow");
    console.log(`Ran against ${proxy.name} and ${store.name}.`);
  });
  after(() => proxy?.stop());

  test("the second of two equal requests is answered without a backend, whatever the order of its members", async () => {
    const first = await ask(proxy, "capital of France");
    assert.equal(first.status, 200);
    assert.equal(outcome(first), "miss");
    const said = await first.json();
    const seen = model.seen.length;
    await kept(proxy, "capital of France");
    const { messages, temperature, model: name } = question("capital of France");
    const again = await ask(proxy, "", { body: { messages, temperature, model: name } });
    assert.equal(again.status, 200);
    assert.equal(outcome(again), "hit");
    assert.equal(again.headers.get("content-type"), "application/json");
    assert.match(again.headers.get("age") ?? "", /^\d+$/);
    assert.deepEqual(await again.json(), said);
    assert.ok(model.seen.length - seen <= 1, "at most the request that came before the answer was kept");
  });

  test("any parameter that differs makes another request", async () => {
    await kept(proxy, "parameters");
    for (const other of [{ top_p: 0.5 }, { max_tokens: 5 }, { seed: 1 }, { user: "me" }]) {
      const answer = await ask(proxy, "", { body: { ...question("parameters"), ...other } });
      assert.equal(outcome(answer), "miss", JSON.stringify(other));
    }
  });

  test("tenants never share an answer", async () => {
    const mine = await (await kept(proxy, "secret")).text();
    const other = await ask(proxy, "secret", { tenant: "other" });
    assert.equal(outcome(other), "miss");
    assert.notEqual(await other.text(), mine);
  });

  test("a client cannot say whose tenant it is", async () => {
    await kept(proxy, "whose");
    const forged = await ask(proxy, "whose", { tenant: "other", headers: { "x-tenant": "app" } });
    assert.equal(outcome(forged), "miss");
  });

  test("who does not hold the class is refused, although the same tenant has the answer there", async () => {
    await kept(proxy, "premium");
    const refused = await ask(proxy, "premium", { holds: ["chat"] });
    assert.equal(refused.status, 403);
    assert.equal(outcome(refused), null);
    const unsigned = await fetch(`${proxy.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "x-traffic-class": "enrich" },
      body: JSON.stringify(question("premium")),
    });
    assert.equal(unsigned.status, 401);
  });

  test("classes do not share answers", async () => {
    await kept(proxy, "classes");
    assert.equal(outcome(await ask(proxy, "classes", { className: "chat" })), "miss");
  });

  test("an answer ends with its time", async () => {
    const first = await (await kept(proxy, "time", { className: "chat" })).text();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const later = await ask(proxy, "time", { className: "chat" });
    assert.equal(outcome(later), "miss");
    assert.notEqual(await later.text(), first);
  });

  test("a streamed answer comes piece by piece and is not kept", { skip: binary === undefined }, async () => {
    for (const _ of [1, 2]) {
      const answer = await ask(proxy, "", { body: { ...question("stream"), stream: true } });
      assert.equal(outcome(answer), null);
      const times: number[] = [];
      for await (const _ of answer.body!) {
        times.push(Date.now());
      }
      assert.ok(times.at(-1)! - times[0]! > 200, `pieces came at once: ${times}`);
    }
  });

  test("what is not deterministic is kept only where the class allows it", async () => {
    const warm = { ...question("warm"), temperature: 0.7 };
    assert.equal(outcome(await ask(proxy, "", { body: warm })), null);
    assert.equal(outcome(await ask(proxy, "", { body: warm, className: "chat" })), "miss");
  });

  test("cache-control is honoured: no-cache asks anew and keeps, no-store neither looks nor keeps", async () => {
    const old = await (await kept(proxy, "control")).text();
    const anew = await ask(proxy, "control", { headers: { "cache-control": "no-cache" } });
    assert.equal(outcome(anew), "miss");
    const text = await anew.text();
    assert.notEqual(text, old);
    await until("the newer answer", async () => (await (await ask(proxy, "control")).text()) === text);
    const never = await ask(proxy, "control", { headers: { "cache-control": "no-store" } });
    assert.equal(outcome(never), null);
    assert.equal(await (await ask(proxy, "control")).text(), text);
  });

  for (const [what, content] of [
    ["failed", "fails"],
    ["unfinished", "unfinished"],
    ["of another API's form", "foreign"],
    ["longer than maxAnswerBytes", "long"],
  ] as const) {
    test(`an answer that is ${what} reaches the client and is not kept`, async () => {
      const first = await ask(proxy, content);
      assert.equal(first.status, content === "fails" ? 500 : 200);
      const length = (await first.text()).length;
      assert.ok(content !== "long" || length > 400_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(outcome(await ask(proxy, content)), "miss");
    });
  }

  test("a request longer than the proxy's buffer is answered as without a cache", async () => {
    const answer = await ask(proxy, "x".repeat(700_000));
    assert.equal(answer.status, 200);
  });

  test("a request that may be kept is sent on without accept-encoding, so that whoever asks next can read it", async () => {
    await ask(proxy, "encoding", { headers: { "accept-encoding": "gzip" } });
    assert.equal(model.seen.at(-1)?.headers["accept-encoding"], undefined);
  });

  test("a hit counts as a request: limits come before the cache", {
    skip: binary === undefined,
  }, async () => {
    const statuses: number[] = [];
    for (let index = 0; index < LIMIT + 1; index++) {
      statuses.push((await ask(proxy, "limit", { className: "limited" })).status);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(statuses, [...Array(LIMIT).fill(200), 429]);
  });

  test("a store that does not answer costs its budget and no request", async () => {
    await kept(proxy, "frozen");
    store.freeze();
    try {
      const started = Date.now();
      const answer = await ask(proxy, "frozen");
      assert.equal(answer.status, 200);
      assert.equal(outcome(answer), "miss");
      assert.ok(Date.now() - started < 1_000);
    } finally {
      store.thaw();
    }
    await kept(proxy, "frozen");
  });

  test("an answer that takes longer than the ten seconds of Envoy Gateway's gRPC timeout is kept", async () => {
    assert.equal(outcome(await slow), "miss");
    await kept(proxy, "slow");
  });

  test("what was done is counted by class, and no prompt, tenant or answer is in metrics or logs", async () => {
    const metrics = await program.metrics();
    assert.match(
      metrics,
      /response_cache_requests_total\{[^}]*traffic_class="enrich",outcome="hit"[^}]*\} [1-9]/,
    );
    assert.match(metrics, /response_cache_saved_tokens_total\{[^}]*traffic_class="enrich"[^}]*\} [1-9]/);
    assert.match(metrics, /response_cache_requests_total\{[^}]*outcome="miss",reason="store"[^}]*\} [1-9]/);
    for (const said of ["capital of France", "secret", "answer-", 'other"', "tenant"]) {
      assert.ok(!(metrics + program.running.output()).includes(said), said);
    }
  });
});

describe("a gateway whose objects are wrong", () => {
  test("without the order of filters nothing is answered from the store: nobody said that it is allowed", async () => {
    const proxy = await start(setupOf({ filterOrder: [] }));
    try {
      for (const _ of [1, 2, 3]) {
        const answer = await ask(proxy, "order");
        assert.equal(answer.status, 200);
        assert.equal(outcome(answer), null);
      }
      const refused = await ask(proxy, "order", { holds: ["chat"] });
      assert.equal(refused.status, 403);
    } finally {
      await proxy.stop();
    }
    assert.match(await program.metrics(), /outcome="bypass",reason="not-authorized"[^}]*\} [1-9]/);
  });

  test("without the word of authorization nothing is answered from the store", async () => {
    const { metadata: _, ...policy } = PATIENT;
    const proxy = await start(setupOf({ processors: [{ port: program.port, policy }] }));
    try {
      await ask(proxy, "word");
      assert.equal(outcome(await ask(proxy, "word")), null);
    } finally {
      await proxy.stop();
    }
  });

  test("a policy on the route of one class alone does nothing: filters are chosen before the model is known", {
    skip: binary === undefined,
  }, async () => {
    const proxy = await start(setupOf({ policyOn: ["enrich"] }));
    try {
      await ask(proxy, "alone");
      assert.equal(outcome(await ask(proxy, "alone")), null);
    } finally {
      await proxy.stop();
    }
  });
});

describe("a gateway with a guardrail before the cache", () => {
  test("the guardrail sees each request before the store does, and each answer, hits included", async () => {
    const guardrail = await guard();
    const processors = [
      { port: guardrail.port, policy: GUARD },
      { port: program.port, policy: PATIENT },
    ];
    const proxy = await start(setupOf({ processors }));
    try {
      await kept(proxy, "guarded");
      const [requests, answers, seen] = [
        guardrail.requests.length,
        guardrail.answers.length,
        model.seen.length,
      ];
      const hit = await ask(proxy, "guarded");
      assert.equal(outcome(hit), "hit");
      assert.equal(model.seen.length, seen);
      assert.equal(guardrail.requests.length, requests + 1);
      assert.equal(guardrail.answers.length, answers + 1);
      assert.equal((await ask(proxy, "forbidden")).status, 451);
    } finally {
      await proxy.stop();
      guardrail.close();
    }
  });
});

describe("a program that goes away", () => {
  test("is passed by: killed, stopped in the middle, and back again", async () => {
    const own = await startProgram(store.port);
    const proxy = await start(setupOf({ processors: [{ port: own.port, policy: EMITTED.extProc }] }));
    try {
      await kept(proxy, "gone");
      own.running.child.kill("SIGSTOP");
      const started = Date.now();
      const silent = await ask(proxy, "gone");
      assert.equal(silent.status, 200);
      assert.equal(outcome(silent), null);
      assert.ok(Date.now() - started < 2_000);
      own.running.child.kill("SIGCONT");
      await own.stop("SIGKILL");
      for (let index = 0; index < 5; index++) {
        assert.equal((await ask(proxy, "gone")).status, 200);
      }
      const back = await startProgram(store.port, { listen: { port: own.port } });
      await kept(proxy, "gone");
      assert.equal(await back.stop("SIGTERM"), 0);
    } finally {
      await proxy.stop();
    }
  });

  test("ends what it has begun when it is told to stop", async () => {
    const own = await startProgram(store.port, { drainMs: 5_000 });
    const proxy = await start(setupOf({ processors: [{ port: own.port, policy: EMITTED.extProc }] }));
    try {
      const before = ask(proxy, "", { body: { ...question("drain"), stream: true } });
      await new Promise((resolve) => setTimeout(resolve, 150));
      const stopped = own.stop("SIGTERM");
      assert.equal((await (await before).text()).split("\n\n").length, 5);
      assert.equal(await stopped, 0);
      assert.match(own.running.output(), /"Stopped"/);
    } finally {
      await proxy.stop();
    }
  });
});
