import { TerraformVariable } from "cdktf";
import type { GoogleLakehouseProps } from "../../../lib/google";
import { type ColumnProps, Partition, type TableProps } from "../../../lib/lakehouse/table";
import { captureValidationError } from "../../../lib/testing";
import { CUSTOMERS, lakehouse, newStack, ORDERS } from "./fixture";

const zonesWith = (...tables: TableProps[]) => [{ name: "curated", tables }];

function withTable(table: TableProps, props: Partial<GoogleLakehouseProps> = {}) {
  return lakehouse({ zones: zonesWith(table), ...props })
    .template()
    .resource("google_bigquery_table");
}

function schemaOf(...columns: ColumnProps[]) {
  return JSON.parse(String(withTable({ name: "t", columns }).schema));
}

function refusal(table: Partial<TableProps>, props: Partial<GoogleLakehouseProps> = {}) {
  const zones = zonesWith({ ...ORDERS, ...table });
  return captureValidationError(() => lakehouse({ zones, ...props }));
}

const ofType = (type: string) => [{ name: "c", type }];

describe("tables", () => {
  test("a table is an Iceberg table in a folder of its own, written through the zone's connection", () => {
    const template = lakehouse({ zones: zonesWith({ ...ORDERS, comment: "Paid orders ${n}" }) }).template();
    expect(template.resource("google_bigquery_table")).toEqual({
      project: "acme-ai",
      dataset_id: expect.stringMatching(/^\$\{google_bigquery_dataset\..+\.dataset_id\}$/),
      table_id: "orders",
      description: "Paid orders $${n}",
      schema: JSON.stringify([
        { name: "id", type: "INTEGER", mode: "REQUIRED" },
        { name: "ordered_at", type: "TIMESTAMP", mode: "NULLABLE" },
      ]),
      biglake_configuration: {
        connection_id: expect.stringMatching(/^\$\{google_bigquery_connection\..+\.name\}$/),
        storage_uri: expect.stringMatching(
          /^gs:\/\/\$\{google_storage_bucket\..+\.name\}\/\$\{.+\}\/orders\/$/,
        ),
        file_format: "PARQUET",
        table_format: "ICEBERG",
      },
      labels: { zone: "curated" },
      deletion_protection: true,
      lifecycle: { prevent_destroy: true, ignore_changes: ["encryption_configuration"] },
      depends_on: [
        expect.stringContaining("connection-objects"),
        expect.stringContaining("connection-bucket"),
      ],
    });
  });

  test("the connection may use the bucket of its zone and nothing else", () => {
    const template = lakehouse({ zones: [{ name: "raw" }, ...zonesWith(ORDERS)], etl: false }).template();
    const rights = Object.values(template.resources("google_storage_bucket_iam_member"));
    const member = expect.stringMatching(
      /^serviceAccount:\$\{google_bigquery_connection\..+\.cloud_resource\[0\]\.service_account_id\}$/,
    );
    const bucket = expect.stringContaining("zone-curated_bucket");
    const lifecycle = { prevent_destroy: true };
    expect(rights).toEqual([
      { bucket, role: "roles/storage.legacyBucketReader", member, lifecycle },
      { bucket, role: "roles/storage.objectUser", member, lifecycle },
    ]);
    expect(template.resource("google_bigquery_connection")).toMatchObject({
      connection_id: "acme-curated",
      location: "europe-west4",
      cloud_resource: {},
      lifecycle,
    });
  });

  test("snapshots stay readable as long as BigQuery's time travel reaches", () => {
    const template = lakehouse({ zones: zonesWith({ ...ORDERS, snapshotRetentionDays: 3 }) }).template();
    expect(template.resource("google_bigquery_dataset").max_time_travel_hours).toBe("72");
  });

  test.each([1, 8])("snapshots of %d days are refused", (snapshotRetentionDays) => {
    expect(refusal({ snapshotRetentionDays }).codes).toEqual(["UnsupportedByCatalog"]);
  });

  test.each([2, 7])("snapshots of %d days are taken", (snapshotRetentionDays) => {
    expect(() => withTable({ ...ORDERS, snapshotRetentionDays })).not.toThrow();
  });

  test("tables of one zone that keep snapshots for different times are refused", () => {
    const zones = zonesWith(ORDERS, { ...CUSTOMERS, snapshotRetentionDays: 3 });
    expect(captureValidationError(() => lakehouse({ zones })).codes).toEqual(["UnsupportedByCatalog"]);
  });
});

