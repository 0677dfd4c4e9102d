import { Token } from "cdktf";
import fc from "fast-check";
import { Problems } from "../../lib/core/problems";
import { formatIcebergType, parseIcebergType } from "../../lib/lakehouse/iceberg-type";
import {
  Partition,
  type PartitionTransform,
  requireColumns,
  resolveTable,
  type SortField,
  type Table,
  type TableProps,
} from "../../lib/lakehouse/table";
import { captureValidationError } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const token = Token.asString({ a: 1 });
const numberToken = Token.asNumber("${a.b}");

const BIDS: TableProps = {
  name: "bids",
  columns: [
    { name: "id", type: "uuid", required: true },
    { name: "at", type: "timestamptz", comment: "when" },
    { name: "user", type: "string", pii: true },
    { name: "tags", type: "list<string>" },
  ],
};

function resolve(change: Partial<TableProps> = {}): Table {
  const problems = new Problems("test");
  const table = resolveTable(problems, "raw", { ...BIDS, ...change });
  problems.throwIfAny();
  return table;
}

const refusal = (change: Partial<TableProps>) => captureValidationError(() => resolve(change));
const codes = (change: Partial<TableProps>) => refusal(change).codes;

describe("a table", () => {
  test("gets field ids by position and every default", () => {
    expect(resolve()).toEqual({
      name: "bids",
      columns: [
        {
          id: 1,
          name: "id",
          type: { kind: "primitive", name: "uuid" },
          required: true,
          comment: undefined,
          pii: false,
        },
        {
          id: 2,
          name: "at",
          type: { kind: "primitive", name: "timestamptz" },
          required: false,
          comment: "when",
          pii: false,
        },
        {
          id: 3,
          name: "user",
          type: { kind: "primitive", name: "string" },
          required: false,
          comment: undefined,
          pii: true,
        },
        {
          id: 4,
          name: "tags",
          type: { kind: "list", element: { kind: "primitive", name: "string" } },
          required: false,
          comment: undefined,
          pii: false,
        },
      ],
      partitionBy: [],
      sortBy: [],
      comment: undefined,
      snapshotRetentionDays: 7,
    });
  });

  test("keeps what was said", () => {
    const partitionBy = [Partition.day("at"), Partition.bucket("id", 16)];
    const table = resolve({ comment: "all bids", partitionBy, snapshotRetentionDays: 30 });
    expect(table).toMatchObject({ comment: "all bids", partitionBy, snapshotRetentionDays: 30 });
  });

  test.each(["a", "a1", "a_b", "a__b", "a_", "x".repeat(128)])(
    "may be named %s, and so may a column",
    (name) => {
      expect(resolve({ name }).name).toBe(name);
      expect(resolve({ columns: [{ name, type: "int" }] }).columns[0]?.name).toBe(name);
    },
  );

  test.each(["", "A", "1a", "_a", "a-b", "a.b", "a b", "ä", "x".repeat(129), "${x}", "a;drop table b"])(
    "may not be named %j, and neither may a column",
    (name) => {
      expect(codes({ name })).toEqual(["InvalidName"]);
      expect(codes({ columns: [{ name, type: "int" }] })).toEqual(["InvalidName"]);
    },
  );

  test("is named by a literal, like its columns and their types", () => {
    expect(codes({ name: token })).toEqual(["TokenNotAllowed"]);
    expect(codes({ columns: [{ name: token, type: token }] })).toEqual([
      "TokenNotAllowed",
      "TokenNotAllowed",
    ]);
  });

  test("has columns, each once", () => {
    expect(codes({ columns: [] })).toEqual(["TableWithoutColumns"]);
    const twice = refusal({ columns: [...BIDS.columns, { name: "id", type: "long" }] });
    expect(twice.codes).toEqual(["DuplicateValue"]);
    expect(twice.findings[0]).toMatchObject({ subject: 'zone "raw" table "bids" columns', given: ["id"] });
  });

  test("has columns of known types", () => {
    const error = refusal({ columns: [{ name: "id", type: "bigint" }] });
    expect(error.codes).toEqual(["UnknownColumnType"]);
    expect(error.findings[0]).toMatchObject({
      subject: 'zone "raw" table "bids" column "id" type',
      given: "bigint",
    });
  });

  test.each([1, 3650])("keeps snapshots for %p days", (snapshotRetentionDays) => {
    expect(resolve({ snapshotRetentionDays }).snapshotRetentionDays).toBe(snapshotRetentionDays);
  });

  test.each([0, -1, 1.5, 3651, Number.NaN])("cannot keep snapshots for %p days", (snapshotRetentionDays) => {
    expect(codes({ snapshotRetentionDays })).toEqual(["NumberOutOfRange"]);
  });

  test("keeps snapshots for a number of days that is known at synth", () => {
    expect(codes({ snapshotRetentionDays: numberToken })).toEqual(["TokenNotAllowed"]);
  });

  test("says everything that is wrong at once", () => {
    const change = {
      name: "Bids",
      columns: [{ name: "ID", type: "bigint" }],
      partitionBy: [Partition.day("at")],
      sortBy: [{ column: "at" }],
      snapshotRetentionDays: 0,
    };
    expect(codes(change)).toEqual([
      "InvalidName",
      "InvalidName",
      "UnknownColumnType",
      "PartitionColumnMissing",
      "SortColumnMissing",
      "NumberOutOfRange",
    ]);
  });

  test("never crashes on hostile names and types", () => {
    const text = hostileText;
    fc.assert(
      fc.property(text, text, text, (name, column, type) => {
        const problems = new Problems("test");
        resolveTable(problems, "raw", {
          name,
          columns: [{ name: column, type }],
          partitionBy: [Partition.truncate(column, 1)],
          sortBy: [{ column }],
        });
        const plain = /^[a-z][a-z0-9_]*$/.test(name) && /^[a-z][a-z0-9_]*$/.test(column);
        expect(problems.empty && !(plain && parseIcebergType(type))).toBe(false);
      }),
    );
  });
});

