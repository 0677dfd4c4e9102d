import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonical } from "../src/canonical.js";
import { keyOf, wholeAnswer } from "../src/requests.js";

const WHO = { gateway: "acme", tenant: "app", className: "chat" };
const CHAT = "/v1/chat/completions";
const COLD = { ttlSeconds: 60, anyTemperature: false };
const bytes = (json: unknown) => Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
const asked = (json: unknown, rule = COLD, path = CHAT, who = WHO) => keyOf(who, path, rule, bytes(json));
const keyFor = (...args: Parameters<typeof asked>) => (asked(...args) as { key: string }).key;

test("requests that a JSON parser reads alike have one key, and others have others", () => {
  // Numbers that two texts could have meant have no key at all.
  const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/\d{16}|e\+/.test(JSON.stringify(value)));
  const body = (more: unknown) => ({ temperature: 0, more });
  fc.assert(
    fc.property(json, json, (a, b) => {
      const spaced = JSON.stringify(body(a), null, 2);
      assert.equal(keyFor(spaced), keyFor(body(a)));
      const alike = JSON.stringify(JSON.parse(canonical(a))) === JSON.stringify(JSON.parse(canonical(b)));
      assert.equal(keyFor(body(a)) === keyFor(body(b)), alike);
    }),
    { seed: 20_261_124 },
  );
});

test("the order of members means nothing, that of lists does", () => {
  assert.equal(canonical({ b: [1, { d: null, c: "x" }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}');
  assert.notEqual(canonical([1, 2]), canonical([2, 1]));
  assert.equal(canonical(JSON.parse('{"__proto__":1}')), '{"__proto__":1}');
});

test("gateway, tenant, class and path are each part of the key", () => {
  const body = { temperature: 0 };
  const keys = [
    keyFor(body),
    keyFor(body, COLD, CHAT, { ...WHO, gateway: "other" }),
    keyFor(body, COLD, CHAT, { ...WHO, tenant: "other" }),
    keyFor(body, COLD, CHAT, { ...WHO, className: "other" }),
    keyFor(body, COLD, "/v1/completions"),
    // No way to write one part into another.
    keyFor(body, COLD, CHAT, { gateway: "acme", tenant: 'app","chat', className: "" }),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.match(keys[0]!, /^[0-9a-f]{64}$/);
});

for (const [what, json, reason] of [
  ["a request that streams", { temperature: 0, stream: true }, "streamed"],
  ["one that says of streaming what is no boolean", { temperature: 0, stream: "no" }, "streamed"],
  ["one without temperature", {}, "temperature"],
  ["one with some", { temperature: 0.1 }, "temperature"],
  ["one with a text for it", { temperature: "0" }, "temperature"],
  ["no JSON", "{", "unreadable"],
  ["a list", "[]", "unreadable"],
  ["a whole number beyond 2^53", '{"temperature":0,"seed":9007199254740993}', "unreadable"],
  ["what nests too deep", `{"temperature":0,"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, "unreadable"],
] as const) {
  test(`${what} has no key`, () => {
    assert.deepEqual(asked(json), { reason });
  });
}

test("text that is no UTF-8 has no key: two of them would read alike", () => {
  const broken = Buffer.concat([bytes('{"temperature":0,"a":"'), Buffer.from([0xff]), bytes('"}')]);
  assert.deepEqual(keyOf(WHO, CHAT, COLD, broken), { reason: "unreadable" });
});

test("stream: false and null do not stream", () => {
  assert.ok("key" in asked({ temperature: 0, stream: false }));
  assert.ok("key" in asked({ temperature: 0, stream: null }));
});

test("embeddings have no temperature, and a class may do without", () => {
  assert.ok("key" in asked({ input: "x" }, COLD, "/v1/embeddings"));
  assert.ok("key" in asked({}, { ...COLD, anyTemperature: true }));
});

const choice = { finish_reason: "stop" };

for (const [what, path, json, tokens] of [
  ["a chat", CHAT, { object: "chat.completion", choices: [choice], usage: { total_tokens: 9 } }, 9],
  ["a completion without usage", "/v1/completions", { object: "text_completion", choices: [choice] }, 0],
  ["embeddings", "/v1/embeddings", { object: "list", data: [{}], usage: { total_tokens: 3 } }, 3],
  ["the answer to another path", CHAT, { object: "text_completion", choices: [choice] }, undefined],
  ["one without choices", CHAT, { object: "chat.completion", choices: [] }, undefined],
  ["one whose choices are no list", CHAT, { object: "chat.completion", choices: {} }, undefined],
  ["a choice that has not ended", CHAT, { object: "chat.completion", choices: [choice, {}] }, undefined],
  ["a choice that is nothing", CHAT, { object: "chat.completion", choices: [null] }, undefined],
  ["an error", CHAT, { object: "chat.completion", choices: [choice], error: {} }, undefined],
  ["half of one", CHAT, '{"object":"chat.compl', undefined],
] as const) {
  test(`${what} is ${tokens === undefined ? "not kept" : `kept, with ${tokens} tokens`}`, () => {
    assert.equal(wholeAnswer(path, bytes(json))?.tokens, tokens);
  });
}
