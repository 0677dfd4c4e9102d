import { TerraformVariable } from "cdktf";
import { Residency } from "../../../lib/fabric/residency";
import { Site } from "../../../lib/fabric/site";
import { captureValidationError } from "../../../lib/testing";
import { ACCOUNT, lakehouse, newStack, ORDERS, QUIET, statements } from "./fixture";

const lonely = { ...QUIET, accessLogs: false, lakeFormation: false as const };
const one = (zone = {}, props = {}) => lakehouse({ zones: [{ name: "raw", ...zone }], ...lonely, ...props });
const refused = (zone: object, props: object = {}) => captureValidationError(() => one(zone, props));

describe("buckets", () => {
  test("are named after the prefix and the zone, and protected from destruction", () => {
    expect(one().template().resource("aws_s3_bucket")).toEqual({
      bucket: "acme-raw",
      lifecycle: { prevent_destroy: true },
    });
  });

  test("long names are cut to what S3 takes and stay different", () => {
    const prefix = "a".repeat(45);
    const zones = [{ name: "b".repeat(30) }, { name: `${"b".repeat(29)}c` }];
    const buckets = Object.values(
      lakehouse({ namePrefix: prefix, zones, ...lonely })
        .template()
        .resources("aws_s3_bucket"),
    ).map((bucket) => bucket.bucket as string);
    expect(buckets.map((name) => name.length)).toEqual([63, 63]);
    expect(new Set(buckets).size).toBe(2);
  });

  test("keep versions, encrypt with the customer key, and are open to nobody by ACL or public policy", () => {
    const template = one().template();
    expect(template.resource("aws_s3_bucket_versioning").versioning_configuration).toEqual({
      status: "Enabled",
    });
    expect(template.resource("aws_s3_bucket_server_side_encryption_configuration").rule).toEqual([
      {
        apply_server_side_encryption_by_default: {
          kms_master_key_id: expect.stringContaining("aws_kms_key.lake_key"),
          sse_algorithm: "aws:kms",
        },
        bucket_key_enabled: true,
      },
    ]);
    expect(template.resource("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(template.resource("aws_s3_bucket_ownership_controls").rule).toEqual({
      object_ownership: "BucketOwnerEnforced",
    });
  });

  test("refuse plain HTTP, old TLS, other accounts, other keys and keys of the caller", () => {
    const policy = statements(
      one({}, { encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1" })
        .template()
        .resource("aws_s3_bucket_policy").policy,
    );
    const bucket = expect.stringMatching(/aws_s3_bucket\..+\.arn/);
    const deny = { Effect: "Deny", Principal: "*" };
    const everything = {
      ...deny,
      Action: ["s3:*"],
      Resource: [bucket, expect.stringMatching(/\.arn\}\/\*$/)],
    };
    const uploads = { ...deny, Action: ["s3:PutObject"], Resource: [expect.stringMatching(/\.arn\}\/\*$/)] };
    const header = "s3:x-amz-server-side-encryption";
    expect(policy).toEqual({
      RefusePlainHttp: { ...everything, Condition: { Bool: { "aws:SecureTransport": "false" } } },
      RefuseOldTls: { ...everything, Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
      RefuseOtherAccounts: {
        ...everything,
        Condition: {
          StringNotEquals: { "aws:PrincipalAccount": ACCOUNT },
          BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
        },
      },
      RefuseOtherEncryption: {
        ...uploads,
        Condition: { Null: { [header]: "false" }, StringNotEquals: { [header]: "aws:kms" } },
      },
      RefuseOtherKeys: {
        ...uploads,
        Condition: {
          Null: { [`${header}-aws-kms-key-id`]: "false" },
          StringNotEquals: { [`${header}-aws-kms-key-id`]: "arn:aws:kms:eu-west-1:111122223333:key/1" },
        },
      },
      RefuseKeysOfTheCaller: {
        ...uploads,
        Condition: { Null: { [`${header}-customer-algorithm`]: "false" } },
      },
    });
  });

  test("a statement of the user's own is added to the policy, and the refusals stay", () => {
    const { lake, template } = one();
    lake.zones.raw!.bucket.addToPolicy({
      Sid: "Mine",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111122223333:role/x" },
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::acme-raw/public/*"],
    });
    const policy = statements(template().resource("aws_s3_bucket_policy").policy);
    expect(Object.keys(policy)).toContain("Mine");
    expect(Object.keys(policy)).toContain("RefusePlainHttp");
  });

  test("carry the data class of their zone", () => {
    const template = one({ dataClass: "confidential" }).template();
    expect(template.resource("aws_s3_bucket").tags).toEqual({ "data-class": "confidential" });
    expect(template.resource("aws_glue_catalog_database").tags).toEqual({ "data-class": "confidential" });
  });

  test("tell EventBridge about new objects unless switched off", () => {
    expect(one().template().resource("aws_s3_bucket_notification").eventbridge).toBe(true);
    expect(one({}, { dataEvents: false }).template().count("aws_s3_bucket_notification")).toBe(0);
  });
});

describe("ageing", () => {
  const rules = (zone: object, props: object = {}) =>
    one(zone, props).template().resource("aws_s3_bucket_lifecycle_configuration").rule as { id: string }[];
  const everyObject = { status: "Enabled", filter: [{ prefix: "" }] };

  test("unfinished uploads and old versions go", () => {
    expect(rules({}, { noncurrentVersionDays: 12 })).toEqual([
      {
        ...everyObject,
        id: "abort-unfinished-uploads",
        abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
      },
      {
        ...everyObject,
        id: "expire-old-versions",
        noncurrent_version_expiration: [{ noncurrent_days: 12 }],
        expiration: [{ expired_object_delete_marker: true }],
      },
    ]);
  });

  test("tiers become storage classes and retention an expiration", () => {
    const tiering = { warmAfterDays: 30, coldAfterDays: 60, archiveAfterDays: 120 };
    expect(rules({ tiering, retentionDays: 365 }).slice(2)).toEqual([
      {
        ...everyObject,
        id: "tiering",
        transition: [
          { days: 30, storage_class: "STANDARD_IA" },
          { days: 60, storage_class: "GLACIER_IR" },
          { days: 120, storage_class: "DEEP_ARCHIVE" },
        ],
      },
      { ...everyObject, id: "retention", expiration: [{ days: 365 }] },
    ]);
  });

  test("archive and cold without warm may come at any age", () => {
    expect(rules({ tiering: { coldAfterDays: 1, archiveAfterDays: 2 } })[2]).toMatchObject({
      transition: [
        { days: 1, storage_class: "GLACIER_IR" },
        { days: 2, storage_class: "DEEP_ARCHIVE" },
      ],
    });
  });

  test.each([
    ["warm before 30 days", { warmAfterDays: 29 }, "tiering.warmAfterDays"],
    ["cold less than 30 days after warm", { warmAfterDays: 30, coldAfterDays: 59 }, "tiering.coldAfterDays"],
    [
      "archive less than 30 days after warm",
      { warmAfterDays: 30, archiveAfterDays: 59 },
      "tiering.archiveAfterDays",
    ],
  ])("%s is refused", (_, tiering, subject) => {
    const error = refused({ tiering });
    expect(error.codes).toEqual(["TransitionTooEarly"]);
    expect(error.findings[0]!.subject).toBe(`zone "raw" ${subject}`);
  });
});

describe("access logs", () => {
  test("of every zone and of Athena's results go to a bucket of their own, which only S3 may write", () => {
    const template = lakehouse({ zones: [{ name: "raw" }], accessLogRetentionDays: 90 }).template();
    expect(
      Object.values(template.resources("aws_s3_bucket_logging"))
        .map((log) => log.target_prefix)
        .sort(),
    ).toEqual(["acme-athena-results/", "acme-raw/"]);
    expect(
      statements(template.resource("aws_s3_bucket_policy", "access-logs").policy).DeliverAccessLogs,
    ).toEqual({
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: ["s3:PutObject"],
      Resource: ["arn:aws:s3:::acme-access-logs/*"],
      Condition: {
        ArnLike: { "aws:SourceArn": ["arn:aws:s3:::acme-raw", "arn:aws:s3:::acme-athena-results"] },
        StringEquals: { "aws:SourceAccount": ACCOUNT },
      },
    });
    expect(template.resource("aws_s3_bucket_lifecycle_configuration", "access-logs").rule).toContainEqual({
      id: "retention",
      status: "Enabled",
      filter: [{ prefix: "" }],
      expiration: [{ days: 90 }],
    });
  });

  test("are encrypted with keys of S3, because S3 delivers logs to no other bucket", () => {
    const template = lakehouse({ zones: [{ name: "raw" }] }).template();
    expect(
      template.resource("aws_s3_bucket_server_side_encryption_configuration", "access-logs").rule,
    ).toEqual([{ apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } }]);
    expect(template.resource("aws_s3_bucket", "access-logs").lifecycle).toEqual({ prevent_destroy: true });
  });

  test("can be switched off", () => {
    const template = lakehouse({ zones: [{ name: "raw" }], accessLogs: false }).template();
    expect(template.count("aws_s3_bucket_logging")).toBe(0);
    expect(Object.keys(template.resources("aws_s3_bucket"))).toHaveLength(2);
  });
});

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
