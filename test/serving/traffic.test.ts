import { Token } from "cdktf";
import fc from "fast-check";
import { Residency, TrafficClass } from "../../lib";
import { chat, codes } from "./fixture";

const NUMBER = Token.asNumber({ resolve: () => 1 });

test("a class waits 100 ms between tokens, keeps 99 of 100 and may be anywhere, unless said otherwise", () => {
  const of = TrafficClass.of("chat", {
    requestsPerSecond: 0.5,
    promptTokens: 100,
    outputTokens: 30.5,
    firstTokenP95Ms: 500,
  });
  expect(of).toEqual({
    name: "chat",
    requestsPerSecond: 0.5,
    promptTokens: 100,
    outputTokens: 30.5,
    maxOutputTokens: 122,
    cachedShare: 0,
    firstTokenP95Ms: 500,
    nextTokenMs: 100,
    priority: 0,
    objective: 0.99,
    residency: Residency.ANYWHERE,
  });
  expect(Object.isFrozen(of)).toBe(true);
});

test("what is given is kept", () => {
  const given = {
    maxOutputTokens: 300,
    cachedShare: 0.9,
    priority: -100,
    objective: 0.5,
    budgetUsdPerHour: 12,
    residency: Residency.EU,
  };
  expect(chat(given)).toMatchObject(given);
});

test.each<[string, object, string]>([
  ["no requests", { requestsPerSecond: 0 }, "NotAQuantity"],
  ["negative requests", { requestsPerSecond: -1 }, "NotAQuantity"],
  ["requests that are no number", { requestsPerSecond: Number.NaN }, "NotAQuantity"],
  ["requests as a text", { requestsPerSecond: "10" }, "NotAQuantity"],
  ["requests that only Terraform knows", { requestsPerSecond: NUMBER }, "TokenNotAllowed"],
  ["no prompt", { promptTokens: 0 }, "NotAQuantity"],
  ["no answer", { outputTokens: 0, maxOutputTokens: 10 }, "NotAQuantity"],
  ["an answer that only Terraform knows", { outputTokens: NUMBER }, "TokenNotAllowed"],
  ["a longest answer below the mean", { maxOutputTokens: 299 }, "NumberOutOfRange"],
  ["half a token", { maxOutputTokens: 300.5 }, "NumberOutOfRange"],
  ["a cache that holds all", { cachedShare: 1 }, "NumberOutOfRange"],
  ["a cache that holds more than all", { cachedShare: 1.1 }, "NotAQuantity"],
  ["a cache that holds less than nothing", { cachedShare: -0.1 }, "NotAQuantity"],
  ["no time", { firstTokenP95Ms: 0 }, "NotAQuantity"],
  ["no time between tokens", { nextTokenMs: 0 }, "NotAQuantity"],
  ["a priority beyond its scale", { priority: 101 }, "NumberOutOfRange"],
  ["half a priority", { priority: 0.5 }, "NumberOutOfRange"],
  ["a certain objective", { objective: 1 }, "NotAQuantity"],
  ["an objective of less than half", { objective: 0.49 }, "NotAQuantity"],
  ["an empty budget", { budgetUsdPerHour: 0 }, "NotAQuantity"],
  ["a residency as text", { residency: "EU" }, "NotOneOf"],
])("refuses %s", (_, changes, code) => {
  expect(codes(() => chat(changes))).toEqual([code]);
});

test("refuses a name that is none, and no props", () => {
  expect(codes(() => chat({}, "Chat"))).toEqual(["InvalidName"]);
  expect(codes(() => TrafficClass.of("chat", undefined as never))).toEqual(["MissingValue"]);
});

test("whatever is given as a class is taken or refused with a code", () => {
  fc.assert(
    fc.property(fc.string(), fc.anything({ withNullPrototype: true }), (name, props) => {
      expect(Array.isArray(codes(() => TrafficClass.of(name, props as never)))).toBe(true);
    }),
  );
});
