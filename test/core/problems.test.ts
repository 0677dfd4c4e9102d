import { Token } from "cdktf";
import fc from "fast-check";
import { CoreErrors } from "../../lib/core/errors";
import { COMMON_NAME, Problems } from "../../lib/core/problems";
import { captureValidationError } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const stringToken = Token.asString({ Ref: "x" });
const numberToken = Token.asNumber("${a.b}");
const listToken = Token.asList("${a.b}");

/** Codes that one check finds. */
function codes(check: (problems: Problems) => unknown): readonly string[] {
  const problems = new Problems("test");
  const accepted = check(problems);
  expect(accepted).toBe(problems.empty);
  return problems.empty ? [] : captureValidationError(() => problems.throwIfAny()).codes;
}

const anyText = fc.oneof(hostileText, fc.string(), fc.constantFrom("${HOME}", "%{if}", "__proto__"));

test("collects everything, throws once, in the order in which it was found", () => {
  const problems = new Problems("app/stack/thing");
  expect(() => problems.throwIfAny()).not.toThrow();
  problems.name("name", "Not Valid");
  problems.cidr("cidr", "10.0.0.1/8");
  problems.add(CoreErrors.MissingValue, {
    subject: "other",
    given: undefined,
    allowed: "a value",
    fix: "give it",
  });
  const error = captureValidationError(() => problems.throwIfAny());
  expect(error.where).toBe("app/stack/thing");
  expect(error.codes).toEqual(["InvalidName", "InvalidCidr", "MissingValue"]);
  expect(error.findings[0]).toEqual({
    error: CoreErrors.InvalidName,
    subject: "name",
    given: "Not Valid",
    allowed: COMMON_NAME.form,
  });
  expect(error.findings[2]?.fix).toBe("give it");
});

describe("literal", () => {
  test.each([stringToken, numberToken, listToken, Token.asAny({}), { a: [stringToken] }])(
    "refuses %#",
    (value) => {
      expect(codes((problems) => problems.literal("x", value))).toEqual(["TokenNotAllowed"]);
    },
  );

  test("lets every JSON value without a token pass", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 2 }).filter((value) => !/e\+2[89]\d/.test(JSON.stringify(value))),
        (value) => {
          expect(codes((problems) => problems.literal("x", value))).toEqual([]);
        },
      ),
    );
  });
});

