import { Token } from "cdktf";
import fc from "fast-check";
import { EEA_COUNTRIES, EU_COUNTRIES } from "../../lib/catalog/countries";
import { Residency } from "../../lib/fabric/residency";
import { captureValidationError } from "../../lib/testing";

const codes = (...countries: string[]) =>
  captureValidationError(() => Residency.countries(...countries)).codes;

test("the unions allow their members only", () => {
  expect(EU_COUNTRIES.every((code) => Residency.EU.allows(code))).toBe(true);
  expect(Residency.EU.allows("NO")).toBe(false);
  expect(Residency.EEA.allows("NO")).toBe(true);
  expect(Residency.EEA.allows("CH")).toBe(false);
  expect(Residency.EEA.allows("GB")).toBe(false);
  expect(Residency.ANYWHERE.allows("US")).toBe(true);
});

test("countries of your choice, in any order, once", () => {
  const residency = Residency.countries("FR", "DE", "FR");
  expect(residency.name).toBe("DE+FR");
  expect(residency.describe()).toBe("DE, FR");
  expect(residency.allows("DE")).toBe(true);
  expect(residency.allows("BE")).toBe(false);
  expect(residency.allows("")).toBe(false);
});

test("each has a name and says which countries it allows", () => {
  expect([Residency.EU.name, Residency.EEA.name, Residency.ANYWHERE.name]).toEqual(["EU", "EEA", "anywhere"]);
  expect(Residency.EU.describe()).toBe([...EU_COUNTRIES].sort().join(", "));
  expect(Residency.EEA.describe()).toBe([...EEA_COUNTRIES].sort().join(", "));
  expect(Residency.ANYWHERE.describe()).toBe("any country");
});

test("refuses no country, unknown ones and tokens, all at once", () => {
  expect(codes()).toEqual(["MissingValue"]);
  expect(codes("")).toEqual(["InvalidCountry"]);
  expect(codes("de", "EU", "DE", Token.asString({}))).toEqual([
    "InvalidCountry",
    "InvalidCountry",
    "TokenNotAllowed",
  ]);
});

describe("containing another rule", () => {
  test.each([
    [Residency.ANYWHERE, Residency.EU, true],
    [Residency.ANYWHERE, Residency.ANYWHERE, true],
    [Residency.EU, Residency.ANYWHERE, false],
    [Residency.EEA, Residency.EU, true],
    [Residency.EU, Residency.EEA, false],
    [Residency.EU, Residency.EU, true],
    [Residency.EU, Residency.countries("DE"), true],
    [Residency.EU, Residency.countries("DE", "US"), false],
    [Residency.countries("DE"), Residency.EU, false],
  ])("%# ", (outer, inner, expected) => {
    expect(outer.contains(inner)).toBe(expected);
  });

  test("means that whatever the inner one allows is allowed outside", () => {
    const rule = fc
      .uniqueArray(fc.constantFrom(...EEA_COUNTRIES), { minLength: 1, maxLength: 6 })
      .map((codes) => Residency.countries(...codes));
    fc.assert(
      fc.property(rule, rule, (outer, inner) => {
        const expected = EEA_COUNTRIES.filter((code) => inner.allows(code)).every((code) =>
          outer.allows(code),
        );
        expect(outer.contains(inner)).toBe(expected);
      }),
    );
  });
});

test("a rule cannot be changed", () => {
  expect(Object.isFrozen(Residency.EU)).toBe(true);
  expect(Object.isFrozen(Residency.countries("DE"))).toBe(true);
});
