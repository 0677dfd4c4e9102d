import { Token } from "cdktf";
import type { FederatedAccess, ZoneCopy } from "../../../lib/lakehouse/sharing";
import { captureValidationError } from "../../../lib/testing";
import { BIDS, files, lakehouse, objects, synthesized } from "./support";

const AWS: FederatedAccess = { kind: "aws", roleArn: "arn:aws:iam::123456789012:role/copy" };
const GOOGLE: FederatedAccess = {
  kind: "google",
  serviceAccount: "copy@acme-ai.iam.gserviceaccount.com",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/fra",
};
const IRELAND = {
  kind: "glue",
  region: "eu-west-1",
  database: "acme_curated",
  location: "s3://acme-curated",
} as const;
const EEMSHAVEN = {
  kind: "bigquery",
  project: "acme-ai",
  location: "europe-west4",
  dataset: "acme_curated",
  warehouse: "gs://acme-curated",
} as const;
const TOKEN = Token.asString({ resolve: () => "text" });
const TO_IRELAND: ZoneCopy = {
  zone: "curated",
  toSite: "ireland",
  target: IRELAND,
  access: AWS,
};
const TO_EEMSHAVEN: ZoneCopy = {
  zone: "curated",
  toSite: "eemshaven",
  target: EEMSHAVEN,
  access: GOOGLE,
};

function job(copy: ZoneCopy, copySettings?: Parameters<typeof synthesized>[0]) {
  const template = synthesized({ copies: [copy], ...copySettings });
  const [application] = Object.values(objects(template, "ScheduledSparkApplication"));
  return application!;
}

describe("a copy of a zone to AWS", () => {
  test("runs every hour, one at a time, and names the tables", () => {
    const { metadata, spec } = job(TO_IRELAND);
    expect(metadata.name).toBe("copy-curated-ireland-acme-lake");
    expect(spec).toMatchObject({
      schedule: "15 * * * *",
      timeZone: "UTC",
      concurrencyPolicy: "Forbid",
      successfulRunHistoryLimit: 1,
      failedRunHistoryLimit: 3,
    });
    expect(spec.template.arguments).toEqual(["main", "acme_curated", "bids"]);
    expect(spec.template.mainApplicationFile).toBe("local:///opt/copy/copy_zone.py");
    expect(spec.template.restartPolicy.type).toBe("OnFailure");
    expect(job({ ...TO_IRELAND, schedule: "*/5 * * * *" }).spec.schedule).toBe("*/5 * * * *");
  });

  test("reads with the zone's key and writes with the pod's own token", () => {
    const { template } = job(TO_IRELAND).spec;
    const catalog = (name: string) =>
      Object.fromEntries(
        Object.entries(template.sparkConf as Record<string, string>)
          .filter(([key]) => key.startsWith(`spark.sql.catalog.${name}`))
          .map(([key, value]) => [key.replace(`spark.sql.catalog.${name}`, ""), value]),
      );
    expect(catalog("source")).toEqual({
      "": "org.apache.iceberg.spark.SparkCatalog",
      ".type": "rest",
      ".uri": "http://acme-lake-lakekeeper.acme-lake.svc:8181/catalog",
      ".warehouse": "curated",
      ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
      ".s3.endpoint": "http://rook-ceph-rgw-s3.rook-ceph.svc",
      ".s3.path-style-access": "true",
      ".client.region": "us-east-1",
      ".client.credentials-provider":
        "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
    });
    expect(catalog("target")).toEqual({
      "": "org.apache.iceberg.spark.SparkCatalog",
      ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
      ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
      ".client.region": "eu-west-1",
      ".client.credentials-provider":
        "software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider",
      ".warehouse": "s3://acme-curated",
    });
    for (const pod of [template.driver, template.executor]) {
      expect(pod.env).toEqual([
        {
          name: "AWS_ACCESS_KEY_ID",
          valueFrom: { secretKeyRef: { name: "acme-lake-zone-curated", key: "AWS_ACCESS_KEY_ID" } },
        },
        {
          name: "AWS_SECRET_ACCESS_KEY",
          valueFrom: { secretKeyRef: { name: "acme-lake-zone-curated", key: "AWS_SECRET_ACCESS_KEY" } },
        },
        { name: "AWS_ROLE_ARN", value: "arn:aws:iam::123456789012:role/copy" },
        { name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: "/var/run/secrets/aws/token" },
        { name: "AWS_REGION", value: "eu-west-1" },
      ]);
      expect(pod.serviceAccount).toBe("acme-lake-spark");
      expect(pod.securityContext.readOnlyRootFilesystem).toBe(true);
    }
    expect(template.volumes).toContainEqual({
      name: "token",
      projected: {
        sources: [
          { serviceAccountToken: { audience: "sts.amazonaws.com", expirationSeconds: 3600, path: "token" } },
        ],
      },
    });
  });
});

describe("a copy of a zone to Google", () => {
  test("writes through the BigQuery metastore, as a service account that the token stands for", () => {
    const template = synthesized({ copies: [TO_EEMSHAVEN] });
    const spec = objects(template, "ScheduledSparkApplication")["copy-curated-eemshaven-acme-lake"]?.spec;
    expect(spec.template.sparkConf).toMatchObject({
      "spark.sql.catalog.target.catalog-impl": "org.apache.iceberg.gcp.bigquery.BigQueryMetastoreCatalog",
      "spark.sql.catalog.target.io-impl": "org.apache.iceberg.gcp.gcs.GCSFileIO",
      "spark.sql.catalog.target.gcp.bigquery.project-id": "acme-ai",
      "spark.sql.catalog.target.gcp.bigquery.location": "europe-west4",
      "spark.sql.catalog.target.gcs.project-id": "acme-ai",
      "spark.sql.catalog.target.warehouse": "gs://acme-curated",
    });
    expect(spec.template.driver.env).toContainEqual({
      name: "GOOGLE_APPLICATION_CREDENTIALS",
      value: "/etc/google/credential.json",
    });
    const credential = files(template, "acme-lake-copy-curated-eemshaven")["credential.json"];
    expect(JSON.parse(credential ?? "").credential_source.file).toBe("/var/run/secrets/google/token");
    expect(JSON.stringify(spec.template.volumes)).toContain(`"audience":"${GOOGLE.audience}"`);
  });
});

