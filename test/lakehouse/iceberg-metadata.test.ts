import { EVENTS, metadata, ORDERS } from "./aws/fixture";

describe("first metadata file", () => {
  test("is an empty table of format version 2 in its place", () => {
    const { content, key, location, metadataLocation, uuid } = metadata();
    expect(location).toBe("s3://acme-raw/events");
    expect(key).toBe(`events/metadata/00000-${uuid}.metadata.json`);
    expect(metadataLocation).toBe(`s3://acme-raw/${key}`);
    expect(content).toMatchObject({
      "format-version": 2,
      "table-uuid": uuid,
      location,
      "last-sequence-number": 0,
      "last-updated-ms": 1_577_836_800_000,
      "current-snapshot-id": -1,
      refs: {},
      snapshots: [],
      "snapshot-log": [],
      "metadata-log": [],
    });
  });

  test("has a UUID of RFC 9562 that depends on bucket, database and table only", () => {
    const { uuid } = metadata();
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(metadata({ ...EVENTS, comment: "other" }).uuid).toBe(uuid);
    expect(metadata({ ...EVENTS, name: "other" }).uuid).not.toBe(uuid);
  });

  test("gives columns their ids by position, and every nested field a further one of its own", () => {
    const { content } = metadata();
    expect(content["current-schema-id"]).toBe(0);
    expect(content.schemas).toEqual([
      {
        type: "struct",
        "schema-id": 0,
        fields: [
          { id: 1, name: "id", required: true, type: "uuid", doc: "Key" },
          { id: 2, name: "at", required: true, type: "timestamptz" },
          { id: 3, name: "amount", required: false, type: "decimal(18, 4)" },
          { id: 4, name: "hash", required: false, type: "fixed[16]" },
          {
            id: 5,
            name: "tags",
            required: false,
            type: {
              type: "map",
              "key-id": 6,
              key: "string",
              "value-id": 7,
              "value-required": false,
              value: {
                type: "list",
                "element-id": 8,
                "element-required": false,
                element: {
                  type: "struct",
                  fields: [
                    { id: 9, name: "a", required: false, type: "int" },
                    { id: 10, name: "b", required: false, type: "string" },
                  ],
                },
              },
            },
          },
        ],
      },
    ]);
    expect(content["last-column-id"]).toBe(10);
  });

  test("numbers partition fields from 1000 and refers to columns by id", () => {
    const { content } = metadata();
    expect(content["default-spec-id"]).toBe(0);
    expect(content["partition-specs"]).toEqual([
      {
        "spec-id": 0,
        fields: [
          { name: "at_day", transform: "day", "source-id": 2, "field-id": 1000 },
          { name: "id_bucket", transform: "bucket[16]", "source-id": 1, "field-id": 1001 },
          { name: "amount_trunc", transform: "truncate[10]", "source-id": 3, "field-id": 1002 },
        ],
      },
    ]);
    expect(content["last-partition-id"]).toBe(1002);
  });

  test("without partitions says that no partition id is taken", () => {
    const { content } = metadata({ ...EVENTS, partitionBy: [] });
    expect(content["partition-specs"]).toEqual([{ "spec-id": 0, fields: [] }]);
    expect(content["last-partition-id"]).toBe(999);
  });

  test("has sort order 1, or 0 which means unsorted", () => {
    const { content } = metadata();
    expect(content["default-sort-order-id"]).toBe(1);
    expect(content["sort-orders"]).toEqual([
      {
        "order-id": 1,
        fields: [
          { transform: "identity", "source-id": 2, direction: "desc", "null-order": "nulls-last" },
          { transform: "identity", "source-id": 1, direction: "asc", "null-order": "nulls-first" },
        ],
      },
    ]);
    const unsorted = metadata({ ...EVENTS, sortBy: [] }).content;
    expect(unsorted["default-sort-order-id"]).toBe(0);
    expect(unsorted["sort-orders"]).toEqual([{ "order-id": 0, fields: [] }]);
  });

  test("tells engines how long snapshots stay", () => {
    expect(metadata().content.properties).toEqual({
      "write.format.default": "parquet",
      "write.parquet.compression-codec": "zstd",
      "history.expire.max-snapshot-age-ms": String(14 * 86_400_000),
      comment: 'What ${happened} "when"',
    });
    expect(metadata(ORDERS).content.properties).not.toHaveProperty("comment");
  });
});
