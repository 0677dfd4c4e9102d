import { TerraformVariable } from "cdktf";
import { Residency } from "../../../lib/fabric/residency";
import { Site } from "../../../lib/fabric/site";
import { captureValidationError } from "../../../lib/testing";
import { ACCOUNT, lakehouse, newStack, ORDERS, QUIET, statements } from "./fixture";

const lonely = { ...QUIET, accessLogs: false, lakeFormation: false as const };
const one = (zone = {}, props = {}) => lakehouse({ zones: [{ name: "raw", ...zone }], ...lonely, ...props });
const refused = (zone: object, props: object = {}) => captureValidationError(() => one(zone, props));

describe("key", () => {
  test("is rotated, ends 30 days after deletion, and leaves decisions to IAM of the account", () => {
    const template = one().template();
    const key = template.resource("aws_kms_key");
    expect(key).toMatchObject({
      enable_key_rotation: true,
      deletion_window_in_days: 30,
      lifecycle: { prevent_destroy: true },
    });
    expect(statements(key.policy)).toEqual({
      IamOfThisAccount: {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: ["kms:*"],
        Resource: ["*"],
      },
      LogGroupsOfThisAccount: {
        Effect: "Allow",
        Principal: { Service: "logs.eu-west-1.amazonaws.com" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: ["*"],
        Condition: {
          ArnLike: {
            "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:*`,
          },
        },
      },
    });
    expect(template.resource("aws_kms_alias").name).toBe("alias/acme");
  });

  test("can be adopted, also as a token", () => {
    const stack = newStack();
    const keyArn = new TerraformVariable(stack, "key", { type: "string" }).stringValue;
    const { template } = one({}, { encryptionKeyArn: keyArn });
    expect(template().count("aws_kms_key")).toBe(0);
    expect(
      JSON.stringify(template().resource("aws_s3_bucket_server_side_encryption_configuration")),
    ).toContain("${var.key}");
  });
});

describe("account", () => {
  test("is not asked from AWS when the site knows it", () => {
    expect(one().template().json.data).toBeUndefined();
  });

  test("is asked once per stack when the site does not know it", () => {
    const site = Site.aws("ireland", { region: "eu-west-1" });
    const template = one({}, { site }).template();
    expect(template.json.data).toEqual({ aws_caller_identity: { "aws-account": expect.anything() } });
    expect(template.text).toContain("${data.aws_caller_identity.aws-account.account_id}");
  });

  test("of China, GovCloud or the sovereign cloud gets ARNs of its own partition", () => {
    const site = Site.aws("beijing", { region: "cn-north-1", account: ACCOUNT });
    const key = one({}, { site }).template().resource("aws_kms_key");
    expect(statements(key.policy).IamOfThisAccount!.Principal).toEqual({
      AWS: `arn:aws-cn:iam::${ACCOUNT}:root`,
    });
    expect(statements(key.policy).LogGroupsOfThisAccount!.Principal).toEqual({
      Service: "logs.cn-north-1.amazonaws.com.cn",
    });
    const gov = Site.aws("gov", { region: "us-gov-west-1", account: ACCOUNT });
    expect(one({}, { site: gov }).template().text).toContain("arn:aws-us-gov:iam::");
    const sovereign = Site.aws("potsdam", { region: "eusc-de-east-1", account: ACCOUNT, country: "DE" });
    expect(one({}, { site: sovereign }).template().text).toContain("arn:aws-eusc:iam::");
  });
});

describe("removal", () => {
  const protectedTypes = [
    "aws_s3_bucket",
    "aws_kms_key",
    "aws_glue_catalog_database",
    "aws_glue_catalog_table",
    "aws_s3_object",
  ];
  const zone = { tables: [ORDERS] };

  test("of data is refused by Terraform", () => {
    const template = one(zone).template();
    for (const type of protectedTypes) {
      expect(template.resource(type).lifecycle).toMatchObject({ prevent_destroy: true });
    }
  });

  test("with both keys empties buckets and protects nothing", () => {
    const template = lakehouse(
      { zones: [{ name: "raw", ...zone }], ...lonely, removalPolicy: "destroy" },
      { "cdktf-hybrid-ai/allowDestroy": true },
    ).template();
    expect(template.resource("aws_s3_bucket").force_destroy).toBe(true);
    expect(template.text).not.toContain("prevent_destroy");
  });

  test("with one key is refused", () => {
    expect(refused({}, { removalPolicy: "destroy" }).codes).toEqual(["RemovalNeedsTwoKeys"]);
  });
});

describe("names that AWS does not take", () => {
  test.each(["sthree-acme", "amzn-s3-demo-acme"])("prefix %s is refused", (namePrefix) => {
    const error = refused({}, { namePrefix });
    expect(error.codes).toEqual(["BucketNameForbidden"]);
    expect(error.findings[0]!.given).toBe(`${namePrefix}-raw`);
  });

  test("a prefix of international domain names is refused", () => {
    expect(refused({}, { namePrefix: "xn--acme" }).codes).toContain("BucketNameForbidden");
  });

  test.each(["x-s3alias", "raw-s3alias", "an"])("zone %s is refused", (name) => {
    expect(captureValidationError(() => lakehouse({ zones: [{ name }], ...lonely })).codes).toEqual([
      "BucketNameForbidden",
    ]);
  });

  test("a zone whose bucket would be the one of the access logs or of Athena is refused", () => {
    const error = captureValidationError(() =>
      lakehouse({ zones: [{ name: "access-logs" }, { name: "athena-results" }] }),
    );
    expect(error.codes).toEqual(["DuplicateValue"]);
    expect(error.findings[0]!.given).toEqual(["acme-access-logs", "acme-athena-results"]);
    expect(() => lakehouse({ zones: [{ name: "athena-results" }], athena: false })).not.toThrow();
  });

  test("tokens in names are refused", () => {
    const stack = newStack();
    const token = new TerraformVariable(stack, "v", { type: "string" }).stringValue;
    expect(refused({}, { namePrefix: token }).codes).toContain("TokenNotAllowed");
    expect(captureValidationError(() => lakehouse({ zones: [{ name: token }] })).codes).toContain(
      "TokenNotAllowed",
    );
  });
});

describe("lakehouse", () => {
  test("has three zones by default and gives their places", () => {
    const { lake } = lakehouse();
    expect(lake.zoneNames).toEqual(["curated", "raw", "refined"]);
    expect(lake.zone("curated").location).toBe("s3://acme-curated");
    expect(lake.catalogEndpoint("curated")).toEqual({
      kind: "glue",
      region: "eu-west-1",
      database: "acme_curated",
      location: "s3://acme-curated",
    });
  });

  test("an unknown zone has no endpoint", () => {
    expect(captureValidationError(() => lakehouse().lake.catalogEndpoint("gold")).code).toBe("UnknownZone");
  });

  test("outside the residency of its zones is refused", () => {
    expect(refused({ residency: Residency.countries("DE") }).codes).toEqual(["ResidencyViolation"]);
  });

  test("every resource can be reached for overrides, which survive synthesis", () => {
    const { lake, template } = one();
    lake.zones.raw!.bucket.bucket.addOverride("object_lock_enabled", true);
    expect(template().resource("aws_s3_bucket").object_lock_enabled).toBe(true);
  });

  test("a copy has a bucket and a database, but no tables", () => {
    const template = one(
      { copyOf: "frankfurt", tables: [ORDERS] },
      { tableOptimizers: undefined },
    ).template();
    expect(template.count("aws_glue_catalog_database")).toBe(1);
    expect(template.count("aws_glue_catalog_table")).toBe(0);
    expect(template.count("aws_iam_role")).toBe(0);
  });

  test("the output holds no secret, no time and no random value: two syntheses are the same", () => {
    const text = () => one({ tables: [ORDERS] }).template().text;
    expect(text()).toBe(text());
  });
});

describe("without zones", () => {
  const foreignCatalogs = [
    {
      name: "fra",
      endpoint: { kind: "iceberg-rest" as const, uri: "https://c", warehouse: "w", namespace: "n" },
    },
  ];

  test("only Spark is made, to query other sites", () => {
    const template = lakehouse({ zones: [], foreignCatalogs }).template();
    expect(Object.keys(template.json.resource!).sort()).toEqual([
      "aws_emrserverless_application",
      "aws_iam_role",
      "aws_iam_role_policy",
    ]);
  });

  test("what is about data is refused", () => {
    const error = captureValidationError(() =>
      lakehouse({
        zones: [],
        foreignCatalogs,
        athena: {},
        lakeFormation: {},
        tableOptimizers: [],
        tableCatalog: "glue",
        encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
      }),
    );
    expect(error.codes).toEqual(["NoEffect", "NoEffect", "NoEffect", "NoEffect", "NoEffect"]);
    expect(error.findings.map((finding) => finding.subject)).toEqual([
      "athena",
      "lakeFormation",
      "tableOptimizers",
      "tableCatalog",
      "encryptionKeyArn",
    ]);
  });
});
