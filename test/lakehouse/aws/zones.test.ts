import { captureValidationError } from "../../../lib/testing";
import { ACCOUNT, lakehouse, QUIET, statements } from "./fixture";

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