describe("partitions", () => {
  const TYPES = [
    "boolean",
    "int",
    "long",
    "float",
    "double",
    "decimal(9, 2)",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "string",
    "uuid",
    "fixed(16)",
    "binary",
    "list<int>",
    "map<string, int>",
    "struct<a: int>",
  ];
  // Source: Iceberg specification, partition transforms; nested columns cannot be partition sources.
  const ALLOWED: Readonly<Record<PartitionTransform, readonly string[]>> = {
    identity: TYPES.slice(0, 14),
    year: ["date", "timestamp", "timestamptz"],
    month: ["date", "timestamp", "timestamptz"],
    day: ["date", "timestamp", "timestamptz"],
    hour: ["timestamp", "timestamptz"],
    bucket: [
      "int",
      "long",
      "decimal(9, 2)",
      "date",
      "time",
      "timestamp",
      "timestamptz",
      "string",
      "uuid",
      "fixed(16)",
      "binary",
    ],
    truncate: ["int", "long", "decimal(9, 2)", "string", "binary"],
  };
  const MAKE: Readonly<Record<PartitionTransform, (column: string) => Partition>> = {
    identity: Partition.identity,
    year: Partition.year,
    month: Partition.month,
    day: Partition.day,
    hour: Partition.hour,
    bucket: (column) => Partition.bucket(column, 4),
    truncate: (column) => Partition.truncate(column, 4),
  };
  const cases = Object.keys(ALLOWED).flatMap((transform) =>
    TYPES.map((type) => [transform as PartitionTransform, type] as const),
  );

  test.each(cases)("%s of %s as in the specification", (transform, type) => {
    const change = { columns: [{ name: "c", type }], partitionBy: [MAKE[transform]("c")] };
    if (ALLOWED[transform].includes(type)) {
      expect(resolve(change).partitionBy).toEqual(change.partitionBy);
    } else {
      const error = refusal(change);
      expect(error.codes).toEqual(["PartitionTransformMismatch"]);
      expect(error.findings[0]).toMatchObject({
        subject: `zone "raw" table "bids" partition ${transform}(c)`,
        given: formatIcebergType(parseIcebergType(type)!),
      });
    }
  });

  test.each([
    [Partition.identity("c"), "c", "identity"],
    [Partition.year("c"), "c_year", "year"],
    [Partition.month("c"), "c_month", "month"],
    [Partition.day("c"), "c_day", "day"],
    [Partition.hour("c"), "c_hour", "hour"],
    [Partition.bucket("c", 16), "c_bucket", "bucket[16]"],
    [Partition.truncate("c", 4), "c_trunc", "truncate[4]"],
  ])("%# are named and written as Iceberg does, and frozen", (partition, fieldName, notation) => {
    expect([partition.fieldName, partition.notation]).toEqual([fieldName, notation]);
    expect(Object.isFrozen(partition)).toBe(true);
  });

  test("need a column of the table", () => {
    const error = refusal({ partitionBy: [Partition.day("event_time")] });
    expect(error.codes).toEqual(["PartitionColumnMissing"]);
    expect(error.findings[0]).toMatchObject({ given: "event_time", allowed: "id, at, user, tags" });
  });

  test("of a column whose type is wrong are not reported twice", () => {
    expect(codes({ columns: [{ name: "c", type: "wrong" }], partitionBy: [Partition.day("c")] })).toEqual([
      "UnknownColumnType",
    ]);
  });

  test.each([0, -1, 1.5, 1_000_001, Number.NaN, undefined as unknown as number])(
    "cannot have %p buckets",
    (buckets) => {
      expect(codes({ partitionBy: [Partition.bucket("id", buckets)] })).toEqual(["NumberOutOfRange"]);
      expect(codes({ partitionBy: [Partition.truncate("user", buckets)] })).toEqual(["NumberOutOfRange"]);
    },
  );

  test.each([1, 1_000_000])("can have %p buckets", (buckets) => {
    expect(resolve({ partitionBy: [Partition.bucket("id", buckets)] }).partitionBy[0]?.parameter).toBe(
      buckets,
    );
  });

  test("are literals", () => {
    expect(codes({ partitionBy: [Partition.day(token)] })).toEqual(["TokenNotAllowed"]);
    expect(codes({ partitionBy: [Partition.bucket("id", numberToken)] })).toEqual(["TokenNotAllowed"]);
  });

  const TIME = [Partition.year, Partition.month, Partition.day, Partition.hour];
  const pairs = TIME.flatMap((first) => TIME.map((second) => [first("at"), second("at")]));

  test.each(pairs)("one time transform per column: %# is refused, as Iceberg does", (first, second) => {
    const error = refusal({ partitionBy: [first, second] });
    expect(error.codes).toEqual(["RedundantPartition"]);
    expect(error.findings[0]).toMatchObject({
      given: [first.notation, second.notation],
      allowed: "one of them",
    });
  });

  test.each([
    [Partition.identity("user"), Partition.identity("user")],
    [Partition.bucket("user", 4), Partition.bucket("user", 8)],
    [Partition.truncate("user", 4), Partition.truncate("user", 4)],
  ])("no transform twice: %#", (first, second) => {
    expect(codes({ partitionBy: [first, second] })).toEqual(["RedundantPartition"]);
  });

  test("different transforms of one column, and one transform of different columns, stand side by side", () => {
    const columns = [...BIDS.columns, { name: "paid", type: "timestamp" }];
    const partitionBy = [
      Partition.day("at"),
      Partition.day("paid"),
      Partition.bucket("at", 4),
      Partition.identity("at"),
      Partition.bucket("user", 4),
      Partition.truncate("user", 2),
    ];
    expect(resolve({ columns, partitionBy }).partitionBy).toHaveLength(6);
  });

  test("no field may take the name of a column", () => {
    const columns = [...BIDS.columns, { name: "at_day", type: "date" }];
    const error = refusal({ columns, partitionBy: [Partition.day("at")] });
    expect(error.codes).toEqual(["PartitionNameTaken"]);
    expect(error.findings[0]?.given).toBe("at_day");
    expect(resolve({ columns, partitionBy: [Partition.identity("at_day")] }).partitionBy).toHaveLength(1);
  });
});

