import fc from "fast-check";
import {
  formatIcebergType,
  type IcebergType,
  MAX_TYPE_DEPTH,
  PRIMITIVE_NAMES,
  parseIcebergType,
  TYPE_NOTATION,
} from "../../lib/lakehouse/iceberg-type";
import { hostileText } from "../hostile-text";

const { type: anyType } = fc.letrec<{ type: IcebergType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 5, depthIdentifier: "type" },
    fc.record({ kind: fc.constant("primitive" as const), name: fc.constantFrom(...PRIMITIVE_NAMES) }),
    fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38)).map(([precision, scale]) => ({
      kind: "decimal" as const,
      precision,
      scale: Math.min(scale, precision),
    })),
    fc.record({ kind: fc.constant("fixed" as const), length: fc.integer({ min: 1, max: 999_999_999 }) }),
    fc.record({ kind: fc.constant("list" as const), element: tie("type") }),
    fc.record({ kind: fc.constant("map" as const), key: tie("type"), value: tie("type") }),
    fc.record({
      kind: fc.constant("struct" as const),
      fields: fc.uniqueArray(
        fc.record({ name: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/), type: tie("type") }),
        { minLength: 1, maxLength: 3, selector: (field) => field.name.toLowerCase() },
      ),
    }),
  ),
}));

test("what is written can be read again", () => {
  fc.assert(
    fc.property(anyType, (type) => {
      expect(parseIcebergType(formatIcebergType(type))).toEqual(type);
    }),
    { numRuns: 500 },
  );
});

test("blanks between the parts make no difference", () => {
  const blanks = fc.stringMatching(/^[ \t\n]{0,3}$/);
  fc.assert(
    fc.property(anyType, blanks, (type, blank) => {
      const text = formatIcebergType(type)
        .replaceAll(" ", "")
        .replaceAll(/[<>(),:]/g, (sign) => `${blank}${sign}${blank}`);
      expect(parseIcebergType(`${blank}${text}${blank}`)).toEqual(type);
    }),
  );
});

test("whatever is read is written in one form", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z<>(),: 0-9]{0,30}$/), (text) => {
      const type = parseIcebergType(text);
      if (type) {
        expect(parseIcebergType(formatIcebergType(type))).toEqual(type);
      }
    }),
  );
});

test.each([
  ["long", { kind: "primitive", name: "long" }],
  ["decimal(18,4)", { kind: "decimal", precision: 18, scale: 4 }],
  ["decimal(38, 38)", { kind: "decimal", precision: 38, scale: 38 }],
  ["decimal(1, 0)", { kind: "decimal", precision: 1, scale: 0 }],
  ["fixed(16)", { kind: "fixed", length: 16 }],
  ["list<string>", { kind: "list", element: { kind: "primitive", name: "string" } }],
  [
    "map<string, list<int>>",
    {
      kind: "map",
      key: { kind: "primitive", name: "string" },
      value: { kind: "list", element: { kind: "primitive", name: "int" } },
    },
  ],
  [
    "struct<a: int, B_2: uuid>",
    {
      kind: "struct",
      fields: [
        { name: "a", type: { kind: "primitive", name: "int" } },
        { name: "B_2", type: { kind: "primitive", name: "uuid" } },
      ],
    },
  ],
])("reads %s", (text, type) => {
  expect(parseIcebergType(text)).toEqual(type);
});

test.each([
  "",
  " ",
  "integer",
  "bigint",
  "varchar",
  "LONG",
  "Long",
  "long long",
  "timestamp_ns",
  "variant",
  "decimal",
  "decimal()",
  "decimal(18)",
  "decimal(0, 0)",
  "decimal(39, 0)",
  "decimal(4, 5)",
  "decimal(-1, 0)",
  "decimal(1.5, 0)",
  "decimal(9999999999, 0)",
  "decimal(18, 4",
  "fixed(0)",
  "fixed",
  "fixed(1, 2)",
  "list",
  "list<>",
  "list<string",
  "list<string>>",
  "list<string, int>",
  "map<string>",
  "map<string, int, int>",
  "struct<>",
  "struct<a>",
  "struct<a: int,>",
  "struct<a: int, a: long>",
  "struct<a: int, A: long>",
  "struct<1a: int>",
  "struct<a b: int>",
  "struct<`a`: int>",
  "list<${x}>",
  "toString",
  "__proto__",
])("%j is no type", (text) => {
  expect(parseIcebergType(text)).toBeUndefined();
});

test.each<unknown>([undefined, null, 1, {}, ["long"]])("%p is no type", (value) => {
  expect(parseIcebergType(value as string)).toBeUndefined();
});

test("types nest as deep as the notation says, and no deeper", () => {
  const nested = (depth: number) => `${"list<".repeat(depth - 1)}int${">".repeat(depth - 1)}`;
  expect(TYPE_NOTATION).toContain(`${MAX_TYPE_DEPTH} levels`);
  expect(formatIcebergType(parseIcebergType(nested(MAX_TYPE_DEPTH))!)).toBe(nested(MAX_TYPE_DEPTH));
  expect(parseIcebergType(nested(MAX_TYPE_DEPTH + 1))).toBeUndefined();
  expect(parseIcebergType(nested(1_000_000))).toBeUndefined();
});

test("depth is counted down a branch, not over all fields", () => {
  const wide = `struct<${Array.from({ length: 100 }, (_, index) => `f${index}: list<int>`).join(", ")}>`;
  expect(parseIcebergType(wide)).toBeDefined();
});

test("hostile text is read quickly and never crashes", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(parseIcebergType(`${text}<`)).toBeUndefined();
    }),
  );
  const started = performance.now();
  expect(parseIcebergType(`struct<${" ".repeat(200_000)}a: int`)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(1000);
});
