import { Site } from "../../../lib/fabric/site";
import { captureValidationError, type Template } from "../../../lib/testing";
import { attribute, CUSTOMERS, lakehouse, ORDERS } from "./fixture";

const DESTROY = { "cdktf-hybrid-ai/allowDestroy": true };
const errorOf = (props: Parameters<typeof lakehouse>[0]) => captureValidationError(() => lakehouse(props));
const services = (template: Template) => attribute(template, "google_project_service", "service");

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
