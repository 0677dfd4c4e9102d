import { Partition, type TableProps } from "../../../lib/lakehouse/table";
import { captureValidationError } from "../../../lib/testing";
import { ACCOUNT, EVENTS, lakehouse, metadata, ORDERS, QUIET, statements } from "./fixture";

const ALL_TYPES = [
  ["boolean", "boolean"],
  ["int", "int"],
  ["long", "bigint"],
  ["float", "float"],
  ["double", "double"],
  ["date", "date"],
  ["time", "string"],
  ["timestamp", "timestamp"],
  ["timestamptz", "timestamp"],
  ["string", "string"],
  ["uuid", "string"],
  ["binary", "binary"],
  ["fixed(4)", "binary"],
  ["decimal(9, 2)", "decimal(9,2)"],
  ["list<long>", "array<bigint>"],
  ["map<string, list<int>>", "map<string,array<int>>"],
  ["struct<a: int, b: uuid>", "struct<a:int,b:string>"],
] as const;

const withTables = (tables: TableProps[], props = {}) =>
  lakehouse({ zones: [{ name: "raw", tables }], ...QUIET, lakeFormation: false, ...props });

describe("table in Glue", () => {
  test("points to the first metadata file, which is encrypted and written after the bucket is safe", () => {
    const template = withTables([EVENTS]).template();
    const { key, metadataLocation } = metadata();
    expect(template.resource("aws_s3_object")).toMatchObject({
      key,
      server_side_encryption: "aws:kms",
      kms_key_id: expect.stringContaining("aws_kms_key.lake_key"),
      content_type: "application/json",
      depends_on: [
        expect.stringMatching(/^aws_s3_bucket_server_side_encryption_configuration\./),
        expect.stringMatching(/^aws_s3_bucket_policy\./),
        expect.stringMatching(/^aws_s3_bucket_versioning\./),
      ],
    });
    const table = template.resource("aws_glue_catalog_table");
    expect(table).toMatchObject({
      database_name: "acme_raw",
      name: "events",
      table_type: "EXTERNAL_TABLE",
      parameters: { table_type: "ICEBERG", metadata_location: metadataLocation },
    });
    expect(table.depends_on).toEqual([
      expect.stringMatching(/^aws_glue_catalog_database\./),
      expect.stringMatching(/^aws_s3_object\./),
    ]);
  });

  test("text of the user is not taken for a Terraform expression", () => {
    const template = withTables([EVENTS]).template();
    expect(template.resource("aws_glue_catalog_table").description).toBe('What $${happened} "when"');
    const content = template.resource("aws_s3_object").content as string;
    expect(JSON.parse(content.replaceAll("$${", "${"))).toEqual(metadata().content);
    expect(content).not.toMatch(/(?<!\$)\$\{/);
  });

  test("is left to its engines: Terraform never updates or destroys it", () => {
    const template = withTables([EVENTS]).template();
    const lifecycle = { ignore_changes: "all", prevent_destroy: true };
    expect(template.resource("aws_glue_catalog_table").lifecycle).toEqual(lifecycle);
    expect(template.resource("aws_s3_object").lifecycle).toEqual(lifecycle);
  });

  test.each(ALL_TYPES)("a column of type %s is %s in Glue", (type, hive) => {
    const template = withTables([{ name: "t", columns: [{ name: "c", type, comment: "${x}" }] }]).template();
    expect(template.resource("aws_glue_catalog_table").storage_descriptor).toEqual({
      location: "s3://acme-raw/t",
      columns: [
        {
          name: "c",
          type: hive,
          comment: "$${x}",
          parameters: {
            "iceberg.field.current": "true",
            "iceberg.field.id": "1",
            "iceberg.field.optional": "true",
          },
        },
      ],
    });
  });

  test("a check compares declared and live columns and tells what to run", () => {
    const { stack, lake, template } = withTables([ORDERS]);
    const id = lake.zones.raw!.tables.orders!.table.friendlyUniqueId;
    expect(stack.node.id).toBe("data");
    const { assert } = template().json.check![id] as {
      assert: { condition: string; error_message: string }[];
    };
    expect(assert).toHaveLength(2);
    expect(assert[0]!.condition).toBe(
      `\${length(setsubtract(keys({ "id" = "bigint", "ordered_at" = "timestamp" }), [for c in aws_glue_catalog_table.${id}.storage_descriptor[0].columns : c.name if try(c.parameters["iceberg.field.current"], "true") != "false"])) == 0}`,
    );
    expect(assert[0]!.error_message).toContain("ALTER TABLE acme_raw.orders ADD COLUMNS");
    expect(assert[1]!.error_message).toContain("ALTER TABLE acme_raw.orders DROP COLUMN");
  });

  test.each([
    [255, 2048, []],
    [256, 2048, ["GlueTextTooLong"]],
    [255, 2049, ["GlueTextTooLong"]],
  ])("column comment of %d and table comment of %d characters", (column, table, codes) => {
    const build = () =>
      withTables([
        {
          name: "t",
          comment: "x".repeat(table),
          columns: [{ name: "c", type: "int", comment: "x".repeat(column) }],
        },
      ]);
    if (codes.length === 0) {
      expect(build).not.toThrow();
    } else {
      expect(captureValidationError(build).codes).toEqual(codes);
    }
  });
});

describe("table optimizers", () => {
  const maintained = (props = {}) =>
    withTables([EVENTS], { tableOptimizers: undefined, ...props }).template();

  test("compact, expire snapshots after the table's own retention, and delete orphans", () => {
    const template = maintained();
    const role_arn = expect.stringContaining("aws_iam_role.lake_optimizer-role");
    const common = { catalog_id: ACCOUNT, database_name: "acme_raw", table_name: "events" };
    expect(template.resource("aws_glue_catalog_table_optimizer", "compaction")).toMatchObject({
      ...common,
      type: "compaction",
      configuration: [{ enabled: true, role_arn }],
    });
    expect(template.resource("aws_glue_catalog_table_optimizer", "retention")).toMatchObject({
      ...common,
      configuration: [
        {
          retention_configuration: [
            {
              iceberg_configuration: [
                {
                  snapshot_retention_period_in_days: 14,
                  number_of_snapshots_to_retain: 1,
                  clean_expired_files: true,
                },
              ],
            },
          ],
        },
      ],
    });
    expect(template.resource("aws_glue_catalog_table_optimizer", "orphan")).toMatchObject({
      type: "orphan_file_deletion",
      configuration: [
        {
          orphan_file_deletion_configuration: [
            {
              iceberg_configuration: [
                { orphan_file_retention_period_in_days: 3, location: "s3://acme-raw/events" },
              ],
            },
          ],
        },
      ],
    });
  });

  test("work with a role that may write these tables and their logs only, and start after it may", () => {
    const template = maintained();
    expect(statements(template.resource("aws_iam_role", "optimizer").assume_role_policy)).toEqual({
      Service: {
        Effect: "Allow",
        Principal: { Service: "glue.amazonaws.com" },
        Action: ["sts:AssumeRole"],
      },
    });
    const policy = statements(template.resource("aws_iam_role_policy").policy);
    expect(policy.WriteObjects!.Resource).toEqual(["arn:aws:s3:::acme-raw/events/*"]);
    expect(policy.WriteOptimizerLogs!.Resource).toEqual(
      ["compaction", "retention", "orphan-file-deletion"].map(
        (group) => `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws-glue/iceberg-${group}/logs:*`,
      ),
    );
    expect(template.resource("aws_glue_catalog_table_optimizer", "compaction").depends_on).toEqual([
      expect.stringMatching(/^aws_glue_catalog_table\./),
      expect.stringMatching(/^aws_iam_role_policy\./),
    ]);
  });

  test("can be chosen one by one or switched off", () => {
    expect(maintained({ tableOptimizers: ["compaction"] }).count("aws_glue_catalog_table_optimizer")).toBe(1);
    const without = maintained({ tableOptimizers: [] });
    expect(without.count("aws_glue_catalog_table_optimizer")).toBe(0);
    expect(without.count("aws_iam_role")).toBe(0);
  });

  test("that do not exist or are named twice are refused", () => {
    const error = captureValidationError(() =>
      maintained({ tableOptimizers: ["vacuum", "retention", "retention"] }),
    );
    expect(error.codes).toEqual(["NotOneOf", "DuplicateValue"]);
  });
});

describe("S3 Tables", () => {
  const FLAT: TableProps = {
    name: "flat",
    columns: [
      { name: "id", type: "long", required: true },
      { name: "price", type: "decimal(9, 2)" },
      { name: "hash", type: "fixed(4)" },
    ],
    snapshotRetentionDays: 3,
  };
  const s3Tables = (table: TableProps = FLAT, props = {}) =>
    lakehouse({
      zones: [{ name: "raw", tables: [table] }],
      tableCatalog: "s3-tables",
      athena: false,
      spark: false,
      ...props,
    });

  test("hold the tables in a table bucket of the zone, encrypted with the customer key", () => {
    const template = s3Tables().template();
    const encryption_configuration = {
      sse_algorithm: "aws:kms",
      kms_key_arn: expect.stringContaining("aws_kms_key.lake_key"),
    };
    expect(template.resource("aws_s3tables_table_bucket")).toMatchObject({
      name: "acme-raw-tables",
      encryption_configuration,
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("aws_s3tables_namespace").namespace).toBe("acme_raw");
    expect(template.resource("aws_s3tables_table")).toMatchObject({
      name: "flat",
      format: "ICEBERG",
      encryption_configuration,
      maintenance_configuration: {
        iceberg_snapshot_management: {
          status: "enabled",
          settings: { max_snapshot_age_hours: 72, min_snapshots_to_keep: 1 },
        },
      },
      metadata: [
        {
          iceberg: [
            {
              schema: [
                {
                  field: [
                    { name: "id", type: "long", required: true },
                    { name: "price", type: "decimal(9,2)", required: false },
                    { name: "hash", type: "fixed(4)", required: false },
                  ],
                },
              ],
            },
          ],
        },
      ],
      lifecycle: { ignore_changes: ["metadata"], prevent_destroy: true },
    });
    expect(template.count("aws_glue_catalog_database")).toBe(0);
    expect(template.count("aws_lakeformation_resource")).toBe(0);
  });

  test("refuse plain HTTP and other accounts, and let S3's maintenance use the key", () => {
    const template = s3Tables().template();
    expect(
      Object.keys(statements(template.resource("aws_s3tables_table_bucket_policy").resource_policy)),
    ).toEqual(["RefusePlainHttp", "RefuseOtherAccounts"]);
    expect(statements(template.resource("aws_kms_key").policy).MaintenanceOfS3Tables).toMatchObject({
      Principal: { Service: "maintenance.s3tables.amazonaws.com" },
      Condition: {
        StringLike: {
          "kms:EncryptionContext:aws:s3:arn": [
            `arn:aws:s3tables:eu-west-1:${ACCOUNT}:bucket/acme-raw-tables/*`,
          ],
        },
      },
    });
  });

  test.each([
    ["partitions", { partitionBy: [Partition.identity("id")] }, "partitionBy"],
    ["a sort order", { sortBy: [{ column: "id" }] }, "sortBy"],
    ["a comment", { comment: "x" }, "comment"],
    ["a column comment", { columns: [{ name: "id", type: "long", comment: "x" }] }, 'column "id" comment'],
    ["a nested type", { columns: [{ name: "id", type: "list<int>" }] }, 'column "id" type'],
    ["personal data", { columns: [{ name: "id", type: "long", pii: true }] }, 'column "id" pii'],
  ])("%s are refused with the reason", (_, change, subject) => {
    const error = captureValidationError(() => s3Tables({ ...FLAT, ...change }));
    expect(error.codes).toEqual(["UnsupportedByCatalog"]);
    expect(error.findings[0]!.subject).toBe(`zone "raw" table "flat" ${subject}`);
  });

  test("take names from 3 to 63 characters", () => {
    expect(captureValidationError(() => s3Tables({ ...FLAT, name: "ab" })).codes).toEqual(["InvalidName"]);
    expect(captureValidationError(() => s3Tables({ ...FLAT, name: "a".repeat(64) })).codes).toEqual([
      "InvalidName",
    ]);
    expect(() => s3Tables({ ...FLAT, name: "a".repeat(63) })).not.toThrow();
    expect(() => s3Tables({ ...FLAT, name: "abc" })).not.toThrow();
  });

  test("know no Lake Formation, and say why", () => {
    const error = captureValidationError(() => s3Tables(FLAT, { lakeFormation: {} }));
    expect(error.codes).toEqual(["UnsupportedByCatalog"]);
    expect(error.findings[0]!.allowed).toContain("hashicorp/terraform-provider-aws#40724");
  });

  test("maintain themselves, so optimizers are refused", () => {
    expect(captureValidationError(() => s3Tables(FLAT, { tableOptimizers: ["compaction"] })).codes).toEqual([
      "NoEffect",
    ]);
  });

  test("have no endpoint that other sites could use without signing", () => {
    expect(captureValidationError(() => s3Tables().lake.catalogEndpoint("raw")).codes).toEqual([
      "UnsupportedByCatalog",
    ]);
  });

  test("are catalogues of Spark, one per zone", () => {
    const template = s3Tables(FLAT, { spark: {} }).template();
    const [defaults] = template.resource("aws_emrserverless_application").runtime_configuration as {
      properties: Record<string, string>;
    }[];
    expect(defaults!.properties).toMatchObject({
      "spark.sql.catalog.lakehouse_raw.type": "rest",
      "spark.sql.catalog.lakehouse_raw.uri": "https://s3tables.eu-west-1.amazonaws.com/iceberg",
      "spark.sql.catalog.lakehouse_raw.warehouse": `arn:aws:s3tables:eu-west-1:${ACCOUNT}:bucket/acme-raw-tables`,
      "spark.sql.catalog.lakehouse_raw.rest.signing-name": "s3tables",
    });
    expect(defaults!.properties).not.toHaveProperty("spark.sql.defaultCatalog");
  });

  test("an unknown catalogue is refused", () => {
    expect(captureValidationError(() => s3Tables(FLAT, { tableCatalog: "hive" })).codes).toEqual([
      "NotOneOf",
    ]);
  });
});
