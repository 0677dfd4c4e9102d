import { Token } from "cdktf";
import fc from "fast-check";
import { fingerprint, resourceName } from "../../lib/core/naming";
import { captureValidationError } from "../../lib/testing";

const part = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
const anyPart = fc.stringMatching(/^[a-z]([a-z0-9_-]{0,20}[a-z0-9])?$/);
const parts = fc.array(part, { minLength: 1, maxLength: 5 });
const limits = fc.record({
  maxLength: fc.integer({ min: 10, max: 80 }),
  separator: fc.constantFrom("-", "_"),
});

test("a name that fits is the parts joined, nothing else", () => {
  expect(resourceName(["acme", "lake", "raw"], { maxLength: 13 })).toBe("acme-lake-raw");
  expect(resourceName(["acme-lake", "raw"], { maxLength: 13, separator: "_" })).toBe("acme_lake_raw");
});

test("a name that is one character too long is cut and gets a hash", () => {
  expect(resourceName(["acme", "lake", "raw"], { maxLength: 12 })).toBe(
    `acm-${fingerprint('["acme","lake","raw"]')}`,
  );
});

test("no separator is left before the hash", () => {
  expect(resourceName(["acm", "--lake-house"], { maxLength: 13 })).toMatch(/^acm-[0-9a-f]{8}$/);
});

test("names are within the limit, of the allowed characters, and the same every time", () => {
  fc.assert(
    fc.property(parts, limits, (given, limit) => {
      const name = resourceName(given, limit);
      expect(name.length).toBeLessThanOrEqual(limit.maxLength);
      expect(name).toMatch(
        limit.separator === "_" ? /^[a-z][a-z0-9_]*[a-z0-9]$|^[a-z]$/ : /^[a-z][a-z0-9-]*[a-z0-9]$|^[a-z]$/,
      );
      expect(resourceName([...given], { ...limit })).toBe(name);
    }),
  );
});

test("names that are cut never become the same", () => {
  const long = fc.array(part, { minLength: 3, maxLength: 5 }).filter((given) => given.join("-").length > 20);
  fc.assert(
    fc.property(long, long, (first, second) => {
      fc.pre(JSON.stringify(first) !== JSON.stringify(second));
      const limit = { maxLength: 20 };
      expect(resourceName(first, limit)).not.toBe(resourceName(second, limit));
    }),
    { numRuns: 500 },
  );
});

test("an underscore in a part is never taken for a hyphen", () => {
  const limit = { maxLength: 40, separator: "_" } as const;
  expect(resourceName(["a-b"], limit)).toBe("a_b");
  expect(resourceName(["a_b"], limit)).toBe(`a_b_${fingerprint('["a_b"]')}`);
  fc.assert(
    fc.property(anyPart, anyPart, (first, second) => {
      fc.pre(first !== second);
      expect(resourceName([first], limit)).not.toBe(resourceName([second], limit));
    }),
  );
});

test("parts of fixed roles, of which only the first holds the separator, never give the same name", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
  const list = fc.tuple(fc.stringMatching(/^[a-z](-?[a-z0-9]){0,6}$/), word, word);
  fc.assert(
    fc.property(list, list, fc.constantFrom<"-" | "_">("-", "_"), (first, second, separator) => {
      fc.pre(first.join("/") !== second.join("/"));
      const limit = { maxLength: 63, separator };
      expect(resourceName(first, limit)).not.toBe(resourceName(second, limit));
    }),
    { numRuns: 500 },
  );
});

test("joining alone does not tell where a part ends: documented, and a fingerprint as last part does", () => {
  const name = (given: string[]) => resourceName(given, { maxLength: 63 });
  expect(name(["a", "b-c"])).toBe(name(["a-b", "c"]));
  expect(name(["a", "b-c", fingerprint("a/b-c")])).not.toBe(name(["a-b", "c", fingerprint("a-b/c")]));
});

test("refuses tokens, empty parts and limits without room for the hash", () => {
  const error = captureValidationError(() =>
    resourceName(["", Token.asString({ a: 1 }), ""], { maxLength: 9 }),
  );
  expect(error.codes).toEqual(["NumberOutOfRange", "MissingValue", "TokenNotAllowed", "MissingValue"]);
  expect(captureValidationError(() => resourceName([], { maxLength: 10 })).codes).toEqual(["MissingValue"]);
});

test("a fingerprint is short, lower-case hex and depends on the whole text", () => {
  expect(fingerprint("a")).toBe("ca978112");
  expect(fingerprint("a", 12)).toBe("ca978112ca1b");
});
