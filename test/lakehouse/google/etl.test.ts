import { TerraformOutput } from "cdktf";
import type { ForeignCatalog } from "../../../lib/lakehouse/sharing";
import { captureValidationError } from "../../../lib/testing";
import { attribute, CUSTOMERS, lakehouse } from "./fixture";

const errorOf = (props: Parameters<typeof lakehouse>[0]) => captureValidationError(() => lakehouse(props));
const ON_PREM: ForeignCatalog = {
  name: "frankfurt",
  endpoint: {
    kind: "iceberg-rest",
    uri: "https://catalog.fra.acme.example/catalog",
    warehouse: "lake",
    namespace: "curated",
  },
};
const BELGIUM: ForeignCatalog = {
  name: "belgium",
  endpoint: {
    kind: "bigquery",
    project: "acme-be",
    location: "europe-west1",
    dataset: "acme_be_curated",
    warehouse: "gs://acme-be-curated",
  },
};

const session = (props: Parameters<typeof lakehouse>[0] = {}) =>
  lakehouse(props).template().resource("google_dataproc_session_template") as {
    runtime_config: { version: string; properties: Record<string, string> };
    environment_config: { execution_config: Record<string, unknown> };
  } & Record<string, unknown>;

test("Spark has no server that stands by: a template, an account, a bucket for staged files", () => {
  const template = session();
  expect(template).toMatchObject({
    location: "europe-west4",
    name: "projects/acme-ai/locations/europe-west4/sessionTemplates/acme-lakehouse",
    spark_connect_session: {},
  });
  expect(template.environment_config.execution_config).toEqual({
    service_account: expect.stringMatching(/^\$\{google_service_account\.lake_etl_account_.+\.email\}$/),
    staging_bucket: expect.stringMatching(/^\$\{google_storage_bucket\.lake_etl_staging_.+\.name\}$/),
    kms_key: expect.stringContaining("google_kms_crypto_key"),
    idle_ttl: "1800s",
    ttl: "86400s",
    authentication_config: { user_workload_authentication_type: "SERVICE_ACCOUNT" },
  });
});

test("Spark sees the zones' data sets as namespaces of the catalogue lakehouse", () => {
  expect(session().runtime_config).toEqual({
    version: "2.3",
    properties: {
      "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
      "spark.sql.catalog.lakehouse": "org.apache.iceberg.spark.SparkCatalog",
      "spark.sql.catalog.lakehouse.type": "rest",
      "spark.sql.catalog.lakehouse.uri": "https://biglake.googleapis.com/iceberg/v1/restcatalog",
      "spark.sql.catalog.lakehouse.warehouse": "bq://projects/acme-ai/locations/europe-west4",
      "spark.sql.catalog.lakehouse.io-impl": "org.apache.iceberg.gcp.gcs.GCSFileIO",
      "spark.sql.catalog.lakehouse.rest.auth.type": "org.apache.iceberg.gcp.auth.GoogleAuthManager",
      "spark.sql.catalog.lakehouse.header.x-goog-user-project": "acme-ai",
      "spark.sql.catalog.lakehouse.rest-metrics-reporting-enabled": "false",
    },
  });
});

test("the properties are there for batches, which take no template", () => {
  const { lake, template } = lakehouse();
  const { runtime_config } = template().resource("google_dataproc_session_template") as ReturnType<
    typeof session
  >;
  expect(lake.etl?.sparkProperties).toEqual(runtime_config.properties);
});

test("Spark may write every zone, personal data included, and run queries", () => {
  const template = lakehouse({
    zones: [{ name: "raw" }, { name: "curated", tables: [CUSTOMERS] }],
  }).template();
  expect(attribute(template, "google_project_iam_member", "role")).toEqual([
    "roles/biglake.editor",
    "roles/bigquery.jobUser",
    "roles/bigquery.readSessionUser",
    "roles/dataproc.worker",
    "roles/serviceusage.serviceUsageConsumer",
  ]);
  expect(attribute(template, "google_bigquery_dataset_iam_member", "role")).toEqual([
    "roles/bigquery.dataEditor",
    "roles/bigquery.dataEditor",
  ]);
  expect(template.count("google_data_catalog_policy_tag_iam_member")).toBe(1);
});

test("staged files are encrypted, closed to the public and deleted after a week", () => {
  const bucket = lakehouse().template().resource("google_storage_bucket", "staging");
  expect(bucket).toMatchObject({
    name: "acme-etl-staging",
    public_access_prevention: "enforced",
    uniform_bucket_level_access: true,
    encryption: { default_kms_key_name: expect.stringContaining("google_kms_crypto_key") },
    lifecycle_rule: [{ action: { type: "Delete" }, condition: { age: 7 } }],
    soft_delete_policy: { retention_duration_seconds: 0 },
    force_destroy: false,
  });
});

