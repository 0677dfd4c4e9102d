import { TerraformVariable } from "cdktf";
import { Residency } from "../../../lib/fabric/residency";
import { Site } from "../../../lib/fabric/site";
import { captureValidationError, type Template } from "../../../lib/testing";
import { attribute, CUSTOMERS, lakehouse, newStack, ORDERS } from "./fixture";

const DESTROY = { "cdktf-hybrid-ai/allowDestroy": true };
const errorOf = (props: Parameters<typeof lakehouse>[0]) => captureValidationError(() => lakehouse(props));
const services = (template: Template) => attribute(template, "google_project_service", "service");

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

  test("a copy has a bucket and a data set that points to it, but no tables", () => {
    const zones = [{ name: "curated", copyOf: "frankfurt", tables: [CUSTOMERS] }];
    const template = lakehouse({ zones }).template();
    expect(template.count("google_bigquery_table")).toBe(0);
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

describe("project", () => {
  test("with a project number nothing is asked from Google at plan", () => {
    expect(lakehouse().template().json.data).toBeUndefined();
  });

  test("without a project number Google is asked for its agents, after the APIs are on", () => {
    const site = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });
    const data = lakehouse({ site }).template().json.data ?? {};
    expect(Object.keys(data).sort()).toEqual([
      "google_bigquery_default_service_account",
      "google_project",
      "google_storage_project_service_account",
    ]);
    const [storage] = Object.values(data.google_storage_project_service_account ?? {});
    expect(storage?.depends_on).toEqual([
      expect.stringContaining("google_project_service.lake_project_storage"),
    ]);
  });

  test("the APIs in use are switched on and stay on", () => {
    const template = lakehouse({ zones: [{ name: "curated", tables: [CUSTOMERS] }] }).template();
    expect(services(template)).toEqual(
      [
        "biglake",
        "bigquery",
        "bigqueryconnection",
        "bigquerystorage",
        "cloudkms",
        "cloudresourcemanager",
        "compute",
        "datacatalog",
        "dataplex",
        "dataproc",
        "iam",
        "iamcredentials",
        "logging",
        "pubsub",
        "storage",
        "sts",
      ].map((api) => `${api}.googleapis.com`),
    );
    expect(new Set(attribute(template, "google_project_service", "disable_on_destroy"))).toEqual(
      new Set([false]),
    );
  });

  test("APIs of parts that are switched off are not touched", () => {
    const off = { etl: false, dataplex: false, dataEvents: false, accessLogs: false } as const;
    const apis = ["bigquery", "cloudkms", "cloudresourcemanager", "iam", "iamcredentials", "storage", "sts"];
    expect(services(lakehouse(off).template())).toEqual(apis.map((api) => `${api}.googleapis.com`));
  });

  test("the APIs can be left to somebody else", () => {
    const template = lakehouse({ enableServices: false }).template();
    expect(template.count("google_project_service")).toBe(0);
    expect(template.text).not.toContain("google_project_service");
  });
});

describe("data events", () => {
  test("every new object is announced on a topic of the zone that stays in the region", () => {
    const template = lakehouse({ zones: [{ name: "raw" }] }).template();
    expect(template.resource("google_pubsub_topic")).toMatchObject({
      name: "acme-raw-objects",
      kms_key_name: expect.stringContaining("google_kms_crypto_key"),
      message_storage_policy: { allowed_persistence_regions: ["europe-west4"], enforce_in_transit: true },
    });
    expect(template.resource("google_pubsub_topic_iam_member")).toMatchObject({
      role: "roles/pubsub.publisher",
      member: "serviceAccount:service-123456@gs-project-accounts.iam.gserviceaccount.com",
    });
    expect(template.resource("google_storage_notification")).toMatchObject({
      payload_format: "JSON_API_V1",
      event_types: ["OBJECT_FINALIZE"],
      depends_on: [expect.stringContaining("google_pubsub_topic_iam_member")],
    });
  });

  test("they can be switched off", () => {
    const template = lakehouse({ dataEvents: false }).template();
    expect(template.count("google_pubsub_topic")).toBe(0);
    expect(template.count("google_storage_notification")).toBe(0);
  });
});

