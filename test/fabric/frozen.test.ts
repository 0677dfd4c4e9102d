import { frozen } from "../../lib/fabric/frozen";

test("entries of any name are copied as entries, undefined ones are left out", () => {
  const given = JSON.parse('{"__proto__":{"polluted":1},"constructor":[{"a":2}],"10":3}') as object;
  const copy = frozen({ ...given, gone: undefined });
  expect(JSON.stringify(copy)).toBe(JSON.stringify(given));
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  expect("polluted" in copy).toBe(false);
});

test("what was given stays as it is", () => {
  const given = { list: [{ a: 1 }] };
  const copy = frozen(given);
  given.list[0]!.a = 2;
  expect(copy).toEqual({ list: [{ a: 1 }] });
  expect([copy, copy.list, copy.list[0]].every(Object.isFrozen)).toBe(true);
  expect(Object.isFrozen(given)).toBe(false);
});
