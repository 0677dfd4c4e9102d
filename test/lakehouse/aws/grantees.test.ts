import { TerraformVariable } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { Site } from "../../../lib/fabric/site";
import { AwsLakehouse } from "../../../lib/lakehouse/aws/lakehouse";
import { captureValidationError, Template } from "../../../lib/testing";
import { ACCOUNT, CUSTOMERS, newStack, QUIET, SITE, statements } from "./fixture";
import { ANALYST, allow, byIam, policyOf, rightsOf, setUp, ZONES } from "./grants-fixture";

const ISSUER = "https://oidc.fra.acme.example/cluster";
const POD = Identity.kubernetesServiceAccount("trainer", {
  namespace: "ml",
  serviceAccount: "trainer",
  issuer: ISSUER,
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
    const { lake } = setUp();
    for (const grant of [() => lake.grantQuery(ANALYST), () => lake.grantOwnWorkgroup(ANALYST)]) {
      expect(captureValidationError(grant).codes).toEqual(["GrantNotApplicable"]);
    }
  });

  test("of a program stay out of the history that others read: a work group of its own, results in a folder of its own", () => {
    const { lake, template } = setUp({ athena: { bytesScannedCutoffPerQuery: 20_000_000 } });
    const { resources } = lake.grantOwnWorkgroup(ANALYST);
    expect(lake.grantOwnWorkgroup(ANALYST).resources).toEqual(resources);
    expect(policyOf(template())).toEqual({
      RunOwnStatements: allow(
        [
          "athena:BatchGetQueryExecution",
          "athena:GetQueryExecution",
          "athena:ListQueryExecutions",
          "athena:StartQueryExecution",
          "athena:StopQueryExecution",
        ],
        [`arn:aws:athena:eu-west-1:${ACCOUNT}:workgroup/acme-analyst`],
      ),
      FindResultBucket: allow(["s3:GetBucketLocation"], ["arn:aws:s3:::acme-athena-results"]),
      FindOwnResults: allow(
        ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
        ["arn:aws:s3:::acme-athena-results"],
        { StringLike: { "s3:prefix": ["analyst/*"] } },
      ),
      KeepOwnResults: allow(
        ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
        ["arn:aws:s3:::acme-athena-results/analyst/*"],
      ),
      UseKeyForQueryResults: allow(
        ["kms:Decrypt", "kms:GenerateDataKey"],
        ["arn:aws:kms:eu-west-1:111122223333:key/1"],
        { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
      ),
      FindDefaultDatabase: allow(
        ["glue:GetDatabase"],
        [`arn:aws:glue:eu-west-1:${ACCOUNT}:catalog`, `arn:aws:glue:eu-west-1:${ACCOUNT}:database/default`],
      ),
    });
    const groups = Object.values(template().resources("aws_athena_workgroup"));
    const configurationOf = (name: string) =>
      groups.find((group) => group.name === name)!.configuration as Record<string, unknown>;
    expect(groups).toHaveLength(2);
    const { result_configuration: results, ...settings } = configurationOf("acme-analyst");
    expect(configurationOf("acme")).toMatchObject(settings);
    expect(settings).toMatchObject({
      enforce_workgroup_configuration: true,
      bytes_scanned_cutoff_per_query: 20_000_000,
    });
    expect(results).toMatchObject({ output_location: expect.stringMatching(/\.id\}\/analyst\/$/) });
  });

  test("in a work group of its own leave nothing behind when the grant is refused", () => {
    const { lake, template } = setUp({ athena: {} });
    const before = template().text;
    const google = Identity.googleServiceAccount("g", "g@acme-ai.iam.gserviceaccount.com");
    expect(captureValidationError(() => lake.grantOwnWorkgroup(google)).codes).toEqual([
      "IdentityKindMismatch",
    ]);
    expect(template().text).toBe(before);
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