describe("sort order", () => {
  test("defaults are those of Iceberg", () => {
    expect(resolve({ sortBy: [{ column: "at" }, { column: "id", direction: "desc" }] }).sortBy).toEqual([
      { column: "at", direction: "asc", nulls: "first" },
      { column: "id", direction: "desc", nulls: "last" },
    ]);
  });

  test("what is said is kept", () => {
    const sortBy: SortField[] = [{ column: "at", direction: "desc", nulls: "first" }];
    expect(resolve({ sortBy }).sortBy).toEqual(sortBy);
  });

  test("needs columns of the table, each once", () => {
    expect(codes({ sortBy: [{ column: "when" }] })).toEqual(["SortColumnMissing"]);
    expect(codes({ sortBy: [{ column: "at" }, { column: "at", direction: "desc" }] })).toEqual([
      "DuplicateValue",
    ]);
  });

  test.each(["list<int>", "map<string, int>", "struct<a: int>"])("no rows can be ordered by %s", (type) => {
    const error = refusal({ columns: [{ name: "c", type }], sortBy: [{ column: "c" }] });
    expect(error.codes).toEqual(["UnsortableColumn"]);
    expect(error.findings[0]?.given).toBe(type);
  });

  test("refuses other directions and places", () => {
    const sortBy = [{ column: "at", direction: "up", nulls: "middle" }] as unknown as SortField[];
    expect(codes({ sortBy })).toEqual(["NotOneOf", "NotOneOf"]);
  });
});

describe("columns asked for", () => {
  const ask = (...names: string[]) => {
    const problems = new Problems("test");
    const columns = requireColumns(problems, "raw", resolve(), names);
    problems.throwIfAny();
    return columns.map((column) => column.name);
  };

  test("are given in the order in which they were asked for", () => {
    expect(ask("user", "id")).toEqual(["user", "id"]);
  });

  test("must be there, be known, and be asked for once", () => {
    expect(captureValidationError(() => ask()).codes).toEqual(["MissingValue"]);
    expect(captureValidationError(() => ask("id", "id")).codes).toEqual(["DuplicateValue"]);
    const error = captureValidationError(() => ask("id", "nope", "neither"));
    expect(error.codes).toEqual(["UnknownColumn", "UnknownColumn"]);
    expect(error.findings[0]).toMatchObject({ given: "nope", allowed: "id, at, user, tags" });
  });
});