describe("name", () => {
  test.each(["a", "a1", "a-b", "a--b", "a".repeat(32)])("accepts %s", (value) => {
    expect(codes((problems) => problems.name("x", value))).toEqual([]);
  });

  test.each(["", "A", "1a", "-a", "a-", "a_b", "a b", "ä", "a\n", "a".repeat(33), "${HOME}", "a.b"])(
    "refuses %j",
    (value) => {
      expect(codes((problems) => problems.name("x", value))).toEqual(["InvalidName"]);
    },
  );

  test.each<unknown>([undefined, null, 1, {}, ["a"], true])("refuses %p, which is no text", (value) => {
    expect(codes((problems) => problems.name("x", value as string))).toEqual(["InvalidName"]);
  });

  test.each([stringToken, numberToken, listToken])("refuses a token", (value) => {
    expect(codes((problems) => problems.name("x", value as string))).toEqual(["TokenNotAllowed"]);
  });

  test("accepts exactly the documented form", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.stringMatching(/^[a-z0-9-]{0,34}$/)), (value) => {
        const documented =
          value.length >= 1 &&
          value.length <= 32 &&
          [...value].every((sign) => "abcdefghijklmnopqrstuvwxyz0123456789-".includes(sign)) &&
          /^[a-z]/.test(value) &&
          !value.endsWith("-");
        expect(codes((problems) => problems.name("x", value))).toEqual(documented ? [] : ["InvalidName"]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("cidr", () => {
  test.each([
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.20.0.0/16",
    "192.168.1.255/32",
    "255.255.255.254/31",
    "128.0.0.0/1",
  ])("accepts %s", (value) => {
    expect(codes((problems) => problems.cidr("x", value))).toEqual([]);
  });

  test.each([
    "10.0.0.1/8",
    "10.0.0.0/33",
    "0.0.0.0/33",
    "10.0.0.0/-1",
    "256.0.0.0/8",
    "10.0.0/8",
    "10.0.0.0",
    "010.0.0.0/8",
    "10.0.0.0/08",
    "10.0.0.0/8 ",
    "10.0.0.0/8\n",
    "::/0",
    "128.0.0.0/0",
    "",
  ])("refuses %j", (value) => {
    expect(codes((problems) => problems.cidr("x", value))).toEqual(["InvalidCidr"]);
  });

  test("accepts every network address and no other address of that network", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.integer({ min: 0, max: 32 }), (octets, prefix) => {
        const bits = octets.map((value) => value.toString(2).padStart(8, "0")).join("");
        const isNetwork = !bits.slice(prefix).includes("1");
        expect(codes((problems) => problems.cidr("x", `${octets.join(".")}/${prefix}`))).toEqual(
          isNetwork ? [] : ["InvalidCidr"],
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("duration", () => {
  test.each(["90s", "30m", "1h30m", "1.5h", "0s", "100ms", "5us", "5µs", "7ns"])("accepts %s", (value) => {
    expect(codes((problems) => problems.duration("x", value))).toEqual([]);
  });

  test.each(["", "90", "s", "-1h", "1d", "1 h", "1h ", "1H", ".5h", "1.h", "1h30", "PT1H", "${x}"])(
    "refuses %j",
    (value) => {
      expect(codes((problems) => problems.duration("x", value))).toEqual(["InvalidDuration"]);
    },
  );
});

describe("size", () => {
  test.each(["512Mi", "2Ti", "1.5Gi", "1Ki", "10Pi", "1Ei"])("accepts %s", (value) => {
    expect(codes((problems) => problems.size("x", value))).toEqual([]);
  });

  test.each(["", "0Gi", "-1Gi", "512", "512M", "512MB", "512mi", "01Gi", "1 Gi", "1.Gi", "1Gi\n", "1e3Gi"])(
    "refuses %j",
    (value) => {
      expect(codes((problems) => problems.size("x", value))).toEqual(["InvalidSize"]);
    },
  );
});

describe.each(["cidr", "duration", "size"] as const)("%s", (kind) => {
  test("lets a token pass unchecked", () => {
    expect(codes((problems) => problems[kind]("x", stringToken))).toEqual([]);
    expect(codes((problems) => problems[kind]("x", `10.${stringToken}`))).toEqual([]);
  });

  test.each<unknown>([undefined, null, 1, {}, [stringToken], numberToken])(
    "refuses what is no text: %#",
    (value) => {
      expect(codes((problems) => problems[kind]("x", value as string))).toHaveLength(1);
    },
  );

  test("never crashes and never accepts blanks or signs of other languages", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const found = codes((problems) => problems[kind]("x", value));
        if (/[\s${}%"'\\]/.test(value) || value === "") {
          expect(found).toHaveLength(1);
        }
      }),
    );
  });
});

describe.each(["integer", "literalInteger"] as const)("%s", (kind) => {
  const check = (value: unknown) =>
    codes((problems) => problems[kind]("x", value as number, { min: 1, max: 10 }));

  test.each([1, 10, 5])("accepts %p", (value) => {
    expect(check(value)).toEqual([]);
  });

  test.each<unknown>([
    0,
    11,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "5",
    5n,
    null,
    undefined,
    [5],
    {},
  ])("refuses %p", (value) => {
    expect(check(value)).toEqual(["NumberOutOfRange"]);
  });

  test("agrees with the bounds for every number", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double({ min: -1e200, max: 1e200 })), (value) => {
        const fits = Number.isInteger(value) && value >= 1 && value <= 10;
        expect(check(value)).toEqual(fits ? [] : ["NumberOutOfRange"]);
      }),
    );
  });
});

test("a number token passes as integer, but not where it is computed with", () => {
  const bounds = { min: 1, max: 10 };
  expect(codes((problems) => problems.integer("x", numberToken, bounds))).toEqual([]);
  expect(codes((problems) => problems.literalInteger("x", numberToken, bounds))).toEqual(["TokenNotAllowed"]);
});

describe("oneOf", () => {
  const check = (value: unknown) => codes((problems) => problems.oneOf("x", value as string, ["a", "b"]));

  test("accepts the listed values only", () => {
    expect(check("a")).toEqual([]);
    fc.assert(
      fc.property(anyText, (value) => {
        fc.pre(value !== "a" && value !== "b");
        expect(check(value)).toEqual(["NotOneOf"]);
      }),
    );
    expect(check(undefined)).toEqual(["NotOneOf"]);
    expect(check(["a"])).toEqual(["NotOneOf"]);
  });

  test("refuses tokens, because the value decides structure", () => {
    expect(check(stringToken)).toEqual(["TokenNotAllowed"]);
  });
});

describe("unique", () => {
  test("accepts different values, none included", () => {
    expect(codes((problems) => problems.unique("x", []))).toEqual([]);
    expect(codes((problems) => problems.unique("x", ["a", "A", "__proto__"]))).toEqual([]);
  });

  test("names each repeated value once, in order", () => {
    const problems = new Problems("test");
    problems.unique("x", ["a", "b", "c", "b", "a", "b"]);
    const [finding] = captureValidationError(() => problems.throwIfAny()).findings;
    expect(finding).toMatchObject({ error: CoreErrors.DuplicateValue, given: ["b", "a"] });
  });

  test("agrees with a set", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c", "constructor")), (values) => {
        const unique = new Set(values).size === values.length;
        expect(codes((problems) => problems.unique("x", values))).toEqual(unique ? [] : ["DuplicateValue"]);
      }),
    );
  });
});

describe("required", () => {
  test.each<unknown>([undefined, null, "", " ", "\n\t"])("refuses %p", (value) => {
    expect(codes((problems) => problems.required("x", value, "a value"))).toEqual(["MissingValue"]);
  });

  test.each<unknown>(["a", 0, false, [], {}, stringToken, numberToken])("accepts %p", (value) => {
    expect(codes((problems) => problems.required("x", value, "a value"))).toEqual([]);
  });
});

describe("an ARN", () => {
  const check = (value: string) => {
    const problems = new Problems("here");
    problems.arn("key", value, "kms");
    return problems.empty;
  };

  test.each([
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/lake",
    Token.asString({ Ref: "key" }),
  ])("%s is taken", (value) => {
    expect(check(value)).toBe(true);
  });

  test.each([
    "",
    "key/1",
    "arn:aws:s3:::bucket",
    "arn:aws:kms:eu-west-1:1111:key/1",
    "arn:aws:kms:eu-west-1:111122223333:${HOME}",
  ])("%s is refused", (value) => {
    expect(check(value)).toBe(false);
  });

  test("the message tells the service", () => {
    const error = captureValidationError(() => {
      const problems = new Problems("here");
      problems.arn("key", "nope", "kms");
      problems.throwIfAny();
    });
    expect(error.code).toBe("InvalidArn");
    expect(error.message).toContain("arn:aws:kms:");
  });
});