describe("access logs", () => {
  test("audit logs of the zones go to a log bucket in the region, kept for a year", () => {
    const template = lakehouse({ zones: [{ name: "raw" }, { name: "curated" }] }).template();
    expect(template.resource("google_project_iam_audit_config")).toMatchObject({
      service: "storage.googleapis.com",
      audit_log_config: [{ log_type: "DATA_READ" }, { log_type: "DATA_WRITE" }],
    });
    expect(template.resource("google_logging_project_bucket_config")).toMatchObject({
      location: "europe-west4",
      bucket_id: "acme-access",
      retention_days: 365,
      lifecycle: { prevent_destroy: true },
    });
    const sink = template.resource("google_logging_project_sink");
    expect(sink.filter).toBe(
      'log_id("cloudaudit.googleapis.com/data_access") AND ' +
        '((resource.type="gcs_bucket" AND resource.labels.bucket_name=("acme-curated" OR "acme-raw")) ' +
        'OR (resource.type="bigquery_dataset" AND resource.labels.dataset_id=("acme_curated" OR "acme_raw")))',
    );
    expect(sink.destination).toMatch(
      /^logging\.googleapis\.com\/\$\{google_logging_project_bucket_config\..+\.id\}$/,
    );
  });

  test("the retention can be chosen, up to the ten years of a log bucket", () => {
    const bucket = lakehouse({ accessLogRetentionDays: 3650 })
      .template()
      .resource("google_logging_project_bucket_config");
    expect(bucket.retention_days).toBe(3650);
    expect(errorOf({ accessLogRetentionDays: 3651 }).codes).toEqual(["NumberOutOfRange"]);
  });

  test("audit logs that are on already are left alone", () => {
    const template = lakehouse({ dataAccessAudit: "existing" }).template();
    expect(template.count("google_project_iam_audit_config")).toBe(0);
    expect(template.count("google_logging_project_sink")).toBe(1);
  });

  test("they can be switched off, and then say nothing about audit logs", () => {
    const template = lakehouse({ accessLogs: false }).template();
    expect(template.count("google_logging_project_sink")).toBe(0);
    expect(template.count("google_project_iam_audit_config")).toBe(0);
    expect(errorOf({ accessLogs: false, dataAccessAudit: "existing" }).codes).toEqual(["NoEffect"]);
  });

  test("an unknown owner of audit logs is refused", () => {
    expect(errorOf({ dataAccessAudit: "nobody" as "project" }).codes).toEqual(["NotOneOf"]);
  });
});

describe("Dataplex", () => {
  test("every zone is a Dataplex zone with its bucket and its data set, without discovery", () => {
    const zones = [{ name: "raw" }, { name: "curated", tables: [ORDERS] }];
    const template = lakehouse({ zones }).template();
    expect(template.count("google_dataplex_lake")).toBe(1);
    expect(template.resource("google_dataplex_zone", "raw")).toMatchObject({
      name: "acme-raw-dataplex",
      type: "RAW",
      resource_spec: { location_type: "SINGLE_REGION" },
      discovery_spec: { enabled: false },
    });
    expect(template.resource("google_dataplex_zone", "curated").type).toBe("CURATED");
    expect(template.resource("google_dataplex_asset", "raw_bucket").resource_spec).toEqual({
      type: "STORAGE_BUCKET",
      name: expect.stringMatching(/^projects\/acme-ai\/buckets\/\$\{google_storage_bucket\..+\.name\}$/),
    });
    expect(template.resource("google_dataplex_asset", "raw_dataset").resource_spec).toEqual({
      type: "BIGQUERY_DATASET",
      name: expect.stringMatching(
        /^projects\/acme-ai\/datasets\/\$\{google_bigquery_dataset\..+\.dataset_id\}$/,
      ),
    });
  });

  test("it can be switched off", () => {
    const template = lakehouse({ dataplex: false }).template();
    expect(template.text).not.toContain("google_dataplex");
  });
});

describe("removal", () => {
  const zones = [{ name: "curated", tables: [CUSTOMERS] }];

  test("with both keys everything may go, contents included", () => {
    const template = lakehouse({ zones, removalPolicy: "destroy" }, DESTROY).template();
    expect(template.resource("google_storage_bucket", "zone-curated").force_destroy).toBe(true);
    expect(template.resource("google_bigquery_dataset").delete_contents_on_destroy).toBe(true);
    expect(template.resource("google_bigquery_table").deletion_protection).toBe(false);
    expect(template.text).not.toContain('"prevent_destroy":true');
  });

  test("without them nothing may go", () => {
    const template = lakehouse({ zones }, DESTROY).template();
    expect(template.resource("google_storage_bucket", "zone-curated").force_destroy).toBe(false);
    expect(template.resource("google_bigquery_dataset").delete_contents_on_destroy).toBe(false);
    expect(template.resource("google_bigquery_table").deletion_protection).toBe(true);
    for (const type of [
      "google_bigquery_dataset",
      "google_bigquery_table",
      "google_data_catalog_taxonomy",
      "google_kms_crypto_key",
      "google_kms_key_ring",
      "google_logging_project_bucket_config",
    ]) {
      expect(template.resource(type).lifecycle).toMatchObject({ prevent_destroy: true });
    }
  });

  test("one key alone is refused", () => {
    expect(errorOf({ removalPolicy: "destroy" }).codes).toEqual(["RemovalNeedsTwoKeys"]);
  });
});

describe("use by others", () => {
  test("a zone tells where its files and its tables are", () => {
    const { lake } = lakehouse();
    expect(lake.zoneNames).toEqual(["curated", "raw", "refined"]);
    expect(lake.zone("raw").location).toBe("gs://acme-raw");
    expect(lake.catalogEndpoint("curated")).toEqual({
      kind: "bigquery",
      project: "acme-ai",
      location: "europe-west4",
      dataset: "acme_curated",
      warehouse: "gs://acme-curated",
    });
    expect(captureValidationError(() => lake.catalogEndpoint("gold")).codes).toEqual(["UnknownZone"]);
  });

  test("the output does not depend on the run", () => {
    const synth = () =>
      lakehouse({ zones: [{ name: "curated", tables: [CUSTOMERS, ORDERS] }] }).template().text;
    expect(synth()).toBe(synth());
    expect(synth()).not.toMatch(/TfToken|undefined|NaN|e\+29/);
  });
});
