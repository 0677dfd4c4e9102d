import { TerraformVariable } from "cdktf";
import { Residency } from "../../../lib/fabric/residency";
import { captureValidationError } from "../../../lib/testing";
import { attribute, CUSTOMERS, lakehouse, newStack, ORDERS } from "./fixture";

const errorOf = (props: Parameters<typeof lakehouse>[0]) => captureValidationError(() => lakehouse(props));

describe("zones", () => {
  test("raw, refined and curated are made by default, each a bucket and a data set", () => {
    const template = lakehouse().template();
    expect(attribute(template, "google_storage_bucket", "name")).toEqual([
      "acme-curated",
      "acme-etl-staging",
      "acme-raw",
      "acme-refined",
    ]);
    expect(attribute(template, "google_bigquery_dataset", "dataset_id")).toEqual([
      "acme_curated",
      "acme_raw",
      "acme_refined",
    ]);
  });

  test("a bucket is closed to the public, encrypted with the own key, versioned and protected", () => {
    const template = lakehouse({ zones: [{ name: "raw" }] }).template();
    expect(template.resource("google_storage_bucket", "zone-raw")).toEqual({
      project: "acme-ai",
      name: "acme-raw",
      location: "EUROPE-WEST4",
      storage_class: "STANDARD",
      uniform_bucket_level_access: true,
      public_access_prevention: "enforced",
      versioning: { enabled: true },
      soft_delete_policy: { retention_duration_seconds: 604_800 },
      encryption: { default_kms_key_name: expect.stringMatching(/^\$\{google_kms_crypto_key\..+\.id\}$/) },
      lifecycle_rule: [
        { action: { type: "Delete" }, condition: { days_since_noncurrent_time: 30, with_state: "ARCHIVED" } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
      labels: { zone: "raw" },
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
      depends_on: [
        expect.stringContaining("google_project_service.lake_project_storage"),
        expect.stringContaining("google_kms_crypto_key_iam_member.lake_key_storage-agent"),
      ],
    });
  });

  test("tiers and retention become lifecycle rules, each tier only for warmer objects", () => {
    const tiering = { warmAfterDays: 30, coldAfterDays: 90, archiveAfterDays: 365 };
    const zones = [{ name: "raw", tiering, retentionDays: 3650 }];
    const bucket = lakehouse({ zones, noncurrentVersionDays: 14 })
      .template()
      .resource("google_storage_bucket", "zone-raw");
    const tier = (storage_class: string, age: number, matches_storage_class: string[]) => ({
      action: { type: "SetStorageClass", storage_class },
      condition: { age, with_state: "LIVE", matches_storage_class },
    });
    expect(bucket.lifecycle_rule).toEqual([
      tier("NEARLINE", 30, ["STANDARD"]),
      tier("COLDLINE", 90, ["STANDARD", "NEARLINE"]),
      tier("ARCHIVE", 365, ["STANDARD", "NEARLINE", "COLDLINE"]),
      { action: { type: "Delete" }, condition: { age: 3650, with_state: "LIVE" } },
      { action: { type: "Delete" }, condition: { days_since_noncurrent_time: 14, with_state: "ARCHIVED" } },
      { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
    ]);
  });

  test("a zone with tables has soft delete instead of versions, which BigQuery does not support", () => {
    const zones = [{ name: "curated", tables: [ORDERS] }];
    const bucket = lakehouse({ zones, noncurrentVersionDays: 60 })
      .template()
      .resource("google_storage_bucket", "zone-curated");
    expect(bucket.versioning).toEqual({ enabled: false });
    expect(bucket.soft_delete_policy).toEqual({ retention_duration_seconds: 60 * 86_400 });
  });

  test.each([6, 91])("%d days to bring back files are refused in a zone with tables", (days) => {
    const zones = [{ name: "curated", tables: [ORDERS] }];
    expect(errorOf({ zones, noncurrentVersionDays: days }).codes).toEqual(["NumberOutOfRange"]);
  });

  test.each([7, 90])("%d days to bring back files are taken in a zone with tables", (days) => {
    const zones = [{ name: "curated", tables: [ORDERS] }];
    expect(() => lakehouse({ zones, noncurrentVersionDays: days })).not.toThrow();
  });

  test("days that are computed on must be literals", () => {
    const stack = newStack();
    const days = new TerraformVariable(stack, "days", { type: "number" }).numberValue;
    const zones = [{ name: "curated", tables: [ORDERS] }];
    expect(errorOf({ zones, noncurrentVersionDays: days }).codes).toEqual(["TokenNotAllowed"]);
    expect(errorOf({ keyRotationDays: days }).codes).toEqual(["TokenNotAllowed"]);
    expect(errorOf({ etl: { idleMinutes: days, maxHours: days } }).codes).toEqual([
      "TokenNotAllowed",
      "TokenNotAllowed",
    ]);
  });

  test("the data class of a zone is on all that is in it", () => {
    const zones = [{ name: "raw", dataClass: "confidential" }];
    const template = lakehouse({ zones }).template();
    const labels = { zone: "raw", "data-class": "confidential" };
    for (const type of ["google_bigquery_dataset", "google_pubsub_topic", "google_dataplex_zone"]) {
      expect(template.resource(type).labels).toEqual(labels);
    }
    expect(template.resource("google_storage_bucket", "zone-raw").labels).toEqual(labels);
  });

  test.each([
    ["goog-data", "begins with goog"],
    ["my-google-lake", "holds google"],
    ["my-g00gle-lake", "holds a misspelling of google"],
  ])("bucket names with the prefix %s are refused: %s", (namePrefix) => {
    const error = errorOf({ namePrefix, zones: [{ name: "raw" }], etl: false });
    expect(error.codes).toEqual(["InvalidName"]);
  });

  test("a prefix beginning with gcp- is refused, because identity pools could not be named so", () => {
    expect(errorOf({ namePrefix: "gcp-acme" }).findings.map((finding) => finding.subject)).toEqual([
      "namePrefix",
    ]);
  });

  test("a token as prefix is refused once", () => {
    const namePrefix = new TerraformVariable(newStack(), "prefix", { type: "string" }).stringValue;
    expect(errorOf({ namePrefix }).codes).toEqual(["TokenNotAllowed"]);
  });

  test("a zone whose bucket would be the staging bucket is refused", () => {
    expect(errorOf({ zones: [{ name: "etl-staging" }] }).codes).toEqual(["DuplicateValue"]);
    expect(() => lakehouse({ zones: [{ name: "etl-staging" }], etl: false })).not.toThrow();
  });

  test("a zone whose data set would be the one that Dataplex makes for another zone is refused", () => {
    expect(errorOf({ zones: [{ name: "raw" }, { name: "raw-dataplex" }] }).codes).toEqual(["DuplicateValue"]);
  });

  test("long names are cut to what Cloud Storage takes and stay different", () => {
    const namePrefix = `a${"b".repeat(40)}`;
    const zones = [{ name: "clickstream-events-of-shops" }, { name: "clickstream-events-of-stores" }];
    const names = attribute(
      lakehouse({ namePrefix, zones, etl: false }).template(),
      "google_storage_bucket",
      "name",
    );
    expect(new Set(names).size).toBe(2);
    expect(names.every((name) => String(name).length <= 63)).toBe(true);
  });

  test("data outside the residency is refused", () => {
    expect(errorOf({ residency: Residency.countries("DE") }).codes).toContain("ResidencyViolation");
  });

  test("a copy has a bucket and a data set that points to it, but nothing that BigQuery manages", () => {
    const zones = [{ name: "curated", copyOf: "frankfurt", tables: [CUSTOMERS] }];
    const template = lakehouse({ zones }).template();
    expect(template.resource("google_bigquery_table").biglake_configuration).toBeUndefined();
    expect(template.count("google_bigquery_connection")).toBe(0);
    expect(template.count("google_data_catalog_taxonomy")).toBe(0);
    expect(template.resource("google_bigquery_dataset").external_catalog_dataset_options).toEqual({
      default_storage_location_uri: "gs://acme-curated/acme_curated",
    });
    expect(template.resource("google_storage_bucket", "zone-curated").versioning).toEqual({ enabled: true });
  });
});

describe("encryption", () => {
  test("a key that rotates is made, and Google's service agents may use it", () => {
    const template = lakehouse().template();
    expect(template.resource("google_kms_crypto_key")).toMatchObject({
      purpose: "ENCRYPT_DECRYPT",
      rotation_period: "7776000s",
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("google_kms_key_ring")).toMatchObject({
      location: "europe-west4",
      name: "acme-lakehouse",
      lifecycle: { prevent_destroy: true },
    });
    expect(attribute(template, "google_kms_crypto_key_iam_member", "member")).toEqual([
      "serviceAccount:bq-123456@bigquery-encryption.iam.gserviceaccount.com",
      "serviceAccount:service-123456@compute-system.iam.gserviceaccount.com",
      "serviceAccount:service-123456@dataproc-accounts.iam.gserviceaccount.com",
      "serviceAccount:service-123456@gcp-sa-pubsub.iam.gserviceaccount.com",
      "serviceAccount:service-123456@gs-project-accounts.iam.gserviceaccount.com",
    ]);
  });

  test("agents that encrypt nothing get no right on the key", () => {
    const template = lakehouse({ dataEvents: false, etl: false }).template();
    expect(attribute(template, "google_kms_crypto_key_iam_member", "member")).toEqual([
      "serviceAccount:bq-123456@bigquery-encryption.iam.gserviceaccount.com",
      "serviceAccount:service-123456@gs-project-accounts.iam.gserviceaccount.com",
    ]);
  });

  test("the rotation can be chosen", () => {
    const key = lakehouse({ keyRotationDays: 30 }).template().resource("google_kms_crypto_key");
    expect(key.rotation_period).toBe("2592000s");
  });

  test.each([0, 3651])("a rotation after %d days is refused", (keyRotationDays) => {
    expect(errorOf({ keyRotationDays }).codes).toEqual(["NumberOutOfRange"]);
  });

  const kmsKey = "projects/keys/locations/europe-west4/keyRings/ring/cryptoKeys/lake";

  test("an adopted key is used, and none is made", () => {
    const template = lakehouse({ kmsKey }).template();
    expect(template.count("google_kms_crypto_key")).toBe(0);
    expect(template.count("google_kms_key_ring")).toBe(0);
    expect(template.resource("google_storage_bucket", "zone-raw").encryption).toEqual({
      default_kms_key_name: kmsKey,
    });
    expect(new Set(attribute(template, "google_kms_crypto_key_iam_member", "crypto_key_id"))).toEqual(
      new Set([kmsKey]),
    );
  });

  test("a key whose name is only known at apply can be adopted", () => {
    const { stack } = lakehouse();
    const token = new TerraformVariable(stack, "key", { type: "string" }).stringValue;
    expect(() => lakehouse({ kmsKey: token })).not.toThrow();
  });

  test.each([kmsKey.replace("europe-west4", "us-east1"), "lake", `${kmsKey}/cryptoKeyVersions/1`])(
    "the key %s is refused",
    (given) => expect(errorOf({ kmsKey: given }).codes).toEqual(["InvalidName"]),
  );

  test("a rotation for an adopted key is refused", () => {
    expect(errorOf({ kmsKey, keyRotationDays: 30 }).codes).toEqual(["NoEffect"]);
  });
});
