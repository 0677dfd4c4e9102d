import { Lazy } from "cdktf";
import fc from "fast-check";
import { stableJson } from "../../lib/core/json";

test("the order of declaration makes no difference", () => {
  expect(stableJson({ b: 1, a: { d: [{ z: 1, y: 2 }], c: null } })).toBe(
    '{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}',
  );
});

test("any two objects with the same entries give the same bytes, and nothing is lost", () => {
  const key = fc.oneof(fc.string(), fc.constantFrom("__proto__", "toJSON", "10", "9", "constructor"));
  const entries = fc.uniqueArray(fc.tuple(key, fc.jsonValue()), { selector: ([name]) => name });
  fc.assert(
    fc.property(entries, (list) => {
      const text = stableJson(Object.fromEntries(list));
      expect(stableJson(Object.fromEntries([...list].reverse()))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(list))));
    }),
  );
});

test("lists keep their order", () => {
  expect(stableJson(["b", "a"])).toBe('["b","a"]');
});

test("undefined entries are left out, dates are ISO strings", () => {
  expect(stableJson({ a: undefined, b: new Date(0), c: [undefined] })).toBe(
    '{"b":"1970-01-01T00:00:00.000Z","c":[null]}',
  );
});

test("indents on request", () => {
  expect(stableJson({ a: 1 }, 2)).toBe('{\n  "a": 1\n}');
});

test.each<[string, unknown]>([
  ["undefined", undefined],
  ["a function", () => 1],
  ["a big integer", { a: 1n }],
  ["an unresolved object", { a: Lazy.anyValue({ produce: () => 1 }) }],
])("refuses %s instead of writing something else", (_name, value) => {
  expect(() => stableJson(value)).toThrow(TypeError);
});