describe("column types", () => {
  test.each([
    ["boolean", "BOOLEAN"],
    ["long", "INTEGER"],
    ["int", "INTEGER"],
    ["double", "FLOAT"],
    ["float", "FLOAT"],
    ["date", "DATE"],
    ["time", "TIME"],
    ["timestamp", "DATETIME"],
    ["timestamptz", "TIMESTAMP"],
    ["string", "STRING"],
    ["binary", "BYTES"],
  ])("%s becomes %s", (type, expected) => {
    expect(schemaOf(...ofType(type))).toEqual([{ name: "c", type: expected, mode: "NULLABLE" }]);
  });

  test("decimals keep their digits, in the text form that the API answers with", () => {
    expect(schemaOf(...ofType("decimal(38, 9)"))).toEqual([
      { name: "c", type: "NUMERIC", mode: "NULLABLE", precision: "38", scale: "9" },
    ]);
    expect(schemaOf(...ofType("decimal(29, 0)"))).toEqual([
      { name: "c", type: "NUMERIC", mode: "NULLABLE", precision: "29" },
    ]);
  });

  test("structs and lists nest", () => {
    expect(schemaOf(...ofType("struct<a: list<string>, b: struct<c: date>>"))).toEqual([
      {
        name: "c",
        type: "RECORD",
        mode: "NULLABLE",
        fields: [
          { name: "a", type: "STRING", mode: "REPEATED" },
          {
            name: "b",
            type: "RECORD",
            mode: "NULLABLE",
            fields: [{ name: "c", type: "DATE", mode: "NULLABLE" }],
          },
        ],
      },
    ]);
    expect(schemaOf(...ofType("list<struct<a: long>>"))).toEqual([
      {
        name: "c",
        type: "RECORD",
        mode: "REPEATED",
        fields: [{ name: "a", type: "INTEGER", mode: "NULLABLE" }],
      },
    ]);
  });

  test("comments are kept as they are, quotes and dollar signs included", () => {
    const comment = 'The "net" price, in ${currency}';
    const [column] = schemaOf({ name: "c", type: "long", comment });
    expect(column.description).toBe('The "net" price, in $${currency}');
  });

  test("a comment that only Terraform knows is refused, because the schema is one text", () => {
    const comment = new TerraformVariable(newStack(), "v", { type: "string" }).stringValue;
    expect(refusal({ columns: [{ name: "c", type: "long", comment }] }).codes).toEqual(["TokenNotAllowed"]);
  });

  test.each([
    "uuid",
    "fixed(16)",
    "map<string, long>",
    "list<list<long>>",
    "list<map<string, long>>",
    "struct<a: uuid>",
    "decimal(30, 0)",
    "decimal(38, 10)",
  ])("%s is refused", (type) => {
    const error = refusal({ columns: ofType(type) });
    expect(error.codes).toEqual(["UnsupportedByCatalog"]);
    expect(error.findings[0]?.given).toBe(type.replace(/,(?! )/g, ", "));
  });

  test("columns that are kept in a wider type are named in a warning", () => {
    const columns = [
      { name: "a", type: "int" },
      { name: "b", type: "list<struct<x: float>>" },
      { name: "c", type: "long" },
    ];
    const { lake } = lakehouse({ zones: zonesWith({ name: "t", columns }) });
    expect(warnings(lake)).toEqual([
      expect.stringMatching(/^\[IcebergTypeWidened\] .*: curated\.t\.a, curated\.t\.b$/),
    ]);
    expect(warnings(lakehouse({ zones: zonesWith(ORDERS) }).lake)).toEqual([]);
  });
});

describe("partitions", () => {
  const daily = { partitionBy: [Partition.day("ordered_at")] };

  test("they are refused unless it is said what should become of them", () => {
    const error = refusal(daily);
    expect(error.codes).toEqual(["UnsupportedByCatalog"]);
    expect(error.findings[0]?.fix).toContain('partitioning: "cluster"');
  });

  test("they can become clustering columns", () => {
    const table = withTable({ ...ORDERS, ...daily }, { partitioning: "cluster" });
    expect(table.clustering).toEqual(["ordered_at"]);
    expect(table.time_partitioning).toBeUndefined();
  });

  test.each([
    [Partition.year("ordered_at"), "YEAR"],
    [Partition.month("ordered_at"), "MONTH"],
    [Partition.day("ordered_at"), "DAY"],
    [Partition.hour("ordered_at"), "HOUR"],
  ])("one time transform can become a partition of BigQuery", (partition, type) => {
    const table = withTable({ ...ORDERS, partitionBy: [partition] }, { partitioning: "time-unit" });
    expect(table.time_partitioning).toEqual({ type, field: "ordered_at" });
    expect(table.clustering).toBeUndefined();
  });

  test.each([
    [[Partition.bucket("id", 16)]],
    [[Partition.identity("ordered_at")]],
    [[Partition.day("ordered_at"), Partition.bucket("id", 16)]],
  ])("other transforms cannot", (partitionBy) => {
    expect(refusal({ partitionBy }, { partitioning: "time-unit" }).codes).toEqual(["UnsupportedByCatalog"]);
  });

  test("tables without partitions are not changed by the choice", () => {
    expect(withTable(ORDERS, { partitioning: "time-unit" })).toEqual(withTable(ORDERS));
  });

  test("an unknown choice is refused", () => {
    expect(refusal({}, { partitioning: "drop" as "cluster" }).codes).toEqual(["NotOneOf"]);
  });
});