test("a copy carries the data class of its zone", () => {
  const zones = [{ name: "curated", dataClass: "confidential", tables: [BIDS] }];
  const template = synthesized({ zones, copies: [TO_EEMSHAVEN] });
  const confidential = { "data-class": "confidential" };
  expect(Object.values(objects(template, "ScheduledSparkApplication"))[0]?.metadata.labels).toMatchObject(
    confidential,
  );
  expect(template.resource("kubernetes_config_map_v1", "credential").metadata).toMatchObject({
    labels: confidential,
  });
  expect(job(TO_IRELAND).metadata.labels).not.toHaveProperty("data-class");
});

test.each<[string, ZoneCopy, readonly string[]]>([
  ["an unknown kind", { ...TO_IRELAND, target: { kind: "hive" } as never }, ["NotOneOf"]],
  [
    "a region only Terraform knows",
    { ...TO_IRELAND, target: { ...IRELAND, region: TOKEN } },
    ["TokenNotAllowed"],
  ],
  [
    "a project and a location only Terraform knows",
    { ...TO_EEMSHAVEN, target: { ...EEMSHAVEN, project: TOKEN, location: TOKEN } },
    ["TokenNotAllowed", "TokenNotAllowed"],
  ],
])("a copy to a target of %s is refused", (_name, copy, expected) => {
  expect(captureValidationError(() => lakehouse({ copies: [copy] })).codes).toEqual(expected);
});

test("the names of a copy's runs fit the labels of their pods", () => {
  const template = synthesized({ namePrefix: `p${"x".repeat(46)}e`, copies: [TO_IRELAND, TO_EEMSHAVEN] });
  const names = Object.keys(objects(template, "ScheduledSparkApplication"));
  expect(names).toHaveLength(2);
  expect(names.map((name) => `${name}-1763712000000000000`.length)).toEqual([63, 63]);
});

describe("the Spark of copies", () => {
  test("downloads Iceberg, or takes an image that has it", () => {
    const packages = (copy: ZoneCopy) => job(copy).spec.template.deps.packages;
    expect(packages(TO_IRELAND)).toEqual([
      "org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0",
      "org.apache.iceberg:iceberg-aws-bundle:1.11.0",
    ]);
    expect(packages(TO_EEMSHAVEN)).toContain("org.apache.iceberg:iceberg-gcp-bundle:1.11.0");
    const own = job(TO_IRELAND, { copySettings: { image: "registry.example.com/spark:4.0.1-iceberg" } });
    expect(own.spec.template.image).toBe("registry.example.com/spark:4.0.1-iceberg");
    expect(own.spec.template).not.toHaveProperty("deps");
  });

  test("has the size that the user gives", () => {
    const { executor, driver } = job(TO_IRELAND).spec.template;
    expect([executor.instances, executor.memory, driver.memory]).toEqual([2, "4g", "4g"]);
    const large = job(TO_IRELAND, { copySettings: { executors: 8, memory: "16g" } }).spec.template;
    expect([large.executor.instances, large.executor.memory, large.driver.memory]).toEqual([8, "16g", "16g"]);
  });

  test("brings its script, once for all copies, and none without copies", () => {
    const template = synthesized({ copies: [TO_IRELAND, TO_EEMSHAVEN] });
    expect(files(template, "acme-lake-copy-script")["copy_zone.py"]).toContain("def copy_table(");
    expect(Object.keys(objects(template, "ScheduledSparkApplication"))).toHaveLength(2);
    expect(files(synthesized(), "acme-lake-copy-script")).toEqual({});
  });
});

test.each<[string, readonly ZoneCopy[], readonly string[]]>([
  ["of a zone that is not there", [{ ...TO_IRELAND, zone: "golden" }], ["UnknownZone"]],
  ["of a zone without tables", [{ ...TO_IRELAND, zone: "raw" }], ["MissingValue"]],
  ["twice to one site", [TO_IRELAND, TO_IRELAND], ["DuplicateValue"]],
  ["to AWS with an identity of Google", [{ ...TO_IRELAND, access: GOOGLE }], ["UnsupportedShare"]],
  [
    "to another cluster",
    [
      {
        ...TO_IRELAND,
        target: { kind: "iceberg-rest", uri: "https://c", warehouse: "curated", namespace: "main" },
      },
    ],
    ["UnsupportedShare"],
  ],
  ["to a site with a wrong name", [{ ...TO_IRELAND, toSite: "Ireland" }], ["InvalidName"]],
  ["at a wrong time", [{ ...TO_IRELAND, schedule: "hourly" }], ["InvalidName"]],
])("a copy %s is refused", (_name, copies, expected) => {
  expect(captureValidationError(() => lakehouse({ copies })).codes).toEqual(expected);
});

test("copies with too few executors are refused", () => {
  const make = () => lakehouse({ copies: [TO_IRELAND], copySettings: { executors: 0, image: "spark" } });
  expect(captureValidationError(make).codes).toEqual(["NumberOutOfRange", "InvalidName"]);
});
