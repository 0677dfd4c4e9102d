import { Token } from "cdktf";
import fc from "fast-check";
import { CoreErrors, defineErrors, type Finding, ValidationError } from "../../lib/core/errors";

const RoomErrors = defineErrors({
  First: { meaning: "the first is wrong", fix: "mend the first" },
  Second: { meaning: "the second is wrong", fix: "mend the second" },
});

const finding = (given: unknown): Finding => ({
  error: RoomErrors.First,
  subject: "thing",
  given,
  allowed: "anything else",
});

function shown(given: unknown): string {
  return /given: {3}(.*)/.exec(new ValidationError("x", [finding(given)]).message)?.[1] ?? "";
}

test("a defined error knows its own code", () => {
  expect(RoomErrors.First).toEqual({ code: "First", meaning: "the first is wrong", fix: "mend the first" });
});

test("the message says where, what, what was given, what is allowed and how to mend it, for every finding", () => {
  const second = { ...finding(7), error: RoomErrors.Second, fix: "mend exactly this" };
  const error = new ValidationError("app/stack/thing", [finding('a\n"b"'), second]);
  expect(error.message).toBe(
    [
      "app/stack/thing",
      "  [First] thing: the first is wrong",
      '    given:   "a\\n\\"b\\""',
      "    allowed: anything else",
      "    fix:     mend the first",
      "  [Second] thing: the second is wrong",
      "    given:   7",
      "    allowed: anything else",
      "    fix:     mend exactly this",
    ].join("\n"),
  );
  expect(error).toMatchObject({
    name: "ValidationError",
    where: "app/stack/thing",
    code: "First",
    codes: ["First", "Second"],
  });
});

test("findings cannot be changed afterwards, not even through the list they came from", () => {
  const findings: [Finding, ...Finding[]] = [finding(1)];
  const error = new ValidationError("x", findings);
  findings.push(finding(2));
  expect(error.findings).toHaveLength(1);
  expect(Object.isFrozen(error.findings)).toBe(true);
});

const circular: Record<string, unknown> = { a: 1 };
circular.self = circular;
const shared = { b: 1 };

test.each<[unknown, string]>([
  [undefined, "nothing"],
  [null, "null"],
  ["", '""'],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [[Number.NaN, 1n], '["NaN","1n"]'],
  [10n, "10n"],
  [false, "false"],
  [Symbol("x"), "Symbol(x)"],
  [() => "a secret", "a function"],
  [{ run: () => "a secret" }, '{"run":"a function"}'],
  [circular, '{"a":1,"self":"(circular)"}'],
  [[shared, shared], '[{"b":1},{"b":1}]'],
  [Object.create(null), "{}"],
  [Token.asString({ a: 1 }), "a token"],
  [Token.asNumber("${a.b}"), "a token"],
  [
    {
      toJSON: () => {
        throw new Error("no");
      },
    },
    "a value that cannot be shown",
  ],
  [{ toJSON: () => undefined }, "nothing"],
])("shows what was given: %#", (given, text) => {
  expect(shown(given)).toBe(text);
});

test("a very long value is cut, with its length", () => {
  expect(shown("x".repeat(1000))).toBe(`"${"x".repeat(299)}… (1002 characters)`);
  expect(shown("x".repeat(298))).toBe(`"${"x".repeat(298)}"`);
});

test("any value at all can be given", () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
        withBoxedValues: true,
      }),
      (given) => {
        expect(shown(given).length).toBeLessThan(400);
      },
    ),
  );
});

describe("ValidationError.is", () => {
  test("knows its own", () => {
    expect(ValidationError.is(new ValidationError("x", [finding(1)]))).toBe(true);
  });

  test("knows those of another copy of the package", () => {
    jest.isolateModules(() => {
      const copy = jest.requireActual<typeof import("../../lib/core/errors")>("../../lib/core/errors");
      expect(copy.ValidationError).not.toBe(ValidationError);
      const foreign = new copy.ValidationError("x", [finding(1)]);
      expect(foreign).not.toBeInstanceOf(ValidationError);
      expect(ValidationError.is(foreign)).toBe(true);
    });
  });

  test.each([new Error("x"), { name: "ValidationError" }, null, undefined, "x", 1])("refuses %p", (value) => {
    expect(ValidationError.is(value)).toBe(false);
  });
});

test("every entry of the core catalogue is one sentence and a fix, without a full stop", () => {
  for (const [key, { code, meaning, fix }] of Object.entries(CoreErrors)) {
    expect(code).toBe(key);
    expect(meaning).toMatch(/^[a-zA-Z].*[^.]$/);
    expect(fix).toMatch(/[^.]$/);
  }
});