test("runtime, subnet, times and staging can be chosen", () => {
  const etl = { runtimeVersion: "3.0", subnetwork: "data", idleMinutes: 10, maxHours: 336, stagingDays: 1 };
  const template = session({ etl });
  expect(template.runtime_config.version).toBe("3.0");
  expect(template.environment_config.execution_config).toMatchObject({
    subnetwork_uri: "data",
    idle_ttl: "600s",
    ttl: "1209600s",
  });
  expect(lakehouse({ etl }).template().resource("google_storage_bucket", "staging").lifecycle_rule).toEqual([
    { action: { type: "Delete" }, condition: { age: 1 } },
  ]);
});

test.each([
  { idleMinutes: 9 },
  { idleMinutes: 20_161 },
  { maxHours: 0 },
  { maxHours: 337 },
  { stagingDays: 0 },
])("%j is refused", (etl) => expect(errorOf({ etl }).codes).toEqual(["NumberOutOfRange"]));

test.each(["2.2", "1.2", "latest"])("runtime %s, which has no Iceberg, is refused", (runtimeVersion) => {
  expect(errorOf({ etl: { runtimeVersion } }).codes).toEqual(["InvalidName"]);
});

test.each(["2.3", "2.3.15", "2.10", "3.0"])("runtime %s is taken", (runtimeVersion) => {
  expect(session({ etl: { runtimeVersion } }).runtime_config.version).toBe(runtimeVersion);
});

test("ETL can be switched off", () => {
  const { lake, template } = lakehouse({ etl: false });
  expect(lake.etl).toBeUndefined();
  expect(template().text).not.toMatch(/dataproc|google_service_account|etl-staging/);
});

describe("foreign catalogues", () => {
  test("an Iceberg REST catalogue becomes a catalogue of Spark", () => {
    expect(session({ foreignCatalogs: [ON_PREM] }).runtime_config.properties).toMatchObject({
      "spark.sql.catalog.frankfurt": "org.apache.iceberg.spark.SparkCatalog",
      "spark.sql.catalog.frankfurt.type": "rest",
      "spark.sql.catalog.frankfurt.uri": "https://catalog.fra.acme.example/catalog",
      "spark.sql.catalog.frankfurt.warehouse": "lake",
      "spark.sql.catalog.frankfurt.default-namespace": "curated",
    });
  });

  test("tables of another project are queried there, and this project pays", () => {
    expect(session({ foreignCatalogs: [BELGIUM] }).runtime_config.properties).toMatchObject({
      "spark.sql.catalog.belgium.warehouse": "bq://projects/acme-be/locations/europe-west1",
      "spark.sql.catalog.belgium.header.x-goog-user-project": "acme-ai",
      "spark.sql.catalog.belgium.default-namespace": "acme_be_curated",
    });
  });

  test("a site that keeps nothing can still query", () => {
    const { template } = lakehouse({ zones: [], foreignCatalogs: [ON_PREM] });
    expect(template().count("google_dataproc_session_template")).toBe(1);
    expect(attribute(template(), "google_storage_bucket", "name")).toEqual(["acme-etl-staging"]);
    expect(template().text).not.toMatch(
      /google_dataplex|google_logging|google_bigquery_dataset|google_pubsub/,
    );
  });

  test("Spark has an identity that other lakehouses can grant to", () => {
    const { lake, stack, template } = lakehouse();
    expect(lake.etl?.identity.kind).toBe("google-member");
    new TerraformOutput(stack, "spark", { value: lake.etl?.identity.member });
    expect(template().json.output?.spark?.value).toMatch(
      /^serviceAccount:\$\{google_service_account\.lake_etl_account_.+\.email\}$/,
    );
  });

  test("Glue is refused: Spark here has no credentials for AWS", () => {
    const glue = {
      name: "ireland",
      endpoint: { kind: "glue", region: "eu-west-1", database: "curated", location: "s3://acme-curated" },
    } as const;
    expect(errorOf({ foreignCatalogs: [glue] }).codes).toEqual(["UnsupportedShare"]);
  });

  test("an access of its own is refused", () => {
    const access = { kind: "google", serviceAccount: "a@b", audience: "//iam" } as const;
    expect(errorOf({ foreignCatalogs: [{ ...BELGIUM, access }] }).codes).toEqual(["UnsupportedShare"]);
  });

  test("without ETL they are refused", () => {
    expect(errorOf({ etl: false, foreignCatalogs: [ON_PREM] }).codes).toEqual(["NoEffect"]);
  });

  test.each(["lakehouse", "spark_catalog", "On-Prem"])("the name %s is refused", (name) => {
    expect(errorOf({ foreignCatalogs: [{ ...ON_PREM, name }] }).codes).toEqual(["InvalidName"]);
  });

  test("two of one name are refused", () => {
    expect(errorOf({ foreignCatalogs: [ON_PREM, ON_PREM] }).codes).toEqual(["DuplicateValue"]);
  });
});
