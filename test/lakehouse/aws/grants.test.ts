import { TerraformVariable } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { Site } from "../../../lib/fabric/site";
import { AwsLakehouse } from "../../../lib/lakehouse/aws/lakehouse";
import { captureValidationError, Template } from "../../../lib/testing";
import { ACCOUNT, CUSTOMERS, lakehouse, newStack, ORDERS, QUIET, SITE, statements } from "./fixture";

const ANALYST = Identity.awsRole("analyst", `arn:aws:iam::${ACCOUNT}:role/team/analyst`);
const ISSUER = "https://oidc.fra.acme.example/cluster";
const POD = Identity.kubernetesServiceAccount("trainer", {
  namespace: "ml",
  serviceAccount: "trainer",
  issuer: ISSUER,
});
const ZONES = [{ name: "raw" }, { name: "curated", tables: [CUSTOMERS, ORDERS] }];

const setUp = (props = {}) =>
  lakehouse({
    zones: ZONES,
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    ...QUIET,
    ...props,
  });
const byIam = (props = {}) => setUp({ lakeFormation: false, ...props });

/** The IAM policy of the one grantee. */
const policyOf = (template: ReturnType<ReturnType<typeof setUp>["template"]>, id = "analyst") =>
  statements(template.resource("aws_iam_role_policy", id).policy);

const KINDS = ["database", "data_location", "table_with_columns", "table"];

/** Lake Formation's rights of all grantees: databases first, then places, columns and tables. */
const rightsOf = (template: ReturnType<ReturnType<typeof setUp>["template"]>) =>
  Object.entries(template.resources("aws_lakeformation_permissions"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { principal: _, depends_on: __, ...right }]) => right)
    .sort((a, b) => KINDS.findIndex((kind) => kind in a) - KINDS.findIndex((kind) => kind in b));

const viaS3 = { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } };
const glue = (resource: string) => `arn:aws:glue:eu-west-1:${ACCOUNT}:${resource}`;
const allow = (Action: string[], Resource: string[], Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition ? { Condition } : {}),
});

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

describe("copies", () => {
  const zones = [{ name: "shared", copyOf: "frankfurt", tables: [CUSTOMERS] }];

  test("can be granted as a whole", () => {
    const { lake, template } = setUp({ zones });
    lake.zone("shared").grantRead(ANALYST, { includePii: true });
    expect(rightsOf(template())[1]).toMatchObject({
      table: { database_name: "acme_shared", wildcard: true },
    });
  });

  test.each([
    [
      "one table",
      (lake: ReturnType<typeof setUp>["lake"]) => lake.zone("shared").table("customers").grantRead(ANALYST),
    ],
    [
      "without personal data",
      (lake: ReturnType<typeof setUp>["lake"]) => lake.zone("shared").grantRead(ANALYST),
    ],
  ])("%s cannot be granted, because the tables are not there yet", (_, grant) => {
    expect(captureValidationError(() => grant(setUp({ zones }).lake)).codes).toEqual(["GrantNotApplicable"]);
  });
});

describe("roles", () => {
  test("of another account are refused", () => {
    const foreign = Identity.awsRole("other", "arn:aws:iam::999900001111:role/x");
    expect(captureValidationError(() => setUp().lake.zone("raw").grantRead(foreign)).codes).toEqual([
      "GrantNotApplicable",
    ]);
  });

  test.each([
    "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x",
  ])("that only AWS may change are refused: %s", (arn) => {
    const error = captureValidationError(() =>
      setUp().lake.zone("raw").grantRead(Identity.awsRole("x", arn)),
    );
    expect(error.codes).toEqual(["GrantNotApplicable"]);
  });

  test("whose name is longer than IAM takes are refused", () => {
    const named = (length: number) =>
      Identity.awsRole("x", `arn:aws:iam::${ACCOUNT}:role/${"x".repeat(length)}`);
    expect(captureValidationError(() => setUp().lake.zone("raw").grantRead(named(65))).codes).toEqual([
      "InvalidPrincipal",
    ]);
    expect(() => setUp().lake.zone("raw").grantRead(named(64))).not.toThrow();
  });

  test("known only to Terraform get their policy by an expression, and only in the same account", () => {
    const { stack, lake, template } = setUp();
    const arn = new TerraformVariable(stack, "role", { type: "string" }).stringValue;
    lake.zone("raw").grantRead(Identity.awsRole("x", arn));
    expect(template().resource("aws_iam_role_policy", "identities_x")).toMatchObject({
      role: "${basename(var.role)}",
      lifecycle: {
        precondition: [{ condition: `\${(element(split(":", var.role), 4) == "${ACCOUNT}")}` }],
      },
    });
  });

  test("in an account that only Terraform knows are checked when it runs", () => {
    const { lake, template } = setUp({ site: Site.aws("ireland", { region: "eu-west-1" }) });
    lake.zone("raw").grantRead(ANALYST);
    expect(template().resource("aws_iam_role_policy", "analyst")).toMatchObject({
      role: "analyst",
      lifecycle: {
        precondition: [
          { condition: `\${("${ACCOUNT}" == data.aws_caller_identity.aws-account.account_id)}` },
        ],
      },
    });
  });

  test("two different ones of the same name are refused", () => {
    const { lake } = setUp();
    lake.zone("raw").grantRead(ANALYST);
    const other = Identity.awsRole("analyst", `arn:aws:iam::${ACCOUNT}:role/other`);
    expect(captureValidationError(() => lake.zone("raw").grantRead(other)).codes).toEqual(["DuplicateValue"]);
  });

  test("Google's identities mean nothing here", () => {
    const google = Identity.googleGroup("g", "g@acme.example");
    expect(captureValidationError(() => setUp().lake.zone("raw").grantRead(google)).codes).toEqual([
      "IdentityKindMismatch",
    ]);
  });
});

