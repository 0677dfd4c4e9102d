import { captureValidationError } from "../../../lib/testing";
import { ACCOUNT, lakehouse, QUIET } from "./fixture";
import { ANALYST, allow, byIam, policyOf, rightsOf, setUp } from "./grants-fixture";

const viaS3 = { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } };
const glue = (resource: string) => `arn:aws:glue:eu-west-1:${ACCOUNT}:${resource}`;

describe("IAM rights of a role that exists", () => {
  test("reading a zone is limited to its bucket, its database and its key", () => {
    const { lake, template } = byIam();
    const grant = lake.zone("raw").grantRead(ANALYST);
    expect(template().resource("aws_iam_role_policy")).toMatchObject({
      name: "acme-analyst",
      role: "analyst",
    });
    expect(policyOf(template())).toEqual({
      ListZones: allow(["s3:GetBucketLocation", "s3:ListBucket"], ["arn:aws:s3:::acme-raw"]),
      ReadObjects: allow(["s3:GetObject"], ["arn:aws:s3:::acme-raw/*"]),
      ReadCatalog: allow(
        ["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
        [glue("catalog"), glue("database/acme_raw"), glue("table/acme_raw/*")],
      ),
      DecryptFiles: allow(["kms:Decrypt"], ["arn:aws:kms:eu-west-1:111122223333:key/1"], viaS3),
    });
    expect(grant.resources).toHaveLength(1);
    expect(grant.access).toBeUndefined();
  });

  test("writing a zone adds uploads, commits, new tables and encryption", () => {
    const { lake, template } = byIam();
    lake.zone("raw").grantWrite(ANALYST);
    const bucket = "arn:aws:s3:::acme-raw";
    const table = [glue("catalog"), glue("database/acme_raw"), glue("table/acme_raw/*")];
    expect(policyOf(template())).toMatchObject({
      ListUploads: allow(["s3:ListBucketMultipartUploads"], [bucket]),
      WriteObjects: allow(
        ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
        [`${bucket}/*`],
      ),
      CommitToTables: allow(["glue:UpdateTable"], table),
      CreateTables: allow(["glue:CreateTable"], table),
      EncryptFiles: allow(["kms:GenerateDataKey"], ["arn:aws:kms:eu-west-1:111122223333:key/1"], viaS3),
    });
  });

  test("reading a table is limited to its folder and its entry in the catalogue", () => {
    const { lake, template } = byIam();
    lake.zone("curated").table("orders").grantRead(ANALYST);
    expect(policyOf(template())).toEqual({
      Locatecurated: allow(["s3:GetBucketLocation"], ["arn:aws:s3:::acme-curated"]),
      Listcurated: allow(["s3:ListBucket"], ["arn:aws:s3:::acme-curated"], {
        StringLike: { "s3:prefix": ["orders", "orders/*"] },
      }),
      ReadObjects: allow(["s3:GetObject"], ["arn:aws:s3:::acme-curated/orders/*"]),
      ReadCatalog: allow(
        ["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
        [glue("catalog"), glue("database/acme_curated"), glue("table/acme_curated/orders")],
      ),
      DecryptFiles: allow(["kms:Decrypt"], ["arn:aws:kms:eu-west-1:111122223333:key/1"], viaS3),
    });
  });

  test("writing a table does not let it make others", () => {
    const { lake, template } = byIam();
    lake.zone("curated").table("orders").grantWrite(ANALYST);
    const policy = policyOf(template());
    expect(policy.WriteObjects!.Resource).toEqual(["arn:aws:s3:::acme-curated/orders/*"]);
    expect(policy.CommitToTables!.Resource).toEqual([
      glue("catalog"),
      glue("database/acme_curated"),
      glue("table/acme_curated/orders"),
    ]);
    expect(policy).not.toHaveProperty("CreateTables");
    expect(policy).not.toHaveProperty("ListUploads");
  });

  test("no right is given on everything", () => {
    const { lake, template } = setUp();
    lake.zone("raw").grantWrite(ANALYST);
    lake.zone("curated").grantRead(ANALYST);
    const open = Object.values(policyOf(template())).filter((statement) => statement.Resource?.includes("*"));
    expect(open).toEqual([allow(["lakeformation:GetDataAccess"], ["*"])]);
  });

  test("several grants to one identity are one policy, whatever their order", () => {
    const first = byIam();
    first.lake.zone("raw").grantRead(ANALYST);
    first.lake.zone("curated").table("orders").grantWrite(ANALYST);
    const second = byIam();
    second.lake.zone("curated").table("orders").grantWrite(ANALYST);
    second.lake.zone("raw").grantRead(ANALYST);
    expect(first.template().count("aws_iam_role_policy")).toBe(1);
    expect(policyOf(first.template())).toEqual(policyOf(second.template()));
    expect(policyOf(first.template()).ReadObjects!.Resource).toEqual([
      "arn:aws:s3:::acme-raw/*",
      "arn:aws:s3:::acme-curated/orders/*",
    ]);
  });

  test("the same grant twice gives the same resources", () => {
    const { lake, template } = setUp();
    const once = lake.zone("curated").table("orders").grantRead(ANALYST);
    const before = template().text;
    const twice = lake.zone("curated").table("orders").grantRead(ANALYST);
    expect(twice.resources).toEqual(once.resources);
    expect(template().text).toBe(before);
  });
});

describe("personal data and columns", () => {
  test("without Lake Formation cannot be left out, so such grants are refused", () => {
    const { lake } = byIam();
    const curated = lake.zone("curated");
    const errors = [
      () => curated.grantRead(ANALYST),
      () => curated.table("customers").grantRead(ANALYST),
      () => curated.table("orders").grantRead(ANALYST, { columns: ["id"] }),
    ].map(captureValidationError);
    expect(errors.map((error) => error.codes)).toEqual([
      ["ColumnGrantUnsupported"],
      ["ColumnGrantUnsupported"],
      ["ColumnGrantUnsupported"],
    ]);
    expect(errors[0]!.findings[0]!.allowed).toContain("lakeFormation is false");
    expect(() => curated.table("customers").grantRead(ANALYST, { includePii: true })).not.toThrow();
  });

  test("are left out of a read by Lake Formation, and the files stay closed", () => {
    const { lake, template } = setUp();
    lake.zone("curated").table("customers").grantRead(ANALYST);
    expect(rightsOf(template())).toEqual([
      { permissions: ["DESCRIBE"], database: { name: "acme_curated" } },
      {
        permissions: ["SELECT"],
        table_with_columns: {
          database_name: "acme_curated",
          name: "customers",
          column_names: ["id", "country"],
        },
      },
    ]);
    expect(Object.keys(policyOf(template()))).toEqual(["ReadCatalog", "DecryptFiles", "AskLakeFormation"]);
  });

  test("named columns are the only ones, also if they hold personal data", () => {
    const { lake, template } = setUp();
    lake
      .zone("curated")
      .table("customers")
      .grantRead(ANALYST, { columns: ["email", "id"] });
    expect(rightsOf(template())[1]).toMatchObject({ table_with_columns: { column_names: ["id", "email"] } });
  });

  test("columns of several grants add up, and all of them open the files", () => {
    const { lake, template } = setUp();
    const table = lake.zone("curated").table("customers");
    table.grantRead(ANALYST);
    table.grantRead(ANALYST, { columns: ["email"] });
    expect(rightsOf(template())[1]).toEqual({
      permissions: ["DESCRIBE", "SELECT"],
      table: { database_name: "acme_curated", name: "customers" },
    });
    expect(policyOf(template()).ReadObjects!.Resource).toEqual(["arn:aws:s3:::acme-curated/customers/*"]);
  });

  test("columns of two partial grants are one right", () => {
    const { lake, template } = setUp();
    const table = lake.zone("curated").table("customers");
    table.grantRead(ANALYST, { columns: ["country"] });
    table.grantRead(ANALYST, { columns: ["email"] });
    expect(rightsOf(template())).toHaveLength(2);
    expect(rightsOf(template())[1]).toMatchObject({
      table_with_columns: { column_names: ["country", "email"] },
    });
  });

  test("reading a zone leaves the personal data of its tables out, and denies their files", () => {
    const { lake, template } = setUp();
    lake.zone("curated").grantRead(ANALYST);
    expect(rightsOf(template())).toEqual([
      { permissions: ["DESCRIBE"], database: { name: "acme_curated" } },
      {
        permissions: ["SELECT"],
        table_with_columns: {
          database_name: "acme_curated",
          name: "customers",
          column_names: ["id", "country"],
        },
      },
      {
        permissions: ["DESCRIBE", "SELECT"],
        table: { database_name: "acme_curated", name: "orders" },
      },
    ]);
    expect(policyOf(template()).FilesOfTablesWithHiddenColumns).toEqual({
      Effect: "Deny",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::acme-curated/customers/*"],
    });
  });

  test("reading a zone with personal data covers all tables, also those that come later", () => {
    const { lake, template } = setUp();
    lake.zone("curated").grantRead(ANALYST);
    lake.zone("curated").grantRead(ANALYST, { includePii: true });
    expect(rightsOf(template())).toEqual([
      { permissions: ["DESCRIBE"], database: { name: "acme_curated" } },
      {
        permissions: ["DESCRIBE", "SELECT"],
        table: { database_name: "acme_curated", wildcard: true },
      },
    ]);
    expect(policyOf(template())).not.toHaveProperty("FilesOfTablesWithHiddenColumns");
  });

  test("writing a zone includes new tables and its place", () => {
    const { lake, template } = setUp();
    lake.zone("curated").grantWrite(ANALYST);
    expect(rightsOf(template())).toEqual([
      { permissions: ["CREATE_TABLE", "DESCRIBE"], database: { name: "acme_curated" } },
      { permissions: ["DATA_LOCATION_ACCESS"], data_location: { arn: "arn:aws:s3:::acme-curated" } },
      {
        permissions: ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"],
        table: { database_name: "acme_curated", wildcard: true },
      },
    ]);
  });

  test("reading a zone and writing one of its tables are kept apart", () => {
    const { lake, template } = setUp();
    lake.zone("curated").grantRead(ANALYST, { includePii: true });
    lake.zone("curated").table("orders").grantWrite(ANALYST);
    expect(rightsOf(template()).slice(1)).toEqual([
      {
        permissions: ["DESCRIBE", "SELECT"],
        table: { database_name: "acme_curated", name: "customers" },
      },
      {
        permissions: ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"],
        table: { database_name: "acme_curated", name: "orders" },
      },
    ]);
    expect(policyOf(template()).CommitToTables!.Resource).toContain(glue("table/acme_curated/orders"));
    expect(policyOf(template()).WriteObjects!.Resource).toEqual(["arn:aws:s3:::acme-curated/orders/*"]);
  });

  test("a table of personal data only cannot be read without it", () => {
    const { lake } = lakehouse({
      zones: [
        { name: "raw", tables: [{ name: "t", columns: [{ name: "email", type: "string", pii: true }] }] },
      ],
      ...QUIET,
    });
    expect(captureValidationError(() => lake.zone("raw").table("t").grantRead(ANALYST)).codes).toEqual([
      "GrantNotApplicable",
    ]);
  });

  test("rights wait for the database, the registered place and the table", () => {
    const { lake, template } = setUp();
    lake.zone("curated").table("customers").grantRead(ANALYST);
    expect(template().resource("aws_lakeformation_permissions", "columns").depends_on).toEqual([
      expect.stringMatching(/^aws_glue_catalog_database\./),
      expect.stringMatching(/^aws_lakeformation_resource\./),
      expect.stringMatching(/^aws_glue_catalog_table\./),
    ]);
  });
});