describe("sort order", () => {
  test("it is refused unless it is said what should become of it", () => {
    expect(refusal({ sortBy: [{ column: "id" }] }).codes).toEqual(["UnsupportedByCatalog"]);
  });

  test("it can become clustering, after the partition columns, each column once", () => {
    const sorted = {
      ...ORDERS,
      partitionBy: [Partition.day("ordered_at")],
      sortBy: [{ column: "id" }, { column: "ordered_at" }],
    };
    const table = withTable(sorted, { partitioning: "cluster", sorting: "cluster" });
    expect(table.clustering).toEqual(["ordered_at", "id"]);
  });

  test("a direction that is lost is named in a warning", () => {
    const sortBy = [{ column: "id", direction: "desc" }, { column: "ordered_at" }] as const;
    const { lake } = lakehouse({ zones: zonesWith({ ...ORDERS, sortBy }), sorting: "cluster" });
    expect(warnings(lake)).toEqual([
      expect.stringMatching(/^\[SortDirectionLost\] .*: curated\.orders\.id$/),
    ]);
    const ascending = [{ column: "id" }];
    const plain = lakehouse({ zones: zonesWith({ ...ORDERS, sortBy: ascending }), sorting: "cluster" });
    expect(warnings(plain.lake)).toEqual([]);
  });

  const columns = ["a", "b", "c", "d", "e"].map((name) => ({ name, type: "long" }));

  test("four clustering columns are taken, five are refused", () => {
    const sortBy = columns.map(({ name }) => ({ column: name }));
    const table = withTable({ name: "t", columns, sortBy: sortBy.slice(0, 4) }, { sorting: "cluster" });
    expect(table.clustering).toEqual(["a", "b", "c", "d"]);
    expect(refusal({ columns, sortBy }, { sorting: "cluster" }).codes).toEqual(["UnsupportedByCatalog"]);
  });

  test.each(["double", "time", "binary"])("a column of type %s cannot cluster", (type) => {
    const sorted = { columns: ofType(type), sortBy: [{ column: "c" }] };
    expect(refusal(sorted, { sorting: "cluster" }).codes).toEqual(["UnsupportedByCatalog"]);
  });

  test.each(["boolean", "date", "timestamp", "string", "decimal(10, 2)"])(
    "a column of type %s can",
    (type) => {
      const sorted = { name: "t", columns: ofType(type), sortBy: [{ column: "c" }] };
      expect(withTable(sorted, { sorting: "cluster" }).clustering).toEqual(["c"]);
    },
  );

  test("an unknown choice is refused", () => {
    expect(refusal({}, { sorting: "drop" as "cluster" }).codes).toEqual(["NotOneOf"]);
  });
});

describe("personal data", () => {
  test("marked columns get a policy tag below the tag of their table", () => {
    const template = lakehouse({ zones: zonesWith(CUSTOMERS) }).template();
    expect(template.resource("google_data_catalog_taxonomy")).toMatchObject({
      region: "europe-west4",
      display_name: "acme-curated-personal-data",
      activated_policy_types: ["FINE_GRAINED_ACCESS_CONTROL"],
    });
    expect(template.resource("google_data_catalog_policy_tag", "columns_email")).toMatchObject({
      display_name: "customers-email",
      parent_policy_tag: expect.stringMatching(/curated_customers_.+\.id\}$/),
    });
    expect(template.count("google_data_catalog_policy_tag")).toBe(3);
    const schema = JSON.parse(String(template.resource("google_bigquery_table").schema));
    const tags = Object.fromEntries(
      schema.map((column: { name: string; policyTags?: { names: string[] } }) => [
        column.name,
        column.policyTags?.names[0],
      ]),
    );
    expect(tags).toEqual({
      id: undefined,
      country: undefined,
      email: expect.stringMatching(/^\$\{google_data_catalog_policy_tag\..*columns_email_.+\.name\}$/),
      phone: expect.stringMatching(/^\$\{google_data_catalog_policy_tag\..*columns_phone_.+\.name\}$/),
    });
  });

  test("tags of nested columns stand on the leaves", () => {
    const [column] = schemaOf({ name: "who", type: "list<struct<first: string, last: string>>", pii: true });
    expect(column.policyTags).toBeUndefined();
    expect(column.fields.map((field: { policyTags: unknown }) => field.policyTags)).toEqual([
      { names: [expect.stringContaining("columns_who")] },
      { names: [expect.stringContaining("columns_who")] },
    ]);
  });

  test("without personal data there is no taxonomy", () => {
    expect(
      lakehouse({ zones: zonesWith(ORDERS) })
        .template()
        .count("google_data_catalog_taxonomy"),
    ).toBe(0);
  });

  const marked = (count: number) => ({
    name: "t",
    columns: Array.from({ length: count }, (_, index) => ({ name: `c${index}`, type: "string", pii: true })),
  });

  test("99 marked columns fit in a zone, 100 do not", () => {
    expect(() => lakehouse({ zones: zonesWith(marked(99)) })).not.toThrow();
    const error = captureValidationError(() => lakehouse({ zones: zonesWith(marked(100)) }));
    expect(error.codes).toEqual(["UnsupportedByCatalog"]);
  });
});

function warnings(lake: ReturnType<typeof lakehouse>["lake"]): readonly string[] {
  return lake.node.metadata
    .filter((entry) => entry.type === "@cdktf/warn")
    .map((entry) => String(entry.data));
}