describe("service accounts of a cluster", () => {
  test("get a role that only they can assume, with their token", () => {
    const { lake, template } = setUp();
    const grant = lake.zone("raw").grantRead(POD);
    expect(grant.access).toEqual({ kind: "aws", roleArn: expect.any(String) });
    expect(template().resource("aws_iam_openid_connect_provider")).toEqual({
      url: ISSUER,
      client_id_list: ["sts.amazonaws.com"],
    });
    const role = template().resource("aws_iam_role", "trainer");
    expect(role.name).toBe("acme-grant-trainer");
    expect(statements(role.assume_role_policy)).toEqual({
      OneServiceAccountOnly: {
        Effect: "Allow",
        Principal: { Federated: expect.stringMatching(/^\$\{aws_iam_openid_connect_provider\..+\.arn\}$/) },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: {
          StringEquals: {
            "oidc.fra.acme.example/cluster:aud": "sts.amazonaws.com",
            "oidc.fra.acme.example/cluster:sub": "system:serviceaccount:ml:trainer",
          },
        },
      },
    });
    expect(policyOf(template(), "trainer").ReadObjects!.Resource).toEqual(["arn:aws:s3:::acme-raw/*"]);
  });

  test("of one cluster share one trust, also between lakehouses of a stack", () => {
    const { stack, lake, template } = setUp();
    const other = new AwsLakehouse(stack, "other", {
      site: SITE,
      namePrefix: "other",
      zones: ZONES,
      ...QUIET,
    });
    lake.zone("raw").grantRead(POD);
    lake.zone("curated").table("orders").grantRead(POD);
    other.zone("raw").grantRead(POD);
    expect(template().count("aws_iam_openid_connect_provider")).toBe(1);
    expect(
      Object.keys(template().resources("aws_iam_role")).filter((id) => id.includes("trainer")),
    ).toHaveLength(2);
  });

  test("can use a trust that exists", () => {
    const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.fra.acme.example/cluster`;
    const { lake, template } = setUp({ oidcProviderArns: { [ISSUER]: arn } });
    lake.zone("raw").grantRead(POD);
    expect(template().count("aws_iam_openid_connect_provider")).toBe(0);
    expect(statements(template().resource("aws_iam_role", "trainer").assume_role_policy)).toMatchObject({
      OneServiceAccountOnly: { Principal: { Federated: arn } },
    });
  });

  test("of a cluster without a known issuer are refused", () => {
    const lonely = Identity.kubernetesServiceAccount("x", { namespace: "a", serviceAccount: "b" });
    expect(captureValidationError(() => setUp().lake.zone("raw").grantRead(lonely)).codes).toEqual([
      "MissingOidcIssuer",
    ]);
  });

  test("a refused grant leaves nothing behind", () => {
    const { lake, template } = byIam();
    const before = template().text;
    captureValidationError(() => lake.zone("curated").grantRead(POD));
    expect(template().text).toBe(before);
  });
});

describe("queries", () => {
  test("are a right of their own: the work group and its results", () => {
    const { lake, template } = setUp({ athena: {} });
    lake.grantQuery(ANALYST);
    lake.grantQuery(ANALYST);
    lake.zone("raw").grantRead(ANALYST);
    const policy = policyOf(template());
    expect(policy.RunQueries!.Resource).toEqual([`arn:aws:athena:eu-west-1:${ACCOUNT}:workgroup/acme`]);
    expect(policy.KeepQueryResults!.Resource).toEqual(["arn:aws:s3:::acme-athena-results/*"]);
    expect(policy.ReadObjects!.Resource).toEqual(["arn:aws:s3:::acme-raw/*"]);
  });

  test("cannot be granted without Athena", () => {
    expect(captureValidationError(() => setUp().lake.grantQuery(ANALYST)).codes).toEqual([
      "GrantNotApplicable",
    ]);
  });
});

describe("tables in S3 Tables", () => {
  const flat = {
    name: "flat",
    columns: [
      { name: "id", type: "long" },
      { name: "v", type: "int" },
    ],
  };
  const s3Tables = () =>
    setUp({
      zones: [{ name: "raw", tables: [flat] }],
      tableCatalog: "s3-tables",
      tableOptimizers: undefined,
    });
  const bucket = `arn:aws:s3tables:eu-west-1:${ACCOUNT}:bucket/acme-raw-tables`;

  test("are read with rights of S3 Tables on this table only", () => {
    const { lake, template } = s3Tables();
    lake.zone("raw").table("flat").grantRead(ANALYST);
    expect(policyOf(template())).toEqual({
      Findraw: allow(
        [
          "s3tables:GetNamespace",
          "s3tables:GetTableBucket",
          "s3tables:ListNamespaces",
          "s3tables:ListTables",
        ],
        [bucket],
      ),
      Readraw: allow(
        ["s3tables:GetTable", "s3tables:GetTableData", "s3tables:GetTableMetadataLocation"],
        [`${bucket}/table/*`],
        { StringEquals: { "s3tables:namespace": "acme_raw", "s3tables:tableName": ["flat"] } },
      ),
      Keysraw: allow(["kms:Decrypt"], ["arn:aws:kms:eu-west-1:111122223333:key/1"], {
        StringLike: { "kms:EncryptionContext:aws:s3:arn": `${bucket}/*` },
      }),
    });
    expect(template().count("aws_lakeformation_permissions")).toBe(0);
  });

  test("are written one by one", () => {
    const { lake, template } = s3Tables();
    lake.zone("raw").table("flat").grantWrite(ANALYST);
    expect(policyOf(template()).Writeraw).toEqual(
      allow(["s3tables:PutTableData", "s3tables:UpdateTableMetadataLocation"], [`${bucket}/table/*`], {
        StringEquals: { "s3tables:namespace": "acme_raw", "s3tables:tableName": ["flat"] },
      }),
    );
  });

  test("are made by who may write the zone, files included", () => {
    const { lake, template } = s3Tables();
    lake.zone("raw").grantWrite(ANALYST);
    const policy = policyOf(template());
    expect(policy.Createraw).toEqual(allow(["s3tables:CreateTable"], [bucket, `${bucket}/table/*`]));
    expect(policy.WriteObjects!.Resource).toEqual(["arn:aws:s3:::acme-raw/*"]);
  });

  test("cannot be limited to columns, and the error says why", () => {
    const grant = () =>
      s3Tables()
        .lake.zone("raw")
        .table("flat")
        .grantRead(ANALYST, { columns: ["id"] });
    const error = captureValidationError(grant);
    expect(error.codes).toEqual(["ColumnGrantUnsupported"]);
    expect(error.findings[0]!.allowed).toContain("hashicorp/terraform-provider-aws#40724");
  });
});

describe("a lakehouse that exists", () => {
  const attributes = {
    site: SITE,
    namePrefix: "guest",
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    zones: [{ name: "curated", bucketName: "lake-curated", databaseName: "lake", tables: [CUSTOMERS] }],
  };
  const adopt = (change = {}) => {
    const stack = newStack();
    const lake = AwsLakehouse.fromAttributes(stack, "lake", { ...attributes, ...change });
    return { stack, lake, template: () => Template.of(stack) };
  };

  test("makes nothing by itself and gives its places", () => {
    const { lake, template } = adopt();
    expect(template().json.resource).toBeUndefined();
    expect(lake.zone("curated").location).toBe("s3://lake-curated");
    expect(lake.catalogEndpoint("curated")).toEqual({
      kind: "glue",
      region: "eu-west-1",
      database: "lake",
      location: "s3://lake-curated",
    });
  });

  test("can be granted, columns included", () => {
    const { lake, template } = adopt();
    lake.zone("curated").table("customers").grantRead(ANALYST);
    expect(rightsOf(template())[1]).toMatchObject({
      table_with_columns: { database_name: "lake", name: "customers", column_names: ["id", "country"] },
    });
    expect(template().resource("aws_iam_role_policy").name).toBe("guest-analyst");
  });

  test("without Lake Formation refuses limits on columns", () => {
    const { lake } = adopt({ lakeFormation: false });
    expect(captureValidationError(() => lake.zone("curated").grantRead(ANALYST)).codes).toEqual([
      "ColumnGrantUnsupported",
    ]);
  });

  test("without its key cannot be granted", () => {
    const { lake } = adopt({ encryptionKeyArn: undefined });
    expect(captureValidationError(() => lake.zone("curated").grantRead(ANALYST)).codes).toEqual([
      "GrantNotApplicable",
    ]);
  });

  test("trusts a cluster like an own one", () => {
    const { lake, template } = adopt();
    lake.zone("curated").grantRead(POD);
    expect(template().resource("aws_iam_role").name).toBe("guest-grant-trainer");
  });

  test("needs the names of its parts", () => {
    const zones = [{ name: "raw", bucketName: "", databaseName: "" }];
    expect(captureValidationError(() => adopt({ zones })).codes).toEqual(["MissingValue", "MissingValue"]);
  });
});
